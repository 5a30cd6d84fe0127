"""Ops: what has to reach the CRM, written in the transaction of the verb that caused it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import Final

from leadq.domain import events as ev
from leadq.domain.events import Event
from leadq.uids import uuid7

UNDO_WINDOW_MS: Final = 5_000
"""How long `sync --watch` holds an op, so that an undo within it leaves no trace in the CRM."""

VERBS: Final = {
    ev.ACCEPTED: "accept",
    ev.TOUCHED: "touch",
    ev.REJECTED: "reject",
    ev.DISQUALIFIED: "disqualify",
    ev.RECYCLED: "recycle",
    ev.QUALIFIED: "qualify",
    ev.NOTED: "note",
    ev.ASSIGNED: "assign",
    ev.PAUSED: "pause",
    ev.RESUMED: "resume",
    ev.SNOOZED: "snooze",
    ev.REROUTED: "reroute",
    ev.DISPUTED: "dispute",
    ev.ANSWERED: "answer",
    ev.AE_ACCEPTED: "ae-accept",
    ev.AE_RETURNED: "ae-return",
    ev.MERGED: "merge",
    ev.CORRECTED: "correct",
    ev.UNDONE: "undo",
}
"""Which events go out, and as what."""

_SAYS: Final = {
    ev.ACCEPTED: "accepted",
    ev.REJECTED: "rejected",
    ev.DISQUALIFIED: "disqualified",
    ev.RECYCLED: "recycled",
    ev.QUALIFIED: "qualified",
}
_MAY_HAVE_LEFT: Final = ("held", "pending", "blocked", "inflight")
_STILL_HERE: Final = ("held", "pending", "blocked", "dead", "conflict")


def enqueue(
    connection: sqlite3.Connection, to: str, event: Event, compensates: str | None = None, before: str = ""
) -> str | None:
    """Put `event` on the outbox of the connection `to`, behind what the lead already has there; the op's id.

    `before` is the state that the lead had: an op that changes it says the new one.

    A lead without a connection has nobody to tell, and an event of another kind stays here: then None. The real
    clock counts here: `LEADQ_NOW` freezes the domain's time, not the undo window.
    """
    verb = VERBS.get(event.type, "")
    if event.type == ev.HANDED_OFF and "previous" in event.data:
        verb = str(event.data["trigger"])  # a new cycle: reopen, resubmit, reply or wake
    if not to or not verb:
        return None
    now_ms = time.time_ns() // 1_000_000
    op_id = uuid7(now_ms)
    connection.execute(
        "INSERT INTO outbox (op_id, connection, lead_uid, seq, event_uid, verb, state, attempts, not_before_ms,"
        " compensates, created_ms, status, adds)"
        " VALUES (?, ?, ?, (SELECT coalesce(max(seq), 0) + 1 FROM outbox WHERE lead_uid = ?),"
        " ?, ?, 'held', 0, ?, ?, ?, ?, ? OR EXISTS (SELECT 1 FROM event_text WHERE event_uid = ? AND kind = 'note'))",
        (op_id, to, event.lead_uid, event.lead_uid, event.uid, verb,
         now_ms + UNDO_WINDOW_MS, compensates, now_ms,
         _status(connection, event, before), verb in ("touch", "undo"), event.uid),
    )  # fmt: skip
    return op_id


def _status(connection: sqlite3.Connection, event: Event, before: str) -> str:
    """The state that `event` brings the lead to; "" when it leaves it as it was."""
    if event.type in _SAYS:
        return _SAYS[event.type]
    (now,) = connection.execute("SELECT state FROM lead WHERE uid = ?", (event.lead_uid,)).fetchone()
    return "" if now == before else str(now)


def compensate(connection: sqlite3.Connection, undo: Event, event_uids: Sequence[str], before: str = "") -> list[str]:
    """Take back the ops of `event_uids`: cancelled when they are still here, else followed by a compensation.

    Returns the ids of the compensations, which the user is told about: the CRM will see both.
    """
    compensations: list[str] = []
    for event_uid in event_uids:
        rows = connection.execute(
            "SELECT op_id, connection, state FROM outbox WHERE event_uid = ? AND compensates IS NULL", (event_uid,)
        ).fetchall()
        for op_id, to, state in rows:
            if state in _STILL_HERE:
                connection.execute("UPDATE outbox SET state = 'cancelled' WHERE op_id = ?", (op_id,))
            elif state not in ("cancelled", "superseded"):
                compensations.append(enqueue(connection, to, undo, compensates=op_id, before=before) or "")
                connection.execute(_LEAVE_ALONE, (op_id, compensations[-1]))
    return compensations


def doubt(connection: sqlite3.Connection) -> int:
    """In a copy that was made earlier, what waits may have left since from where it was copied: it is `unknown`, so
    that the next sync looks before it sends, or sends where one op_id is written once. How many ops that is."""
    marks = ", ".join("?" * len(_MAY_HAVE_LEFT))
    return connection.execute(
        f"UPDATE outbox SET state = 'unknown', doubted = 1, next_attempt_ms = NULL WHERE state IN ({marks})",
        _MAY_HAVE_LEFT,
    ).rowcount


def restore(connection: sqlite3.Connection, event: Event, undo_uid: str) -> None:
    """Put the op of `event` back, whose undo `undo_uid` is itself taken back: its compensation stays here, or it goes
    out again behind it."""
    row = connection.execute(
        "SELECT op_id, connection, state FROM outbox WHERE event_uid = ? AND compensates IS NULL"
        " ORDER BY seq DESC LIMIT 1",
        (event.uid,),
    ).fetchone()
    if row is None:
        return
    op_id, to, state = row
    here = f"state IN ({', '.join(repr(one) for one in _STILL_HERE)})"
    taken_back = connection.execute(
        f"UPDATE outbox SET state = 'cancelled' WHERE compensates = ? AND event_uid = ? AND {here}", (op_id, undo_uid)
    ).rowcount
    if state == "cancelled" or not taken_back:
        enqueue(connection, to, event)


_LEAVE_ALONE: Final = """
    UPDATE outbox SET status = '', scope = 'timeline'
    WHERE ('timeline', '') = (SELECT scope, status FROM outbox WHERE op_id = ?) AND op_id = ?"""
"""A change that left the record as somebody else had set it has nothing to restore there."""
