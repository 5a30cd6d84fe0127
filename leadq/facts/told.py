"""What the events say of each cycle beyond its row: one pass over them, in the order in which this home learnt of them.

What an undo or a correction has taken back is passed over, exactly as the fold does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.domain import events as ev
from leadq.domain.events import TAKE_BACK, in_order, voided
from leadq.domain.folding import TWO_WAY
from leadq.domain.metrics.cycle import Cycle, Deal, Facts
from leadq.domain.metrics.profile import profile
from leadq.domain.pauses import Pause
from leadq.ledger import SELECT_EVENT, read_event

if TYPE_CHECKING:
    import sqlite3

    from leadq.domain.contract import Contract

BACK_DATED_MS: Final = 15 * 60_000
"""A touch that was entered later than this after it happened stands on somebody's memory (field.md 11, trust lines)."""

_OFTEN: Final = 10_000
_AMOUNT: Final = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_VOID: Final = f"""{SELECT_EVENT} WHERE recorded_ms <= :t AND occurred_ms <= :t AND lead_uid IN (
    SELECT lead_uid FROM event WHERE type IN ({", ".join(repr(kind) for kind in sorted(TAKE_BACK))})
    AND recorded_ms <= :t AND occurred_ms <= :t) ORDER BY lead_uid, seq"""


_TOLD: Final = """
    SELECT e.lead_uid, e.uid, e.type, e.occurred_ms, e.recorded_ms, e.actor_kind, e.device, e.data,
        CASE e.type WHEN 'touched' THEN EXISTS (
            SELECT 1 FROM event_text t WHERE t.event_uid = e.uid AND t.kind = 'evidence') END,
        CASE e.type WHEN 'touched' THEN EXISTS (
            SELECT 1 FROM outbox o WHERE o.event_uid = e.uid AND o.state IN ('acked', 'done')
            AND coalesce(o.done_ms, o.last_sent_ms) <= :t) END
    FROM event e WHERE e.recorded_ms <= :t AND e.occurred_ms <= :t AND e.type IN ({types}) ORDER BY e.seq"""


class Told(NamedTuple):
    """One event as the pass reads it: `evidenced` and `sent` are of a touch, whether it names where it can be seen and
    whether the CRM has it."""

    lead_uid: str
    uid: str
    type: str
    occurred_ms: int
    recorded_ms: int
    actor_kind: str
    device: str
    text: str
    evidenced: int | None
    sent: int | None


class Reading:
    """What the pass carries along: by what handoffs are sorted, and what it has to remember of each cycle meanwhile."""

    def __init__(self, contract: Contract | None) -> None:
        self.segments = contract.segments if contract else ()
        self.pilots = contract.pilots if contract else ()
        self.handoffs: dict[int, tuple[int, str]] = {}
        self.deals: dict[int, dict[str, Deal]] = {}
        self.pauses: dict[int, list[Told]] = {}
        self.shared: dict[str, str] = {}
        self._ways: dict[str, int] = {}
        self._parsed: dict[str, dict[str, Any]] = {}

    def data(self, text: str) -> dict[str, Any]:
        """The data of an event; touches share theirs, and what was read before is not read again."""
        known = self._parsed.get(text)
        if known is None:
            known = json.loads(text)
            if len(self._parsed) < _OFTEN:
                self._parsed[text] = known
        return known

    def way(self, channel: str) -> int:
        """A bit of its own for each channel: a set for each cycle takes twenty megabytes."""
        return self._ways.setdefault(channel, 1 << len(self._ways))


def take_events(
    db: sqlite3.Connection, facts: Facts, by_uid: Mapping[str, Cycle], progress: Callable[[int], None]
) -> None:
    """Complete the cycles of `facts` by what their events say; `progress` hears how many were read."""
    reading, at = Reading(facts.contract), {"t": facts.as_of_ms}
    gone = taken_back(db, facts.as_of_ms)
    rows = db.execute(_TOLD.format(types=", ".join(map(repr, _TAKES))), at)
    for done, row in enumerate(rows, start=1):
        if done % _OFTEN == 0:
            progress(done)
        cycle = by_uid.get(row[0])
        if cycle is not None and row[1] not in gone:
            _TAKES[row[2]](cycle, Told(*row), reading)
    for index, pauses in reading.pauses.items():
        facts.cycles[index].pauses = _pauses(pauses, reading)
    for index, deals in reading.deals.items():
        facts.cycles[index].deals = tuple(deals.values())
    facts.following = {cycle.previous: cycle for cycle in facts.cycles if cycle.previous and cycle.state != "merged"}
    _first_sources(facts, by_uid)


