"""A path as people type, paste or drop it, and what Tab makes of it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

_TABLES: Final = (".csv", ".tsv", ".txt", ".xlsx")
_MOST: Final = 2000
"""Names looked at in one folder: a screen does not wait for a folder of a million."""


def path_of(typed: str) -> Path:
    """The path that is meant: a terminal puts quotes, backslashes or `file://` around what is dropped on it."""
    text = typed.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    elif text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    elif os.name == "posix" and "\\" in text:
        text = re.sub(r"\\(.)", r"\1", text)
    try:
        return Path(text).expanduser()
    except RuntimeError:  # the home of nobody
        return Path(text)


def complete(typed: str) -> tuple[str, tuple[str, ...]]:
    """What is typed, as far as there is only one way to go on, and the names it may become (none: nothing fits)."""
    head, tail = os.path.split(typed)
    found = _names(path_of(head) if head else Path(), tail)
    if not found:
        return typed, ()
    common = os.path.commonprefix(found)  # noqa: RUF071 - of names, letter by letter, is what is wanted
    if len(common) < len(tail):  # they differ in case before the end of what is typed
        common = tail
    return os.path.join(head, common), found  # noqa: PTH118 - what is typed stays as it is typed, `~` too


def _names(folder: Path, tail: str) -> tuple[str, ...]:
    """Folders and tables of a folder whose names begin with `tail`, in any case when none does exactly."""
    try:
        with os.scandir(folder) as entries:
            names = [_shown(entry) for entry, _number in zip(entries, range(_MOST), strict=False)]
    except OSError:
        return ()
    known = sorted(name for name in names if name and (tail.startswith(".") or not name.startswith(".")))
    exact = tuple(name for name in known if name.startswith(tail))
    return exact or tuple(name for name in known if name.casefold().startswith(tail.casefold()))


def _shown(entry: os.DirEntry[str]) -> str:
    """A folder with its slash, a table by its name, "" for anything else."""
    if entry.is_dir():
        return f"{entry.name}{os.sep}"
    return entry.name if entry.name.lower().endswith(_TABLES) else ""
