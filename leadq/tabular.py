"""Tables in, tables out: CSV, TSV and XLSX are read, CSV is written.

Reading takes every good row and lists every bad one with its line and a reason; nothing is guessed in
silence. It streams: a file of any size costs a few blocks of memory. What went wrong is a code with
parameters (the English templates are in `REASONS`); callers word it through gettext. Only the standard
library is imported here: adapters import this module, and openpyxl is loaded for a workbook only.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, TextIO

from leadq import tabular_dialect as dialect
from leadq.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

_LARGEST_PIPE = 200_000_000  # bytes of a workbook on standard input

Cell = str | int | float | None

REASONS: dict[str, str] = {
    # rows
    "unclosed_quote": N_("a quotation mark that opens on this line is never closed"),
    "too_long": N_("a field is longer than one million characters"),
    "too_many_cells": N_("too many cells: {found}, where the header has {expected}"),
    "too_few_cells": N_("too few cells: {found}, where the header has {expected}"),
    "unreadable_rest": N_("the sheet is damaged: it cannot be read from this row on"),
    # warnings
    "mixed_encoding": N_("{count} lines (first: line {line}) were not UTF-8 and were read as Windows-1252"),
    "undefined_bytes": N_("{count} lines (first: line {line}) hold bytes that stand for no character"),
    # whole files
    "empty": N_("{name} is empty"),
    "bad_header": N_("the header of {name} (line {line}) cannot be read: it has a quotation mark too many"),
    "binary": N_("{name} is not a table: give a CSV, TSV or XLSX file"),
    "old_excel": N_("{name} is an old or protected Excel file: save it as .xlsx or CSV, without password"),
    "broken_xlsx": N_("{name} is a damaged Excel file: open it in Excel and save it again"),
    "too_big": N_("{name} is too big once unpacked: save the sheet as CSV"),
    "no_such_sheet": N_("{name} has no sheet {sheet}: it has {sheets}"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is wrong: a key of `REASONS` and the parameters of its template."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


class Row(NamedTuple):
    """A good row: exactly as many cells as the header; `line` is the physical line where it begins."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be taken, where it begins, and why."""

    line: int
    reason: Reason


