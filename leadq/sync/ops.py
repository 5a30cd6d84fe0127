"""The rows of the outbox, as sync works with them; the caller holds the connection's lock.

Plain SQL: of a sync's time most goes by here, and an ORM would double it. The queue writes ops and cancels those that
have not left (outgoing.py); the rest happens here.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from leadq.opstates import ENDED_OPS
from leadq.sync.judge import Last
from leadq.sync.states import backoff_ms, next_state

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from leadq.plugins.sdk import Scope
    from leadq.sync.states import Evidence, State

AUDIT_MS: Final = 15 * 60_000
"""When what is at the other end is looked at once more: longer than anything that was sent can be on its way."""


class Op(NamedTuple):
    """One op, with the id that its lead has at the other end."""

    op_id: str
    lead_uid: str
    external_id: str
    seq: int
    event_uid: str
    verb: str
    state: State
    status: str
    adds: bool
    scope: Scope
    doubted: bool
    attempts: int
    last_sent_ms: int | None
    next_attempt_ms: int | None
    compensates: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one op; `detail` is the sentence for the person who looks at it, `theirs` the status
    in its way and `base` the one that was known.

    `updated_ms` is the record's time after it, by the server's clock; None when that was not said.
    """

    op_id: str
    evidence: Evidence
    detail: str = ""
    updated_ms: int | None = None
    theirs: str = ""
    base: str = ""


def begin(db: sqlite3.Connection, connection: str, adapter: str) -> int:
    """Start a run: its generation. What a process of an older one still writes is not believed any more."""
    db.execute(
        "INSERT INTO connection_state (name, adapter, generation) VALUES (?, ?, 1) ON CONFLICT (name)"
        " DO UPDATE SET generation = generation + 1, adapter = excluded.adapter",
        (connection, adapter),
    )
    (generation,) = db.execute("SELECT generation FROM connection_state WHERE name = ?", (connection,)).fetchone()
    return int(generation)


def is_current(db: sqlite3.Connection, connection: str, generation: int) -> bool:
    """Whether no other run has begun since."""
    row = db.execute("SELECT generation FROM connection_state WHERE name = ?", (connection,)).fetchone()
    return bool(row) and row[0] == generation


def recover(db: sqlite3.Connection, connection: str) -> None:
    """After a crash: what was in flight may have landed, so it is unknown. Only under the lock."""
    _move(db, connection, "inflight", "no_answer", also="doubted = 1")


def set_right(db: sqlite3.Connection, connection: str, wall_ms: int) -> None:
    """Our clock was ahead and has been put back: what was to come by then is counted anew from now.

    Where answers show how our clock stands (skew.py), only so that what waits is looked at, which shows it.
    """
    now = {"connection": connection, "wall": wall_ms, "later": wall_ms + AUDIT_MS}
    db.execute(_SENT_AHEAD_OF_US, now)
    db.execute(_WAITS_AHEAD_OF_US, now)


def release(db: sqlite3.Connection, connection: str, until_ms: int | None) -> None:
    """Let go of held ops whose undo window ended by `until_ms`; None: of all."""
    _move(db, connection, "held", "released", "" if until_ms is None else f"AND not_before_ms <= {until_ms}")


def reblock(db: sqlite3.Connection, connection: str) -> None:
    """Hold back what waits behind an op that needs a person, on that lead only; free what no longer does."""
    if not db.execute(_ANY_STUCK, (connection,)).fetchone():
        return
    _move(db, connection, "pending", "blocked", f"AND {_STUCK}")
    _move(db, connection, "blocked", "freed", f"AND NOT {_STUCK}")


def coalesce(db: sqlite3.Connection, connection: str) -> None:
    """Leave out what the lead's next op says anew: a state that was set and that nobody ever heard of.

    Only where both set the state and the earlier one adds nothing to the timeline, and neither was ever sent.
    """
    _move(db, connection, "pending", "overtaken", f"AND {_OVERTAKEN}")


