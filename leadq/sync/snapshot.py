"""What a record was like when we last knew it: the base of the three-way merge."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Snapshot(NamedTuple):
    """One record. `updated_ms` is the server's time; `hash` of all that it showed us; `departed` why it left."""

    external_id: str
    updated_ms: int
    status: str
    hash: str
    departed: str


def find(db: sqlite3.Connection, connection: str, external_ids: Collection[str]) -> Mapping[str, Snapshot]:
    """Those of `external_ids` that are known, by id."""
    marks = ", ".join("?" * len(external_ids))
    rows = db.execute(f"{_FIND} AND external_id IN ({marks})", (connection, *external_ids))
    return {row[0]: Snapshot(*row) for row in rows}


def keep(db: sqlite3.Connection, connection: str, snapshot: Snapshot) -> None:
    """Remember the record as it is."""
    db.execute("INSERT OR REPLACE INTO remote_snapshot VALUES (?, ?, ?, ?, ?, ?)", (connection, *snapshot))


def written(db: sqlite3.Connection, connection: str, external_id: str, status: str, updated_ms: int | None) -> None:
    """One of our own writes is there: its status is what we know now, and nothing older is news.

    What it was like before would be: the hash of that goes, unless only the hash keeps an index that is behind from
    telling it.
    """
    db.execute(_WRITTEN, (connection, external_id, updated_ms or 0, status))


_FIND: Final = "SELECT external_id, updated_ms, status, hash, departed FROM remote_snapshot WHERE connection = ?"
_WRITTEN: Final = """
    INSERT INTO remote_snapshot VALUES (?1, ?2, ?3, ?4, '', '') ON CONFLICT DO UPDATE SET
        updated_ms = max(updated_ms, excluded.updated_ms),
        hash = CASE excluded.updated_ms WHEN 0 THEN hash ELSE '' END,
        status = CASE excluded.status WHEN '' THEN status ELSE excluded.status END"""
