"""Which time a report is about: days, weeks, months and quarters as calendars have them, in the contract's zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from leadq.clock import iso
from leadq.domain.compile_calendar import at_wall

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

UNITS: Final[Mapping[str, str]] = {
    "day": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "exec": "quarter",
}  # fmt: skip
"""Report -> what it covers one of."""

_BEGINS: Final[Mapping[str, Callable[[date], date]]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: day.replace(month=day.month - (day.month - 1) % 3, day=1),
}
_PAST: Final[Mapping[str, int]] = {"day": 1, "week": 7, "month": 32, "quarter": 93}
"""Days after the first that are surely in the next one."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time [`from_ms`, `to_ms`) in milliseconds UTC."""

    from_ms: int
    to_ms: int


def local(ms: int, zone: ZoneInfo) -> date:
    """The local day of an instant."""
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(zone).date()


def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant at which a local day begins."""
    return at_wall(datetime(day.year, day.month, day.day, tzinfo=zone))


def begin(unit: str, day: date) -> date:
    """The first day of the week, month or quarter that `day` is in."""
    return _BEGINS[unit](day)


def following(unit: str, first: date) -> date:
    """The first day of the one after that which begins at `first`."""
    return begin(unit, first + timedelta(days=_PAST[unit]))


def before(unit: str, first: date) -> date:
    """The first day of the one before that which begins at `first`."""
    return begin(unit, first - timedelta(days=1))


def whole(unit: str, first: date, zone: ZoneInfo) -> Span:
    """The unit that begins at `first`, from midnight to midnight."""
    return Span(midnight(first, zone), midnight(following(unit, first), zone))


def span(kind: str, as_of_ms: int, zone: ZoneInfo, from_ms: int | None = None, to_ms: int | None = None) -> Span:
    """What a report covers: what was asked for; else the day itself, or the last whole week, month or quarter.

    One end alone is completed to the unit of the report.
    """
    unit = UNITS[kind]
    if from_ms is not None:
        return Span(from_ms, to_ms if to_ms is not None else whole(unit, begin(unit, local(from_ms, zone)), zone).to_ms)
    if to_ms is not None:
        return Span(midnight(begin(unit, local(to_ms - 1, zone)), zone), to_ms)
    first = begin(unit, local(as_of_ms, zone))
    return whole(unit, first if kind == "day" else before(unit, first), zone)


def preceding(unit: str, one: Span, zone: ZoneInfo) -> Span:
    """The time before it that it is compared to: the unit before, or as much time when it is no whole unit."""
    first = local(one.from_ms, zone)
    if begin(unit, first) == first and whole(unit, first, zone) == one:
        return whole(unit, before(unit, first), zone)
    return Span(2 * one.from_ms - one.to_ms, one.from_ms)


def row_of(unit: str, one: Span, zone: ZoneInfo, count: int) -> list[tuple[str, Span]]:
    """The last `count` units up to the one in which the time ends, oldest first, with their names."""
    first = begin(unit, local(one.to_ms - 1, zone))
    found: list[tuple[str, Span]] = []
    for _n in range(count):
        found.append((name(unit, first), whole(unit, first, zone)))
        first = before(unit, first)
    return found[::-1]


def name(unit: str, first: date) -> str:
    """What a unit is called, so that names sort by time: `2026-05-13`, `2026-W20`, `2026-05`, `2026-Q2`."""
    if unit == "day":
        return first.isoformat()
    if unit == "week":
        year, week, _day = first.isocalendar()
        return f"{year}-W{week:02}"
    return f"{first:%Y-%m}" if unit == "month" else f"{first.year}-Q{(first.month + 2) // 3}"


def reproduce(what: str, of: Span, as_of_ms: int) -> str:
    """The command line that prints the same again, to the millisecond of the as-of instant."""
    return f"leadq {what} --from {exact(of.from_ms)} --to {exact(of.to_ms)} --as-of {exact(as_of_ms)}"


def exact(ms: int) -> str:
    """An instant as `iso` says it, with its milliseconds when it has any."""
    told = iso(ms) or ""
    return f"{told[:-1]}.{ms % 1000:03}Z" if ms % 1000 else told
