"""The one door to the terminal: data on stdout, narration and errors on stderr, nothing unclean on either.

This module knows no command and imports no click: the fast ways report their errors through it too.
"""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

from leadq.drawing import drawn
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.text import clean

if TYPE_CHECKING:
    from leadq.domain.contract_file import Problem

_LONGEST_LINE: Final = 20_000
_HIDDEN: Final = re.compile(r"[^\n\x20-\x7e]")


def emit(value: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the answer: `value` as one JSON document, or `lines` of text (only read when they are wanted)."""
    if as_json:
        for part in _document(value):
            sys.stdout.write(part)
    else:
        for line in lines:
            sys.stdout.write(drawn(safe_line(line)) + "\n")


def safe_line(text: str) -> str:
    """A line as it is printed, for what goes to a file instead: nothing in it commands a terminal."""
    return clean(text, _LONGEST_LINE).rstrip()


def emit_lines(values: Iterable[object]) -> None:
    """Print one JSON object a line, each whole: for another program, so nothing is cut to what a person reads."""
    for value in values:
        sys.stdout.write(f"{_plain(json.dumps(value))}\n")


def say(message: str) -> None:
    """Tell a person something beside the answer."""
    sys.stderr.write(drawn(clean(message, _LONGEST_LINE)) + "\n")


def warn_of_contract(problems: Sequence[Problem], *, quiet: bool) -> None:
    """A contract that somebody broke does not stop the work: the one in force stays, and that is said."""
    if problems and not quiet:
        message = _("{file}:{line}: the contract there is not valid, so the one in force stays.")
        say(message.format(file=problems[0].file, line=problems[0].line))


def report(error: BaseException, *, as_json: bool, verbose: bool = False) -> int:
    """Say what went wrong, in the shape that docs/cli.md promises; the exit status."""
    found = expected(error)
    if verbose and found.exit_status is Exit.BUG:
        traceback.print_exception(error)
    if as_json:
        emit(_as_shape(found), (), as_json=True)
    else:
        say(f"leadq: {found.message} {found.hint}".rstrip())
        for line in _choices(found.candidates):
            say(line)
    return int(found.exit_status)


def expected(error: BaseException) -> LeadqError:
    """Anything that went wrong as an error with a code; what nobody foresaw is a bug of ours, and says so."""
    if isinstance(error, LeadqError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return LeadqError(
            "interrupted",
            _("Interrupted."),
            hint=_("What was not finished was not written."),
            exit_status=Exit.INTERRUPTED,
        )
    if isinstance(error, OSError):
        why = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return LeadqError(
            "io",
            _("The system refuses: {why}.").format(why=why.rstrip(".")),
            hint=_("Check the disk, and who may write where."),
            exit_status=Exit.IO,
        )
    return LeadqError(
        "bug",
        _("leadq failed unexpectedly ({why}).").format(why=f"{type(error).__name__}: {error}".rstrip(": ")),
        hint=_("This is a bug: please report it with the output of the same command and -v."),
        exit_status=Exit.BUG,
    )


def _as_shape(error: LeadqError) -> dict[str, object]:
    found = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "candidates": list(error.candidates),
    }
    return {"ok": False, "error": found}


def _choices(candidates: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Candidates as lines, for those that say more than the hint does; a uid is for programs."""
    return (
        "  " + "  ".join(str(value) for name, value in candidate.items() if name != "uid")
        for candidate in candidates
        if len(candidate) > 1
    )


def _document(value: object) -> Iterator[str]:
    """`value` as one JSON document; a list, or an iterator that is written as it comes, has one element a line."""
    narrow = _is_narrow(sys.stdout)
    if not isinstance(value, list | Iterator):
        yield _plain(json.dumps(value, ensure_ascii=narrow, indent=2)) + "\n"
        return
    opening, ending = "[", "[]\n"
    for element in value:
        yield f"{opening}\n{_plain(json.dumps(element, ensure_ascii=narrow))}"
        opening, ending = ",", "\n]\n"
    yield ending


def _is_narrow(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") != "utf8"


def _plain(text: str) -> str:
    """JSON says every character in two ways; those that could command a terminal are said in the harmless one."""
    return text if text.isprintable() else _HIDDEN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char.isprintable():
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True))
