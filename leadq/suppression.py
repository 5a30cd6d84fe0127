"""Who may not be brought back: keyed hashes of what identifies them, so that the list itself names nobody.

The key is the home's own: without it the hashes of all e-mail addresses in the world could be looked up.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from leadq.handoff import BadRow, Candidate, PersonKeys
from leadq.i18n import N_

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from leadq.domain.events import Event

OPPOSITION: Final = "opposition"
ERASED: Final = "erased"
KEY: Final = "suppression_key"
"""How the keys of `meta` begin under which the keys of the hashes are."""

_ERASED_ROW: Final = N_("this person was erased on {day}: the row is not kept.")

Identity = tuple[str, str]
"""Of which kind ("email", "phone", "name", "remote"), and the normalised value."""


class Entry(NamedTuple):
    """One line of the list: of which kind, why (OPPOSITION or ERASED), and since when (milliseconds UTC)."""

    kind: str
    why: str
    since_ms: int


class Kept(NamedTuple):
    """The list as it is, to be carried over into another database: the keys of this home, and its rows."""

    keys: tuple[bytes, ...]
    rows: tuple[tuple[str, str, str, int, str], ...]


class Suppressed:
    """The whole list in memory, for whoever looks many people up; false when nobody is on it."""

    def __init__(self, kept: Kept) -> None:
        self._keys = kept.keys
        self._entries = {(kind, digest): Entry(kind, why, since_ms) for kind, digest, why, since_ms, _uid in kept.rows}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def entries(self, who: Iterable[Identity]) -> list[Entry]:
        """What the list says of these identities."""
        hashes = ((kind, _hashed(key, kind, value)) for kind, value in who for key in self._keys)
        return [self._entries[one] for one in hashes if one in self._entries]

    def why(self, who: Iterable[Identity]) -> str:
        """ERASED, which is the stronger, or OPPOSITION, or "" for who is not on the list."""
        found = {entry.why for entry in self.entries(who)}
        return ERASED if ERASED in found else OPPOSITION if found else ""

    def opposes(self, row: Candidate, connection: str, zone: ZoneInfo) -> bool:
        """Whether the person of an imported row is not to be contacted. Raises BadRow for one who was erased."""
        remote = [remote_identity(connection, "lead", row.external_id)] if row.external_id else []
        found = self.entries([*recognised_by(row.person), *remote])
        erased = [entry.since_ms for entry in found if entry.why == ERASED]
        if erased:
            day = datetime.fromtimestamp(min(erased) / 1000, UTC).astimezone(zone).date()
            raise BadRow(_ERASED_ROW, day=day.isoformat())
        return bool(found)


def recognised_by(person: PersonKeys) -> list[Identity]:
    """What tells a person again, as it does for an import: a phone only who gave no e-mail, because a switchboard is
    shared; a name only who gave neither."""
    if person.email:
        return [("email", person.email)]
    return [("phone", person.phone)] if person.phone else [("name", person.name)] if person.name else []


def marks(person: PersonKeys, remotes: Iterable[tuple[str, str, str]] = ()) -> list[Identity]:
    """All by which this person is to be recognised later, in whatever way they come back."""
    known = [(kind, value) for kind, value in (("email", person.email), ("phone", person.phone)) if value]
    return [*(known or recognised_by(person)), *(remote_identity(*remote) for remote in remotes)]


def remote_identity(connection: str, object_type: str, external_id: str) -> Identity:
    """What another system calls a person."""
    return "remote", f"{connection}:{object_type}:{external_id}"


def oppose(db: sqlite3.Connection, event: Event) -> None:
    """The person of this event's lead asked not to be contacted: known again by whatever identifies them."""
    person = db.execute(
        "SELECT p.email_key, p.phone_key, p.name_key FROM lead l JOIN person p ON p.id = l.person_id WHERE l.uid = ?",
        (event.lead_uid,),
    ).fetchone()
    remotes = db.execute(
        "SELECT r.connection, r.object_type, r.external_id FROM remote_ref r JOIN lead l ON l.id = r.lead_id"
        " WHERE l.uid = ?",
        (event.lead_uid,),
    ).fetchall()
    suppress(db, marks(PersonKeys(*person), remotes), OPPOSITION, event.occurred_ms, event.uid)


def suppress(db: sqlite3.Connection, who: Iterable[Identity], why: str, since_ms: int, event_uid: str = "") -> None:
    """Enter these identities; one that is there already stays as it is, unless it is now to be erased."""
    key = _key(db)
    db.executemany(_ENTER, [(kind, _hashed(key, kind, value), why, since_ms, event_uid) for kind, value in who])


def lift(db: sqlite3.Connection, event_uids: Iterable[str]) -> None:
    """Take out what these events entered."""
    db.executemany("DELETE FROM suppression WHERE event_uid = ?", [(uid,) for uid in event_uids])


def kept(db: sqlite3.Connection) -> Kept:
    """The list of this database, and the keys that it is hashed with."""
    rows = db.execute("SELECT kind, hash, why, since_ms, event_uid FROM suppression").fetchall()
    return Kept(tuple(_keys(db)), tuple(rows))


def carry_over(db: sqlite3.Connection, before: Kept) -> None:
    """Add the list of the database that `db`, a copy, is to replace; who was erased in either stays so.

    A copy of another home has a key of its own: the other one is kept beside it, so that both lists hold.
    """
    known = _keys(db)
    for key in before.keys:
        if key not in known:
            name = f"{KEY}.{hashlib.sha256(key).hexdigest()[:8]}" if known else KEY
            db.execute("INSERT INTO meta VALUES (?, ?)", (name, key.hex()))
            known.append(key)
    db.executemany(_ENTER, before.rows)


def _keys(db: sqlite3.Connection) -> list[bytes]:
    """The key that this home hashes with, then those that came with a list from elsewhere."""
    rows: Sequence[tuple[str]] = db.execute(
        f"SELECT value FROM meta WHERE key = '{KEY}' OR key GLOB '{KEY}.*' ORDER BY key"
    ).fetchall()
    return [bytes.fromhex(value) for (value,) in rows]


def _key(db: sqlite3.Connection) -> bytes:
    known = _keys(db)
    if known:
        return known[0]
    key = os.urandom(32)
    db.execute("INSERT INTO meta VALUES (?, ?)", (KEY, key.hex()))
    return key


def _hashed(key: bytes, kind: str, value: str) -> str:
    return hmac.digest(key, f"{kind}:{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


_ENTER: Final = f"""INSERT INTO suppression (kind, hash, why, since_ms, event_uid) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET why = excluded.why, since_ms = excluded.since_ms, event_uid = excluded.event_uid
    WHERE excluded.why = '{ERASED}' AND why <> '{ERASED}'"""
