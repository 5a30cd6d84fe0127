"""Leads that became one at the other end: what is left there may have a new id, and means the lead that we know."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadq.plugins.sdk import RemoteLead


def follow_merges(db: sqlite3.Connection, connection: str, leads: Iterable[RemoteLead]) -> set[str]:
    """Give each survivor the lead that it goes on as; the ids of the others, to be looked at by id."""
    odd: set[str] = set()
    for lead in leads:
        if lead.formerly:
            former = [i for i in lead.formerly if i != lead.external_id]
            if not _lead_of(db, connection, lead.external_id):
                heirs = [i for i in former if _lead_of(db, connection, i)]
                if heirs:
                    rename(db, connection, _foremost(db, connection, heirs), lead.external_id)
            odd |= {
                i for i in former if _lead_of(db, connection, i) not in (0, _lead_of(db, connection, lead.external_id))
            }
    return odd


def rename(db: sqlite3.Connection, connection: str, old: str, new: str) -> None:
    """The lead that was called `old` there is called `new` from now on; the old name still leads to it."""
    lead_id = _lead_of(db, connection, old)
    db.execute("UPDATE remote_ref SET is_primary = 0 WHERE lead_id = ? AND connection = ?", (lead_id, connection))
    db.execute("INSERT OR REPLACE INTO remote_ref VALUES (?, 'lead', ?, ?, 1)", (connection, new, lead_id))
    db.execute("UPDATE lead SET external_id = ? WHERE id = ? AND connection = ?", (new, lead_id, connection))
    db.execute(
        "INSERT OR IGNORE INTO remote_snapshot SELECT connection, ?, updated_ms, status, '', '', answer"
        " FROM remote_snapshot WHERE connection = ? AND external_id = ?",
        (new, connection, old),
    )


def lead_called(db: sqlite3.Connection, connection: str, external_id: str) -> str | None:
    """The uid of the lead that goes by this id at the other end, or went by it."""
    row = db.execute(_LEAD, (connection, external_id)).fetchone()
    return str(row[0]) if row else None


def _foremost(db: sqlite3.Connection, connection: str, ids: list[str]) -> str:
    """The one that goes on: an open one before a closed one, then the one that was handed off first."""
    marks = ", ".join("?" * len(ids))
    return str(db.execute(_RANKED.format(marks=marks), (connection, *ids)).fetchone()[0])


def _lead_of(db: sqlite3.Connection, connection: str, external_id: str) -> int:
    row = db.execute(
        "SELECT lead_id FROM remote_ref WHERE connection = ? AND object_type = 'lead' AND external_id = ?",
        (connection, external_id),
    ).fetchone()
    return int(row[0]) if row else 0


_LEAD: Final = """
    SELECT l.uid FROM remote_ref r JOIN lead l ON l.id = r.lead_id
    WHERE r.connection = ? AND r.object_type = 'lead' AND r.external_id = ?"""
_RANKED: Final = """
    SELECT r.external_id FROM remote_ref r JOIN lead l ON l.id = r.lead_id
    WHERE r.connection = ? AND r.object_type = 'lead' AND r.external_id IN ({marks})
    ORDER BY l.closed_ms IS NULL DESC, l.handed_off_ms, l.id LIMIT 1"""
