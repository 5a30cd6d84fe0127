"""How far the changes that wait are with going out, from nothing but how many wait at each look."""

from __future__ import annotations

from typing import Final

from leadq.i18n import _, number
from leadq.saying import say_remaining

_LEAST: Final = 5
"""Fewer are gone before anybody has read it."""
_STILL_S: Final = 15.0
"""When none has gone for so long, nothing is under way: offline, or a pause that the service asked for."""


class Drain:
    """A wave of changes begins with the most that waited, and ends when none does or none has gone for a while."""

    def __init__(self) -> None:
        self._total = self._left = 0
        self._since_s = self._moved_s = 0.0

    def note(self, waiting: int, at_s: float) -> None:
        """So many wait at `at_s` (seconds of any clock that only goes on), those aside that wait for a person."""
        if waiting >= self._total or not self._left or not self._moving(at_s):
            self._total = self._left = waiting
            self._since_s = self._moved_s = at_s
        elif waiting != self._left:
            self._left, self._moved_s = waiting, at_s

    def told(self, at_s: float) -> str:
        """`sending 40 of 120, 2:10 left`; "" when nothing is under way."""
        gone = self._total - self._left
        if not gone or not self._left or self._total < _LEAST or not self._moving(at_s):
            return ""
        left = say_remaining(int(self._left * (self._moved_s - self._since_s) / gone * 1000))
        return _("sending {done} of {total}, {time} left").format(
            done=number(gone), total=number(self._total), time=left
        )

    def _moving(self, at_s: float) -> bool:
        return at_s - self._moved_s < _STILL_S
