"""The file that a command is given, or standard input in its place."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from leadq.errors import Exit, LeadqError
from leadq.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

STDIN: Final = "-"


@contextmanager
def opened(file: str, hint: str) -> Iterator[BinaryIO]:
    """The bytes of `file`. Raises LeadqError `no_file` (2) with `hint`, what to give instead, and OSError."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    path = Path(file).expanduser()
    if not path.is_file():
        message = _("There is no file {file}.").format(file=file)
        raise LeadqError("no_file", message, hint=hint, exit_status=Exit.USAGE)
    with path.open("rb") as stream:
        yield stream
