"""What does a due instant cost? Against businesstimedelta, on the same opening hours and the same days off."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall
from importlib.util import find_spec
from typing import Final

from benchmarks.measure import Answer, Bar, Skipped, alternate, compare, microseconds
from leadq.domain.calendar import Calendar, CalendarSpec, compile_year, parse_windows

QUESTION: Final = "business time"
BUDGETS: Final = {
    "30 min": (timedelta(minutes=30), Bar(15, at_least=True)),
    "8 h": (timedelta(hours=8), Bar(40, at_least=True)),
    "90 h": (timedelta(hours=90), Bar(200, at_least=True)),
}
ZONE: Final = "Europe/Paris"
YEARS: Final = range(2025, 2029)
STARTS: Final = tuple(
    datetime.fromisoformat(f"{text}:00Z")
    for text in (
        "2026-03-27T16:40",  # Friday evening, before the hour that is skipped
        "2026-05-07T15:10",  # before the eighth of May
        "2026-05-13T08:20",  # before Ascension
        "2026-08-14T11:00",  # at lunch, before a holiday on a Saturday
        "2026-10-23T14:59",  # before the hour that comes twice
        "2026-12-24T13:05",
        "2027-02-10T22:30",  # at night
        "2027-07-03T10:00",  # on a Saturday
    )
)
_CALLS: Final = 200

Add = Callable[[], list[datetime]]


def ask(rounds: int) -> list[Answer]:
    """Both in this process, each the time of one call; an answer that differs is no faster answer."""
    if find_spec("businesstimedelta") is None:
        return [Skipped(QUESTION, "businesstimedelta is not installed (`make bench` does it)")]
    answers: list[Answer] = []
    for name, (budget, bar) in BUDGETS.items():
        ours, theirs = _ours(budget), _theirs(budget)
        assert ours() == theirs(), f"two answers for {name}"
        acts = {f"businesstimedelta, {name}": _timed(theirs, 1), f"leadq Calendar.add, {name}": _timed(ours, _CALLS)}
        answers += compare(f"{QUESTION}, {name}", alternate(rounds, acts), microseconds, bar)
    return answers


def _timed(add: Add, times: int) -> Callable[[], float]:
    def timed() -> float:
        begun = time.perf_counter()
        for _time in range(times):
            add()
        return (time.perf_counter() - begun) / times / len(STARTS)

    return timed


def _ours(budget: timedelta) -> Add:
    """From a datetime to a datetime, as theirs: what the conversion costs is counted."""
    day = parse_windows("09:00-12:30,14:00-18:00")
    spec = CalendarSpec("bench", ZONE, (day, day, day, day, day, (), ()), country="FR")
    calendar = Calendar(spec, [compile_year(spec, year) for year in YEARS])
    budget_ms = budget // timedelta(milliseconds=1)

    def add() -> list[datetime]:
        found = (calendar.add(int(start.timestamp() * 1000), budget_ms) for start in STARTS)
        return [datetime.fromtimestamp((ms or 0) / 1000, UTC) for ms in found]

    return add


def _theirs(budget: timedelta) -> Add:
    import businesstimedelta as library
    import pytz

    zone = pytz.timezone(ZONE)  # its rules call `localize`, which only pytz has
    rules = library.Rules(
        [
            library.WorkDayRule(wall(9), wall(18), [0, 1, 2, 3, 4], tz=zone),
            library.LunchTimeRule(wall(12, 30), wall(14), [0, 1, 2, 3, 4], tz=zone),
            library.HolidayRule(_days_off(), tz=zone),  # a set: it looks each date up, which `holidays` makes dearer
        ]
    )
    budget_of_theirs = library.BusinessTimeDelta(rules, timedelta=budget)
    return lambda: [start + budget_of_theirs for start in STARTS]


def _days_off() -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("FR", years=YEARS))
