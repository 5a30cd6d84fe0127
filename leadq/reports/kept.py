"""Sales' promise of a first touch, held against the leads: by what was promised, not by the clock of a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.domain.metrics.figures import Figure, share

if TYPE_CHECKING:
    from leadq.domain.contract import FirstTouchPromise
    from leadq.domain.metrics.cycle import Cycle
    from leadq.domain.metrics.scope import Scope


def first_touches(scope: Scope, promise: FirstTouchPromise) -> Figure:
    """Cycles of the cohort touched within the promised delay / those whose delay is over, or that were touched in it.

    Left out: handoffs of which only the day is known, and what was rejected untouched, because nobody was to call.
    """
    touched, due = [], []
    for cycle in scope.cohort.cycles:
        end_ms = None if cycle.date_only else _end_ms(scope, cycle, promise)
        if end_ms is None or (cycle.rejected and cycle.first_touch_ms is None):
            continue
        in_time = cycle.first_touch_ms is not None and cycle.first_touch_ms <= end_ms
        if in_time:
            touched.append(cycle)
        if in_time or end_ms < scope.as_of_ms:
            due.append(cycle)
    return share("coverage", touched, due, keep=scope.keep)


def _end_ms(scope: Scope, cycle: Cycle, promise: FirstTouchPromise) -> int | None:
    """When the promised delay of a cycle is over; None when its calendar is not known."""
    within, calendar = promise.within, scope.calendar(cycle)
    if promise.unit == "wall":
        return cycle.handed_off_ms + (within.amount_ms or 0)
    if calendar is None:
        return None
    if within.days is not None:
        return calendar.add_days(cycle.handed_off_ms, within.days)
    return calendar.add(cycle.handed_off_ms, within.amount_ms or 0)
