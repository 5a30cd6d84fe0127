"""What a person decides about changes that did not get through, or that should not: nothing is given up by itself.

Each decision is one transaction. What never reaches the CRM, or not as it was decided here, leaves an event on its
lead, so that `show` and the dossier can always say why, who and when. A sync may run at the same time: it claims an op
only in the state that it saw (`sync.ops.claim`), so none of this takes its lock.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from leadq import outbox
from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _
from leadq.sync import ops, snapshot
from leadq.sync.states import Evidence, State, next_state
from leadq.words import OP_STATES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from leadq.desk import Desk
    from leadq.outbox import Entry

Side = Literal["mine", "theirs"]
SIDES: Final[tuple[Side, ...]] = ("mine", "theirs")


@dataclass(slots=True)
class Decided:
    """What was decided: the ops, their leads by local id, and the events that say so."""

    ops: list[str] = field(default_factory=list)
    lead_ids: list[int] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


def retry(desk: Desk, references: Sequence[str]) -> Decided:
    """Let changes go out after all, or at once: what was refused or in conflict waits again, what waits need not.

    One that may be there already is looked for first, as always; one that is there is looked at once more.
    Raises LeadqError: 2 or 6 for one that cannot be found, 5 for one that is done with, or waits behind another.
    """
    done = Decided()
    wall_ms = time.time_ns() // 1_000_000
    for entry in outbox.find_all(desk.db, references):
        state = entry.op.state
        if state == "acked":
            _write(desk.db, entry, state, audit_ms=wall_ms)
        else:
            state = state if state in ("pending", "unknown") else _after(entry, "retried")
            _write(desk.db, entry, state, next_attempt_ms=wall_ms, base="", theirs="")
        _add(desk, done, entry)
    return done


def resolve(desk: Desk, references: Sequence[str], note: str) -> Decided:
    """A person has seen to it, by hand in the CRM or otherwise: these never go out, and `note` says why.

    Raises LeadqError as `retry`, and 5 without a note.
    """
    if not note.strip():
        raise LeadqError(
            "needs_note",
            _("What was done instead is not said."),
            hint=_("Add --note TEXT: it stays with the lead."),
            exit_status=Exit.REFUSED,
        )
    done = Decided()
    for entry in outbox.find_all(desk.db, references):
        _end(desk, entry, _after(entry, "handled"))
        _add(desk, done, entry, *_settle(desk, entry, "handled", note))
    return done


def discard(desk: Desk, references: Sequence[str], note: str = "") -> Decided:
    """A person does not want these to go out. Raises LeadqError as `retry`, and 5 for one that may have left."""
    done = Decided()
    for entry in outbox.find_all(desk.db, references):
        refuse_what_may_be_there(entry)
        _write(desk.db, entry, _after(entry, "discarded"), next_attempt_ms=None)
        _add(desk, done, entry, *_settle(desk, entry, "discarded", note))
    return done


def refuse_what_may_be_there(entry: Entry) -> None:
    """To discard what may be at the other end would only hide it. Raises LeadqError `may_have_left` (5)."""
    if not entry.may_be_there or entry.op.state in ("acked", "done", "superseded", "cancelled"):
        return
    raise LeadqError(
        "may_have_left",
        _("Change {op} may be at the other end already, so it cannot be discarded.").format(op=entry.op.op_id),
        hint=_("`leadq sync` looks there first; what a person has seen to is ended by `leadq outbox resolve`."),
        exit_status=Exit.REFUSED,
    )


def take(desk: Desk, reference: str, side: Side) -> Decided:
    """Decide a conflict: `mine` goes out over the status that is there, `theirs` stays and only the rest goes out.

    That the status was changed there is a fact on the lead from then on, whichever stands. Raises LeadqError: 2 or 6
    for a change that cannot be found, 5 for one that is in no conflict, or of which nobody knows the other side.
    """
    entry = outbox.find(desk.db, reference)
    _refuse_no_choice(entry)
    done = Decided()
    learnt = _learn(desk, entry)
    if side == "mine":
        _write(desk.db, entry, _after(entry, "retried"), next_attempt_ms=None, base="", theirs="", last_error=None)
    else:
        _yield_to_theirs(desk, entry)
    _add(desk, done, entry, *learnt, *_settle(desk, entry, side, ""))
    if side == "theirs":
        _ask_next(desk.db, entry)
    return done


def _refuse_no_choice(entry: Entry) -> None:
    if entry.op.state != "conflict":
        raise _not_now(entry)
    if not entry.theirs:
        raise LeadqError(
            "no_theirs",
            _("The other end did not say what it has instead, so there is nothing to choose from."),
            hint=_("Look there, then: `leadq outbox retry`, `resolve --note T` or `discard`."),
            exit_status=Exit.REFUSED,
        )


def _learn(desk: Desk, entry: Entry) -> list[str]:
    """The status that is there is what we know from now on, so that the next look finds no difference."""
    op, known = entry.op, snapshot.find(desk.db, entry.connection, [entry.op.external_id])
    seen = op.external_id in known and known[op.external_id].status == entry.theirs
    snapshot.written(desk.db, entry.connection, op.external_id, entry.theirs, None)
    if seen:
        return []  # it was learnt with another change of the lead, and is on it already
    change = {"field": "status", "base": entry.base, "new": entry.theirs}
    return _append(desk, entry, Draft(ev.REMOTE_CHANGED, desk.now_ms, change), "adapter")


def _yield_to_theirs(desk: Desk, entry: Entry) -> None:
    """Leave the record alone: what the change adds to the timeline still goes out, if it is not there already.

    One that adds nothing ends here, as cancelled when nothing of it ever left: so an undo has nothing to make good.
    """
    op = entry.op
    if op.adds and op.scope != "record":
        _write(desk.db, entry, _after(entry, "retried"), status="", scope="timeline", next_attempt_ms=None,
               last_error=None)  # fmt: skip
    elif op.doubted:
        _end(desk, entry, _after(entry, "handled"), status="")
    else:
        _write(desk.db, entry, _after(entry, "discarded"), status="", next_attempt_ms=None)


def _ask_next(db: sqlite3.Connection, entry: Entry) -> None:
    """The lead's next change that sets another status was decided before anybody saw theirs: it asks for itself.

    Else it would silently cover what a person has just let stand.
    """
    row = db.execute(_NEXT_TO_SET, {"lead": entry.op.lead_uid, "connection": entry.connection, "seq": entry.op.seq,
                                    "theirs": entry.theirs}).fetchone()  # fmt: skip
    if row is None:
        return
    following = outbox.find(db, row[0])
    state: State = following.op.state if following.op.state != "held" else next_state("held", "released")
    _write(db, following, next_state(state, "conflict"), base=entry.base, theirs=entry.theirs, last_error=entry.error)
    ops.reblock(db, entry.connection)


def _end(desk: Desk, entry: Entry, state: State, **values: Any) -> None:
    """Without `last_sent_ms` no audit takes it for a write of ours that must be there, and sends it again."""
    _write(desk.db, entry, state, done_ms=desk.now_ms, last_sent_ms=None, next_attempt_ms=None, **values)


def _after(entry: Entry, evidence: Evidence) -> State:
    """The state that follows. Raises LeadqError `wrong_op_state` (5)."""
    try:
        return next_state(entry.op.state, evidence, doubtful=entry.op.doubted)
    except ValueError:
        raise _not_now(entry) from None


def _not_now(entry: Entry) -> LeadqError:
    state, op_id = entry.op.state, entry.op.op_id
    return LeadqError(
        "wrong_op_state",
        _("This cannot be done to change {op} ({state}).").format(op=op_id, state=_(OP_STATES[state])),
        hint=_(_WAY_OUT.get(state, _ENDED)).format(op=op_id),
        exit_status=Exit.REFUSED,
    )


def _settle(desk: Desk, entry: Entry, how: str, note: str) -> list[str]:
    """Write down on the lead what was decided."""
    op = entry.op
    data = {"op": op.op_id, "verb": op.verb, "connection": entry.connection, "how": how}
    return _append(desk, entry, Draft(ev.CHANGE_SETTLED, desk.now_ms, data, {"note": note.strip()} if note else {}))


def _append(desk: Desk, entry: Entry, draft: Draft, actor_kind: str = "human") -> list[str]:
    return [event.uid for event in desk.ledger.append(entry.op.lead_uid, [draft], desk.batch, actor_kind)]


def _write(db: sqlite3.Connection, entry: Entry, state: State, **values: Any) -> None:
    names = ", ".join(f"{name} = :{name}" for name in ("state", *values))
    db.execute(f"UPDATE outbox SET {names} WHERE op_id = :op_id", {"op_id": entry.op.op_id, "state": state, **values})


def _add(desk: Desk, done: Decided, entry: Entry, *events: str) -> None:
    """Note what was done, and let go of what waited behind it."""
    ops.reblock(desk.db, entry.connection)
    done.ops.append(entry.op.op_id)
    done.lead_ids += [entry.lead_id] if entry.lead_id not in done.lead_ids else []
    done.events += events


_ENDED: Final = N_("It is done with; `leadq outbox show {op}` says how.")
_GOES_OUT: Final = N_("It goes out with the next `leadq sync`; `leadq outbox discard {op}` keeps it here.")
_CHOICE: Final = N_("Use `leadq outbox retry`, `resolve --note T` or `discard` on {op}.")
_WAY_OUT: Final[Mapping[State, str]] = {
    "held": _GOES_OUT,
    "pending": _GOES_OUT,
    "dead": _CHOICE,
    "conflict": _CHOICE,
    "inflight": N_("A sync is sending it, or was cut off: `leadq sync` finds out."),
    "unknown": N_("`leadq sync` looks for it; `leadq outbox resolve {op} --note T` says that a person has."),
    "blocked": N_("`leadq outbox show {op}` names the change that it waits for: see to that one."),
}
_NEXT_TO_SET: Final = """
    SELECT op_id FROM outbox WHERE lead_uid = :lead AND connection = :connection AND seq > :seq
    AND status NOT IN ('', :theirs) AND state IN ('held', 'pending', 'unknown') ORDER BY seq LIMIT 1"""
