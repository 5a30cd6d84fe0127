"""What must hold of a home whatever was done to it: the invariants of field.md 7, each as a rule that can be asked.

An invariant takes a `World`, one look at a whole home, and names the leads (or whatever it is about) that break it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from leadq import ledger, read
from leadq.doctor import refold
from leadq.domain import events as ev
from leadq.domain.bands import CLOCK_TOLERANCE_MS
from leadq.domain.clocks import Clock
from leadq.domain.events import Event, voided
from leadq.domain.folding import fold
from leadq.domain.lead import Lead
from leadq.domain.ranking import band, rank, standing
from leadq.domain.reasons import REASONS
from leadq.order import RADAR, Filter

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Cycle:
    """One lead: what its events fold to, its clocks as they are stored, and where its row says it stands."""

    id: int
    person_id: int
    connection: str
    contract_hash: str
    wake_ms: int | None
    lead: Lead
    clocks: tuple[Clock, ...]
    events: tuple[Event, ...]

    @property
    def standing(self) -> tuple[Event, ...]:
        """The events that nothing has taken back."""
        gone = voided(list(self.events))
        return tuple(event for event in self.events if event.uid not in gone)


@dataclass(frozen=True, slots=True)
class World:
    """A whole home at one instant."""

    db: sqlite3.Connection
    at: read.Moment
    cycles: tuple[Cycle, ...]

    def where(self, holds: Callable[[Cycle], bool]) -> list[int]:
        """Ids of the leads of which `holds` is true."""
        return [cycle.id for cycle in self.cycles if holds(cycle)]

    def ids(self, condition: str) -> list[int]:
        """Ids of the leads (`l`) that an SQL condition finds."""
        return [row[0] for row in self.db.execute(f"SELECT l.id FROM lead l WHERE {condition}", self.at.params)]

    def by_uid(self, uid: str) -> Cycle:
        """The lead with this uid."""
        return next(cycle for cycle in self.cycles if cycle.lead.uid == uid)


def look(db: sqlite3.Connection, now_ms: int) -> World:
    """Read everything."""
    rows = db.execute(
        "SELECT l.id, l.uid, l.person_id, l.connection, k.hash, l.wake_ms FROM lead l"
        " JOIN contract k ON k.id = l.contract_id ORDER BY l.id"
    ).fetchall()
    return World(db, read.moment(db, now_ms), tuple(_cycle(db, *row) for row in rows))


def _cycle(
    db: sqlite3.Connection, lead_id: int, uid: str, person_id: int, connection: str, contract: str, wake_ms: int | None
) -> Cycle:
    events = ledger.history(db, uid)
    return Cycle(
        lead_id, person_id, connection, contract, wake_ms, fold(events), tuple(_clocks(db, lead_id)), tuple(events)
    )


def _clocks(db: sqlite3.Connection, lead_id: int) -> Iterator[Clock]:
    columns = (
        "kind, policy, contract_id, calendar, unit, started_ms, due_ms, stale_ms, at_risk, stretch_ms, stopped_ms,"
        " cancelled, pauses"
    )
    for row in db.execute(f"SELECT {columns} FROM clock WHERE lead_id = ?", (lead_id,)):
        kind, policy, contract, *plain, at_risk, stretch_ms, stopped_ms, cancelled, pauses = row
        yield Clock(
            kind, policy, str(contract), *plain, tuple(json.loads(at_risk)), stretch_ms, stopped_ms, bool(cancelled),
            tuple((a, b) for a, b in json.loads(pauses)),
        )  # fmt: skip


# The invariants


def i1_state_is_the_fold_of_the_events(world: World) -> list[int]:
    """Every column and clock that a fold writes, as `leadq doctor` compares them."""
    return [lead_id for lead_id, same in refold(world.db) if not same]


def i2_a_person_has_one_open_cycle_on_a_product_line(world: World) -> list[tuple[int, str]]:
    """No index is asked: the folded leads are counted."""
    held = Counter((cycle.person_id, cycle.lead.product_line) for cycle in world.cycles if cycle.lead.open)
    return [who for who, count in held.items() if count > 1]


def i3_what_came_before_the_handoff_stops_no_clock(world: World) -> list[int]:
    """Such a touch is kept and marked; no figure of speed is negative."""

    def wrong(cycle: Cycle) -> bool:
        lead, start_ms = cycle.lead, cycle.lead.handoff.at_ms
        marked = all(touch.pre_handoff == (touch.at_ms < start_ms) for touch in lead.touches)
        return not marked or (lead.first_touch_ms is not None and lead.first_touch_ms < start_ms)

    return world.where(wrong)


def i4_a_lead_ends_with_complete_feedback(world: World) -> list[int]:
    """Quality and coded reason, and what the reason asks for; a tombstone's feedback is its survivor's."""
    needs = {reason.code: reason.needs - {"note"} for reason in REASONS}

    def wrong(cycle: Cycle) -> bool:
        lead, verdict = cycle.lead, cycle.lead.verdict
        if lead.open or lead.state == "merged":
            return lead.open and verdict is not None
        if verdict is None or verdict.quality not in range(1, 6):
            return True
        asked = needs.get(verdict.reason, frozenset())
        return (not verdict.reason and lead.state != "qualified") or not all(verdict.data.get(need) for need in asked)

    return world.where(wrong)


def i5_an_open_lead_has_an_owner_or_is_on_the_radar(world: World) -> list[int]:
    """As the radar's own view lists it."""
    seen = set(read.queue_ids(world.db, world.at, Filter(view="radar")))
    return world.where(lambda cycle: cycle.lead.open and not cycle.lead.owner and cycle.id not in seen)


