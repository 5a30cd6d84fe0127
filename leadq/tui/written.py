"""What was written since a look: whether it is more than that somebody was alerted, which moves no lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.domain.events import SAID
from leadq.opstates import WAITS

if TYPE_CHECKING:
    import sqlite3


class Mark(NamedTuple):
    """The newest event, what a look shows beside leads, and how many changes have gone to a CRM in all."""

    newest: int = 0
    beside: Any = None
    sent: int = 0


def mark(db: sqlite3.Connection) -> Mark:
    """What has been written so far."""
    beside = db.execute(_BESIDE).fetchone()
    return Mark(db.execute(_NEWEST).fetchone()[0] or 0, beside, beside[0])


def only_said(db: sqlite3.Connection, since: Mark) -> bool:
    """Whether all that was written since the mark is that somebody was alerted.

    Nobody's place in the queue follows from that, and ranking 100,000 leads for it would cost a fifth of a second for
    each alert.
    """
    now = mark(db)
    if now.newest < since.newest or now.beside != since.beside:
        return False
    return not db.execute(_HAPPENED, (since.newest,)).fetchone()[0]


_NEWEST: Final = "SELECT max(seq) FROM event"
_HAPPENED: Final = f"""
    SELECT EXISTS (
        SELECT 1 FROM event WHERE seq > ? AND type NOT IN ({", ".join(repr(kind) for kind in sorted(SAID))})
    )"""
_BESIDE: Final = f"""
    SELECT sent, ops, done, tried, stuck,
        (SELECT group_concat(name || '|' || coalesce(last_pull_ms, 0) || '|' || coalesce(last_push_ms, 0) || '|'
            || coalesce(last_error, '') || '|' || coalesce(next_attempt_ms, 0)) FROM connection_state),
        (SELECT group_concat(value) FROM meta WHERE key IN ('contract', 'contract_file'))
    FROM (
        SELECT count(*) FILTER (WHERE state IN ('acked', 'done')) AS sent, count(*) AS ops, total(done_ms) AS done,
            total(attempts) AS tried, count(*) FILTER (WHERE {WAITS} AND state IN ('dead', 'conflict')) AS stuck
        FROM outbox
    )"""
"""What a look shows beside leads: the outbox and the connections; and which contract is in force."""
