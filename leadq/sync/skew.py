"""Our clock was set while something was on its way: the service's clock says by how much, and the outbox follows.

An op is judged by how long ago its bytes left. Two hours put forward between the sending and the look would make that
two hours, and a write that is only slow would be sent a second time. What the outbox remembers of time is therefore
kept by the clock as it is now: the service's minus ours (`connection_state.skew_ms`) is what it was when those instants
were written, and they move when it moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.opstates import ENDED_OPS

if TYPE_CHECKING:
    import sqlite3

_TRUST_MS: Final = 2_000
"""A Date has whole seconds, and an answer takes a while: less than this is no difference."""


def has_moved(known_ms: int | None, skew_ms: int | None) -> bool:
    """Whether `skew_ms`, which an answer has just shown, says anything new."""
    return skew_ms is not None and (known_ms is None or abs(skew_ms - known_ms) > _TRUST_MS)


def follow(db: sqlite3.Connection, connection: str, skew_ms: int | None) -> None:
    """Remember the skew that an answer has shown, and move what was written by another one."""
    (known_ms,) = db.execute("SELECT skew_ms FROM connection_state WHERE name = ?", (connection,)).fetchone()
    if not has_moved(known_ms, skew_ms):
        return
    db.execute("UPDATE connection_state SET skew_ms = ? WHERE name = ?", (skew_ms, connection))
    if known_ms is not None and skew_ms is not None:
        db.execute(_MOVE, {"connection": connection, "by": known_ms - skew_ms})


def forget(db: sqlite3.Connection, connection: str) -> None:
    """Something leaves before any answer has shown the skew: what is written of it is by our clock as it is now."""
    db.execute("UPDATE connection_state SET skew_ms = NULL WHERE name = ?", (connection,))


_MOVE: Final = f"""
    UPDATE outbox SET last_sent_ms = last_sent_ms + :by, audit_ms = audit_ms + :by,
        next_attempt_ms = next_attempt_ms + :by
    WHERE connection = :connection AND state NOT IN {ENDED_OPS}"""
