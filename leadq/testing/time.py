"""Time that passes only when somebody waits."""

from __future__ import annotations

from typing import Final

START_MS: Final = 1_778_684_400_000
"""2026-05-13T15:00:00Z, a Wednesday."""


class VirtualTime:
    """In the place of `leadq.sync.ports.SystemTicks`; all who share it wait together."""

    def __init__(self, start_ms: int = START_MS) -> None:
        self._start_ms = start_ms
        self._passed_us = 0  # whole microseconds: a sum of floats would depend on the order of the waits

    def wall_ms(self) -> int:
        """Milliseconds UTC."""
        return self._start_ms + self._passed_us // 1000

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self._passed_us / 1_000_000

    def sleep(self, seconds: float) -> None:
        """Let so much time pass; at least a microsecond, or nothing would ever come of it."""
        self._passed_us += max(1, round(seconds * 1_000_000))