def heads(db: sqlite3.Connection, connection: str) -> list[Op]:
    """The first op of each lead that has not ended, if it is pending or unknown: the unknown first, then as written."""
    return [as_op(row) for row in db.execute(_HEADS, {"connection": connection})]


def following(db: sqlite3.Connection, connection: str, sent: Iterable[Op]) -> list[Op]:
    """The heads that the leads of `sent`, which were heads, have now: a look at each lead and none at the rest."""
    found = []
    for op in sent:
        values = {"connection": connection, "lead": op.lead_uid, "seq": op.seq}
        row = db.execute(_FOLLOWING, values).fetchone()
        if row and row[6] in ("pending", "unknown"):
            found.append(as_op(row))
    return found


def to_audit(db: sqlite3.Connection, connection: str, until_ms: int) -> list[Op]:
    """The acked ops that are to be looked at once more by `until_ms`, lead by lead."""
    return [as_op(row) for row in db.execute(_TO_AUDIT, {"connection": connection, "until": until_ms})]


def waiting_on(db: sqlite3.Connection, connection: str, lead_uid: str) -> list[Op]:
    """What has not ended of one lead, in its order."""
    return [as_op(row) for row in db.execute(_ON_LEAD, {"connection": connection, "lead": lead_uid})]


def disputed(db: sqlite3.Connection, connection: str) -> set[str]:
    """The leads, by their ids at the other end, with a conflict about a status."""
    return {external_id for (external_id,) in db.execute(_DISPUTED, (connection,))}


def agree(db: sqlite3.Connection, connection: str, lead_uid: str, theirs: str) -> None:
    """End the conflict about a status by itself: the record has what we wanted by now, or again what we knew."""
    db.execute(
        "UPDATE outbox SET state = ?, theirs = '', base = '', last_error = NULL, next_attempt_ms = NULL"
        " WHERE connection = ? AND lead_uid = ? AND state = 'conflict' AND theirs <> '' AND ? IN (status, base)",
        (next_state("conflict", "retried"), connection, lead_uid, theirs),
    )


def counts(db: sqlite3.Connection, connection: str) -> dict[str, int]:
    """How many ops of `connection` that have not ended are in each state; states without any are left out."""
    return dict(db.execute(_COUNTS, (connection,)))


def next_wake_ms(db: sqlite3.Connection, connection: str, after_ms: int = -1) -> int | None:
    """When the first of what waits for another attempt, or for an audit, is due; None when nothing waits.

    Only what is due after `after_ms`: a cycle that began then has had its chance at the rest. What is behind another
    op of its lead waits with that one.
    """
    row = db.execute(_NEXT_WAKE, {"connection": connection, "after": after_ms}).fetchone()
    return cast("int | None", row[0])


def claim(db: sqlite3.Connection, wanted: Sequence[tuple[Op, Scope]], wall_ms: int) -> list[Op]:
    """Write down that `wanted` are about to leave, in that order; what an undo just cancelled is left out."""
    claimed = []
    for op, scope in wanted:
        state = next_state(op.state, "sent")
        found = db.execute(
            "UPDATE outbox SET state = ?, scope = ?, last_sent_ms = ?, first_sent_ms = coalesce(first_sent_ms, ?)"
            " WHERE op_id = ? AND state = ?",
            (state, scope, wall_ms, wall_ms, op.op_id, op.state),
        )
        if found.rowcount:
            claimed.append(op._replace(state=state, scope=scope))
    return claimed


def record(db: sqlite3.Connection, answers: Iterable[Answer], *, now_ms: int, wall_ms: int, certain: bool) -> list[Op]:
    """Write down what became of ops; those that are now at the other end.

    `certain`: the other end writes one op_id once, so nothing is left to be audited.
    """
    landed = []
    for answer in answers:
        op = as_op(db.execute(f"{_OPS} WHERE o.op_id = ?", (answer.op_id,)).fetchone())
        if op.state == "cancelled" or (op.state == "done" and answer.evidence != "undone"):
            continue  # by a person, after we looked and before anything left
        state = next_state(op.state, answer.evidence, doubtful=op.doubted and op.state == "inflight")
        if state == "acked":
            landed.append(op)
        audited = state == "acked" and not certain and (op.adds or op.doubted)
        _write(db, op, state if state != "acked" or audited else next_state(state, "settled"), answer, now_ms, wall_ms)
    return landed