def i6_a_pause_ends_and_never_stops_the_first_touch(world: World) -> list[int]:
    """The contract of these homes lets a lead wait 10 working days at once, 20 in all: 30 and 60 days at the most."""

    def wrong(cycle: Cycle) -> bool:
        endless = any(pause.until_ms <= pause.from_ms for pause in cycle.lead.pauses)
        spans = [(clock.kind, span) for clock in cycle.clocks for span in clock.pauses]
        long = any(to_ms - from_ms > 30 * DAY_MS for _kind, (from_ms, to_ms) in spans)
        in_all = sum(to_ms - from_ms for kind, (from_ms, to_ms) in spans if kind == "disposition")
        return endless or long or in_all > 60 * DAY_MS or any(kind != "disposition" for kind, _span in spans)

    return world.where(wrong)


def i7_an_alert_rings_once_for_each_level_of_a_clock(world: World) -> list[str]:
    """Of one cycle, under one version of the contract."""
    rung = Counter(
        (event.lead_uid, event.data.get("clock"), event.data.get("level"), event.data.get("contract"))
        for cycle in world.cycles for event in cycle.events if event.type == ev.ALERTED
    )  # fmt: skip
    return [uid for (uid, *_rest), count in rung.items() if count > 1]


def i8_the_first_touch_is_the_earliest_that_happened(world: World) -> list[int]:
    """In whatever order the touches arrived: worked out from the events without `fold`."""

    def wrong(cycle: Cycle) -> bool:
        found = [at_ms for at_ms, inbound, human in _touches(cycle).values() if human and not inbound]
        first_ms = min((at_ms for at_ms in found if at_ms >= cycle.lead.handoff.at_ms), default=None)
        return cycle.lead.first_touch_ms != first_ms

    return world.where(wrong)


def _touches(cycle: Cycle) -> dict[str, tuple[int, bool, bool]]:
    """Uid -> when, whether from the prospect, whether by a human."""
    told: dict[str, tuple[int, bool, bool]] = {}
    for event in cycle.standing:
        if event.type == ev.TOUCHED:
            told[event.uid] = (event.occurred_ms, event.data.get("inbound", False), event.actor_kind == "human")
        elif event.type == ev.ABSORBED:
            told |= {uid: (at_ms, inbound, human) for uid, at_ms, _c, _o, inbound, human in event.data["touches"]}
    return told


def i9_nobody_says_what_is_still_to_come(world: World) -> list[int]:
    """A touch happened, and what a rep says of a cycle happened within it."""

    def wrong(event: Event, start_ms: int) -> bool:
        late = event.occurred_ms > event.recorded_ms + CLOCK_TOLERANCE_MS
        early = event.actor_kind == "human" and event.occurred_ms < start_ms - CLOCK_TOLERANCE_MS
        return event.type == ev.TOUCHED and (late or early)

    return world.where(lambda cycle: any(wrong(event, cycle.lead.handoff.at_ms) for event in cycle.events))


def i10_a_cycle_keeps_a_stored_contract(world: World) -> list[int]:
    """The version that the lead's own events name, never «the current one»; its policy is one of that version's."""
    return world.where(
        lambda cycle: (
            cycle.contract_hash != cycle.lead.handoff.contract
            or any(clock.policy != cycle.lead.handoff.policy for clock in cycle.clocks)
        )
    )


def i11_a_merge_loses_nothing(world: World) -> list[int]:
    """The survivor keeps the earliest start, every touch, and the shorter of two deadlines that still run."""

    def wrong(cycle: Cycle) -> bool:
        lead = cycle.lead
        if lead.state != "merged" or not any(event.type == ev.MERGED for event in cycle.standing):
            return False
        survivor = world.by_uid(lead.merged_into)
        told = next(e for e in survivor.standing if e.type == ev.ABSORBED and e.data["from"] == lead.uid)
        due = {clock.kind: clock.due_ms for clock in survivor.clocks if clock.running}
        later = [kind for kind, ms in told.data["deadlines"].items() if kind in due and _after(due[kind], ms)]
        return (
            survivor.lead.handoff.at_ms > lead.handoff.at_ms
            or bool(set(_touches(cycle)) - set(_touches(survivor)))
            or (survivor.lead.open and bool(later))
        )

    return world.where(wrong)


def _after(due_ms: int | None, promised_ms: int) -> bool:
    return due_ms is None or due_ms > promised_ms


