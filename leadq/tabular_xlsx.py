"""One sheet of an Excel workbook, as the same rows of text that a CSV gives.

A workbook is an archive that a stranger may have made: what it would unpack to is looked at before anything
is unpacked (openpyxl keeps all shared texts in memory). Formulas give the value that Excel last computed.
"""

from __future__ import annotations

import datetime
import warnings
import zipfile
import zlib
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from leadq.tabular import TabularError

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Iterator

_MAX_MEMBERS = 1_000
_MAX_UNPACKED = 200_000_000
_MAX_RATIO = 100
_SMALL_MEMBER = 10_000_000  # below, any ratio is harmless, and a sheet of equal rows packs very well
_MAX_ROWS = 1_048_576  # Excel's own limit; a forged row number would otherwise be counted up to
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    InvalidFileException,
    AttributeError,  # openpyxl checks little: what is missing in the XML shows as whatever it stumbles on
    IndexError,
    KeyError,
    SyntaxError,  # an XML parse error is one
    TypeError,
    ValueError,
)
_EXCEL_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!", "#CALC!"}
)

# What openpyxl warns of (styles, validations, extensions) concerns those who write workbooks.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


def open_sheet(
    file: IO[bytes], name: str, sheet: str | None, owned: contextlib.ExitStack
) -> Iterator[tuple[int, list[str] | str]]:
    """Rows (number in the sheet, cells or the code of what is wrong) of `sheet`, or of the first one.

    The workbook is closed with `owned`. Raises `TabularError`.
    """
    _guard(file, name)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except _DAMAGE as error:
        raise TabularError("broken_xlsx", name=name) from error
    owned.callback(book.close)
    return _rows(_choose(book, name, sheet))


def _guard(file: IO[bytes], name: str) -> None:
    """Refuse an archive that is no workbook, or that would unpack to more than a laptop wants to hold."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except _DAMAGE as error:
        raise TabularError("broken_xlsx", name=name) from error
    if all(member.filename != "xl/workbook.xml" for member in members):
        raise TabularError("binary", name=name)
    # zipfile never unpacks more than the size a member declares, so the declared sizes can be trusted here.
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MAX_MEMBERS or unpacked > _MAX_UNPACKED or any(map(_is_bomb, members)):
        raise TabularError("too_big", name=name)


def _is_bomb(member: zipfile.ZipInfo) -> bool:
    return member.file_size > _SMALL_MEMBER and member.file_size > _MAX_RATIO * max(member.compress_size, 1)


def _choose(book: Any, name: str, sheet: str | None) -> Any:
    sheets = {found.title: found for found in book.worksheets}
    if sheet is None and sheets:
        return next(iter(sheets.values()))
    for title, found in sheets.items():
        if sheet is not None and title.strip().casefold() == sheet.strip().casefold():
            return found
    raise TabularError("no_such_sheet", name=name, sheet=sheet or "1", sheets=", ".join(sheets))


def _rows(sheet: Any) -> Iterator[tuple[int, list[str] | str]]:
    number = 0
    try:
        sheet.reset_dimensions()  # the declared size is often wrong: all the columns there are, or one cell
        for number, values in enumerate(islice(sheet.iter_rows(values_only=True), _MAX_ROWS), 1):
            yield number, [_text(value) for value in values]
    except _DAMAGE:
        yield number + 1, "unreadable_rest"


def _text(value: object) -> str:
    """A cell as a person would type it: ISO dates, whole numbers without `.0`, nothing for an error value."""
    if isinstance(value, str):
        return "" if value in _EXCEL_ERRORS else value.replace("\0", "")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return _moment(value)
    return str(value)


def _moment(value: datetime.datetime) -> str:
    # Excel stores a fraction of a day: 14:30 comes back some microseconds early.
    rounded = (value + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
    midnight = rounded.time() == datetime.time()
    return rounded.date().isoformat() if midnight else rounded.isoformat(sep=" ")
