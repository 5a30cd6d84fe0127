"""How far figures can be trusted: what they cover, how the touches were entered, and what looks like playing the
clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from leadq.domain.metrics.cycle import Device, Version
from leadq.domain.metrics.discipline import order, pausing
from leadq.domain.metrics.exits import late_rejections
from leadq.domain.metrics.figures import Figure, share, share_of
from leadq.domain.metrics.scope import Scope


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not in the CRM yet, as of now and not of any other instant: ops that wait, and those that need a
    person."""

    unsynced: int
    needs_you: int
    connections: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the figures cover. `alone`: the figures are of one home's leads, not the team's: the events are those of one
    laptop, or (`scoped`) a hub tells this one of its member's leads only.

    `versions` are the contract versions that cycles of the period were handed off under; `zones` more than one when the
    contract's zone changed meanwhile (days are cut in the newest).
    """

    devices: tuple[Device, ...]
    alone: bool
    versions: tuple[Version, ...]
    zones: tuple[str, ...]
    scoped: bool = False


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Indicators of one segment, never of a person: taken out of order, refused late, put away."""

    segment: str
    cherry_pick: Figure
    late_rejection: Figure
    paused: Figure
    expired: Figure


@dataclass(frozen=True, slots=True)
class Trust:
    """The trust lines of a report. `doubtful`: touches entered over a quarter of an hour late, or without evidence."""

    coverage: Coverage
    doubtful: Figure
    segments: tuple[Suspicion, ...]


def coverage(scope: Scope) -> Coverage:
    """What the figures of a scope cover, as known at its as-of instant."""
    facts = scope.facts
    under = {cycle.contract for cycle in scope.cohort.cycles}
    versions = tuple(one for one in facts.versions if one.id in under)
    zones = tuple(dict.fromkeys([*(one.zone for one in versions), facts.zone]))
    is_alone = facts.scoped or len(facts.devices) < _A_TEAM
    return Coverage(facts.devices, is_alone, versions, zones, facts.scoped)


def trust(scope: Scope, dimension: str = "") -> Trust:
    """The trust lines of a scope; `dimension` says what a segment is: else those of the contract, or tiers where it has
    none."""
    contract = scope.facts.contract
    dimension = dimension or ("segment" if contract and contract.segments else "tier")
    touches = sum(cycle.attempts for cycle in scope.cohort.cycles)
    doubtful = sum(cycle.doubtful for cycle in scope.cohort.cycles)
    return Trust(coverage(scope), share_of("doubtful", doubtful, touches), tuple(_suspicions(scope, dimension)))


def _suspicions(scope: Scope, dimension: str) -> Sequence[Suspicion]:
    return [_suspicion(value, part) for value, part in scope.cut(dimension).items() if part.cohort.cycles]


def _suspicion(segment: str, part: Scope) -> Suspicion:
    rejected = [cycle for cycle in part.cohort.cycles if cycle.rejected]
    late = share("late_rejection", late_rejections(part, rejected), rejected, keep=part.keep)
    paused = pausing(part)
    return Suspicion(segment, order(part)["out_of_order"], late, paused["paused"], paused["expired"])


_A_TEAM: Final = 2
