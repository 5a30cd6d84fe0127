"""A period under another contract: the same leads and the same events, other rules.

A lead gets the policy that the other contract would have given it, from what its handoff says; its score is the one it
was handed off with. Each lead stays in the tier it was given, so that both columns of a row are about the same leads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.clocks import clocks_of_cycle
from leadq.domain.contract import CLOCK_KINDS, TIERS
from leadq.explain import stored_contract
from leadq.trial import Trial, leads, policy_fields

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from leadq.domain.clocks import Clock, Rules
    from leadq.domain.contract import Contract
    from leadq.domain.lead import Lead

_PERIOD: Final = "l.handed_off_ms >= :from_ms AND l.handed_off_ms < :to_ms"


@dataclass
class Count:
    """How many clocks were met, are or were late, and run still in time. Cancelled ones count nowhere."""

    met: int = 0
    late: int = 0
    open: int = 0

    def add(self, clock: Clock, now_ms: int) -> None:
        """Count one clock as it stands at `now_ms`."""
        state = clock.state(now_ms)
        if state == "met":
            self.met += 1
        elif state in ("met_late", "breached_open"):
            self.late += 1
        elif state != "cancelled":
            self.open += 1


@dataclass
class Row:
    """One clock of one tier: as it was, and as it would have been."""

    kind: str
    tier: str
    now: Count = field(default_factory=Count)
    then: Count = field(default_factory=Count)


def replay(db: sqlite3.Connection, other: Contract, from_ms: int, to_ms: int, now_ms: int) -> list[Row]:
    """The leads handed off in [from, to), under the contract that each of them keeps and under `other`."""
    rows: dict[tuple[str, str], Row] = {}
    own = _Own(db, now_ms)
    there = Trial(other, now_ms)
    for lead_id, lead in leads(db, _PERIOD, {"from_ms": from_ms, "to_ms": to_ms}):
        handoff = lead.handoff
        fields = policy_fields(db, other, lead_id, handoff)
        for clock in own.clocks(lead):
            _row(rows, clock.kind, handoff.tier).now.add(clock, now_ms)
        for clock in there.clocks(lead, other.policy_for(fields).id):
            _row(rows, clock.kind, handoff.tier).then.add(clock, now_ms)
    return _in_order(rows.values())


class _Own:
    """The contracts that leads have kept, each read when the first lead asks for it."""

    def __init__(self, db: sqlite3.Connection, now_ms: int) -> None:
        self._db = db
        self._now_ms = now_ms
        self._trials: dict[str, Trial] = {}

    def clocks(self, lead: Lead) -> tuple[Clock, ...]:
        """The clocks of a lead as they are stored, worked out anew."""
        return clocks_of_cycle(lead, lambda digest, policy: self._rules(digest, policy, lead.handoff.at_ms))

    def _rules(self, digest: str, policy: str, around_ms: int) -> Rules:
        if digest not in self._trials:
            self._trials[digest] = Trial(stored_contract(self._db, digest)[1], self._now_ms)
        return self._trials[digest].rules(policy, around_ms)


def _row(rows: dict[tuple[str, str], Row], kind: str, tier: str) -> Row:
    return rows.setdefault((kind, tier), Row(kind, tier))


def _in_order(rows: Iterable[Row]) -> list[Row]:
    """By clock, then by tier: the standard ones first, in their order."""
    places: Mapping[str, Any] = {tier: index for index, tier in enumerate(TIERS)}
    return sorted(rows, key=lambda row: (CLOCK_KINDS.index(row.kind), places.get(row.tier, len(TIERS)), row.tier))
