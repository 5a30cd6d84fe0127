"""M3: are the promises of delay kept, clock by clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leadq.domain.metrics.cycle import NONE, Cycle
from leadq.domain.metrics.figures import Figure, Metric, count, share
from leadq.domain.metrics.scope import Scope

KINDS: Final = ("accept", "first_touch", "owner_touch", "reply", "disposition")
"""The clocks that are kept or not. A planned next touch leaves no clock once it was made: the radar has the missed
ones. Of the times that a prospect waited for an answer, the newest of each cycle is the one that is kept."""

_JUDGED: Final = ("met", "met_late", "breached_open")
_ASIDE: Final = ("pending", "cancelled", "no_due")


def attainment(scope: Scope) -> Metric:
    """M3, field.md 10: SLA attainment of each clock = met / (met + met late + breached and open).

    What is not due yet, was cancelled or has no due instant is counted aside; what was given back for want of time
    counts as late. `cohort` is of the cycles handed off in the period; `due` of all clocks whose due instant lies in
    it, whenever the lead came: by when it was closed, what nobody touches would never count. From stored instants only,
    never from what was alerted.
    """
    rows = {kind: tuple(_kept(scope, kind)) for kind in KINDS}
    return Metric("M3", "cohort", scope.cohort.counted, rows["first_touch"][:2], rows)


def _kept(scope: Scope, kind: str) -> Iterator[Figure]:
    clock = scope.clock(kind)
    yield from _judged(scope, kind, "cohort", scope.cohort.cycles)
    due = [cycle for cycle in scope.counting if _due(clock.due[cycle.index], scope)]
    yield next(_judged(scope, kind, "due", due))


def _judged(scope: Scope, kind: str, name: str, cycles: Sequence[Cycle]) -> Iterator[Figure]:
    found: dict[str, list[Cycle]] = {state: [] for state in (*_JUDGED, *_ASIDE, "")}
    for cycle in cycles:
        found[scope.state(kind, cycle)].append(cycle)
    judged = [cycle for state in _JUDGED for cycle in found[state]]
    yield share(name, found["met"], judged, keep=scope.keep)
    for state in (*_JUDGED, *_ASIDE):
        yield count(state, found[state], keep=scope.keep)


def _due(due_ms: int, scope: Scope) -> bool:
    return due_ms != NONE and scope.from_ms <= due_ms < scope.to_ms
