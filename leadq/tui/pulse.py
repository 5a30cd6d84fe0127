"""Whether somebody set the machine's clock back: what was to come then comes again, and what is shown is not true."""

from __future__ import annotations

from typing import Final

_TOLERANCE_MS: Final = 60_000
"""A clock is corrected by less all the time, and nothing on the screen is finer."""


class Pulse:
    """Compares the wall clock with one that only goes on, at each beat."""

    def __init__(self) -> None:
        self._last: tuple[int, float] | None = None

    def beat(self, now_ms: int, steady_s: float) -> int:
        """By how many milliseconds the wall clock went back since the last beat; 0 when it did not.

        One that jumped ahead is a machine that slept, or might be: the next look by time catches up. A wall clock that
        stands still is frozen on purpose.
        """
        last, self._last = self._last, (now_ms, steady_s)
        if last is None or last[0] == now_ms:
            return 0
        back_ms = round((steady_s - last[1]) * 1000) - (now_ms - last[0])
        return back_ms if back_ms >= _TOLERANCE_MS else 0
