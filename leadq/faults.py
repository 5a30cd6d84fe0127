"""What went wrong and nobody foresaw: a line in the home's log, and the same words to copy into a report.

A line says what kind of error it was and where in the code, and never what the error itself says: that may hold a name,
an address or a token.
"""

from __future__ import annotations

import errno
import os
import platform
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq import __version__
from leadq.clock import iso

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.paths import Home

_LARGEST: Final = 256 << 10
"""Bytes of a log; then it becomes `leadq.log.1`, in the place of an older one."""
_FRAMES: Final = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure: at what, the classes of the error and its causes, and where, the innermost place first."""

    kind: str
    what: str
    where: tuple[str, ...]

    @classmethod
    def of(cls, kind: str, error: BaseException) -> Fault:
        """The failure that ended `kind`."""
        return cls(kind, _what(error), _where(error))


def note(home: Home, kind: str, error: BaseException) -> Fault:
    """Write down that `kind` failed."""
    fault = Fault.of(kind, error)
    write(home, f"{fault.kind}: {fault.what} at {' < '.join(fault.where)}")
    return fault


def versions() -> str:
    """What a report begins with."""
    return f"leadq {__version__}, Python {platform.python_version()}, {platform.system()} {platform.release()}"


def log_of(home: Home) -> Path:
    """The log of a home."""
    return home.state / "leadq.log"


def write(home: Home, line: str) -> None:
    """Add a line to the log of a home that is there. A log that cannot be written stops nobody."""
    if not home.state.is_dir():
        return
    path = log_of(home)
    with suppress(OSError):
        if path.exists() and path.stat().st_size > _LARGEST:
            path.replace(path.with_suffix(".log.1"))
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{iso(time.time_ns() // 1_000_000)} {__version__} {line}\n")


def _what(error: BaseException) -> str:
    """`KeyError`, or `LeadqError from OperationalError SQLITE_FULL`."""
    names, seen = [], set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        names.append(_name(link))
        link = link.__cause__ or link.__context__
    return " from ".join(names)


def _name(error: BaseException) -> str:
    code = getattr(error, "sqlite_errorname", "") or errno.errorcode.get(getattr(error, "errno", None) or 0, "")
    return f"{type(error).__name__} {code}".strip()


def _where(error: BaseException) -> tuple[str, ...]:
    """The last places of its way, the innermost first: modules, not the paths of somebody's machine."""
    frames = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return tuple(reversed(frames[-_FRAMES:]))
