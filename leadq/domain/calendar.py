"""Business time: how much open time lies between two instants, and when a budget of it is used up.

Everything is integer milliseconds UTC over sorted windows with running totals, so that `add` and `elapsed`
are two bisections whatever the distance; walking day by day is slow, and where the field's bugs were.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from operator import sub
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadq.domain.compile_calendar import (
    DAY_MINUTES,
    EPOCH,
    REACH_MS,
    CalendarSpec,
    CalendarYear,
    Minutes,
    at_wall,
    compile_year,
    instant,
    parse_windows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Calendar", "CalendarSpec", "CalendarYear", "Minutes", "Step", "compile_year", "parse_windows", "taken_up"]

Span = tuple[int, int]
_Reach = tuple[int, int | None, "list[Span]", int]
"""A working day: its place among the known ones, how far its hours are from those of the start, its windows, and its
last closing."""

_PATIENCE_DAYS = 731
_DAY_MS = 86_400_000
_PATIENCE_MS = _PATIENCE_DAYS * _DAY_MS


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of time and why it counts or not: "open", "closed" or "holiday:ENGLISH NAME|FRENCH NAME"."""

    from_ms: int
    to_ms: int
    counted_ms: int
    why: str


class Calendar:
    """Business time over consecutive compiled years.

    Only [`first_ms`, `last_ms`) is known. `add` and `add_days` answer None rather than guess beyond it;
    `elapsed`, `is_open` and `steps` take the unknown as closed, so whoever asks about old or far instants
    loads the years first. A window that crosses midnight belongs to the day it starts on; a calendar that
    has one is known from its end on the first of January, because the night before is not loaded.
    """

    def __init__(self, spec: CalendarSpec, years: Sequence[CalendarYear]) -> None:
        """Raises ValueError when `years` is empty or skips a year."""
        numbers = [year.year for year in years]
        if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise ValueError(f"Calendar '{spec.name}' needs consecutive years, not {numbers}.")
        self.spec = spec
        self.zone = ZoneInfo(spec.zone)
        spill = max((window[1] - DAY_MINUTES for day in spec.week for window in day), default=0)
        self.first_ms = instant(date(numbers[0], 1, 1), max(0, spill), self.zone)
        self.last_ms = instant(date(numbers[-1] + 1, 1, 1), 0, self.zone)
        self._first_day = date(numbers[0], 1, 1).toordinal()
        self._last_day = date(numbers[-1], 12, 31).toordinal()
        self._named_days = tuple(day for year in years for day in year.days_off)
        # Arrays, not lists: ten years are 0.3 MB instead of 1.7, and a home may have many calendars.
        self._windows = array("q", chain.from_iterable(year.windows for year in years))
        self._opens, self._closes = _joined(self._windows)
        self._before: array[int] = array("q", accumulate(map(sub, self._closes, self._opens), initial=0))
        self._reached: dict[tuple[int, int], _Reach | None] = {}  # days are few, and leads that start on one are many

    def covers(self, start_ms: int) -> bool:
        """Whether everything is known that a clock which starts at `start_ms` can reach."""
        return self.first_ms <= start_ms <= self.last_ms - REACH_MS

    def add(self, start_ms: int, budget_ms: int) -> int | None:
        """The instant at which `budget_ms` of open time after `start_ms` is used up.

        A budget that ends exactly at a closing is due at that closing, not at the next opening. A budget of
        zero is due at the first open instant from `start_ms` on. None when the known years end first, when
        `start_ms` is before them, or when nothing opens within two years of it. Raises ValueError for a
        negative budget.
        """
        if budget_ms < 0:
            raise ValueError("A budget of open time cannot be negative.")
        window = bisect_right(self._closes, start_ms)
        if start_ms < self.first_ms or window == len(self._opens):
            return None
        opens = self._opens[window]
        if opens - start_ms > _PATIENCE_MS:
            return None
        begin = max(start_ms, opens)
        if not budget_ms:
            return begin
        if begin + budget_ms <= self._closes[window]:  # most budgets end before the next break
            return begin + budget_ms
        target = self._before[window] + begin - opens + budget_ms
        after = bisect_left(self._before, target, window + 1)
        return self._closes[after - 1] - (self._before[after] - target) if after < len(self._before) else None

    def elapsed(self, from_ms: int, to_ms: int) -> int:
        """Open milliseconds between two instants; 0 when `to_ms` is not after `from_ms`."""
        return self._counted(to_ms) - self._counted(from_ms) if to_ms > from_ms else 0

    def _counted(self, ms: int) -> int:
        window = bisect_right(self._closes, ms)
        if window == len(self._opens):
            return self._before[window]
        return self._before[window] + max(0, ms - self._opens[window])

    def is_open(self, ms: int) -> bool:
        """Whether `ms` is in a window; the opening is, the closing is not."""
        window = bisect_right(self._closes, ms)
        return window < len(self._opens) and self._opens[window] <= ms

    def next_opening(self, ms: int) -> int | None:
        """`ms` itself when open, else the next opening; None when that is not known."""
        window = bisect_right(self._closes, ms)
        if ms < self.first_ms or window == len(self._opens):
            return None
        return max(ms, self._opens[window])

    def add_days(self, start_ms: int, days: int) -> int | None:
        """The same local time on the `days`-th working day after the local date of `start_ms`.

        A working day is a local date on which a window starts. A local time outside the windows of that day
        (edges belong to them) becomes its last closing; one shown twice is the first. Zero days is the first
        open instant, and None is answered, as for `add`. Raises ValueError for a negative count.
        """
        if days < 0:
            raise ValueError("A number of working days cannot be negative.")
        if not days:
            return self.add(start_ms, 0)
        start = bisect_right(self._midnights, start_ms) - 1, days
        if start not in self._reached:
            self._reached[start] = self._reach(*start)
        reached = self._reached[start]
        if reached is None:
            return None
        other, shift_ms, windows, last_ms = reached
        due = self._same_wall(start_ms, other) if shift_ms is None else start_ms + shift_ms
        for opens, closes in windows:
            if opens <= due <= closes:
                return due
        return last_ms

    def _reach(self, day: int, days: int) -> _Reach | None:
        """Where `days` working days after the `day`-th known one lead."""
        if day < 0 or day >= len(self._midnights) - 1:
            return None
        ordinal = self._first_day + day
        ordinals, firsts = self._working_days
        following = bisect_right(ordinals, ordinal)
        wanted = following + days - 1
        if wanted >= len(ordinals) or ordinals[following] - ordinal > _PATIENCE_DAYS:
            return None
        other, known = ordinals[wanted] - self._first_day, self._windows
        windows = [(known[at], known[at + 1]) for at in range(firsts[wanted], firsts[wanted + 1], 2)]
        return other, self._shift(day, other), windows, max(closes for _, closes in windows)

    def days_between(self, from_ms: int, to_ms: int) -> int:
        """How many working days begin after the local date of `from_ms`, up to that of `to_ms`: `add_days` inverted."""
        first, last = (bisect_right(self._midnights, ms) - 1 + self._first_day for ms in (from_ms, to_ms))
        ordinals = self._working_days[0]
        return max(0, bisect_right(ordinals, last) - bisect_right(ordinals, first))

    def _shift(self, day: int, other: int) -> int | None:
        """How far the same local time on the `other`-th known day is; None when the clock changes on one of the two."""
        midnights = self._midnights
        if any(midnights[at + 1] - midnights[at] != _DAY_MS for at in (day, other)):
            return None
        return midnights[other] - midnights[day]

    def _same_wall(self, start_ms: int, other: int) -> int:
        """The local time of `start_ms` on the `other`-th known day, as a wall clock shows it."""
        local = (EPOCH + timedelta(milliseconds=start_ms)).astimezone(self.zone)
        time = local.time().replace(fold=0)  # a start in the repeated hour says nothing about the other day
        return at_wall(datetime.combine(date.fromordinal(self._first_day + other), time, self.zone))

    @cached_property
    def _midnights(self) -> array[int]:
        """When each known local day begins, and when the last one ends."""
        days = range(self._first_day, self._last_day + 2)
        return array("q", (instant(date.fromordinal(day), 0, self.zone) for day in days))

    @cached_property
    def _working_days(self) -> tuple[array[int], array[int]]:
        """Local date ordinals, sorted, and beside each where its windows begin; one more says where they end."""
        ordinals, firsts = array("q"), array("q")
        for at in range(0, len(self._windows), 2):
            day = (EPOCH + timedelta(milliseconds=self._windows[at])).astimezone(self.zone).toordinal()
            if not ordinals or day != ordinals[-1]:
                ordinals.append(day)
                firsts.append(at)
        firsts.append(len(self._windows))
        return ordinals, firsts

    def steps(self, from_ms: int, to_ms: int) -> tuple[Step, ...]:
        """The time between two instants, cut in order into open windows, closed gaps and days off by name."""
        return tuple(self._walk(from_ms, to_ms))

    def _walk(self, at_ms: int, to_ms: int) -> Iterator[Step]:
        window = bisect_right(self._closes, at_ms)
        while at_ms < to_ms:
            opens, closes = self._window_or(window, to_ms)
            if at_ms < opens:
                yield from self._gap(at_ms, min(opens, to_ms))
            begin, end = max(at_ms, opens), min(closes, to_ms)
            if begin < end:
                yield Step(begin, end, end - begin, "open")
            at_ms, window = closes, window + 1

    def _window_or(self, window: int, end_ms: int) -> Span:
        """The joined window of that index; past the last one, an empty window at `end_ms`."""
        return (self._opens[window], self._closes[window]) if window < len(self._opens) else (end_ms, end_ms)

    def _gap(self, at_ms: int, to_ms: int) -> Iterator[Step]:
        for opens, closes, why in self._days_off:
            begin, end = max(at_ms, opens), min(closes, to_ms)
            if begin >= end:
                continue
            if at_ms < begin:
                yield Step(at_ms, begin, 0, "closed")
            yield Step(begin, end, 0, why)
            at_ms = end
        if at_ms < to_ms:
            yield Step(at_ms, to_ms, 0, "closed")

    @cached_property
    def _days_off(self) -> list[tuple[int, int, str]]:
        """The days off as [local midnight, next local midnight) and their name; equal neighbours are one."""
        spans: list[tuple[int, int, str]] = []
        for iso, en, fr in self._named_days:
            day, why = date.fromisoformat(iso), f"holiday:{en}|{fr}"
            begin, end = instant(day, 0, self.zone), instant(day, DAY_MINUTES, self.zone)
            if spans and spans[-1][1:] == (begin, why):
                begin = spans.pop()[0]
            spans.append((begin, end, why))
        return spans


def _pairs(windows: array[int]) -> Iterator[Span]:
    return zip(windows[::2], windows[1::2], strict=True)


def _joined(windows: array[int]) -> tuple[array[int], array[int]]:
    """Openings and closings, windows that touch or overlap made one: so no open time is counted twice."""
    all_opens, all_closes = array("q"), array("q")
    for opens, closes in _pairs(windows):
        if all_closes and opens <= all_closes[-1]:
            all_closes[-1] = max(closes, all_closes[-1])
        else:
            all_opens.append(opens)
            all_closes.append(closes)
    return all_opens, all_closes


@lru_cache(maxsize=64)
def taken_up(spec: CalendarSpec, years: tuple[tuple[int, bytes, str], ...]) -> Calendar:
    """The calendar over stored years: its days take 13 ms to lay out, which each verb of a session would pay again."""
    return Calendar(spec, [CalendarYear.from_bytes(*year) for year in years])
