"""What the wall clock shows at each minute, read from zoneinfo, and nothing of leadq.

A window is open from the first minute that shows its opening (or, if none does, shows more) to the last minute that
shows its closing (or, if none does, the first that shows more).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from leadq.domain.calendar import CalendarSpec

SPAN_DAYS = 8


@cache
def wall_minutes(zone: str, first: date) -> list[int]:
    """Wall clock readings, in minutes since year 0, for each UTC minute from a day before the period."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    local = (start + timedelta(minutes=minute) for minute in range((SPAN_DAYS + 2) * 1440))
    readings = (moment.astimezone(ZoneInfo(zone)) for moment in local)
    return [moment.toordinal() * 1440 + moment.hour * 60 + moment.minute for moment in readings]


@cache
def index_of_readings(zone: str, first: date, *, last: bool) -> dict[int, int]:
    numbered = list(enumerate(wall_minutes(zone, first)))
    return {wall: minute for minute, wall in (numbered if last else reversed(numbered))}


def shows(zone: str, first: date, reading: int, *, last: bool) -> int:
    """Index of the first or last minute with that reading, else of the first that shows more."""
    exact = index_of_readings(zone, first, last=last).get(reading)
    if exact is not None:
        return exact
    walls = wall_minutes(zone, first)
    return next((minute for minute, wall in enumerate(walls) if wall > reading), len(walls))


def open_minutes(spec: CalendarSpec, first: date) -> bytearray:
    flags = bytearray(len(wall_minutes(spec.zone, first)))
    for shift in range(-3, SPAN_DAYS + 3):
        day = first + timedelta(days=shift)
        for opening, closing in () if day in spec.extra else spec.week[day.weekday()]:
            begin = shows(spec.zone, first, day.toordinal() * 1440 + opening, last=False)
            end = shows(spec.zone, first, day.toordinal() * 1440 + closing, last=True)
            flags[begin:end] = b"\1" * max(0, end - begin)
    return flags
