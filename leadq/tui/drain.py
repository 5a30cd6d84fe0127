"""How far the changes that wait are with going out, from how many have gone and how many wait at each look."""

from __future__ import annotations

from typing import Final

from leadq.i18n import _, number
from leadq.saying import say_remaining

_LEAST: Final = 5
"""Fewer are gone before anybody has read it."""
STILL_S: Final = 15.0
"""When none has gone for so long, nothing is under way: offline, or a pause that the service asked for."""


class Drain:
    """A wave of changes begins when the first waits, and ends when none does or none has gone for a while.

    What stops waiting has not always gone: one change may stand for another, or be taken back.
    """

    def __init__(self) -> None:
        self._before = self._sent = self._left = 0
        self._since_s = self._moved_s = 0.0

    def note(self, sent: int, waiting: int, at_s: float) -> None:
        """So many have gone in all and so many wait at `at_s` (seconds of any clock that only goes on).

        Those that wait for a person are in neither.
        """
        if not self._left or not self._moving(at_s):
            self._before, self._since_s, self._moved_s = sent, at_s, at_s
        elif sent != self._sent:
            self._moved_s = at_s
        self._sent, self._left = sent, waiting

    def told(self, at_s: float) -> str:
        """`sending 40 of 120, 2:10 left`; "" when nothing is under way."""
        gone = self._sent - self._before
        if gone <= 0 or not self._left or gone + self._left < _LEAST or not self._moving(at_s):
            return ""
        left = say_remaining(int(self._left * (self._moved_s - self._since_s) / gone * 1000))
        return _("sending {done} of {total}, {time} left").format(
            done=number(gone), total=number(gone + self._left), time=left
        )

    def _moving(self, at_s: float) -> bool:
        return at_s - self._moved_s < STILL_S