def _write(db: sqlite3.Connection, op: Op, state: State, answer: Answer, now_ms: int, wall_ms: int) -> None:
    unsent = answer.evidence == "not_sent" and not op.doubted
    attempts = op.attempts + (op.state == "inflight" and answer.evidence != "not_sent")
    waits = state in ("pending", "unknown")
    values: dict[str, Any] = {
        "state": state,
        "attempts": attempts,
        "last_error": answer.detail or None,
        "done_ms": now_ms if state in ("acked", "done") else None,
        "next_attempt_ms": wall_ms + backoff_ms(attempts) if waits else None,
        "audit_ms": wall_ms + AUDIT_MS if state == "acked" else None,
        "doubted": op.doubted or state == "unknown" or answer.evidence == "undone",
        "theirs": answer.theirs,
        "base": answer.base,
    }
    if unsent:
        values |= {"first_sent_ms": None, "last_sent_ms": None}
    names = ", ".join(f"{name} = :{name}" for name in values)
    db.execute(f"UPDATE outbox SET {names} WHERE op_id = :op_id", values | {"op_id": op.op_id})


def postpone(db: sqlite3.Connection, op_ids: Collection[str], until_ms: int) -> None:
    """Look at these again at `until_ms`, and not before."""
    db.executemany("UPDATE outbox SET next_attempt_ms = ? WHERE op_id = ?", [(until_ms, op_id) for op_id in op_ids])


def puzzle(db: sqlite3.Connection, op_id: str, why: str, wall_ms: int) -> None:
    """What is there could not be told: the op stays as it is, and is looked at again in a while."""
    db.execute(
        "UPDATE outbox SET last_error = ?, next_attempt_ms = ? WHERE op_id = ?", (why, wall_ms + AUDIT_MS, op_id)
    )


def settle(db: sqlite3.Connection, op_ids: Iterable[str]) -> None:
    """These were looked at once more, and are as they should be."""
    db.executemany(
        "UPDATE outbox SET state = ?, audit_ms = NULL WHERE op_id = ? AND state = 'acked'",
        [(next_state("acked", "settled"), op_id) for op_id in op_ids],
    )


def last_sent_ms(db: sqlite3.Connection, op_id: str) -> int | None:
    """When the op last left; None: it never did."""
    row = db.execute("SELECT last_sent_ms FROM outbox WHERE op_id = ?", (op_id,)).fetchone()
    return cast("int | None", row[0])


def last_on(db: sqlite3.Connection, lead_uid: str, op_id: str) -> Last:
    """What is known of the op that a record names as its last one, when it is of that lead."""
    row = db.execute("SELECT seq, status FROM outbox WHERE op_id = ? AND lead_uid = ?", (op_id, lead_uid)).fetchone()
    return Last(*row) if row else Last()


def setter(db: sqlite3.Connection, lead_uid: str, stamp: str, status: str) -> Last:
    """The op of ours that has set `status`, by the record's stamp; none when it is somebody else's choice."""
    device, _, seq = stamp.rpartition(":")
    row = db.execute(_SETTER, {"lead": lead_uid, "device": device, "seq": seq, "status": status}).fetchone()
    return Last(*row) if row else Last()


def may_come_late(db: sqlite3.Connection, lead_uid: str, seq: int, wall_ms: int) -> bool:
    """Whether a write of that op may take effect only now. One that is over and long ago does not: where the record
    names it again, somebody has set back by hand what it had set."""
    values = {"lead": lead_uid, "seq": seq, "since": wall_ms - AUDIT_MS}
    return db.execute(_LATE, values).fetchone() is not None


