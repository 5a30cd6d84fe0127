"""M17 to M19: do the two teams see the same lead, how much is on the reps' desks, and what would be forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadq.domain.metrics.cycle import Cycle
from leadq.domain.metrics.figures import Counted, Figure, Metric, count, ratio, share
from leadq.domain.metrics.radar import GROUPS
from leadq.domain.metrics.scope import NO_TIME, Scope

LOW, HIGH = 2, 4
"""Up to which quality a lead was off target, and from which on it was good (the anchors of domain/reasons.py)."""


def disagreement(scope: Scope) -> Metric:
    """M17, field.md 10: verdict disagreement = (score at or above the contract's threshold and quality of 2 or less,
    plus the reverse: below it and 4 or more) / cycles of the cohort with a score and a quality. What was given back for
    want of time says nothing about the lead, and is not among them."""
    contract = scope.facts.contract
    threshold = contract.handoff.threshold if contract else None
    rated = [one for one in scope.cohort.cycles if None not in (one.quality, one.score) and one.reason != NO_TIME]
    if threshold is None:
        none = tuple(Figure(name, "share", None) for name in ("disagreement", "overrated", "underrated"))
        return Metric("M17", "cohort", scope.cohort.counted, none, needs=("threshold",))
    overrated = [one for one in rated if _score(one) >= threshold and _quality(one) <= LOW]
    underrated = [one for one in rated if _score(one) < threshold and _quality(one) >= HIGH]
    figures = (
        share("disagreement", [*overrated, *underrated], rated, keep=scope.keep),
        share("overrated", overrated, rated, keep=scope.keep),
        share("underrated", underrated, rated, keep=scope.keep),
    )
    return Metric("M17", "cohort", scope.cohort.counted, figures)


def _score(cycle: Cycle) -> float:
    return cycle.score or 0.0


def _quality(cycle: Cycle) -> int:
    return cycle.quality or 0


def load(scope: Scope) -> Metric:
    """M18, field.md 10: load = open cycles of members with a capacity / their capacity, as of the instant.

    Cycles of nobody, and of people without a capacity, are counted apart.
    """
    contract = scope.facts.contract
    members = contract.members.values() if contract else ()
    capacity = {one.id: one.capacity for one in members if one.capacity and _counts(one.id, scope)}
    running = [cycle for cycle in scope.counting if cycle.open]
    carried = [cycle for cycle in running if cycle.owner in capacity]
    room = sum(capacity.values()) if scope.part is None or scope.part[0] == "owner" else 0
    figures = (
        ratio("load", len(carried), room),
        count("open", running, keep=scope.keep),
        Figure("capacity", "count", room or None),
        count("unowned", [one for one in running if not one.owner], keep=scope.keep),
        count("elsewhere", [one for one in running if one.owner and one.owner not in capacity], keep=scope.keep),
    )
    return Metric("M18", "now", _now(running), figures, needs=() if capacity else ("capacity",))


def _counts(member: str, scope: Scope) -> bool:
    return scope.part is None or scope.part[0] != "owner" or scope.part[1] == member


def radar(scope: Scope) -> Metric:
    """M19, field.md 10: how many leads are on the radar as of the instant, by group, and the age of the oldest since
    its handoff. A lead may be in several groups, and counts once in the total."""
    seen = [cycle for cycle in scope.cycles if cycle.radar]
    rows = {
        group: tuple(_group([cycle for cycle in seen if group in cycle.radar], scope))
        for group in GROUPS
        if any(group in cycle.radar for cycle in seen)
    }
    return Metric("M19", "now", _now([one for one in seen if one.open]), tuple(_group(seen, scope)), rows)


def _group(cycles: Sequence[Cycle], scope: Scope) -> Iterator[Figure]:
    oldest_ms = min((cycle.handed_off_ms for cycle in cycles), default=None)
    yield count("leads", cycles, keep=scope.keep)
    yield Figure("oldest", "duration", None if oldest_ms is None else scope.as_of_ms - oldest_ms)


def _now(cycles: Sequence[Cycle]) -> Counted:
    return Counted(len(cycles), sum(cycle.open for cycle in cycles), {})
