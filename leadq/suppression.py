"""Who may not be brought back: keyed hashes of what identifies them, so that the list itself names nobody.

The key is the home's own: without it the hashes of all e-mail addresses in the world could be looked up.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from leadq.domain.events import Event

OPPOSITION: Final = "opposition"
ERASED: Final = "erased"

Identity = tuple[str, str]
"""Of which kind ("email", "phone", "remote"), and the normalised value."""


def oppose(db: sqlite3.Connection, event: Event) -> None:
    """The person of this event's lead asked not to be contacted: known again by e-mail and by phone."""
    email, phone = db.execute(
        "SELECT p.email_key, p.phone_key FROM lead l JOIN person p ON p.id = l.person_id WHERE l.uid = ?",
        (event.lead_uid,),
    ).fetchone()
    found = [(kind, value) for kind, value in (("email", email), ("phone", phone)) if value]
    suppress(db, found, OPPOSITION, event.occurred_ms, event.uid)


def suppress(db: sqlite3.Connection, who: Iterable[Identity], why: str, since_ms: int, event_uid: str = "") -> None:
    """Enter these identities; one that is there already stays as it is."""
    key = _key(db)
    db.executemany(
        "INSERT OR IGNORE INTO suppression (kind, hash, why, since_ms, event_uid) VALUES (?, ?, ?, ?, ?)",
        [(kind, _hashed(key, kind, value), why, since_ms, event_uid) for kind, value in who],
    )


def lift(db: sqlite3.Connection, event_uids: Iterable[str]) -> None:
    """Take out what these events entered."""
    db.executemany("DELETE FROM suppression WHERE event_uid = ?", [(uid,) for uid in event_uids])


def _key(db: sqlite3.Connection) -> bytes:
    row = db.execute("SELECT value FROM meta WHERE key = 'suppression_key'").fetchone()
    if row:
        return bytes.fromhex(row[0])
    key = os.urandom(32)
    db.execute("INSERT INTO meta VALUES ('suppression_key', ?)", (key.hex(),))
    return key


def _hashed(key: bytes, kind: str, value: str) -> str:
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
