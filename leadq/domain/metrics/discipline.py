"""M14 and M15: is the queue worked in the agreed order, and is waiting time put away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from leadq.domain.metrics.cycle import NONE, Cycle
from leadq.domain.metrics.figures import Figure, Metric, count, ratio, share
from leadq.domain.metrics.scope import Scope
from leadq.domain.pauses import Span

_RISKED: Final = ("accept", "first_touch", "owner_touch", "reply", "disposition")
_LAST: Final = 4
_END, _START, _POINT = 0, 1, 2


_Turn = tuple[int, int, int, int]
"""When, what (in the order in which it counts at one instant), in which band, and the place of the cycle."""


def order(scope: Scope) -> Metric:
    """M14, field.md 10: order discipline = leads first touched in the period while a lead of a higher band waited for
    the same owner / leads first touched in the period.

    The bands are those of the queue that follow from stored instants: a reply waits (B0), a hot lead's first touch runs
    (B1), a clock is at risk (B2), one has been late for less than a business day (B3); everything else is below.
    By segment only, never by person: one rep's day has reasons that no figure knows.
    """
    worked = [cycle for cycle in scope.counting if scope.within(cycle.first_touch_ms)]
    jumped = _jumped(scope)
    behind = [cycle for cycle in worked if cycle.index in jumped]
    return Metric("M14", "period", scope.cohort.counted, (share("out_of_order", behind, worked, keep=scope.keep),))


def _jumped(scope: Scope) -> set[int]:
    """The places of the cycles that were touched first while something more urgent waited: once for all parts."""
    if "jumped" not in scope.shared:
        scope.shared["jumped"] = _all_jumped(scope)
    found: set[int] = scope.shared["jumped"]
    return found


def _all_jumped(scope: Scope) -> set[int]:
    owned: dict[str, list[Cycle]] = defaultdict(list)
    for cycle in scope.facts.cycles:
        if cycle.owner and cycle.state != "merged":
            owned[cycle.owner].append(cycle)
    return {index for of_owner in owned.values() for index in _walk(sorted(_turns(of_owner, scope)))}


def _turns(cycles: Sequence[Cycle], scope: Scope) -> Iterator[_Turn]:
    """All that happens on one owner's desk in the period, in no order."""
    for cycle in cycles:
        touched_ms, own = cycle.first_touch_ms, _LAST
        for band, from_ms, to_ms in _waits(cycle, scope):
            if to_ms < scope.from_ms or from_ms >= scope.to_ms:
                continue
            if from_ms < to_ms:
                yield from_ms, _START, band, cycle.index
                yield to_ms, _END, band, cycle.index
            if touched_ms is not None and from_ms <= touched_ms <= to_ms:
                own = min(own, band)
        if touched_ms is not None and own and scope.from_ms <= touched_ms < scope.to_ms:
            yield touched_ms, _POINT, own, cycle.index


def _waits(cycle: Cycle, scope: Scope) -> Iterator[tuple[int, int, int]]:
    """In which band it stood from when until when; spans of several clocks may overlap."""
    for kind in _RISKED:
        clock, index = scope.clock(kind), cycle.index
        started_ms, due_ms = clock.started[index], clock.due[index]
        if started_ms == NONE or due_ms == NONE:
            continue
        stopped_ms = clock.stopped[index] if clock.stopped[index] != NONE else scope.as_of_ms + 1
        if kind == "reply":
            yield 0, started_ms, stopped_ms
        if kind == "first_touch" and cycle.tier == "hot":
            yield 1, started_ms, min(stopped_ms, due_ms)
        if clock.risk[index] != NONE:
            yield 2, clock.risk[index], min(stopped_ms, due_ms)
        if stopped_ms > due_ms and clock.stale[index] != NONE:
            yield 3, due_ms, min(stopped_ms, clock.stale[index])


def _walk(turns: Sequence[_Turn]) -> Iterator[int]:
    """The places of the cycles that were touched while something of a higher band waited. What ends at an instant does
    not wait at it, what begins at it does; so ends come first, then beginnings, then who is worked."""
    waiting = [0] * _LAST
    for _at_ms, what, band, index in turns:
        if what == _POINT:
            if any(waiting[:band]):
                yield index
        else:
            waiting[band] += 1 if what == _START else -1


def pausing(scope: Scope) -> Metric:
    """M15, field.md 10: pause share = paused business time / open business time of the cohort's cycles.

    `expired` = pauses that ran out by themselves / pauses that are over: a pause that nobody ends is a lead that nobody
    looks at.
    """
    open_ms = paused_ms = 0
    for cycle in scope.cohort.cycles:
        calendar = scope.calendar(cycle)
        if calendar is not None:
            end_ms = _end_ms(cycle, scope)
            open_ms += calendar.elapsed(cycle.handed_off_ms, end_ms)
            paused_ms += sum(calendar.elapsed(a, b) for a, b in _spans(cycle, end_ms))
    pauses = [(cycle, pause) for cycle in scope.cohort.cycles for pause in cycle.pauses]
    over = [(cycle, pause) for cycle, pause in pauses if pause.end_ms <= _end_ms(cycle, scope)]
    expired = sum(pause.resumed_ms is None for _cycle, pause in over)
    figures = (
        ratio("paused", paused_ms, open_ms),
        Figure("expired", "share", expired / len(over) if over else None, expired, len(over)),
        count("with_pauses", [cycle for cycle in scope.cohort.cycles if cycle.pauses], keep=scope.keep),
    )
    return Metric("M15", "cohort", scope.cohort.counted, figures)


def _end_ms(cycle: Cycle, scope: Scope) -> int:
    return scope.as_of_ms if cycle.closed_ms is None else cycle.closed_ms


def _spans(cycle: Cycle, end_ms: int) -> list[Span]:
    """What it was paused, overlaps once, as far as it was open."""
    spans: list[Span] = []
    for pause in sorted(cycle.pauses, key=lambda one: one.from_ms):
        span = max(pause.from_ms, cycle.handed_off_ms), min(pause.end_ms, end_ms)
        if spans and span[0] <= spans[-1][1]:
            span = (spans[-1][0], max(spans.pop()[1], span[1]))
        spans.append(span)
    return [span for span in spans if span[0] < span[1]]
