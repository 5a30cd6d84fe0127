"""The events of the two teams (domain/together.py) in a home: read as known at an instant, and written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadq.domain.events import Draft, Event
from leadq.domain.together import TOGETHER
from leadq.ledger import INSERT_EVENT, SELECT_EVENT, event_row, read_event

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from leadq.desk import Desk

EVER: Final = 1 << 62


def events(db: sqlite3.Connection, as_of_ms: int = EVER) -> list[Event]:
    """The teams' events that had happened and were recorded by then, in an order that does not depend on which
    laptop's came first."""
    rows = db.execute(
        f"{SELECT_EVENT} WHERE lead_uid = ? AND recorded_ms <= ? AND occurred_ms <= ? ORDER BY recorded_ms, uid",
        (TOGETHER, as_of_ms, as_of_ms),
    )
    return [read_event(row) for row in rows]


def write(desk: Desk, draft: Draft, *, nameless: bool = False) -> Event:
    """Write down one event of the teams; `nameless`: without its author, whom nobody is to know."""
    event = desk.ledger.event(TOGETHER, draft, desk.batch)
    if nameless:
        event = replace(event, actor="")
    desk.db.execute(INSERT_EVENT, event_row(event))
    desk.db.executemany(
        "INSERT INTO event_text VALUES (?, ?, ?)", [(event.uid, kind, text) for kind, text in draft.texts.items()]
    )
    return event


def meta(db: sqlite3.Connection, key: str) -> str:
    """What this home alone remembers under a key; "" for nothing."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""


def named(uids: Collection[str], word: str) -> list[str]:
    """The uids that somebody may mean: by the short name, or by as much of the uid's end as they typed."""
    wanted = word.strip().lower()
    return [uid for uid in uids if len(wanted) >= 4 and uid.endswith(wanted)]
