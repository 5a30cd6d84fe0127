"""The entry point: what must be fast is answered before any library is imported; the rest goes to the command line.

A shell prompt runs `leadq prompt` at every line, and the screen must paint at once, so neither pays for click. This
is also the only place that starts the screen: the command line asks for it through a callback.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from leadq import drawing, i18n
from leadq.clock import Clock, choose_clock
from leadq.errors import Exit, LeadqError
from leadq.paths import Home, find_home
from leadq.terminal import interactive, speak_safely

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_VALUED: Final = ("--home", "--lang", "--now")
_FLAGS: Final = ("--json", "--ascii", "-v", "-q")


def main(argv: Sequence[str] | None = None) -> int:
    """Run leadq with `argv` (default: the program's own) and return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        speak_safely(stream)
    try:
        return _flushed(_run(words))
    except BrokenPipeError:
        return _pipe_closed()


def _run(words: list[str]) -> int:
    """Do as told; an expected failure of the fast ways is reported as the command line reports its own."""
    try:
        i18n.use(i18n.choose(_peek(words, "--lang")))
        drawing.use_ascii("--ascii" in words or drawing.asked_for())
        fast = None if "_LEADQ_COMPLETE" in os.environ else _scan(words)
        if fast is not None and fast[1] in ([], ["prompt"]):
            return _answer(*fast)
        from leadq.cli.main import run

        return run(words, open_screen)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last door: nothing leaves as a traceback
        from leadq.cli.output import report

        return report(error, as_json="--json" in words, verbose="-v" in words)


def _answer(options: Mapping[str, str], words: Sequence[str]) -> int:
    home, clock = find_home(options.get("--home")), choose_clock(options.get("--now"))
    if words:
        from leadq.prompt import show

        return show(home, clock, as_json="--json" in options)
    return open_screen(home, clock)


def open_screen(home: Home, clock: Clock) -> int:
    """Start the screen on `home`. Raises LeadqError `no_terminal` (2) where there is none."""
    if not interactive():
        raise LeadqError(
            "no_terminal",
            i18n._("The queue screen needs a terminal."),
            hint=i18n._("Use `leadq list`, or `leadq work` for the same day line by line."),
            exit_status=Exit.USAGE,
        )
    from leadq.tui.app import run

    return run(home, clock) or Exit.DONE


def _scan(words: Sequence[str]) -> tuple[dict[str, str], list[str]] | None:
    """Global options and the other words; None when there is something that only the command line understands."""
    options: dict[str, str] = {}
    others: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in _VALUED:
            options[name] = value if equals else next(rest, "")
            if not options[name]:
                return None
        elif word in _FLAGS:
            options[word] = word
        elif word.startswith("-"):
            return None
        else:
            others.append(word)
    wrong = options.get("--lang", "en") not in i18n.LANGUAGES or (not others and "--json" in options)
    return None if wrong else (options, others)


def _peek(words: Sequence[str], option: str) -> str | None:
    """The last value given for `option`: the language of every message, also of those about wrong options."""
    found = None
    for index, word in enumerate(words):
        if word == option:
            found = next(iter(words[index + 1 : index + 2]), None)
        elif word.startswith(f"{option}="):
            found = word.partition("=")[2]
    return found


def _flushed(status: int) -> int:
    """`status`, once everything said is out: a pipe that closed shows itself only here."""
    sys.stdout.flush()
    return status


def _pipe_closed() -> int:
    """The reader has had enough (`leadq list | head`): nothing is wrong, and the flush at exit must not say so."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return Exit.DONE