def taken_back(db: sqlite3.Connection, as_of_ms: int) -> frozenset[str]:
    """Uids of the events that somebody had taken back by then: only the histories that hold such a thing are read."""
    rows = db.execute(_VOID, {"t": as_of_ms})
    gone: set[str] = set()
    for _uid, own in groupby(map(read_event, rows), key=lambda event: event.lead_uid):
        gone |= voided(in_order(list(own)))
    return frozenset(gone)


def _first_sources(facts: Facts, by_uid: Mapping[str, Cycle]) -> None:
    """Where somebody first came from, for cycles that go on from another one: the root of the chain."""
    for cycle in facts.cycles:
        root, steps = cycle, 0
        while root.previous in by_uid and steps < cycle.cycle:
            root, steps = by_uid[root.previous], steps + 1
        cycle.first_source = root.source


def _handed_off(cycle: Cycle, event: Told, reading: Reading) -> None:
    """Two laptops may tell of the same handoff: as for the fold, the one that was recorded first counts."""
    key = event.recorded_ms, event.device
    if reading.handoffs.get(cycle.index, key) < key:
        return
    if cycle.cycle > 1 or cycle.index in reading.handoffs:
        reading.handoffs[cycle.index] = key
    data = json.loads(event.text)
    fields = data.get("fields") or {}
    if data.get("owner"):
        _owned(cycle, event.occurred_ms)
    criteria = data.get("criteria")
    cycle.criteria = all(criteria.values()) if criteria else None
    country, who = str(fields.get("country") or ""), profile(fields)
    cycle.country, cycle.profile = reading.shared.setdefault(country, country), reading.shared.setdefault(who, who)
    cycle.previous = data.get("previous", "")
    if reading.segments or reading.pilots:
        _sort(cycle, {**data, **fields}, reading)


def _sort(cycle: Cycle, values: Mapping[str, Any], reading: Reading) -> None:
    """The first segment that matches, and every pilot that does."""
    cycle.segment = next((one.id for one in reading.segments if one.when.holds(values)), "")
    cycle.pilots = tuple(one.id for one in reading.pilots if one.when.holds(values))


def _owned(cycle: Cycle, at_ms: int) -> None:
    if cycle.assigned_ms is None or at_ms < cycle.assigned_ms:
        cycle.assigned_ms = at_ms


def _accepted(cycle: Cycle, event: Told, reading: Reading) -> None:
    _owned(cycle, event.occurred_ms)


def _assigned(cycle: Cycle, event: Told, reading: Reading) -> None:
    if reading.data(event.text).get("to"):
        _owned(cycle, event.occurred_ms)


def _remote_changed(cycle: Cycle, event: Told, reading: Reading) -> None:
    data = reading.data(event.text)
    if data.get("field") == "owner" and data.get("new"):
        _owned(cycle, event.occurred_ms)


def _touched(cycle: Cycle, event: Told, reading: Reading) -> None:
    data = reading.data(event.text)
    human = data.get("human", event.actor_kind == "human")
    known = event.actor_kind == "adapter"  # the CRM's own record is where it can be seen
    if human and not data.get("inbound") and event.occurred_ms >= cycle.handed_off_ms:
        seen = bool(data.get("evidence") or event.evidenced)  # the flag stays when the link was erased with the person
        cycle.documented += known or bool(seen and event.sent)
        late = event.recorded_ms - event.occurred_ms > BACK_DATED_MS
        cycle.doubtful += not known and (late or not seen)
    _contact(cycle, event.occurred_ms, data["channel"], data["outcome"], data.get("inbound", False), human, reading)


