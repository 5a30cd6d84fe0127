"""The life of an op: which state follows from which evidence, and the rows that hold it.

held -> pending -> inflight -> acked -> done is the plain way. An op whose bytes left without a clear answer
is `unknown`; `conflict` and `dead` need a person, and make `blocked` what waits behind them on the same lead.
The queue writes ops and cancels those that have not left; the rest happens here, under the connection's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from sqlmodel import Session, col, func, select, text, update

from leadq.db import Op

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

State = Literal[
    "held",
    "pending",
    "inflight",
    "acked",
    "done",
    "unknown",
    "conflict",
    "blocked",
    "dead",
    "superseded",
    "cancelled",
]

Evidence = Literal[
    "released",  # its undo window is over
    "sent",  # written down before any byte leaves
    "applied",  # the other end says so
    "settled",  # nothing is left to be looked at
    "rejected",
    "gone",
    "conflict",
    "retry",  # the other end says: not applied
    "not_sent",  # it did not leave: no network, no login, a limit
    "no_answer",  # it left, or may have left, and nothing clear came back
    "blocked",  # an earlier op of the lead needs a person
    "freed",  # and that one does not any more
]

_NEXT: Final[Mapping[tuple[State, Evidence], State]] = {
    ("held", "released"): "pending",
    ("pending", "sent"): "inflight",
    ("unknown", "sent"): "inflight",
    ("inflight", "applied"): "acked",
    ("acked", "settled"): "done",
    ("inflight", "rejected"): "dead",
    ("inflight", "gone"): "dead",
    ("inflight", "conflict"): "conflict",
    ("inflight", "retry"): "pending",
    ("inflight", "not_sent"): "pending",
    ("inflight", "no_answer"): "unknown",
    ("pending", "blocked"): "blocked",
    ("blocked", "freed"): "pending",
}

_FIRST_PAUSE_MS: Final = 2_000
_LONGEST_PAUSE_MS: Final = 15 * 60_000

_AHEAD: Final = (
    "EXISTS (SELECT 1 FROM outbox AS ahead WHERE ahead.connection = outbox.connection"
    " AND ahead.lead_uid = outbox.lead_uid AND ahead.seq < outbox.seq AND ahead.state"
)
_STUCK: Final = f"{_AHEAD} IN ('dead', 'conflict'))"
_HEADS: Final = f"""
    SELECT op_id, state, next_attempt_ms FROM outbox
    WHERE connection = :connection AND state IN ('unknown', 'pending')
    AND NOT {_AHEAD} NOT IN ('done', 'cancelled', 'superseded'))
    ORDER BY state = 'unknown' DESC, rowid
