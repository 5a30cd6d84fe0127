"""M11: does marketing deliver what it promised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadq.domain.compile_calendar import at_wall
from leadq.domain.metrics.figures import Figure, Metric, count, ratio
from leadq.domain.metrics.scope import Scope

if TYPE_CHECKING:
    from leadq.domain.calendar import Calendar


def promise(scope: Scope) -> Metric:
    """M11, field.md 10: handoffs that meet the criteria / the monthly number that marketing promised.

    The promise of a month is counted by its working days: those of the period that are over, of all it has; so a month
    that still runs is not behind by what has not come yet. Handoffs off the criteria are apart, and so is what spoke
    against a handoff: outside the customer profile, below the agreed score, incomplete.
    """
    cohort = scope.cohort.cycles
    meeting = [cycle for cycle in cohort if cycle.criteria is not False]
    expected, needs = _expected(scope)
    figures = (
        count("on_criteria", meeting, keep=scope.keep),
        count("off_criteria", [cycle for cycle in cohort if cycle.criteria is False], keep=scope.keep),
        Figure("promised", "number", expected),
        ratio("delivered", len(meeting), expected or 0),
        *(count(flag, [one for one in cohort if flag in one.flags], keep=scope.keep)
          for flag in ("off_icp", "below_threshold")),
        count("incomplete", [one for one in cohort if one.lacks], keep=scope.keep),
    )  # fmt: skip
    notes = ("no_criteria",) if any(cycle.criteria is None for cycle in cohort) else ()
    return Metric("M11", "cohort", scope.cohort.counted, figures, needs=needs, notes=notes)


def _expected(scope: Scope) -> tuple[float | None, tuple[str, ...]]:
    """How many handoffs are promised of the period so far, and what is missing to know it."""
    contract, calendar = scope.facts.contract, scope.facts.working_days
    if scope.part is not None:
        return None, ()  # the promise is of all of marketing
    if contract is None or contract.marketing.monthly_handoffs is None:
        return None, ("monthly_handoffs",)
    if calendar is None or scope.from_ms < calendar.first_ms or scope.to_ms > calendar.last_ms:
        return None, ("calendar",)
    shares = sum(_share(scope, calendar, *month) for month in months(scope.from_ms, scope.to_ms, scope.facts.zone))
    return round(contract.marketing.monthly_handoffs * shares, 2), ()


def _share(scope: Scope, calendar: Calendar, begin_ms: int, end_ms: int) -> float:
    """The part of a month's working days that lie in the period and have begun by the as-of instant."""
    last_ms = min(scope.to_ms - 1, end_ms - 1, scope.as_of_ms)
    in_all = calendar.days_between(begin_ms - 1, end_ms - 1)
    return calendar.days_between(max(scope.from_ms, begin_ms) - 1, last_ms) / in_all if in_all else 0.0


def months(from_ms: int, to_ms: int, zone_name: str) -> Iterator[tuple[int, int]]:
    """The calendar months that a period touches, as their first midnight and that of the next one, in a zone."""
    zone = ZoneInfo(zone_name)
    day = datetime.fromtimestamp(from_ms // 1000, UTC).astimezone(zone).date().replace(day=1)
    while (begin := _midnight(day, zone)) < to_ms:
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        yield begin, _midnight(day, zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return at_wall(datetime(day.year, day.month, day.day, tzinfo=zone))