def newest_status_there(db: sqlite3.Connection, connection: str, lead_uid: str) -> Op | None:
    """The newest op, of any cycle of the lead, that has set its state at the other end."""
    row = db.execute(_NEWEST_THERE, {"connection": connection, "lead": lead_uid}).fetchone()
    return as_op(row) if row else None


def is_older(db: sqlite3.Connection, op_id: str, newest: Op) -> bool:
    """Whether `op_id` is an op of the same lead as `newest`, of this or another cycle, and from before it."""
    values = {"last": op_id, "newest": newest.op_id, "lead": newest.lead_uid}
    return db.execute(_OLDER, values).fetchone() is not None


def cycles(db: sqlite3.Connection, lead_uid: str) -> list[str]:
    """The uids of all cycles of the lead that have the same record at the other end, its own among them."""
    return [uid for (uid,) in db.execute(_CYCLES, {"lead": lead_uid})]


def _move(
    db: sqlite3.Connection, connection: str, state: State, evidence: Evidence, where: str = "", also: str = ""
) -> None:
    """One transition for all the ops of `connection` that are in `state`."""
    following = next_state(state, evidence)
    values = f"state = ?{f', {also}' if also else ''}"
    db.execute(
        f"UPDATE outbox SET {values} WHERE connection = ? AND state = ? AND {_OPEN} {where}",
        (following, connection, state),
    )


def as_op(row: Sequence[Any]) -> Op:
    """A row of `_OPS`."""
    return Op._make(row)._replace(adds=bool(row[8]), doubted=bool(row[10]))


_OPEN: Final = f"state NOT IN {ENDED_OPS}"
"""As the partial index on what has not ended says it: in other words SQLite would not use it, and go through all."""

_AHEAD: Final = (
    "EXISTS (SELECT 1 FROM outbox AS ahead WHERE ahead.connection = outbox.connection"
    " AND ahead.lead_uid = outbox.lead_uid AND ahead.seq < outbox.seq AND ahead.state"
)
_ANY_STUCK: Final = f"""
    SELECT 1 FROM outbox WHERE connection = ? AND state IN ('dead', 'conflict', 'blocked') AND {_OPEN} LIMIT 1"""
_STUCK: Final = f"{_AHEAD} IN ('dead', 'conflict'))"
_SENT_AHEAD_OF_US: Final = f"""
    UPDATE outbox SET last_sent_ms = min(last_sent_ms, :wall), audit_ms = min(audit_ms, :later),
        next_attempt_ms = min(next_attempt_ms, :wall)
    WHERE connection = :connection AND state NOT IN {ENDED_OPS} AND last_sent_ms > :wall
    AND NOT EXISTS (SELECT 1 FROM connection_state WHERE name = :connection AND skew_ms IS NOT NULL)"""
_WAITS_AHEAD_OF_US: Final = f"""
    UPDATE outbox SET next_attempt_ms = :wall
    WHERE connection = :connection AND state IN ('pending', 'unknown') AND {_OPEN} AND next_attempt_ms > :later"""
_OVERTAKEN: Final = """
    attempts = 0 AND doubted = 0 AND adds = 0 AND status <> '' AND compensates IS NULL AND EXISTS (
        SELECT 1 FROM outbox AS later WHERE later.lead_uid = outbox.lead_uid AND later.connection = outbox.connection
        AND later.seq = outbox.seq + 1 AND later.status <> '' AND later.state = 'pending' AND later.attempts = 0)"""
_OPS: Final = """
    SELECT o.op_id, o.lead_uid, l.external_id, o.seq, o.event_uid, o.verb, o.state, o.status, o.adds, o.scope,
        o.doubted, o.attempts, o.last_sent_ms, o.next_attempt_ms, o.compensates
    FROM outbox o JOIN lead l ON l.uid = o.lead_uid"""
