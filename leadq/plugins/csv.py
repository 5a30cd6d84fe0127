"""The csv adapter: outcomes appended to one file that marketing reads; and the example of a small adapter.

The file is UTF-8 with commas and the header `HEADER`. It is also the record of what was sent: a change whose
op_id is in it is not written again, so sending twice is harmless. People open the file in a spreadsheet:
cells cannot run as formulas, and a file that came back with semicolons or a byte-order mark is still
understood and kept in its dialect.
"""

from __future__ import annotations

import csv
import errno
import io
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from leadq.plugins.sdk import (
    N_,
    Account,
    Change,
    Context,
    Option,
    Pushes,
    Rejected,
    Result,
    Transient,
    hookimpl,
    safe_cell,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

HEADER: Final = (
    "op_id",
    "lead_uid",
    "external_id",
    "email",
    "verb",
    "reason",
    "quality",
    "missing",
    "note",
    "occurred_at",
    "actor",
)
_DELIMITERS: Final = (",", ";", "\t")
_FULL: Final = N_("The disk that holds {path} is full.")
_LOCKED: Final = N_("{path} cannot be written: it is read-only, or open in another program.")
_OPEN_QUOTE: Final = N_("{path} has a quotation mark that never closes, in the row of {op_id}: mend that row.")
_ENCODING: Final = N_("{path} was saved in another encoding: save it as “CSV UTF-8”, or move it away.")
_NOT_OURS: Final = N_("{path} is no file of outcomes: its first line should be {header}. Move it away.")
_UNREADABLE: Final = N_("{path} cannot be read as CSV ({why}). Move it away.")
_OTHER: Final = N_("{path} cannot be used: {why}.")
_SENTENCES: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _LOCKED,
    errno.EPERM: _LOCKED,
    errno.EROFS: _LOCKED,
}


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """The file as it is: whole rows up to byte `size`, then a `tail` that no line end closes."""

    size: int
    delimiter: str
    op_ids: frozenset[str]
    tail: bytes


class CsvAdapter:
    """Appends outcomes to the file named by the option `outcomes`."""

    name: ClassVar[str] = "csv"
    api_version: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[str]] = frozenset({"push", "idempotent_push"})
    options: ClassVar[tuple[Option, ...]] = (
        Option("outcomes", N_("The CSV file that outcomes are written to"), required=True),
    )

    def __init__(self, context: Context) -> None:
        self._path = Path(context.options["outcomes"]).expanduser()

    def check(self) -> Account:
        """The file is one of ours, or not there yet. Raises Rejected or Transient."""
        with _explained(self._path):
            self._read()
        return Account(str(self._path), self._path.name)

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """Append what the file does not hold yet, in one write, and answer when it is on the disk."""
        with _explained(self._path):
            self._append(changes, self._read())
        for change in changes:
            yield Result(change.op_id, "applied")

    def _read(self) -> _Outcomes:
        try:
            return _understood(self._path.read_bytes(), self._path)
        except FileNotFoundError:
            return _Outcomes(0, ",", frozenset(), b"")

    def _append(self, changes: Sequence[Change], found: _Outcomes) -> None:
        kept = self._kept(found, {change.op_id for change in changes})
        known = found.op_ids | {kept}
        fresh = {change.op_id: change for change in changes if change.op_id not in known}
        rows = ([] if found.size else [HEADER]) + [_row(change) for change in fresh.values()]
        payload = (b"\n" if kept else b"") + _encoded(rows, found.delimiter)
        if fresh:
            _write(self._path, payload, cut_to=found.size if found.tail and not kept else None)

    def _kept(self, found: _Outcomes, sending: Collection[str]) -> str:
        """The op_id of an unclosed last row that stays, or "" when the tail is to be cut.

        A crash of ours tears a row that was never answered for, so that it is sent again, now or later: it is
        cut. A whole row that nobody sends now lost only its line end, to an editor: cutting it would lose an
        outcome.
        """
        if not found.size or not found.tail:
            return ""
        op_id, whole = _last_row(found.tail, found.delimiter)
        if b"\n" in found.tail and op_id not in sending:
            raise Transient(_OPEN_QUOTE, path=self._path, op_id=op_id)
        return op_id if whole and op_id not in sending else ""


def _understood(data: bytes, path: Path) -> _Outcomes:
    """Where the whole rows end and which changes they hold. Raises Rejected for a file that is not ours."""
    headers = [_encoded([HEADER], delimiter) for delimiter in _DELIMITERS]
    bare = data.removeprefix(b"\xef\xbb\xbf")
    if any(header.startswith(bare) and header != bare for header in headers):
        return _Outcomes(0, ",", frozenset(), data)  # empty, or a crash in the very first line
    size = _end_of_rows(data)
    try:
        text = data[:size].decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Rejected("outcomes", _ENCODING, path=path) from None
    for delimiter in _DELIMITERS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        if tuple(next(rows, ())[: len(HEADER)]) == HEADER:
            return _Outcomes(size, delimiter, frozenset(row[0] for row in rows if row), data[size:])
    raise Rejected("outcomes", _NOT_OURS, path=path, header=",".join(HEADER))


def _end_of_rows(data: bytes) -> int:
    """Where the last whole row ends: the last line end with an even number of quotation marks before it."""
    end = position = quotes = 0
    for line in data.split(b"\n")[:-1]:
        position += len(line) + 1
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            end = position
    return end


def _last_row(tail: bytes, delimiter: str) -> tuple[str, bool]:
    """The first cell of the unclosed last row, and whether the row has all its cells."""
    cells = next(csv.reader(io.StringIO(tail.decode("utf-8", "replace"), newline=""), delimiter=delimiter), [])
    return (cells[0] if cells else ""), len(cells) >= len(HEADER) and tail.count(b'"') % 2 == 0


def _row(change: Change) -> list[str]:
    """The cells of one change; the note of one that takes another back begins with `undo:` and its op_id."""
    undo = f"undo:{change.compensates}" if change.compensates else ""
    cells = (
        change.lead_uid,
        change.external_id,
        change.email,
        change.verb,
        change.reason,
        "" if change.quality is None else str(change.quality),
        ";".join(change.missing),
        f"{undo} {change.note}".strip(),
        change.occurred_at,
        change.actor,
    )
    return [change.op_id, *(safe_cell(cell) for cell in cells)]


def _encoded(rows: Sequence[Sequence[str]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(
        [[cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in rows]
    )
    return text.getvalue().encode("utf-8", "replace")


def _write(path: Path, payload: bytes, cut_to: int | None) -> None:
    """Append `payload` durably, or leave the file as it was. `cut_to`: drop what follows that byte first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    created = not path.exists()
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        if cut_to is not None:
            os.ftruncate(descriptor, cut_to)
        _append_all(descriptor, payload)
    finally:
        os.close(descriptor)
    if created and os.name == "posix":
        _sync_folder(path.parent)


def _append_all(descriptor: int, payload: bytes) -> None:
    before = os.fstat(descriptor).st_size
    try:
        if os.write(descriptor, payload) < len(payload):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):  # a row left half is cut by the next push
            os.ftruncate(descriptor, before)
        raise


def _sync_folder(folder: Path) -> None:
    """A new file survives a power cut only when its folder is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except csv.Error as error:
        raise Rejected("outcomes", _UNREADABLE, path=path, why=error) from error
    except OSError as error:
        why = (error.strerror or str(error)).rstrip(".")
        raise Transient(_SENTENCES.get(error.errno or 0, _OTHER), path=path, why=why) from error


@hookimpl
def leadq_adapter() -> type[Pushes]:
    """The adapter of this module."""
    return CsvAdapter
