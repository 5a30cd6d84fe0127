"""What a user can do: a verb becomes a decision, events and ops in one transaction. This is the one door."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Final

from leadq import config
from leadq.clock import Clock
from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.contract_file import Problem
from leadq.domain.decide import Refused, Situation, decide
from leadq.domain.events import Draft, Event, voided
from leadq.domain.lead import Lead
from leadq.domain.verbs import Verb
from leadq.ledger import Ledger, read_event
from leadq.members import named
from leadq.outgoing import compensate, enqueue
from leadq.refs import find, find_all
from leadq.refusals import refusal
from leadq.rulebook import Rulebook
from leadq.sqlite import Store
from leadq.uids import uuid7

_UNDOABLE: Final = (
    ev.ACCEPTED, ev.TOUCHED, ev.REJECTED, ev.DISQUALIFIED, ev.RECYCLED, ev.QUALIFIED, ev.NOTED, ev.ASSIGNED, ev.PAUSED,
    ev.RESUMED,
)  # fmt: skip
_LOOK_BACK: Final = 1000
"""How many of a member's newest events an undo looks through; nobody takes back more than that."""


Watch = Callable[[], AbstractContextManager[Callable[[int, int], None]]]
"""Begins to watch a new contract move the clocks that run: what it gives hears how many leads of how many are done."""


def _unwatched() -> AbstractContextManager[Callable[[int, int], None]]:
    return nullcontext(lambda done, of: None)


@dataclass(frozen=True, slots=True)
class Done:
    """What a verb did: the leads by local id, and the events' uids. `compensated`: ops that had already left.

    `problems`: what is wrong with a contract file that was edited and could not come into force.
    """

    lead_ids: tuple[int, ...]
    events: tuple[str, ...]
    undone: tuple[str, ...] = ()
    compensated: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Desk:
    """One write transaction of one member: the rules, the ledger and the rows behind a gesture."""

    def __init__(self, connection: sqlite3.Connection, store: Store, clock: Clock, watch: Watch = _unwatched) -> None:
        self.db = connection
        self.config = config.load(store.home)
        self.now_ms = clock.now_ms()
        self.rules = Rulebook(connection, store.home, self.now_ms)
        self.me = self.config.me
        self.device = device(connection)
        self.ledger = Ledger(connection, self.rules, device=self.device, actor=self.me, now_ms=self.now_ms)
        self.batch = uuid7(self.now_ms)
        if self.rules.replaced:  # a batch of its own: undoing a gesture does not undo the agreement
            from leadq.recompute import recompute  # once for each new version: other gestures do not pay for it

            with watch() as progress:
                recompute(connection, self.rules, self.ledger, uuid7(self.now_ms), self.now_ms, progress)

    def situation(self, lead: Lead) -> Situation:
        """What a decision about `lead` may look at."""
        contract_id = self.rules.contract_id(lead.handoff.contract)
        contract = self.rules.contract(contract_id)
        policy = self.rules.policy(contract_id, lead.handoff.policy)
        return Situation(
            now_ms=self.now_ms,
            actor=self.me,
            reasons={reason.code: reason for reason in contract.reasons},
            criteria=tuple(criterion.id for criterion in contract.criteria),
            infos=contract.infos,
            cadence=contract.cadence,
            pause=contract.pause,
            members=tuple(self.rules.current.members),
            calendar=self.rules.calendar(contract_id, policy.calendar, lead.handoff.at_ms),
        )


class Queue:
    """The verbs of one home. Each call is one transaction: all its leads, or none."""

    def __init__(self, store: Store, clock: Clock, watch: Watch = _unwatched) -> None:
        self.store = store
        self._clock = clock
        self._watch = watch

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A write transaction with everything that a gesture needs."""
        with self.store.transaction() as connection:
            yield Desk(connection, self.store, self._clock, self._watch)

    def perform(self, references: Sequence[str], verb: Verb) -> Done:
        """Do `verb` to every lead named, as one undoable gesture.

        Raises LeadqError: exit 2 or 6 for a lead that cannot be found, 5 when a rule refuses, 74 or 75 for the disk.
        """
        with self.desk() as desk:
            lead_ids = find_all(desk.db, references)
            resolved = _resolve(desk, verb)
            events = [event for lead_id in lead_ids for event in _do(desk, lead_id, resolved)]
            return Done(tuple(lead_ids), tuple(event.uid for event in events), problems=desk.rules.problems)

    def undo(self) -> Done:
        """Take back this member's last gesture. What has already left is followed by a compensation, and named."""
        with self.desk() as desk:
            batch = _last_gesture(desk)
            if not batch:
                raise refusal(Refused("nothing_to_undo"))
            return _take_back(desk, batch)


def device(connection: sqlite3.Connection) -> str:
    """This home's device id, born with its first write."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
    if row:
        return str(row[0])
    born = uuid7(time.time_ns() // 1_000_000).replace("-", "")[-12:]
    connection.execute("INSERT INTO meta VALUES ('device', ?)", (born,))
    return born


def _resolve(desk: Desk, verb: Verb) -> Verb:
    """A duplicate's original becomes its uid, which means the same on every laptop; a member's name, their id."""
    if isinstance(verb, verbs.Assign):
        return replace(verb, to=named(desk.db)(verb.to))
    if isinstance(verb, verbs.Reject) and verb.into:
        row = desk.db.execute("SELECT uid FROM lead WHERE id = ?", (find(desk.db, verb.into),)).fetchone()
        return replace(verb, into=row[0])
    return verb


def _do(desk: Desk, lead_id: int, verb: Verb) -> list[Event]:
    row = desk.db.execute("SELECT uid, connection FROM lead WHERE id = ?", (lead_id,)).fetchone()
    lead = desk.ledger.lead(row[0])
    outcome = decide(lead, verb, desk.situation(lead))
    if isinstance(outcome, Refused):
        raise refusal(outcome, lead_id)
    events = desk.ledger.append(lead.uid, outcome, desk.batch)
    for event in events:
        enqueue(desk.db, row[1], event)
    return events


def _last_gesture(desk: Desk) -> list[Event]:
    """The events of the newest gesture of this member on this device that still stands."""
    rows = desk.db.execute(
        "SELECT uid, device, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data, seq"
        " FROM event WHERE actor = ? AND device = ? AND actor_kind = 'human' ORDER BY seq DESC LIMIT ?",
        (desk.me, desk.device, _LOOK_BACK),
    )
    mine = [read_event(row) for row in rows][::-1]
    taken_back = voided(mine)
    standing = [event for event in mine if event.type in _UNDOABLE and event.uid not in taken_back]
    return [event for event in standing if event.batch == standing[-1].batch]


def _take_back(desk: Desk, batch: list[Event]) -> Done:
    by_lead: dict[str, list[str]] = {}
    for event in batch:
        by_lead.setdefault(event.lead_uid, []).append(event.uid)
    added: list[Event] = []
    compensated: list[str] = []
    for lead_uid, uids in by_lead.items():
        undone = desk.ledger.append(lead_uid, [Draft(ev.UNDONE, desk.now_ms, {"events": uids})], desk.batch)
        compensated += compensate(desk.db, undone[0], uids)
        added += undone
    ids = [desk.db.execute("SELECT id FROM lead WHERE uid = ?", (uid,)).fetchone()[0] for uid in by_lead]
    return Done(
        tuple(ids),
        tuple(event.uid for event in added),
        undone=tuple(event.uid for event in batch),
        compensated=tuple(compensated),
    )
