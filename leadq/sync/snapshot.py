"""What a record was like when we last knew it: the base of the three-way merge."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


class Snapshot(NamedTuple):
    """One record. `updated_ms` is the server's time; `hash` of all that it showed us; `departed` why it left; `answer`
    a mark of marketing's answer on it."""

    external_id: str
    updated_ms: int
    status: str
    hash: str
    departed: str
    answer: str = ""


def find(db: sqlite3.Connection, connection: str, external_ids: Collection[str]) -> Mapping[str, Snapshot]:
    """Those of `external_ids` that are known, by id."""
    rows = db.execute(_FIND, (connection, json.dumps(list(external_ids))))
    return {row[0]: Snapshot._make(row) for row in rows}


def keep(db: sqlite3.Connection, connection: str, snapshots: Iterable[Snapshot]) -> None:
    """Remember the records as they are."""
    rows = ((connection, *snapshot) for snapshot in snapshots)
    db.executemany("INSERT OR REPLACE INTO remote_snapshot VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def written(db: sqlite3.Connection, connection: str, external_id: str, status: str, updated_ms: int | None) -> None:
    """One of our own writes is there: its status is what we know now, and nothing older is news.

    What it was like before would be: the hash of that goes, unless only the hash keeps an index that is behind from
    telling it.
    """
    db.execute(_WRITTEN, (connection, external_id, updated_ms or 0, status))


_FIND: Final = """
    SELECT external_id, updated_ms, status, hash, departed, answer FROM remote_snapshot
    WHERE connection = ? AND external_id IN (SELECT value FROM json_each(?))"""
_WRITTEN: Final = """
    INSERT INTO remote_snapshot VALUES (?1, ?2, ?3, ?4, '', '', '') ON CONFLICT DO UPDATE SET
        updated_ms = max(updated_ms, excluded.updated_ms),
        hash = CASE excluded.updated_ms WHEN 0 THEN hash ELSE '' END,
        status = CASE excluded.status WHEN '' THEN status ELSE excluded.status END"""
