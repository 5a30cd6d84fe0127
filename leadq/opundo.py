"""Taking back what a person has decided about changes, as long as nobody has gone on from it.

The rows of the outbox go back to what they were; that is possible exactly while they are still as the decision left
them. Once a sync has taken one up, or the verb itself was undone, it is not: what the CRM has by then is decided anew.
What was learnt with the decision (that the CRM has another status) is a fact, and stays. That a decision was taken back
is written down on its lead, like the decision.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from leadq import outbox
from leadq.domain import events as ev
from leadq.domain.events import Draft, voided
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.ledger import history
from leadq.opcare import Decided
from leadq.words import OP_STATES

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.desk import Desk

    Row = Mapping[str, Any]

TAKEN_BACK: Final = "taken_back"
"""How the events of it say what was decided: a key of `words.SETTLED`."""


@dataclass(slots=True)
class Decision:
    """What a decision (`how`, about `ops`) did to the outbox: each row that it changed, before and after, by op_id."""

    how: str
    ops: tuple[str, ...]
    before: dict[str, Row] = field(default_factory=dict)
    after: dict[str, Row] = field(default_factory=dict)


@contextmanager
def remembered(desk: Desk, how: str, ops: Sequence[str]) -> Iterator[Decision]:
    """What the block decides about `ops` (op_ids), to be taken back later; it is filled when the block has ended."""
    decision = Decision(how, tuple(ops))
    before = _rows(desk.db, ops)
    yield decision
    for op_id, row in _rows(desk.db, ops).items():
        if op_id in before and before[op_id] != row:
            decision.before[op_id], decision.after[op_id] = before[op_id], row


def take_back(desk: Desk, decision: Decision) -> Decided:
    """Put every row back that `decision` changed: all of them, or none.

    Raises LeadqError `wrong_op_state` (5) when one of them has gone on since.
    """
    now = _rows(desk.db, decision.ops)
    for op_id, row in decision.after.items():
        if now.get(op_id) != row or _undone(desk.db, row):
            raise _went_on(now.get(op_id, row))
    for op_id, row in decision.before.items():
        _write(desk.db, op_id, row)
    done = Decided(ops=list(decision.ops))
    for op_id in decision.ops:
        entry = outbox.find(desk.db, op_id)
        done.lead_ids += [entry.lead_id] if entry.lead_id not in done.lead_ids else []
        if decision.how != "retried":  # which left no event either
            data = {"op": op_id, "verb": entry.op.verb, "connection": entry.connection, "how": TAKEN_BACK}
            draft = Draft(ev.CHANGE_SETTLED, desk.now_ms, data)
            done.events += [event.uid for event in desk.ledger.append(entry.op.lead_uid, [draft], desk.batch)]
    return done


def _rows(db: sqlite3.Connection, ops: Sequence[str]) -> dict[str, Row]:
    """Every change of the leads of these: what one waits for, another is blocked behind."""
    found: dict[str, Row] = {}
    for op_id in ops:
        rows = db.execute(
            "SELECT o.* FROM outbox me JOIN outbox o ON o.lead_uid = me.lead_uid AND o.connection = me.connection"
            " WHERE me.op_id = ?",
            (op_id,),
        )
        names = [column[0] for column in rows.description]
        found |= {row["op_id"]: row for row in (dict(zip(names, values, strict=True)) for values in rows)}
    return found


def _write(db: sqlite3.Connection, op_id: str, row: Row) -> None:
    names = ", ".join(f'"{name}" = :{name}' for name in row if name != "op_id")
    db.execute(f"UPDATE outbox SET {names} WHERE op_id = :op_id", {**row, "op_id": op_id})


def _undone(db: sqlite3.Connection, row: Row) -> bool:
    """Whether what the change tells of did not happen after all: it must not wait to go out again."""
    return row["event_uid"] in voided(history(db, row["lead_uid"]))


def _went_on(row: Row) -> LeadqError:
    state = _(OP_STATES[row["state"]])
    return LeadqError(
        "wrong_op_state",
        _("Change {op} has gone on since that was decided ({state}), so it cannot be taken back.").format(
            op=row["op_id"], state=state
        ),
        hint=_("What the CRM has now is decided anew when it asks."),
        exit_status=Exit.REFUSED,
    )
