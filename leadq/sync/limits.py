"""How much a service lets us ask: what adapters declare, what answers teach, and what is kept for outcomes.

A limit looks back over its whole window, so no stretch of that length holds more than it allows, wherever the
service lets its own window begin. A bucket that refills as time goes would let twice as much through in one.
"""

from __future__ import annotations

import re
from collections import deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadq.plugins.sdk import Limit

KEPT_FOR_PUSH: Final = 0.2
"""The part of a long limit that only outcomes may use: a day of polling must not leave the rep's work unsent."""

_LONG_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_SLOTS: Final = 100
_NUMBER: Final = re.compile(r"\d{1,12}(?:\.\d{1,6})?")


class Budget:
    """What one connection may still ask for. Times are seconds of one clock that only goes forward.

    `share` is this laptop's part when several use one account. Raises ValueError for a share outside ]0, 1].
    """

    def __init__(self, limits: Sequence[Limit], share: float = 1.0) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"a share of {share}")
        self._windows = [_Window(limit, share) for limit in limits]

    def day(self, passed_s: float, now: float) -> None:
        """Hear how long the service's day has lasted by now: what was spent before is of another one."""
        for window in self._windows:
            window.day_began = now - passed_s

    def wait_s(self, method: str, path: str, now: float, *, push: bool) -> float:
        """How long until this request fits every limit; 0: now."""
        return max(
            (window.wait_s(cost, now, push=push) for window, cost in self._touched(method, path)),
            default=0.0,
        )

    def spend(self, method: str, path: str, now: float) -> None:
        """Count a request that is about to leave, whatever becomes of it."""
        for window, cost in self._touched(method, path):
            window.spend(cost, now)

    def learn(self, method: str, path: str, headers: Mapping[str, str], now: float) -> None:
        """Believe what an answer says of what is left, where it is less than we thought."""
        for window, _ in self._touched(method, path):
            window.learn(headers, now)

    def left(self, now: float) -> float | None:
        """What is left of the longest limit; None when there is none."""
        longest = max(self._windows, key=lambda window: window.limit.per_s, default=None)
        return None if longest is None else max(0.0, longest.capacity - longest.used(now))

    def saved(self, now: float) -> list[list[list[float]]]:
        """For each limit, what was spent how many seconds ago: a run that starts tomorrow must know of today's."""
        return [[[now - at, cost] for at, cost in window.live(now)] for window in self._windows]

    def restore(self, saved: Sequence[Sequence[Sequence[float]]], away_s: float, now: float) -> None:
        """Take over what was `saved` `away_s` seconds ago; for other limits than those it is about, nothing."""
        if len(saved) != len(self._windows):
            return
        for window, spent in zip(self._windows, saved, strict=True):
            window.restore(((now - age - max(away_s, 0.0), cost) for age, cost in spent), now)

    def _touched(self, method: str, path: str) -> Iterable[tuple[_Window, float]]:
        costs = ((window, cost_of(window.limit, method, path)) for window in self._windows)
        return [(window, cost) for window, cost in costs if cost > 0]


class _Window:
    """What was spent on one limit, in slots of a hundredth of its length: a day's log stays small."""

    def __init__(self, limit: Limit, share: float) -> None:
        self.limit = limit
        self.capacity = limit.amount * share
        self._share = share
        self._slot_s = limit.per_s / _SLOTS
        self._spent: deque[tuple[float, float]] = deque()
        self._shut_until = float("-inf")
        self.day_began = float("-inf")

    def wait_s(self, cost: float, now: float, *, push: bool) -> float:
        kept = KEPT_FOR_PUSH if self.limit.per_s >= _LONG_S and not push else 0.0
        room = self.capacity * (1 - kept) - cost
        wait = max(0.0, self._shut_until - now)
        live = self.live(now)
        used = sum(spent for _, spent in live)
        for at, spent in live:  # when nothing is used any more even what is too dear passes, or it never would
            if used <= room:
                break
            used -= spent
            wait = max(wait, self._until(at) - now)
        return wait

    def spend(self, cost: float, now: float) -> None:
        if self._spent and now - self._spent[-1][0] < self._slot_s and self._until(self._spent[-1][0]) > now:
            at, before = self._spent.pop()
            self._spent.append((at, before + cost))
        else:
            self._spent.append((now, cost))

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        said = _number(headers, self.limit.remaining)
        if said is None:
            return
        others = self.capacity - self.used(now) - said * self._share
        if others > 0:
            self.spend(others, now)
        reset = _number(headers, self.limit.reset)
        if said <= 0 and reset is not None:
            self._shut_until = now + min(reset, self.limit.per_s)

    def used(self, now: float) -> float:
        return sum(cost for _, cost in self.live(now))

    def live(self, now: float) -> list[tuple[float, float]]:
        """What still counts; a slot counts until the last that it may hold is out of the window."""
        while self._spent and self._until(self._spent[0][0]) <= now:
            self._spent.popleft()
        return list(self._spent)

    def _until(self, at: float) -> float:
        """How long a slot that begins at `at` counts."""
        rolling = at + self._slot_s + self.limit.per_s
        midnight = self.day_began + (_DAY_S if at >= self.day_began else 0.0)
        return min(rolling, midnight) if self.limit.daily and self.day_began > float("-inf") else rolling

    def restore(self, spent: Iterable[tuple[float, float]], now: float) -> None:
        self._spent = deque(sorted((min(at, now), cost) for at, cost in spent))


def cost_of(limit: Limit, method: str, path: str) -> float:
    """What one request takes from this limit; 0 when it is not about it."""
    if not _fits(limit.match, method, path):
        return 0
    return next((cost for pattern, cost in limit.costs if _fits(pattern, method, path)), limit.weight)


def _fits(pattern: str, method: str, path: str) -> bool:
    return fnmatchcase(f"{method} {path}" if " " in pattern else path, pattern)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    """A header's number; of `18/5000` (used of allowed) what is left."""
    text = headers.get(name.lower(), "") if name else ""
    found = [float(number) for number in _NUMBER.findall(text)]
    if not found:
        return None
    return found[1] - found[0] if "/" in text and len(found) > 1 else found[0]
