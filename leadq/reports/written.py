"""A report as a file: said in a format, and written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from leadq.reports.html import as_html
from leadq.reports.markdown import as_markdown
from leadq.reports.shape import as_shape
from leadq.reports.sheet import as_csv

if TYPE_CHECKING:
    from leadq.reports.document import Report


def said(report: Report, format_: str) -> str:
    """The report in one of `names.FORMATS`, in the language in use."""
    if format_ == "json":
        return json.dumps(as_shape(report), indent=2) + "\n"
    return {"md": as_markdown, "html": as_html, "csv": as_csv}[format_](report)


def write(path: Path, text: str) -> None:
    """Put `text` at `path` at once when all of it is on the disk (mode 0600: leads have names). Raises OSError."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8", "replace"))
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
