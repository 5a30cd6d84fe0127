"""What one home gives to the hub: its own events after the last that it gave, and who their leads are about."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.domain import events as ev
from leadq.erasing import ERASED_PERSON
from leadq.eventfile import contracts_named
from leadq.handoff import PERSON_FIELDS
from leadq.ledger import EVENT_COLUMNS, SYSTEM

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

BATCH: Final = 500
"""Events that are given at a time, in one statement and one transaction of the hub."""

_GIVING: Final = frozenset({ev.ASSIGNED, ev.REROUTED, ev.ABSORBED})
"""Events by which somebody decides whose a lead is: who accepts one only asks for it."""


class Batch(NamedTuple):
    """What goes up at once, and the seq of the last event that was looked at for it."""

    what: Mapping[str, Any]
    up: int
    events: int


def batch(db: sqlite3.Connection, devices: Sequence[str], me: str, up: int) -> Batch | None:
    """The next events after `up` of this home's `devices`; None when there are none."""
    rows = db.execute(_OWN, (up, json.dumps(list(devices)), BATCH)).fetchall()
    if not rows:
        return None
    events = [_event(row) for row in rows]
    uids = list(dict.fromkeys(event["lead_uid"] for event in events))
    leads = [lead for uid in uids if (lead := _lead(db, uid))]
    owners = _owners(db, events, {lead["uid"]: lead["owner"] for lead in leads}, me)
    what = {"events": events, "leads": leads, "owners": owners, "contracts": _contracts(db, events)}
    return Batch(what, int(rows[-1][0]), len(rows))


def _owners(
    db: sqlite3.Connection, events: Sequence[Mapping[str, Any]], now: Mapping[str, str], me: str
) -> list[dict[str, Any]]:
    """Whose leads are to be at the hub after these events; `now`: whose they are here.

    What a colleague's acceptance made of a lead here is the colleague's to ask for; and what leadq itself wrote down is
    what the hub had said.
    """
    wanted: dict[str, str] = {}
    for event in events:
        uid, kind, data = event["lead_uid"], event["type"], json.loads(event["data"])
        if kind == ev.ACCEPTED and data.get("owner") == me:
            wanted[uid] = me
        elif event["actor_kind"] != SYSTEM and uid in now and _gives(db, kind, data):
            wanted[uid] = now[uid]
    return [{"uid": uid, "owner": owner, "claim": owner == me} for uid, owner in wanted.items()]


def _gives(db: sqlite3.Connection, kind: str, data: Mapping[str, Any]) -> bool:
    """Whether an event decides whose its lead is. One that says nothing of it must not say it: whose the lead is by
    what this home has heard may be old."""
    if kind == ev.REMOTE_CHANGED:
        return data.get("field") == "owner"
    if kind in ev.TAKE_BACK:
        taken_back = db.execute(_TAKEN_BACK, (json.dumps(data["events"]),)).fetchall()
        return any(kind == ev.ACCEPTED or _gives(db, kind, json.loads(text)) for kind, text in taken_back)
    return kind in _GIVING


def _event(row: Sequence[Any]) -> dict[str, Any]:
    _seq, *values, texts = row
    return {**dict(zip(EVENT_COLUMNS, values, strict=True)), "texts": json.loads(texts) if texts else {}}


def _lead(db: sqlite3.Connection, uid: str) -> dict[str, Any] | None:
    """Who a lead is about, where that is known here, and what other systems call it."""
    row = db.execute(_LEAD, (uid,)).fetchone()
    if row is None:
        return None
    owner, lead_id, person_uid, is_erased, *about = row
    person = dict(zip(PERSON_FIELDS, about, strict=True))
    is_known = not is_erased and any(person[name] for name in ("name", "company", "email", "phone"))
    refs = [] if is_erased else [list(ref) for ref in db.execute(_REFS, (lead_id,))]
    return {
        "uid": uid,
        "owner": owner,
        "person_uid": person_uid,
        "person": {name: text.replace("\0", "") for name, text in person.items()} if is_known else None,
        "refs": refs,
    }


def _contracts(db: sqlite3.Connection, events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The contracts that these events name, with the compiled years of their calendars."""
    kinds = (ev.HANDED_OFF, ev.CONTRACT_MOVED)
    hashes = {str(json.loads(event["data"]).get("contract")) for event in events if event["type"] in kinds}
    return [
        {
            "hash": digest,
            "name": name,
            "version": version,
            "text": text,
            "years": [
                {"digest": of, "year": year, "windows": base64.b64encode(packed).decode("ascii"), "days_off": days_off}
                for of, year, packed, days_off in years
            ],
        }
        for digest, name, version, text, years in contracts_named(db, hashes)
    ]


_COLUMNS: Final = ", ".join(f"e.{name}" for name in EVENT_COLUMNS)
_OWN: Final = f"""
    SELECT e.seq, {_COLUMNS}, (SELECT json_group_object(t.kind, t.text) FROM event_text t WHERE t.event_uid = e.uid
        HAVING count(*) > 0)
    FROM event e WHERE e.seq > ? AND e.device IN (SELECT value FROM json_each(?)) ORDER BY e.seq LIMIT ?"""
_LEAD: Final = f"""
    SELECT l.owner, l.id, (SELECT min(o.uid) FROM lead o WHERE o.person_id = l.person_id), p.{ERASED_PERSON},
        {", ".join(f"p.{name}" for name in PERSON_FIELDS)}
    FROM lead l JOIN person p ON p.id = l.person_id WHERE l.uid = ?"""
_REFS: Final = "SELECT connection, object_type, external_id FROM remote_ref WHERE lead_id = ? ORDER BY 1, 2, 3"
_TAKEN_BACK: Final = "SELECT type, data FROM event WHERE uid IN (SELECT value FROM json_each(?))"
