"""How far a long job is, on one line of stderr: only in a terminal, and only past the first second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Final, TypeVar

from leadq.drawing import drawn
from leadq.i18n import _, number
from leadq.progress import heard

_QUIET_S: Final = 1.0

_Item = TypeVar("_Item")


class Progress:
    """Tells count, rate and time left; `share` answers how much of the job is done (0 to 1, None: not known).

    It is called with the count so far, and clears its line when the block ends, however it ends.
    """

    def __init__(self, what: str, share: Callable[[], float | None], *, quiet: bool = False) -> None:
        self._what = what
        self._share = share
        self._shown = 0
        self._active = sys.stderr.isatty() and not quiet
        self._began_s = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write("")

    def __call__(self, count: float) -> None:
        elapsed_s = time.monotonic() - self._began_s
        if self._active and elapsed_s >= _QUIET_S:
            self._write(told(self._what, count, elapsed_s, self._share()))

    def _write(self, text: str) -> None:
        if text or self._shown:
            sys.stderr.write(f"\r{drawn(text).ljust(self._shown)}" + ("" if text else "\r"))
            sys.stderr.flush()
            self._shown = len(text)


@contextmanager
def of_known(what: str, *, quiet: bool) -> Iterator[Callable[[float, float], None]]:
    """Tells of a job whose extent is known; what it gives hears how much of how much is done."""
    share = 0.0
    with Progress(what, lambda: share, quiet=quiet) as progress:

        def hear(done: float, of: float) -> None:
            nonlocal share
            share = done / of if of else 1.0
            progress(done)

        yield hear


def written(items: Sequence[_Item], what: str, *, quiet: bool) -> Iterator[_Item]:
    """The items one after another, telling how many of them are written to a file or a pipe.

    In a terminal they say it themselves, and a line about them would stand among them.
    """
    with of_known(what, quiet=quiet or sys.stdout.isatty()) as progress:
        yield from heard(items, progress)


def told(what: str, count: float, elapsed_s: float, share: float | None) -> str:
    """`12,000 rows · 8,400/s · 6 s left`; what is left is only said when it can be known."""
    said = _("{count} {what} · {rate}/s").format(count=number(count), what=what, rate=number(count / elapsed_s))
    if not share:
        return said
    left_s = elapsed_s * (1 - share) / share
    return said + _(" · {seconds} s left").format(seconds=number(left_s))
