"""The table of verdicts as a file: CSV, or a workbook that says how it is filled in. Every text is safe to open."""

from __future__ import annotations

import os
import tempfile
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from leadq.answers.columns import COLUMNS
from leadq.errors import Exit, LeadqError
from leadq.i18n import _, current
from leadq.tabular import write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.answers.rows import Row

FORMATS = ("xlsx", "csv")


def as_csv(rows: Sequence[Row]) -> str:
    """The text of a CSV file; in French as French Excel wants it."""
    stream = StringIO()
    write_csv(stream, [_(header) for header in COLUMNS.values()], rows, french=current() == "fr")
    return stream.getvalue()


def write(path: Path, rows: Sequence[Row], format_: str) -> None:
    """Put the file in place, whole or not at all (mode 0600: leads have names).

    Raises LeadqError `file_exists` (2) rather than write over what somebody may have filled in, and OSError.
    """
    if path.exists():
        raise LeadqError(
            "file_exists",
            _("{file} is there already, and may hold answers.").format(file=path),
            hint=_("Read it with `leadq feedback import`, then move it away or choose another name."),
            exit_status=Exit.USAGE,
        )
    handle, draft = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(_bytes(rows, format_))
            stream.flush()
            os.fsync(handle)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _bytes(rows: Sequence[Row], format_: str) -> bytes:
    if format_ == "csv":
        return as_csv(rows).encode("utf-8", "replace")
    from leadq.answers.workbook import as_workbook  # openpyxl costs more than all the rest

    return as_workbook(rows)
