"""From the bytes of a table to its lines, its delimiter and its records.

French Excel writes cp1252 with `;`, HubSpot writes UTF-8 with `,`, and people paste one into the other. So
the encoding is decided line by line, and the delimiter by what gives the header and the rows the same number
of columns (the standard library's sniffer answers a carriage return for a French file).
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import math
import re
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_RECORD = 1_000_000  # characters; a longer record is a broken file, not a lead
DELIMITERS = (";", "\t", "|", ",")  # a comma is last: at equal score it is more likely to be part of a text
BLOCK = 1 << 18
_LONGEST_CARRY = 4 * (MAX_RECORD + 1)  # bytes of a line kept: still more than MAX_RECORD characters
_SAMPLE_RECORDS = 50
_SAMPLE_LINES = 500
_MAX_LINES = 1_000  # physical lines of one record: beyond, a quote was forgotten
_REPLAY_BUDGET = 100_000  # lines read twice because of forgotten quotes; bounds the work on a hostile file

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # also a workbook with a password
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MAGIC = (
    b"%PDF-",
    b"\x89PNG",
    b"GIF87a",
    b"GIF89a",
    b"\xff\xd8\xff",
    b"\x7fELF",
    b"SQLite format 3\0",
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a",
)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r")
_SEP_LINE = re.compile(r'^"?sep=([^\w\s"]|	)"?$', re.IGNORECASE)


def kind_of(head: bytes) -> str:
    """What the first bytes of a file are: `text`, `zip`, `old_excel` or `binary`."""
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_OLD_EXCEL):
        return "old_excel"
    if head.startswith(_MAGIC):
        return "binary"
    if _wide(codec_of(head)[0]):
        return "text"
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "binary" if controls * 20 > len(head) else "text"


def codec_of(head: bytes) -> tuple[str, int]:
    """The encoding that the first bytes show (else `utf-8`) and the length of its byte order mark."""
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec, len(mark)
    pairs = len(head) // 2
    first, second = head[0::2].count(0), head[1::2].count(0)
    if second > 0.3 * pairs and first < 0.05 * pairs:
        return "utf-16-le", 0
    if first > 0.3 * pairs and second < 0.05 * pairs:
        return "utf-16-be", 0
    return "utf-8", 0


def _wide(codec: str) -> bool:
    return codec.startswith(("utf-16", "utf-32"))


class Decoder:
    """The physical lines of a byte stream, and what was found in them.

    `encoding` is what most of the lines with accents were; it is final when the lines are read to the end.
    `foreign` and `undefined` count the cp1252 lines and those with a byte that cp1252 does not define.
    """

    def __init__(self, head: bytes, source: BinaryIO) -> None:
        self.foreign = self.first_foreign = 0
        self.undefined = self.first_undefined = 0
        self._codec, mark = codec_of(head)
        self._accented = self._lines = 0
        blocks = _blocks(head[mark:], source)
        self._blocks = _as_utf8(blocks, self._codec) if _wide(self._codec) else blocks

    @property
    def encoding(self) -> str:
        """A Python codec name: `utf-8`, `utf-8-sig`, `cp1252`, `utf-16-le`..."""
        return "cp1252" if self.foreign > self._accented else self._codec

    def lines(self) -> Iterator[str]:
        """Physical lines with their ends (LF, CRLF or CR), without NUL; an endless line is cut after 1 MB."""
        for block in _whole_lines(self._blocks):
            yield from io.StringIO(self._text(block).replace("\0", ""), newline="")

    def _text(self, block: bytes) -> str:
        lines = block.splitlines(keepends=True)  # for bytes: at LF, CRLF and CR only
        try:
            text = block.decode()
            self._accented += len(lines) - sum(map(bytes.isascii, lines))
        except UnicodeDecodeError:
            text = "".join([self._line(number, line) for number, line in enumerate(lines, self._lines + 1)])
        self._lines += len(lines)
        return text

    def _line(self, number: int, line: bytes) -> str:
        try:
            text = line.decode()
            self._accented += not text.isascii()
        except UnicodeDecodeError:
            text = line.decode("cp1252", errors="replace")
            self.foreign += 1
            self.first_foreign = self.first_foreign or number
            if "\ufffd" in text:
                self.undefined += 1
                self.first_undefined = self.first_undefined or number
        return text


def _blocks(head: bytes, source: BinaryIO) -> Iterator[bytes]:
    yield head
    while block := source.read(BLOCK):
        yield block


def _as_utf8(blocks: Iterable[bytes], codec: str) -> Iterator[bytes]:
    decode = codecs.getincrementaldecoder(codec)(errors="replace").decode
    for block in blocks:
        yield decode(block).encode("utf-8")
    yield decode(b"", final=True).encode("utf-8")


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks that end at a line's end, so that no character and no CRLF is cut in two."""
    carry = b""
    for block in blocks:
        joined = carry + block
        cut = max(joined.rfind(b"\n"), joined.rfind(b"\r", 0, len(joined) - 1)) + 1
        if cut:
            yield joined[:cut]
        carry = joined[cut:][:_LONGEST_CARRY]
    if carry:
        yield carry


