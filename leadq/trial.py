"""A contract as if it were in force: its clocks for leads that are there, worked out and written nowhere."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from leadq.domain.clocks import Rules, clocks_of
from leadq.domain.compile_calendar import REACH_MS
from leadq.domain.events import in_order
from leadq.domain.folding import fold
from leadq.ledger import EVENT_COLUMNS, history, read_event
from leadq.recent import Recent
from leadq.sla import compiled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.calendar import Calendar
    from leadq.domain.clocks import Clock
    from leadq.domain.contract import Contract
    from leadq.domain.events import Event
    from leadq.domain.lead import Handoff, Lead

    Params = Mapping[str, Any] | Sequence[Any]

_PERSONAL = frozenset({"title", "company"})


class Trial:
    """The rules of one contract, with calendars compiled when they are first needed and kept."""

    def __init__(self, contract: Contract, now_ms: int) -> None:
        self.contract = contract
        self._now_ms = now_ms
        self.policies = {policy.id: policy for policy in contract.policies}
        self._calendars: Recent[str, Calendar] = Recent()

    def clocks(self, lead: Lead, policy_id: str) -> tuple[Clock, ...]:
        """The clocks of `lead` under that policy; none when the contract has no such policy."""
        return clocks_of(lead, self.rules(policy_id, lead.handoff.at_ms)) if policy_id in self.policies else ()

    def rules(self, policy_id: str, around_ms: int) -> Rules:
        """What the clocks of a cycle follow under that policy, which the contract must have."""
        policy = self.policies[policy_id]
        return Rules(policy, self._calendar(policy.calendar, around_ms), self.contract.pause)

    def _calendar(self, name: str, around_ms: int) -> Calendar:
        known = self._calendars.get(name)
        if known and known.covers(around_ms):
            return known
        edges = (around_ms, self._now_ms, *((known.first_ms, known.last_ms - REACH_MS) if known else ()))
        self._calendars[name] = compiled(self.contract.calendars[name], min(edges), max(edges))
        return self._calendars[name]


def leads(db: sqlite3.Connection, where: str, params: Params) -> Iterator[tuple[int, Lead]]:
    """The leads of a condition on `lead` (as `l`) with their local ids, folded one at a time in one pass."""
    return ((lead_id, fold(events)) for lead_id, events in histories(db, where, params))


def histories(db: sqlite3.Connection, where: str, params: Params) -> Iterator[tuple[int, list[Event]]]:
    """The events of each lead of a condition, as they are folded, with its local id; one lead at a time in memory."""
    columns = ", ".join(f"e.{name}" for name in EVENT_COLUMNS)
    # Ids order the leads, so that neither they nor their events are sorted: both come from an index.
    rows = db.execute(
        f"SELECT l.id, {columns}, e.seq FROM lead l NOT INDEXED CROSS JOIN event e ON e.lead_uid = l.uid"
        f" WHERE {where} ORDER BY l.id, e.seq",
        params,
    )
    for lead_id, of_lead in groupby(rows, itemgetter(0)):
        yield lead_id, in_order([read_event(row[1:]) for row in of_lead])


def fields_of(db: sqlite3.Connection, lead_id: int) -> tuple[Handoff, dict[str, Any]]:
    """What a lead came with, and the fields that a condition of a contract may look at."""
    uid = db.execute("SELECT uid FROM lead WHERE id = ?", (lead_id,)).fetchone()[0]
    handoff = fold(history(db, uid)).handoff
    return handoff, {**match_fields(handoff), **person_fields(db, lead_id)}


def policy_fields(db: sqlite3.Connection, contract: Contract, lead_id: int, handoff: Handoff) -> dict[str, Any]:
    """The fields by which `contract` gives a lead its policy; the person's are only looked up where a policy asks."""
    asks = any(policy.match.fields & _PERSONAL for policy in contract.policies)
    return {**match_fields(handoff), **(person_fields(db, lead_id) if asks else {})}


def person_fields(db: sqlite3.Connection, lead_id: int) -> dict[str, Any]:
    """The fields that say who somebody is, and are kept apart from the events."""
    row = db.execute(
        "SELECT p.title, p.company FROM lead l JOIN person p ON p.id = l.person_id WHERE l.id = ?", (lead_id,)
    )
    title, company = row.fetchone()
    return {"title": title or None, "company": company or None}


def match_fields(handoff: Handoff) -> dict[str, Any]:
    """The fields that the handoff itself keeps; a person's title and company are not among them."""
    package = {name: getattr(handoff, name) for name in ("source", "campaign", "trigger", "score", "fit", "engagement")}
    known = {name: value for name, value in package.items() if value not in (None, "")}
    return {**known, **(handoff.fields or {})}
