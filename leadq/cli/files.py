"""The file that a command is given, or standard input in its place; and what its columns are said to be."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from leadq.errors import Exit, LeadqError
from leadq.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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


def forced_columns(maps: Sequence[str]) -> dict[str, str]:
    """Column -> field, as `--map COLUMN=FIELD` was typed. Raises LeadqError `bad_map` (2)."""
    pairs = [text.rpartition("=") for text in maps]
    for text, (column, _equals, field) in zip(maps, pairs, strict=True):
        if not column or not field:
            raise LeadqError(
                "bad_map",
                _("--map “{text}” is not COLUMN=FIELD.").format(text=text),
                hint=_('For example --map "Firma=company".'),
                exit_status=Exit.USAGE,
            )
    return {column: field for column, _equals, field in pairs}


def share_of(source: BinaryIO) -> Callable[[], float | None]:
    """How much of `source` was read; not known of a pipe."""
    try:
        size = os.fstat(source.fileno()).st_size
    except (OSError, ValueError):
        size = 0
    return lambda: source.tell() / size if size and source.seekable() else None
