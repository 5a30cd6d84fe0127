"""The table of verdicts as an Excel workbook: one sheet to fill in, one that says how.

The sheets are protected without a password: what is not to be filled in cannot be changed or sorted apart by mistake,
and whoever means it takes the protection off.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from leadq.answers.columns import COLUMNS, FILLED, SHEETS
from leadq.i18n import _
from leadq.tabular import safe_cell
from leadq.words import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.answers.rows import Row

_WIDTHS: Final = {
    "campaign": 18, "lead": 7, "name": 22, "company": 24, "at": 17, "verdict": 14, "reason": 32, "code": 17,
    "quality": 18, "missing": 22, "said": 44, "answer": 18, "note": 44, "by": 18, "key": 20,
}  # fmt: skip
_PAGE: Final = 100
_HEADER: Final = PatternFill("solid", fgColor="FF1F3A4D")
_TO_FILL: Final = PatternFill("solid", fgColor="FFFFF6D6")
_GREY: Final = Font(color="FF8A8A8A", size=8)
_WRAPPED: Final = Alignment(vertical="top", wrap_text=True)
_OPEN: Final = Protection(locked=False)


def as_workbook(rows: Sequence[Row]) -> bytes:
    """The bytes of the workbook, in the language in use."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _(SHEETS[0])
    _fill(sheet, rows)
    _explain(book.create_sheet(_(SHEETS[1])))
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill(sheet: Any, rows: Sequence[Row]) -> None:
    for at, (column, header) in enumerate(COLUMNS.items(), start=1):
        cell = _put(sheet, 1, at, _(header))
        cell.font, cell.fill, cell.alignment = Font(bold=True, color="FFFFFFFF"), _HEADER, _WRAPPED
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS[column]
    for number, row in enumerate(rows, start=2):
        for at, (column, value) in enumerate(zip(COLUMNS, row, strict=True), start=1):
            _style(_put(sheet, number, at, value), column)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(rows) + 1}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    _protect(sheet)
    _offer(sheet, len(rows) + 1)


def _put(sheet: Any, row: int, column: int, value: str | int) -> Any:
    """A text is stored as one, whatever it begins with, and stays harmless when the sheet is saved as CSV."""
    cell = sheet.cell(row, column, safe_cell(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _style(cell: Any, column: str) -> None:
    cell.alignment = _WRAPPED
    if column in FILLED:
        cell.fill, cell.protection = _TO_FILL, _OPEN
    elif column == "key":
        cell.font, cell.alignment = _GREY, Alignment(vertical="top")


def _protect(sheet: Any) -> None:
    """Nothing but what is to be filled in can be changed; widths and the filter stay everybody's."""
    sheet.protection.sheet = True
    for allowed in ("formatColumns", "formatRows", "autoFilter"):
        setattr(sheet.protection, allowed, False)  # the file says what is locked


def _offer(sheet: Any, last: int) -> None:
    """The answers as a list to choose from."""
    words = [_(word) for word in ANSWERS.values()]
    offered = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=True)
    offered.errorTitle, offered.error = _("Your answer"), _("Choose one: {words}.").format(words=", ".join(words))
    column = get_column_letter(list(COLUMNS).index("answer") + 1)
    offered.add(f"{column}2:{column}{max(last, 2)}")
    sheet.add_data_validation(offered)


def _explain(sheet: Any) -> None:
    sheet.column_dimensions["A"].width = _PAGE
    for number, line in enumerate(_told(), start=1):
        cell = _put(sheet, number, 1, line)
        cell.alignment = _WRAPPED
        if number == 1:
            cell.font = Font(bold=True, size=14)
    _protect(sheet)


def _told() -> Iterator[str]:
    ack, changed, declined = (_(ANSWERS[code]) for code in ("ack", "changed", "declined"))
    yield _("What sales said of your leads, and what you answer")
    yield _("Each row is a verdict that waits for your answer. Fill in the yellow columns of as many rows as you like.")
    yield _("“{word}”: you have read it, and nothing more is needed.").format(word=ack)
    yield _("“{word}”: you change something because of it; say what in your note.").format(word=changed)
    yield _("“{word}”: you do not agree; say why in your note. Whoever owns the contract then decides.").format(
        word=declined
    )
    yield _("Your note goes to the rep who gave the verdict. “Answered by” is for your name.")
    yield _("Leave the other columns as they are, the key above all: it says which verdict a row is about.")
    yield _("Save the file as it is, or as CSV, and send it back. It is read with `leadq feedback import FILE`.")
    yield _("A row without an answer stays open. Sending the same file twice answers nothing twice.")
