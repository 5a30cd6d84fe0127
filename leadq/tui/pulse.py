"""Whether the machine's clock went on as it should: a machine that slept, and a clock that somebody set."""

from __future__ import annotations

from typing import Final, Literal

_TOLERANCE_MS: Final = 60_000
"""A clock that is corrected by less is put right all the time, and nothing on the screen is finer."""

Jump = Literal["", "back", "ahead"]


class Pulse:
    """Compares the wall clock with one that only goes on, at each beat."""

    def __init__(self) -> None:
        self._last: tuple[int, float] | None = None

    def beat(self, now_ms: int, steady_s: float) -> tuple[Jump, int]:
        """Which way the wall clock jumped since the last beat, and by how many milliseconds; "" when it did not.

        `ahead` is a machine that slept too: its steady clock stood still meanwhile. A wall clock that stands still
        is frozen on purpose.
        """
        last, self._last = self._last, (now_ms, steady_s)
        if last is None or last[0] == now_ms:
            return "", 0
        jump_ms = (now_ms - last[0]) - round((steady_s - last[1]) * 1000)
        if abs(jump_ms) < _TOLERANCE_MS:
            return "", 0
        return ("ahead" if jump_ms > 0 else "back"), abs(jump_ms)