"""


def next_state(state: State, evidence: Evidence, *, doubtful: bool = False) -> State:
    """The state that follows. Raises ValueError for evidence that such an op cannot have.

    `doubtful`: the op was unknown before it was sent again. «Not applied this time» does not say that the
    first sending was not: it stays unknown, so that an undo does not cancel what may be at the other end.
    """
    try:
        following = _NEXT[state, evidence]
    except KeyError:
        raise ValueError(f"an op that is {state} cannot be {evidence}") from None
    return "unknown" if doubtful and following == "pending" else following


def resolve_unknown(capabilities: frozenset[str]) -> Evidence | None:
    """What may be done about an op whose bytes left without a clear answer: `sent`, again; None: nothing yet.

    The same op_id may go out again at once where the other end writes one op_id once (`idempotent_push`).
    Anywhere else a second sending could be a second touch on the record: the op stays unknown, and is
    reported, until a read by id shows what became of it (reference/sync.md 1.4).
    """
    return "sent" if "idempotent_push" in capabilities else None


def backoff_ms(attempts: int) -> int:
    """The pause after so many attempts: 2 s, doubled each time, at most 15 minutes."""
    return min(_FIRST_PAUSE_MS << min(attempts, 20), _LONGEST_PAUSE_MS)


@dataclass(frozen=True, slots=True)
class Head:
    """The first op of a lead that is not finished: the only one of that lead that may leave."""

    op_id: str
    state: State
    next_attempt_ms: int | None


def recover(rows: Session, connection: str) -> None:
    """After a crash: what was in flight may have landed, so it is unknown. Only under the lock."""
    _move(rows, connection, "inflight", "no_answer")


def release(rows: Session, connection: str, until_ms: int | None) -> None:
    """Let go of held ops whose undo window ended by `until_ms`; None: of all."""
    over = () if until_ms is None else (col(Op.not_before_ms) <= until_ms,)
    _move(rows, connection, "held", "released", *over)


def reblock(rows: Session, connection: str) -> None:
    """Hold back what waits behind an op that needs a person, on that lead only; free what no longer does."""
    _move(rows, connection, "pending", "blocked", text(_STUCK))
    _move(rows, connection, "blocked", "freed", text(f"NOT {_STUCK}"))


def heads(rows: Session, connection: str) -> list[Head]:
    """The pending and unknown ops that are next on their lead: the unknown first, then as written."""
    found = rows.connection().execute(text(_HEADS), {"connection": connection})
    return [Head(*row) for row in found]


def counts(rows: Session, connection: str) -> dict[str, int]:
    """How many ops of `connection` are in each state; states without any are left out."""
    found = rows.exec(select(Op.state, func.count()).where(Op.connection == connection).group_by(Op.state))
    return {state: int(number) for state, number in found}


def next_attempt_ms(rows: Session, connection: str) -> int | None:
    """When the first of the ops that wait for another attempt may leave."""
    waiting = (Op.connection == connection, col(Op.state).in_(("pending", "unknown")))
    return rows.exec(select(func.min(Op.next_attempt_ms)).where(*waiting)).one()


def claim(rows: Session, wanted: Sequence[Head], wall_ms: int) -> list[Op]:
    """Write down that `wanted` are about to leave, in that order; what an undo just cancelled is left out."""
    order = {head.op_id: position for position, head in enumerate(wanted)}
    states = {head.op_id: head.state for head in wanted}
    found = rows.exec(select(Op).where(col(Op.op_id).in_(order))).all()
    claimed = sorted((op for op in found if op.state == states[op.op_id]), key=lambda op: order[op.op_id])
    for op in claimed:
        op.state = next_state(states[op.op_id], "sent")
        op.first_sent_ms = op.first_sent_ms or wall_ms
        op.last_sent_ms = wall_ms
    return claimed


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one op that was sent; `detail` is the sentence for the person who looks at it."""

    op_id: str
    evidence: Evidence
    detail: str = ""


def record(
    rows: Session, answers: Mapping[str, Answer], *, doubtful: Collection[str], now_ms: int, wall_ms: int
) -> None:
    """Write down what became of ops in flight, by op_id; `doubtful` are those that were unknown before.

    An applied op is done at once: nothing is left to audit where one op_id is written once.
    """
    for op in rows.exec(select(Op).where(col(Op.op_id).in_(answers))):
        answer, was_unknown = answers[op.op_id], op.op_id in doubtful
        state = next_state(cast("State", op.state), answer.evidence, doubtful=was_unknown)
        op.state = next_state(state, "settled") if state == "acked" else state
        op.last_error = answer.detail or None
        op.attempts += answer.evidence != "not_sent"
        op.done_ms = now_ms if op.state == "done" else None
        waits = op.state in ("pending", "unknown")
        op.next_attempt_ms = wall_ms + backoff_ms(op.attempts) if waits else None
        if answer.evidence == "not_sent" and not was_unknown:
            op.first_sent_ms = op.last_sent_ms = None


def _move(rows: Session, connection: str, state: State, evidence: Evidence, *where: Any) -> None:
    """One transition for all the ops of `connection` that are in `state`."""
    statement = update(Op).where(col(Op.connection) == connection, col(Op.state) == state, *where)
    rows.exec(statement.values(state=next_state(state, evidence)))
