"""What was written since the screen's last look, and whether it matters to what the screen shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain.events import SAID
from leadq.opstates import WAITS

if TYPE_CHECKING:
    import sqlite3


class Written:
    """How far the database was at the last look, as one connection sees it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._newest = 0
        self._beside: object = None
        self.heard(db)

    def heard(self, db: sqlite3.Connection) -> None:
        """What was written by now is known."""
        self._version = _data_version(db)

    def looked(self, db: sqlite3.Connection) -> None:
        """Everything is being looked at, in the transaction that is open."""
        self._newest, self._beside = db.execute(_NEWEST).fetchone()[0] or 0, db.execute(_BESIDE).fetchone()

    def anything(self, db: sqlite3.Connection) -> bool:
        """Whether anybody has committed since."""
        return _data_version(db) != self._version

    def only_said(self, db: sqlite3.Connection) -> bool:
        """Whether all that was written since the last look is that somebody was alerted.

        Nobody's place in the queue follows from that, and ranking 100,000 leads for it would cost a fifth of a second
        for each alert.
        """
        newest, beside = db.execute(_NEWEST).fetchone()[0] or 0, db.execute(_BESIDE).fetchone()
        if newest < self._newest or beside != self._beside:
            return False
        return not db.execute(_HAPPENED, (self._newest,)).fetchone()[0]


def _data_version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA data_version").fetchone()[0])


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