def i12_one_now_for_every_row(world: World) -> list[str]:
    """The order, its bands, the counts and the lines of one look say the same of every lead."""
    wrong = []
    for view in ("all", "mine"):
        wanted = Filter(view=view, me="zoe")
        ranked = read.ranked(world.db, world.at, wanted)
        lines = read.lines(world.db, world.at, ranked.ids)
        by_line = Counter(lines[lead_id].band for lead_id in ranked.ids)
        if not dict(ranked.bands) == dict(by_line) == read.bands(world.db, world.at, wanted):
            wrong.append(view)
    return wrong


def i13_a_rejection_comes_before_any_human_touch(world: World) -> list[int]:
    """And a disqualification after one: neither verdict says what never was."""

    def wrong(cycle: Cycle) -> bool:
        lead = cycle.lead
        return (lead.state == "rejected" and bool(lead.attempts)) or (
            lead.state == "disqualified" and not lead.attempts
        )

    return world.where(wrong)


def i14_what_is_to_come_back_comes_back(world: World) -> list[int]:
    """A recycled lead has a day or a trigger; a day that was missed is on the radar, whatever verdict gave it."""
    missed = set(world.ids(RADAR["missed_wake"]))

    def wrong(cycle: Cycle) -> bool:
        lead = cycle.lead
        if cycle.wake_ms is not None and (lead.open or lead.state == "merged"):
            return True
        if cycle.wake_ms is not None and cycle.wake_ms < world.at.now_ms and cycle.id not in missed:
            return True
        said = [e for e in cycle.standing if e.type in (ev.RECYCLED, ev.CLOSED)]
        return lead.state == "recycled" and not any(e.data.get("wake_ms") or e.data.get("trigger") for e in said)

    return world.where(wrong)


def i15_nothing_is_done_twice(world: World) -> list[str]:
    """An event has one identity, and at most one op of its own that is still to leave or has arrived."""
    ops = world.db.execute(
        "SELECT event_uid FROM outbox WHERE compensates IS NULL AND state NOT IN ('cancelled', 'done')"
        " GROUP BY event_uid HAVING count(*) > 1"
    )
    events = Counter(event.uid for cycle in world.cycles for event in cycle.events)
    return [row[0] for row in ops] + [uid for uid, count in events.items() if count > 1]


def the_order_is_the_rule(world: World) -> list[int]:
    """The SQL order of all open leads is the one of domain/ranking.py; the leads that stand elsewhere."""
    keys = []
    for cycle in world.cycles:
        if cycle.lead.open:
            stands = standing(cycle.lead, cycle.clocks)
            name = band(stands, cycle.clocks, world.at.now_ms, world.at.day_end_ms)
            keys.append(rank(stands, name, cycle.lead.handoff.score, cycle.lead.handoff.at_ms, cycle.id))
    wanted = [key[-1] for key in sorted(keys)]
    found = list(read.queue_ids(world.db, world.at, Filter()))
    return [a for a, b in zip(found, wanted, strict=True) if a != b]


def every_op_has_its_event_and_its_lead(world: World) -> list[Any]:
    """What leaves is about something that happened; a reference points at a lead that can hear of it."""
    return world.db.execute(
        "SELECT op_id FROM outbox WHERE event_uid NOT IN (SELECT uid FROM event)"
        " OR lead_uid NOT IN (SELECT uid FROM lead)"
    ).fetchall()


def a_lead_has_one_name_that_receives_ops(world: World) -> list[int]:
    """The others came with the leads that were merged into it."""
    rows = world.db.execute("SELECT lead_id FROM remote_ref WHERE is_primary GROUP BY lead_id HAVING count(*) > 1")
    return [row[0] for row in rows]


def the_file_is_sound(world: World) -> list[Any]:
    """SQLite's own look at it."""
    found = [row[0] for row in world.db.execute("PRAGMA integrity_check")]
    return [*(said for said in found if said != "ok"), *world.db.execute("PRAGMA foreign_key_check")]


INVARIANTS: Final[tuple[Callable[[World], list[Any]], ...]] = (
    i1_state_is_the_fold_of_the_events,
    i2_a_person_has_one_open_cycle_on_a_product_line,
    i3_what_came_before_the_handoff_stops_no_clock,
    i4_a_lead_ends_with_complete_feedback,
    i5_an_open_lead_has_an_owner_or_is_on_the_radar,
    i6_a_pause_ends_and_never_stops_the_first_touch,
    i7_an_alert_rings_once_for_each_level_of_a_clock,
    i8_the_first_touch_is_the_earliest_that_happened,
    i9_nobody_says_what_is_still_to_come,
    i10_a_cycle_keeps_a_stored_contract,
    i11_a_merge_loses_nothing,
    i12_one_now_for_every_row,
    i13_a_rejection_comes_before_any_human_touch,
    i14_what_is_to_come_back_comes_back,
    i15_nothing_is_done_twice,
    the_order_is_the_rule,
    every_op_has_its_event_and_its_lead,
    a_lead_has_one_name_that_receives_ops,
    the_file_is_sound,
)


def broken(db: sqlite3.Connection, now_ms: int) -> dict[str, list[Any]]:
    """The invariants that do not hold, with what breaks each."""
    world = look(db, now_ms)
    return {rule.__name__: found for rule in INVARIANTS if (found := rule(world))}
