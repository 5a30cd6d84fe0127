"""Taking people out of one database, ours or a copy of it: the rows that say who they are, and nothing else.

Leads and events stay, so that every figure still adds up: they name nobody. Only plain SQL on tables that have been
there since the first schema, because a backup may be as old as that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.handoff import PersonKeys
from leadq.opstates import WAITS
from leadq.suppression import ERASED, Identity, marks, recognised_by, remote_identity

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping

    from leadq.suppression import Suppressed

ERASED_PERSON: Final = "raw = ''"
"""The row of somebody who was erased: a row that came in is a JSON object, even when it said nothing more."""

_WAITS: Final = f"""EXISTS (SELECT 1 FROM outbox o WHERE o.lead_uid = lead.uid AND o.connection = lead.connection
    AND {WAITS})"""


def blank(db: sqlite3.Connection, people: Collection[int]) -> None:
    """Erase these people (ids of `person`); country and language stay, as in their events, for the figures."""
    who = ", ".join(map(str, people))
    leads = f"SELECT uid FROM lead WHERE person_id IN ({who})"
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'remote_snapshot'").fetchone():  # not in the first schema
        db.execute(f"DELETE FROM remote_snapshot WHERE (connection, external_id) IN ({_NAMES.format(who=who)})")
    for statement in (
        f"DELETE FROM event_text WHERE event_uid IN (SELECT uid FROM event WHERE lead_uid IN ({leads}))",
        f"DELETE FROM remote_ref WHERE lead_id IN (SELECT id FROM lead WHERE person_id IN ({who}))",
        # what a CRM answered may quote what it was sent
        f"UPDATE outbox SET last_error = NULL WHERE lead_uid IN ({leads})",
        "UPDATE connection_state SET last_error = NULL WHERE name IN"
        f" (SELECT connection FROM outbox WHERE lead_uid IN ({leads}))",
        "UPDATE person SET name = '', company = '', title = '', email = '', phone = '', timezone = '',"
        f" email_key = NULL, phone_key = NULL, name_key = '', search = '', raw = '' WHERE id IN ({who})",
    ):
        db.execute(statement)


def forget_ids(db: sqlite3.Connection, unless_waiting: Iterable[str] = ()) -> None:
    """What other systems call the erased goes too; under the connections of `unless_waiting` only when no change is
    left that has to find their record by it. The next erasure takes those that have gone out by then."""
    names = tuple(unless_waiting)
    marks = ", ".join("?" * len(names))
    db.execute(
        f"UPDATE lead SET external_id = '' WHERE external_id <> ''"
        f" AND person_id IN (SELECT id FROM person WHERE {ERASED_PERSON})"
        f" AND NOT (connection IN ({marks}) AND {_WAITS})",
        names,
    )


def erased_leads(db: sqlite3.Connection) -> frozenset[str]:
    """The uids of all leads whose person was erased."""
    found = db.execute(f"SELECT l.uid FROM lead l JOIN person p ON p.id = l.person_id WHERE p.{ERASED_PERSON}")
    return frozenset(uid for (uid,) in found)


def marks_of(db: sqlite3.Connection, people: Collection[int]) -> list[Identity]:
    """All by which these people are to be recognised later."""
    who = ", ".join(map(str, people))
    keys = f"SELECT email_key, phone_key, name_key FROM person WHERE id IN ({who})"
    found = [mark for row in db.execute(keys) for mark in marks(PersonKeys(*row))]
    remote = [remote_identity(*row[1:]) for row in db.execute(f"{_REMOTE} WHERE l.person_id IN ({who})")]
    return list(dict.fromkeys(found + remote))


def listed(db: sqlite3.Connection, suppressed: Suppressed, leads: Collection[str] = ()) -> Mapping[int, str]:
    """Who of this database is on the list, and why, by id of `person`; `leads` are uids of which it is known."""
    known = {row[0]: recognised_by(PersonKeys(*row[1:])) for row in db.execute(_KNOWN)}
    for person_id, *remote in db.execute(_REMOTE):
        if person_id in known:
            known[person_id].append(remote_identity(*remote))
    found = {person_id: why for person_id, who in known.items() if (why := suppressed.why(who))}
    of_erased = (person_id for person_id, uid in db.execute("SELECT person_id, uid FROM lead") if uid in leads)
    return found | {person_id: ERASED for person_id in of_erased if person_id in known}


_KNOWN: Final = f"SELECT id, email_key, phone_key, name_key FROM person WHERE NOT {ERASED_PERSON}"
_NAMES: Final = """SELECT r.connection, r.external_id
    FROM remote_ref r JOIN lead l ON l.id = r.lead_id WHERE l.person_id IN ({who})"""
_REMOTE: Final = """SELECT l.person_id, r.connection, r.object_type, r.external_id
    FROM remote_ref r JOIN lead l ON l.id = r.lead_id"""
