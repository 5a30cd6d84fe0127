"""A lock between processes that the kernel releases however its holder dies: no lease, nothing to clean up."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadq.errors import Exit, LeadqError
from leadq.i18n import _

_PAUSE_S = 0.001
"""How often to try: the kernel keeps no queue for us, so who sleeps long while others write one verb after the other
hardly ever finds the lock free (with 20 ms, one gesture in a hundred waited for a third of a second)."""


@contextmanager
def held(path: Path, wait_s: float) -> Iterator[None]:
    """Hold the lock file `path`, waiting at most `wait_s` seconds for another process.

    Raises LeadqError `locked` (exit 75) when it stays taken. Uses real time: a frozen domain clock must not stop a
    wait.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, path, time.monotonic() + wait_s)
        yield
    finally:
        os.close(descriptor)  # releases the lock


def busy(path: Path) -> LeadqError:
    """What is said when another process goes on using `path`."""
    return LeadqError(
        "locked",
        _("Another leadq is busy with {path}.").format(path=path.name),
        hint=_("Try again in a moment."),
        exit_status=Exit.TEMPORARY,
    )


def _take(descriptor: int, path: Path, deadline_s: float) -> None:
    while not _try(descriptor):
        if time.monotonic() >= deadline_s:
            raise busy(path)
        time.sleep(_PAUSE_S)


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
