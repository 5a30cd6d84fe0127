"""Where leads are lost: at which stage, for which reason, from which source."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from leadq.domain.metrics.cycle import Cycle
from leadq.domain.metrics.figures import Figure, share_of
from leadq.domain.metrics.scope import Scope

STAGES: Final = ("undecided", "handoff", "accepted", "working", "connected", "qualified")
"""How far a cycle had come when it was lost. `undecided`: nobody has answered, and the accept clock is overdue."""

NO_REASON: Final = ""


@dataclass(frozen=True, slots=True)
class Leak:
    """So many cycles of a source were lost at a stage for a reason ("" when there is none); `share` of the cohort."""

    stage: str
    reason: str
    source: str
    n: int
    share: Figure


def leaks(scope: Scope) -> list[Leak]:
    """The leaks of the cohort, the largest first. What is open and in time, or won, has not been lost."""
    found: Counter[tuple[str, str, str]] = Counter()
    for cycle in scope.cohort.cycles:
        late = scope.state("accept", cycle) == "breached_open"
        stage = _lost(cycle, late=late)
        if stage:
            found[stage, _reason(cycle), cycle.source] += 1
    whole = len(scope.cohort.cycles)
    ordered = sorted(found.items(), key=lambda one: (-one[1], STAGES.index(one[0][0]), one[0]))
    return [Leak(*key, n, share_of("share", n, whole)) for key, n in ordered]


def _reason(cycle: Cycle) -> str:
    return NO_REASON if cycle.open or cycle.verdict == "qualify" else cycle.reason


def _lost(cycle: Cycle, *, late: bool) -> str:
    if cycle.verdict == "qualify":
        return "qualified" if any(deal.state == "lost" for deal in cycle.deals) and cycle.won_ms is None else ""
    if cycle.open:
        return "undecided" if late and not cycle.accepted else ""
    if cycle.verdict == "reject" or not cycle.accepted:
        return "handoff"
    if cycle.connected_ms is not None:
        return "connected"
    return "working" if cycle.attempts else "accepted"
