"""What a user can do: a verb becomes a decision, events and ops in one transaction. This is the one door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from leadq.clock import Clock
from leadq.cycles import open_elsewhere
from leadq.desk import Desk, Watch, unwatched
from leadq.domain import verbs
from leadq.domain.contract_file import Problem
from leadq.domain.decide import Refused, Situation, decide
from leadq.domain.events import Event
from leadq.domain.lead import Lead
from leadq.domain.verbs import Verb
from leadq.ledger import history
from leadq.members import named
from leadq.recording import Recorded, record
from leadq.refs import find, find_all
from leadq.refusals import refusal
from leadq.sqlite import Store
from leadq.undoing import redo, undo


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


class Queue:
    """The verbs of one home. Each call is one transaction: all its leads, or none."""

    def __init__(self, store: Store, clock: Clock, watch: Watch = unwatched) -> None:
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
            resolved = _resolve(desk, verb)
            return done_of(desk, [_do(desk, lead_id, resolved) for lead_id in find_all(desk.db, references)])

    def correct(self, event_uid: str, why: str) -> Done:
        """Take one event back that did not happen, however long ago; its lead is found by it.

        Raises LeadqError: exit 5 when there is no such event, or it cannot be corrected.
        """
        with self.desk() as desk:
            row = desk.db.execute(
                "SELECT l.id FROM event e JOIN lead l ON l.uid = e.lead_uid WHERE e.uid = ?", (event_uid,)
            ).fetchone()
            if row is None:
                raise refusal(Refused("no_such_event", {"event": event_uid}))
            return done_of(desk, [_do(desk, row[0], verbs.Correct(event_uid, why))])

    def undo(self) -> Done:
        """Take back this member's last gesture. What has already left is followed by a compensation, and named."""
        with self.desk() as desk:
            undone, done = undo(desk)
            return done_of(desk, [done], undone)

    def redo(self) -> Done:
        """Do again what this member's last gesture took back, unless something came between."""
        with self.desk() as desk:
            undone, done = redo(desk)
            return done_of(desk, [done], undone)


def _resolve(desk: Desk, verb: Verb) -> Verb:
    """A duplicate's original becomes its uid, which means the same on every laptop; a member's name, their id."""
    if isinstance(verb, verbs.Assign):
        return replace(verb, to=named(desk.db)(verb.to))
    if isinstance(verb, verbs.Debrief):
        return replace(verb, partner=named(desk.db)(verb.partner))
    if isinstance(verb, verbs.Reroute) and verb.to:
        return replace(verb, to=named(desk.db)(verb.to))
    if isinstance(verb, verbs.Reject | verbs.Merge) and verb.into:
        row = desk.db.execute("SELECT uid FROM lead WHERE id = ?", (find(desk.db, verb.into),)).fetchone()
        return replace(verb, into=row[0])
    return verb


def _do(desk: Desk, lead_id: int, verb: Verb) -> Recorded:
    (uid,) = desk.db.execute("SELECT uid FROM lead WHERE id = ?", (lead_id,)).fetchone()
    lead = desk.ledger.lead(uid)
    outcome = decide(lead, verb, situation(desk, lead, verb))
    if isinstance(outcome, Refused):
        raise refusal(_spoken(desk, outcome), lead_id)
    if isinstance(verb, verbs.Answer):
        from leadq.answering import stands  # other gestures do not pay for it

        if stands(desk.db, uid, verb):
            return Recorded(leads=[uid])
    return record(desk, lead, outcome)


def situation(desk: Desk, lead: Lead, verb: Verb) -> Situation:
    """What a decision about `lead` may look at."""
    rules, contract_id = desk.rules, desk.rules.contract_id(lead.handoff.contract)
    contract = rules.contract(contract_id)
    policy = rules.policy(contract_id, lead.handoff.policy)
    plain = Situation(
        now_ms=desk.now_ms,
        actor=desk.me,
        reasons={reason.code: reason for reason in contract.reasons},
        criteria=tuple(criterion.id for criterion in contract.criteria),
        infos=contract.infos,
        cadence=contract.cadence,
        pause=contract.pause,
        members=tuple(rules.current.members),
        calendar=rules.calendar(contract_id, policy.calendar, lead.handoff.at_ms),
        open_elsewhere=None if lead.open else open_elsewhere(desk.db, lead.uid),
    )
    if isinstance(verb, verbs.Correct):
        return replace(plain, history=tuple(history(desk.db, lead.uid)))
    into = verb.into if isinstance(verb, verbs.Merge | verbs.Reject) else ""
    return replace(plain, into=desk.ledger.lead(into), deadlines=_deadlines(desk, lead)) if into else plain


def _deadlines(desk: Desk, lead: Lead) -> dict[str, int]:
    return {
        clock.kind: clock.due_ms for clock in desk.ledger.clocks(lead) if clock.running and clock.due_ms is not None
    }


def _spoken(desk: Desk, refused: Refused) -> Refused:
    """A survivor by the number that people know it by, and instants as they are seen here and now."""
    params = {"zone": ZoneInfo(desk.rules.current.zone), "now_ms": desk.now_ms, **refused.params}
    into = refused.params.get("into")
    row = desk.db.execute("SELECT id FROM lead WHERE uid = ?", (into,)).fetchone() if into else None
    return Refused(refused.code, {**params, "into": row[0]} if row else params)


def _ids(desk: Desk, uids: Sequence[str]) -> tuple[int, ...]:
    found = (desk.db.execute("SELECT id FROM lead WHERE uid = ?", (uid,)).fetchone() for uid in dict.fromkeys(uids))
    return tuple(row[0] for row in found if row)


def done_of(desk: Desk, parts: Sequence[Recorded], undone: Sequence[Event] = ()) -> Done:
    """What a gesture did, from what was written for each of its leads."""
    return Done(
        _ids(desk, [uid for part in parts for uid in part.leads]),
        tuple(event.uid for part in parts for event in part.events),
        undone=tuple(event.uid for event in undone),
        compensated=tuple(op_id for part in parts for op_id in part.compensated),
        problems=desk.rules.problems,
    )