_HEADS: Final = f"""{_OPS} WHERE o.connection = :connection AND o.state IN ('unknown', 'pending') AND o.{_OPEN}
    AND NOT EXISTS (SELECT 1 FROM outbox AS ahead WHERE ahead.lead_uid = o.lead_uid AND ahead.seq < o.seq
        AND ahead.connection = o.connection AND ahead.state NOT IN {ENDED_OPS} AND ahead.state <> 'acked')
    ORDER BY o.state = 'unknown' DESC, o.rowid"""
_FOLLOWING: Final = f"""{_OPS} WHERE o.connection = :connection AND o.lead_uid = :lead AND o.seq >= :seq
    AND o.{_OPEN} AND o.state <> 'acked' ORDER BY o.seq LIMIT 1"""
_TO_AUDIT: Final = f"""{_OPS} WHERE o.connection = :connection AND o.state = 'acked' AND o.audit_ms <= :until
    AND o.{_OPEN}
    ORDER BY o.lead_uid, o.seq"""
_ON_LEAD: Final = f"""{_OPS} WHERE o.connection = :connection AND o.lead_uid = :lead
    AND o.state NOT IN {ENDED_OPS} AND o.state <> 'acked' ORDER BY o.seq"""
GONE: Final = f"""{_OPS.replace("FROM", ", s.departed FROM", 1)}
    JOIN remote_snapshot s ON s.connection = o.connection AND s.external_id = l.external_id
    WHERE o.connection = ? AND s.departed <> ''
    AND (o.scope <> 'timeline' OR s.departed IN ('deleted', 'forbidden'))
    AND o.state IN ('pending', 'unknown', 'blocked') AND o.{_OPEN} ORDER BY o.lead_uid, o.seq"""
"""What waits for a lead that has left, and why it left."""

_DISPUTED: Final = f"""
    SELECT l.external_id FROM outbox o JOIN lead l ON l.uid = o.lead_uid
    WHERE o.connection = ? AND o.state = 'conflict' AND o.theirs <> '' AND o.{_OPEN}"""
_CYCLES: Final = """
    SELECT :lead UNION SELECT other.uid FROM lead l JOIN lead other ON other.person_id = l.person_id
        AND other.connection = l.connection AND other.external_id = l.external_id
    WHERE l.uid = :lead AND l.external_id <> ''"""
_NEWEST_THERE: Final = f"""{_OPS} WHERE o.connection = :connection AND o.lead_uid IN ({_CYCLES})
    AND o.state IN ('acked', 'done') AND o.status <> '' AND o.last_sent_ms IS NOT NULL
    ORDER BY o.rowid DESC LIMIT 1"""
_OLDER: Final = f"""
    SELECT 1 FROM outbox WHERE op_id = :last AND lead_uid IN ({_CYCLES})
        AND rowid < (SELECT rowid FROM outbox WHERE op_id = :newest)"""
_SETTER: Final = """
    SELECT seq, status FROM outbox WHERE lead_uid = :lead AND seq = CAST(:seq AS INTEGER) AND status = :status
        AND :device = (SELECT value FROM meta WHERE key = 'device')"""
_LATE: Final = f"""
    SELECT 1 FROM outbox WHERE lead_uid = :lead AND seq = :seq
        AND (state NOT IN {ENDED_OPS} OR last_sent_ms > :since)"""
_COUNTS: Final = f"SELECT state, count(*) FROM outbox WHERE connection = ? AND {_OPEN} GROUP BY state"
_NEXT_WAKE: Final = f"""
    SELECT min(wake_ms) FROM (
        SELECT CASE state WHEN 'acked' THEN audit_ms WHEN 'held' THEN not_before_ms
            ELSE coalesce(next_attempt_ms, 0) END AS wake_ms FROM outbox
        WHERE connection = :connection AND state NOT IN {ENDED_OPS}
        AND (state IN ('held', 'inflight', 'acked')
            OR state IN ('pending', 'unknown') AND NOT {_AHEAD} NOT IN {ENDED_OPS} AND ahead.state <> 'acked')))
    WHERE wake_ms > :after"""
