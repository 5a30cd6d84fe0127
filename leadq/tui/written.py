"""What was written since a look: whether it is more than that somebody was alerted, which moves no lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq.domain.events import SAID
from leadq.opstates import WAITS

if TYPE_CHECKING:
    import sqlite3

Mark = tuple[int, Any]
"""The newest event, and what a look shows beside leads."""


def mark(db: sqlite3.Connection) -> Mark:
    """What has been written so far."""
    return db.execute(_NEWEST).fetchone()[0] or 0, db.execute(_BESIDE).fetchone()


def only_said(db: sqlite3.Connection, since: Mark) -> bool:
    """Whether all that was written since the mark is that somebody was alerted.

    Nobody's place in the queue follows from that, and ranking 100,000 leads for it would cost a fifth of a second for
    each alert.
    """
    newest, beside = mark(db)
    if newest < since[0] or beside != since[1]:
        return False
    return not db.execute(_HAPPENED, (since[0],)).fetchone()[0]


_NEWEST: Final = "SELECT max(seq) FROM event"
_HAPPENED: Final = f"""
    SELECT EXISTS (
        SELECT 1 FROM event WHERE seq > ? AND type NOT IN ({", ".join(repr(kind) for kind in sorted(SAID))})
    )"""
_BESIDE: Final = f"""
    SELECT (SELECT count(*) FROM outbox), (SELECT total(done_ms) FROM outbox), (SELECT total(attempts) FROM outbox),
        (SELECT count(*) FROM outbox WHERE {WAITS} AND state IN ('dead', 'conflict')),
        (SELECT group_concat(name || '|' || coalesce(last_pull_ms, 0) || '|' || coalesce(last_push_ms, 0) || '|'
            || coalesce(last_error, '') || '|' || coalesce(next_attempt_ms, 0)) FROM connection_state),
        (SELECT group_concat(value) FROM meta WHERE key IN ('contract', 'contract_file'))"""
"""What a look shows beside leads: the outbox and the connections; and which contract is in force."""
