"""Forms of the survey as an Excel workbook, in which only a score from 1 to 5 can be typed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import openpyxl
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.datavalidation import DataValidation

from leadq.domain.together import HIGHEST, LOWEST

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTHS: Final = (20, 12, 14, 34, 34, 34)
_FIRST_SCORE: Final = "D"
_LAST_SCORE: Final = "F"


def write_sheet(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write the forms to `path`, at once when all of them are on the disk. Raises OSError."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "leadq"
    sheet.append(list(header))
    for row in rows:
        sheet.append([cell or None for cell in row])
    for place, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEF"[place]].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    scores = DataValidation(type="whole", operator="between", formula1=str(LOWEST), formula2=str(HIGHEST))
    scores.add(f"{_FIRST_SCORE}2:{_LAST_SCORE}{len(rows) + 1}")
    sheet.add_data_validation(scores)
    handle, draft = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            book.save(stream)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
