"""Many cases against the minute-by-minute oracle: 2,000 here, 100,000 over 40 zones in `make deep`.

Budgets, spans and pauses are drawn over real clock changes of 2026 to 2030, in both directions, with windows across
midnight and public holidays. A failure names its seed.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

import holidays
import pytest

from leadq.domain.calendar import Calendar, CalendarSpec, compile_year
from leadq.domain.pauses import put_off
from tests.domain.oracle import SPAN_DAYS, open_minutes

MINUTE = 60_000
CASES_A_CALENDAR = 100
ZONES = (
    "Europe/Paris", "Europe/London", "Europe/Dublin", "Europe/Brussels", "Europe/Zurich", "Europe/Luxembourg",
    "Europe/Madrid", "Europe/Lisbon", "Europe/Athens", "Europe/Helsinki", "Europe/Moscow", "Europe/Istanbul",
    "Atlantic/Reykjavik", "Atlantic/Azores", "Africa/Casablanca", "Africa/Cairo", "Africa/Johannesburg",
    "Africa/Lagos", "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "America/St_Johns", "America/Halifax", "America/Havana", "America/Mexico_City",
    "America/Sao_Paulo", "America/Santiago", "Asia/Jerusalem", "Asia/Beirut", "Asia/Dubai", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
)  # fmt: skip
COUNTRIES = ("", "FR", "GB", "US", "BE")


@cache
def changes(zone: str) -> list[date]:
    """The dates from 2026 to 2030 on which the offset of `zone` changes."""
    days = [date(2026, 1, 1) + timedelta(days=shift) for shift in range(5 * 365)]
    offsets = [datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).utcoffset() for day in days]
    return [day for day, before, after in zip(days[1:], offsets, offsets[1:], strict=False) if before != after]


def drawn(seed: int, zone: str) -> tuple[CalendarSpec, date]:
    """A calendar and a period, by preference around a clock change or the end of a year."""
    dice = random.Random(seed)
    turns = [*changes(zone), date(2027, 1, 1), date(2026, 5, 14)]
    first = dice.choice(turns) - timedelta(days=dice.randint(1, 5))
    daily = [windows(dice) for _ in range(3)]
    spec = CalendarSpec(
        f"seed {seed}", zone, tuple(dice.choice(daily) for _ in range(7)), country=dice.choice(COUNTRIES)
    )
    return spec, first


def windows(dice: random.Random) -> tuple[tuple[int, int], ...]:
    edges = sorted(dice.sample([0, 60, 90, 120, 150, 180, 540, 750, 840, 1080, 1380, 1410], dice.choice((0, 2, 2, 4))))
    found = list(zip(edges[::2], edges[1::2], strict=True))
    if found and dice.random() < 0.3:
        found[-1] = (found[-1][0], dice.choice((1440, 1500, 1620, 1800)))
    return tuple(found)


def off_days(spec: CalendarSpec, first: date) -> tuple[date, ...]:
    """The public holidays of the period, asked of the library itself."""
    days = [first + timedelta(days=shift) for shift in range(-3, SPAN_DAYS + 3)]
    known = holidays.country_holidays(spec.country, years=[day.year for day in days]) if spec.country else {}
    return tuple(day for day in days if day in known)


def agree(seed: int, zone: str, cases: int) -> int:
    """Compare `cases` questions about one calendar; how many there were."""
    spec, first = drawn(seed, zone)
    years = range(first.year - 1, (first + timedelta(days=SPAN_DAYS)).year + 1)
    hours = Calendar(spec, [compile_year(spec, year) for year in years])
    closed = CalendarSpec(spec.name, zone, spec.week, extra=off_days(spec, first))
    flags = open_minutes(closed, first)[1440:-1440]
    before = [0, *accumulate(flags)]
    opened = [minute for minute, flag in enumerate(flags) if flag]
    zero = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp() * 1000)
    dice = random.Random(seed + 1)
    for _case in range(cases):
        start, end = sorted((dice.randrange(len(flags)), dice.randrange(len(flags))))
        place = f"seed {seed}, {zone}, {first}, from minute {start}"
        counted = before[end] - before[start]
        assert hours.elapsed(zero + start * MINUTE, zero + end * MINUTE) == counted * MINUTE, place
        budget = dice.randint(1, 900)
        due = hours.add(zero + start * MINUTE, budget * MINUTE)
        if before[start] + budget <= len(opened):
            wanted = opened[before[start] + budget - 1] + 1
            assert due == zero + wanted * MINUTE, place
            paused(hours, flags, dice, zero, start, budget, wanted, place)
    return cases


def paused(
    hours: Calendar, flags: bytes, dice: random.Random, zero: int, start: int, budget: int, due: int, place: str
) -> None:
    """A pause inside the life of the clock: its open minutes do not count."""
    begin, end = sorted((dice.randrange(start, due + 1), min(due + dice.randint(0, 600), len(flags))))
    running = [m for m in range(start, len(flags)) if flags[m] and not begin <= m < end]
    if len(running) < budget or begin >= due:
        return
    moved = put_off(zero + due * MINUTE, [(zero + begin * MINUTE, zero + end * MINUTE)], hours)
    assert moved == zero + (running[budget - 1] + 1) * MINUTE, f"{place}, paused {begin} to {end}"


@pytest.mark.parametrize("zone", ZONES[::4])
def test_add_elapsed_and_pauses_agree_with_the_oracle(zone: str) -> None:
    assert sum(agree(seed, zone, CASES_A_CALENDAR) for seed in (1, 2)) == 200


@pytest.mark.deep
@pytest.mark.parametrize("zone", ZONES)
def test_a_hundred_thousand_cases_agree_with_the_oracle(zone: str) -> None:
    assert sum(agree(seed, zone, CASES_A_CALENDAR) for seed in range(25)) == 2_500
