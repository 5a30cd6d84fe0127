"""Real time, which a frozen domain clock must not stop: deadlines, backoff and when bytes really left."""

from __future__ import annotations

import time
from typing import Protocol


class Ticks(Protocol):
    """The machine's own time."""

    def wall_ms(self) -> int:
        """Milliseconds UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        ...


class SystemTicks:
    """The time of the machine that we run on."""

    def wall_ms(self) -> int:
        """Milliseconds UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        time.sleep(seconds)
