"""Lines that a child has said and nobody has heard yet: few enough to stay small, whatever the child says."""

from __future__ import annotations

from collections import deque
from threading import Condition
from typing import Final

MOST_BYTES: Final = 1 << 20
"""Kept unheard; beyond, the pipe fills and the child waits. Results are a few hundred bytes each, pages up to 32 MB."""


class Heard:
    """A queue from the thread that reads the pipe to the one that works, bounded by bytes instead of lines."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._is_over = False
        self._changed = Condition()

    def put(self, line: bytes) -> None:
        """Add a line, and wait until there is room for another."""
        with self._changed:
            if self._is_over:
                return
            self._lines.append(line)
            self._bytes += len(line)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._is_over or self._bytes < self._most)

    def get(self, timeout_s: float) -> bytes | None:
        """The next line, None when none came in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._lines, timeout_s):
                return None
            line = self._lines.popleft()
            self._bytes -= len(line)
            self._changed.notify_all()
            return line

    def is_empty(self) -> bool:
        """Whether nothing is there at this moment."""
        return not self._lines

    def no_more(self) -> None:
        """Nobody will listen again: what still comes is dropped, so that who reads gets to the end."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
