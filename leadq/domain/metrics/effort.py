"""M12 and M13: what comes back from recycling, and how much is tried before a lead is given up."""

from __future__ import annotations

from typing import Final

from leadq.domain.metrics.conversion import DAY_MS
from leadq.domain.metrics.cycle import Cycle
from leadq.domain.metrics.figures import Figure, Metric, count, ranks, share
from leadq.domain.metrics.scope import Scope
from leadq.domain.metrics.statistics import nearest_rank

YIELD_DAYS: Final = 180


def recycling(scope: Scope) -> Metric:
    """M12, field.md 10: recycle yield = recycled cycles whose next cycle qualifies within 180 days of the verdict /
    recycled cycles of the cohort whose verdict is at least 180 days old. `missed` = leads whose day to come back is
    over and that nobody has taken up / those, and those that woke up."""
    recycled = [one for one in scope.cohort.cycles if one.verdict == "recycle"]
    mature = [one for one in recycled if scope.as_of_ms - (one.closed_ms or 0) >= YIELD_DAYS * DAY_MS]
    missed = [one for one in scope.cohort.cycles if "missed_wake" in one.radar]
    woken = [one for one in scope.cohort.cycles if one.woken_ms is not None]
    figures = (
        count("recycled", recycled, keep=scope.keep),
        share("yield", [one for one in mature if _yields(one, scope)], mature, keep=scope.keep),
        share("missed", missed, [*missed, *woken], keep=scope.keep),
    )
    return Metric("M12", "cohort", scope.cohort.counted, figures)


def _yields(cycle: Cycle, scope: Scope) -> bool:
    following = scope.facts.following.get(cycle.uid)
    qualified_ms = following.qualified_ms if following else None
    return qualified_ms is not None and qualified_ms - (cycle.closed_ms or 0) <= YIELD_DAYS * DAY_MS


def attempts(scope: Scope) -> Metric:
    """M13, field.md 10: human outbound touches per closed cycle (nearest rank and mean).

    `cadence` = exits as unreachable after the agreed attempts, channels and days / exits as unreachable. `first_gap` is
    the time between the first and the second attempt, over all cycles that have two.
    """
    closed = [one for one in scope.cohort.cycles if one.verdict]
    tries = sorted(one.attempts for one in closed)
    unreachable = [one for one in closed if one.reason == "dq.unreachable"]
    gaps = [
        one.second_touch_ms - one.first_touch_ms
        for one in scope.cohort.cycles
        if one.second_touch_ms is not None and one.first_touch_ms is not None
    ]
    figures = (
        *(Figure(f"touches_p{p}", "number", nearest_rank(tries, p), of=len(tries)) for p in (50, 90)),
        Figure("touches_mean", "number", round(sum(tries) / len(tries), 2) if tries else None, of=len(tries)),
        share("cadence", [one for one in unreachable if _kept_trying(one, scope)], unreachable, keep=scope.keep),
        *ranks("first_gap", gaps, percents=(50,)),
    )
    return Metric("M13", "cohort", scope.cohort.counted, figures)


def _kept_trying(cycle: Cycle, scope: Scope) -> bool:
    """As the verb asks for it (domain/decide_verdict.py), by the contract in force at the as-of instant."""
    contract, calendar = scope.facts.contract, scope.calendar(cycle)
    first_ms, last_ms = cycle.first_touch_ms, cycle.last_attempt_ms
    if contract is None or first_ms is None or last_ms is None:
        return False
    wanted = contract.cadence
    if cycle.attempts < wanted.attempts or cycle.channels < wanted.channels:
        return False
    if wanted.span is None:
        return True
    if not wanted.span.days:
        return last_ms >= first_ms + (wanted.span.amount_ms or 0)
    end_ms = calendar.add_days(first_ms, wanted.span.days) if calendar else None
    return end_ms is None or last_ms >= end_ms