class TabularError(Exception):
    """A file that is no table at all; `reason` says why."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(REASONS[code].format(**params))
        self.reason = Reason(code, params)


class Table:
    """A header and its rows, read once, as they are asked for.

    `encoding` and `warnings` are final when `rows` is read to the end. The file behind is closed then, or by
    `close()`, or at the end of a `with` block.
    """

    def __init__(
        self,
        header: tuple[str, ...],
        rows: Iterator[Row | BadRow],
        delimiter: str = "",
        decoder: dialect.Decoder | None = None,
    ) -> None:
        self.header = header
        self.delimiter = delimiter
        self.rows = self._closing(rows)
        self._decoder = decoder
        self._owned = contextlib.ExitStack()

    @property
    def encoding(self) -> str:
        """The codec's name, or `xlsx`."""
        return self._decoder.encoding if self._decoder else "xlsx"

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What was repaired so far, and the user should look at."""
        found = self._decoder
        if found is None:
            return ()
        warnings = []
        if found.foreign and found.encoding != "cp1252":
            warnings.append(Reason("mixed_encoding", {"count": found.foreign, "line": found.first_foreign}))
        if found.undefined:
            warnings.append(Reason("undefined_bytes", {"count": found.undefined, "line": found.first_undefined}))
        return tuple(warnings)

    def close(self) -> None:
        """Close what `read_table` opened; a stream that the caller opened stays open."""
        self._owned.close()

    def __enter__(self) -> Table:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _closing(self, rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
        try:
            yield from rows
        finally:
            self.close()


def read_table(source: BinaryIO | Path, *, name: str, sheet: str | None = None) -> Table:
    """The table in `source`; what the file is, is read from its bytes, not from its name.

    `name` is for messages; `sheet` names a sheet of a workbook (default: the first). Raises `TabularError`
    when there is no table, and `OSError`.
    """
    with contextlib.ExitStack() as owned:
        file = owned.enter_context(source.open("rb")) if isinstance(source, Path) else source
        head = file.read(dialect.BLOCK)
        kind = dialect.kind_of(head)
        if kind == "text":
            table = _read_text(head, file, name)
        elif kind == "zip":
            table = _read_workbook(_seekable(head, file, name, owned), name, sheet, owned)
        else:
            raise TabularError(kind, name=name)
        table._owned = owned.pop_all()
    return table


def _read_text(head: bytes, file: BinaryIO, name: str) -> Table:
    decoder = dialect.Decoder(head, file)
    lines = dialect.Lines(decoder.lines())
    records = dialect.Records(lines, lines.delimiter())
    line, header = next(((at, got) for at, got in records if isinstance(got, str) or _filled(got)), (0, []))
    if isinstance(header, str):
        raise TabularError("bad_header", name=name, line=line)
    if not header:
        raise TabularError("empty", name=name)
    records.width = len(header)
    return Table(_unique(header), _rows(records, len(header)), records.delimiter, decoder)


def _read_workbook(file: IO[bytes], name: str, sheet: str | None, owned: contextlib.ExitStack) -> Table:
    from leadq import tabular_xlsx  # openpyxl costs more than the rest of an import of leads

    records = tabular_xlsx.open_sheet(file, name, sheet, owned)
    header = next((got for _, got in records if isinstance(got, list) and _filled(got)), [])
    while header and not header[-1].strip():
        header.pop()
    if not header:
        raise TabularError("empty", name=name)
    width = len(header)
    # An empty cell at the end of a row is simply not in the workbook: padding guesses nothing.
    padded = ((at, got + [""] * (width - len(got)) if isinstance(got, list) else got) for at, got in records)
    return Table(_unique(header), _rows(padded, width))


def _seekable(head: bytes, file: BinaryIO, name: str, owned: contextlib.ExitStack) -> IO[bytes]:
    """`file` from its start: a pipe is copied, for an archive is read from its end."""
    import tempfile  # 7 ms that a CSV does not need

    if file.seekable():
        file.seek(-len(head), os.SEEK_CUR)
        return file
    copy = owned.enter_context(tempfile.SpooledTemporaryFile(max_size=1 << 24))  # noqa: SIM115 - it is owned
    copy.write(head)
    while block := file.read(dialect.BLOCK):
        copy.write(block)
        if copy.tell() > _LARGEST_PIPE:
            raise TabularError("too_big", name=name)
    copy.seek(0)
    return copy


def _filled(cells: list[str]) -> bool:
    return any(map(str.strip, cells))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    """Trimmed header names; a name that was already there gets a number: `--map` can tell them apart."""
    seen: dict[str, int] = {}
    unique = []
    for cell in names:
        name = " ".join(cell.split())
        seen[name] = seen.get(name, 0) + 1
        unique.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return tuple(unique)


def _rows(records: Iterable[tuple[int, list[str] | str]], width: int) -> Iterator[Row | BadRow]:
    for line, cells in records:
        if isinstance(cells, str):
            yield BadRow(line, Reason(cells))
        elif not any(cells):
            continue  # a blank line, or the empty rows that Excel leaves at the end
        elif len(cells) == width:
            yield Row(line, cells)
        else:
            yield _ragged(line, cells, width)


def _ragged(line: int, cells: list[str], width: int) -> Row | BadRow:
    """A row of another width: empty cells too many are dropped, and less than half too few are added."""
    counts = {"found": len(cells), "expected": width}
    if len(cells) > width:
        if any(cells[width:]):
            return BadRow(line, Reason("too_many_cells", counts))
        return Row(line, cells[:width])
    if 2 * len(cells) < width:
        return BadRow(line, Reason("too_few_cells", counts))
    return Row(line, cells + [""] * (width - len(cells)))


# --- writing

_DANGEROUS = re.compile(r"'*[\s\u200b\ufeff\"]*[=+\-@\x00-\x1f＝＋－＠]")
_HARMLESS = re.compile(
    r"'*(?:"
    r"\+[1-9][0-9]{7,14}"  # a phone
    r"|\+[1-9][0-9]{0,3}(?:[ .\u00a0\u202f][0-9]{1,4})+"  # a phone in groups
    r"|[+-][0-9]+(?:[ \u00a0\u202f][0-9]{3})*(?:[.,][0-9]+)?"  # a number
    r")"
)


def _needs_quote(text: str) -> bool:
    # Apostrophes in front are ignored: a text that already looks quoted gets one more, and comes back whole.
    return _DANGEROUS.match(text) is not None and _HARMLESS.fullmatch(text) is None


def safe_cell(text: str) -> str:
    """`text`, with an apostrophe in front when a spreadsheet would take it for a formula.

    Source: OWASP, CSV injection (`=`, `+`, `-`, `@`, controls). Phones such as `+33 1 99 00 00 00` and plain
    numbers are left alone.
    """
    return f"'{text}" if _needs_quote(text) else text


def unsafe_cell(text: str) -> str:
    """The text that `safe_cell` was given: for files that leadq wrote, in others people mean apostrophes."""
    return text[1:] if text.startswith("'") and _needs_quote(text) else text


def write_csv(
    target: Path | TextIO, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, french: bool = False
) -> None:
    """Write a table that is safe to open in a spreadsheet: UTF-8, comma; `french` is for French Excel.

    `french` means a byte order mark, `;`, CRLF and decimal commas. A path is replaced at once when all is
    written (mode 0600: leads are personal data); a stream should be opened with `newline=""`. Raises
    `OSError`.
    """
    if not isinstance(target, Path):
        _write(target, header, rows, french)
        return
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as stream:
            _write(stream, header, rows, french)
            stream.flush()
            os.fsync(handle)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink()
        raise


def _write(stream: TextIO, header: Sequence[str], rows: Iterable[Sequence[Cell]], french: bool) -> None:
    delimiter, end = (";", "\r\n") if french else (",", "\n")
    plain = csv.writer(stream, delimiter=delimiter, lineterminator=end)
    quoted = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    if french:
        stream.write("\ufeff")
    for row in chain([header], rows):
        cells = [_cell(value, french) for value in row]
        # Before Python 3.13 the writer leaves a carriage return bare, and readers take it for a line's end.
        (quoted if any("\r" in cell for cell in cells) else plain).writerow(cells)


def _cell(value: Cell, french: bool) -> str:
    if isinstance(value, str):
        return safe_cell(value)
    text = "" if value is None else str(value)
    return text.replace(".", ",") if french else text