def _sample(lines: Iterator[str]) -> list[str]:
    """The first lines of a table: enough to choose a delimiter, and never much memory."""
    taken: list[str] = []
    size = 0
    for line in islice(lines, _SAMPLE_LINES):
        taken.append(line)
        size += len(line)
        if size > MAX_RECORD:
            break
    return taken


def _declared_delimiter(line: str) -> str | None:
    """The delimiter of a `sep=;` line, which Excel reads as an instruction when it is the first one."""
    match = _SEP_LINE.match(line.rstrip("\r\n"))
    return match[1] if match else None


def _choose_delimiter(lines: list[str]) -> str:
    """The delimiter that gives the most columns to the header and to the rows alike."""
    sane = [line for line in lines if len(line) <= MAX_RECORD]
    return max(DELIMITERS, key=lambda delimiter: _score(sane, delimiter))


def _score(lines: list[str], delimiter: str) -> tuple[float, float]:
    widths: list[int] = []
    with contextlib.suppress(csv.Error):  # a forgotten quote, at worst: what came before it is judged
        records = islice(filter(None, csv.reader(lines, delimiter=delimiter)), _SAMPLE_RECORDS)
        widths.extend(len(record) for record in records)
    if not widths:
        return 0.0, 0.0
    alike = widths.count(widths[0]) / len(widths)
    return alike * math.log(widths[0]), alike


class _Endless(Exception):
    """The record does not end within its limits."""


class Lines:
    """Physical lines for `csv.reader`, with their numbers, and a way back within the record being read."""

    def __init__(self, source: Iterator[str]) -> None:
        self.record: list[str] = []
        self._source = source
        self._back: list[str] = []
        self._number = 0
        self._size = 0
        self._budget = _REPLAY_BUDGET

    def delimiter(self) -> str:
        """Look ahead, then rewind; a `sep=` line is consumed."""
        # The limit belongs to the process; the default of 128 kB is less than a pasted e-mail thread.
        csv.field_size_limit(max(MAX_RECORD, csv.field_size_limit()))
        ahead = _sample(self._source)
        declared = _declared_delimiter(ahead[0]) if ahead else None
        if declared:
            del ahead[0]
            self._number = 1
        self._back = ahead[::-1]
        return declared or _choose_delimiter(ahead)

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        # Once the budget is spent, a record has one line: a file with that many open quotes is not quoting.
        if len(self.record) >= (_MAX_LINES if self._budget > 0 else 1):
            raise _Endless
        line = self._back.pop() if self._back else next(self._source)
        self.record.append(line)
        self._number += 1
        self._size += len(line)
        if self._size > MAX_RECORD:
            raise _Endless
        return line

    def begin(self) -> int:
        """Start a record: the number of its first line."""
        self.record = []
        self._size = 0
        return self._number + 1

    def keep_first(self) -> str:
        """The record's first line; the others will be read again."""
        first, *others = self.record
        self._back.extend(reversed(others))
        self._number -= len(others)
        self._budget -= len(others)
        return first


class Records:
    """The records of a text: the first line of each, and its cells or the code of what is wrong with it.

    Strict where the file is, forgiving where it is not. `width` is the header's, once known: it tells a
    quoted text of several lines from a forgotten quote.
    """

    def __init__(self, lines: Lines, delimiter: str) -> None:
        self.delimiter = delimiter
        self.width = 0
        self._lines = lines
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)

    def __iter__(self) -> Iterator[tuple[int, list[str] | str]]:
        lines, reader = self._lines, self._reader
        while True:
            start = lines.begin()
            try:
                cells: list[str] | str = next(reader)
                if len(lines.record) > 1 and self._swallowed(cells):
                    cells = self._repair()
            except StopIteration:
                return
            except (csv.Error, _Endless):
                cells = self._repair()
            yield start, cells

    def _swallowed(self, cells: list[str] | str) -> bool:
        """Whether a record of several lines is a forgotten quote that took whole records with it."""
        if not self.width or isinstance(cells, str) or len(cells) == self.width:
            return False
        return all(self._width_alone(line) == self.width for line in self._lines.record[1:])

    def _width_alone(self, line: str) -> int:
        try:
            return len(next(csv.reader([line], delimiter=self.delimiter, strict=True), []))
        except csv.Error:
            return 0

    def _repair(self) -> list[str] | str:
        """The first line of the record alone, if it makes sense so; the next lines are read again."""
        first = self._lines.keep_first()
        if len(first) > MAX_RECORD:
            return "too_long"
        # Forgiving, `"Acme" SARL` is `Acme SARL`. A quote still open takes the line's end into its cell.
        cells = next(csv.reader([first.rstrip("\r\n") + "\n"], delimiter=self.delimiter))
        return "unclosed_quote" if cells[-1].endswith("\n") else cells