def _contact(
    cycle: Cycle, at_ms: int, channel: str, outcome: str, inbound: bool, human: bool, reading: Reading
) -> None:
    """One touch, as the fold takes it: only what a human sends out after the handoff is an attempt."""
    if inbound:
        _connected(cycle, at_ms)
        return
    if not human:
        return
    if at_ms < cycle.handed_off_ms:
        cycle.early = True
        return
    cycle.attempts += 1
    cycle.last_attempt_ms = max(cycle.last_attempt_ms or at_ms, at_ms)
    if outcome in TWO_WAY:
        _connected(cycle, at_ms)
    if at_ms == cycle.first_touch_ms and not cycle.channel:
        cycle.channel = reading.shared.setdefault(channel, channel)
    elif cycle.second_touch_ms is None or at_ms < cycle.second_touch_ms:
        cycle.second_touch_ms = at_ms
    cycle.ways |= reading.way(channel)


def _connected(cycle: Cycle, at_ms: int) -> None:
    """The first word in both directions, as for the state: what the prospect said before we did is no answer to us."""
    began_ms = cycle.first_touch_ms
    if began_ms is not None and at_ms >= began_ms and (cycle.connected_ms is None or at_ms < cycle.connected_ms):
        cycle.connected_ms = at_ms


def _absorbed(cycle: Cycle, event: Told, reading: Reading) -> None:
    data = json.loads(event.text)
    for _uid, at_ms, channel, outcome, inbound, human in data["touches"]:
        _contact(cycle, at_ms, channel, outcome, inbound, human, reading)
    if data.get("owner"):
        _owned(cycle, event.occurred_ms)


def _verdict(cycle: Cycle, event: Told, reading: Reading) -> None:
    if event.occurred_ms == cycle.closed_ms:
        data = json.loads(event.text)
        cycle.missing, cycle.criterion = tuple(data.get("missing", ())), data.get("criterion", "")


def _answered(cycle: Cycle, event: Told, reading: Reading) -> None:
    if cycle.answer and cycle.closed_ms is not None and event.occurred_ms >= cycle.closed_ms:
        cycle.answered_ms = min(cycle.answered_ms or event.occurred_ms, event.occurred_ms)


def _returned(cycle: Cycle, event: Told, reading: Reading) -> None:
    cycle.returned += 1


def _woken(cycle: Cycle, event: Told, reading: Reading) -> None:
    cycle.woken_ms = event.occurred_ms


def _paused(cycle: Cycle, event: Told, reading: Reading) -> None:
    reading.pauses.setdefault(cycle.index, []).append(event)


def _pauses(told: list[Told], reading: Reading) -> tuple[Pause, ...]:
    """As the fold takes them: what several laptops tell in the order in which they recorded it."""
    if len({event.device for event in told}) > 1:
        told = sorted(told, key=lambda event: (event.recorded_ms, event.device))
    found: list[Pause] = []
    for event in told:
        at_ms = event.occurred_ms
        if event.type == ev.RESUMED:
            found = [replace(p, resumed_ms=at_ms) if p.from_ms <= at_ms < p.end_ms else p for p in found]
        else:
            data = reading.data(event.text)
            found.append(Pause(at_ms, data["until_ms"], data.get("reason", "")))
    return tuple(found)


def _deal(cycle: Cycle, event: Told, reading: Reading) -> None:
    """A deal is what was last told of it, by when it changed at the other end."""
    data = json.loads(event.text)
    amount, currency = str(data.get("amount", "")), str(data.get("currency", ""))
    priced = Decimal(amount) if _AMOUNT.fullmatch(amount) and currency else None  # a file of events may say anything
    deal = Deal(str(data.get("deal", "")), str(data.get("state", "")), event.occurred_ms, priced, currency)
    known = reading.deals.setdefault(cycle.index, {})
    if deal.id not in known or known[deal.id].at_ms <= deal.at_ms:
        known[deal.id] = deal


_TAKES: Final[Mapping[str, Callable[[Cycle, Told, Reading], None]]] = {
    ev.HANDED_OFF: _handed_off,
    ev.ACCEPTED: _accepted,
    ev.ASSIGNED: _assigned,
    ev.REROUTED: _assigned,
    ev.REMOTE_CHANGED: _remote_changed,
    ev.TOUCHED: _touched,
    ev.ABSORBED: _absorbed,
    ev.ANSWERED: _answered,
    ev.AE_RETURNED: _returned,
    ev.WOKEN: _woken,
    ev.PAUSED: _paused,
    ev.RESUMED: _paused,
    ev.DEAL_CHANGED: _deal,
    **dict.fromkeys(ev.VERDICTS, _verdict),
}
