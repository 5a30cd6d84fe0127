"""What a home takes from the hub: events through the door of `events import`, and who leads are about, in its scope."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from leadq.domain import events as ev
from leadq.domain.events import TEAM, Draft
from leadq.erasing import ERASED_PERSON
from leadq.eventfile import Header
from leadq.handoff import PERSON_FIELDS, person_keys, search_key
from leadq.i18n import _
from leadq.ledger import EVENT_COLUMNS, SYSTEM, Ledger
from leadq.suppression import ERASED, Suppressed, kept, recognised_by
from leadq.text import clean, clean_block
from leadq.union import NO_HANDOFF, Merged, Union

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from leadq.desk import Desk


class Taken:
    """What became of a page: how many events were new, which were not understood, and whose leads are owed.

    An owed lead is one whose events could not be taken: its beginning is not at the hub yet, or a newer leadq wrote
    them. All that the hub has of it is asked for again when there is news.
    """

    def __init__(self, merged: Merged, lines: Sequence[tuple[str, bytes]], asked: set[str]) -> None:
        owed = {lines[int(bad["line"])][0] for bad in merged.rejected}
        waiting = {lines[int(bad["line"])][0] for bad in merged.rejected if bad["reason"] == _(NO_HANDOFF)}
        self.added = merged.added
        self.owed = owed - {""}
        self.refused = len(owed - waiting - asked)


def take_events(desk: Desk, page: Mapping[str, Any], asked: set[str]) -> Taken:
    """Put a page together with what is here. Raises LeadqError `other_team` (78)."""
    lines = list(_lines(page))
    merged = Union(desk).take(Header("", 0), ((number, line) for number, (_uid, line) in enumerate(lines)))
    return Taken(merged, lines, asked)


def _lines(page: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The page as lines of a file of events, each with its lead's uid: contracts and their years come first."""
    for contract in page["contracts"]:
        yield "", _line({"contract": {"hash": contract["hash"], "text": contract["text"]}})
        for year in contract["years"]:
            yield "", _line({"calendar_year": year})
    events = {event["hub_seq"]: event for event in (*page["owed"], *page["events"])}
    for number in sorted(events):
        event = events[number]
        shape = {name: event[name] for name in EVENT_COLUMNS} | {"data": _object(event["data"])}
        yield str(event["lead_uid"]), _line({**shape, "texts": event["texts"]})


def _object(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text  # the line is refused for it, and named


def _line(value: object) -> bytes:
    return json.dumps(value).encode("ascii")


def take_leads(desk: Desk, page: Mapping[str, Any]) -> None:
    """Who leads are about, where that is not known here. Nobody who was erased here comes back."""
    suppressed = Suppressed(kept(desk.db))
    for lead in page["leads"]:
        row = desk.db.execute(_KNOWN, (lead["uid"],)).fetchone()
        if row is None or row[2]:
            continue
        lead_id, person_id, _erased, is_nobody = row
        if lead["person"] is not None and is_nobody:
            values = _cleaned(lead["person"])
            if suppressed.why(recognised_by(person_keys(values))) == ERASED:
                continue
            person_id = _introduce(desk.db, lead, lead_id, person_id, values)
        _refer(desk, lead_id, lead["refs"])
        texts = [(uid, kind, clean_block(text)) for uid, kind, text in lead["texts"] or ()]
        desk.db.executemany(_TEXT, [(*row, row[0], lead["uid"]) for row in texts])


def _cleaned(person: Mapping[str, Any]) -> dict[str, str]:
    return {name: clean(str(person[name])) for name in PERSON_FIELDS}


def _introduce(
    db: sqlite3.Connection, lead: Mapping[str, Any], lead_id: int, person_id: int, values: Mapping[str, str]
) -> int:
    """Give the lead its person: the one whom another lead of theirs has here already, else this one filled in."""
    other = db.execute(_OTHER, (lead["person_uid"], person_id)).fetchone()
    if other and db.execute(_JOIN, (other[0], lead_id)).rowcount:
        db.execute(_FORGET, (person_id, person_id))
        return int(other[0])
    keys = person_keys(values)
    db.execute(_FILL, (*(values[name] for name in PERSON_FIELDS), *keys, search_key(values), person_id))
    return person_id


def _refer(desk: Desk, lead_id: int, refs: Sequence[Sequence[str]]) -> None:
    for connection, kind, external_id in refs:
        if connection in desk.config.connections:
            desk.db.execute(_REFER, (connection, kind, external_id, lead_id))
            if kind == "lead":
                desk.db.execute(_CALL, (external_id, lead_id, connection))


def hear_of_loss(desk: Desk, lost: Mapping[str, str]) -> list[str]:
    """Leads that are somebody else's at the hub are theirs here too: an event says so. Which of them were another's
    here, most often ours."""
    others = [(uid, owner) for uid, owner in lost.items() if desk.db.execute(_OTHERS, (uid, owner)).fetchone()]
    for uid, owner in others:
        (newest_ms,) = desk.db.execute("SELECT max(recorded_ms) FROM event WHERE lead_uid = ?", (uid,)).fetchone()
        last_ms = max(desk.now_ms, newest_ms + 1)  # it is the last word, also where somebody's clock is ahead of ours
        ledger = Ledger(desk.db, desk.rules, device=desk.device, actor=desk.me, now_ms=last_ms)
        ledger.append(uid, [Draft(ev.ASSIGNED, desk.now_ms, {"to": owner})], desk.batch, SYSTEM)
    return [uid for uid, _owner in others]


def undecided(db: sqlite3.Connection, owners: Mapping[str, str], devices: Sequence[str], up: int) -> Mapping[str, str]:
    """Of `owners` those leads that are another's here, and about which nothing of this home's waits to be given after
    `up`: that may decide otherwise."""
    return {
        uid: owner
        for uid, owner in owners.items()
        if db.execute(_OTHERS, (uid, owner)).fetchone()
        and not db.execute(_UNGIVEN, (uid, up, json.dumps(list(devices)))).fetchone()
    }


def put_last(desk: Desk, device: str, between: tuple[int, int], there: Collection[str]) -> None:
    """After a backup's later events came back: what was done here since it, and is not at the hub, is put after them.

    `between`: the seq up to which was given, and the last from before they came; `there` are the uids that the hub has
    all the same. Each device's own order is part of how its leads fold, and the hub will hear of these last.
    """
    waiting = [uid for (uid,) in desk.db.execute(_WAITING, (device, *between)) if uid not in there]
    for uid in waiting:
        desk.db.execute("UPDATE event SET seq = (SELECT max(seq) + 1 FROM event) WHERE uid = ?", (uid,))
    for (lead_uid,) in desk.db.execute(_OF_THESE, (json.dumps(waiting),)).fetchall():
        desk.ledger.refold(lead_uid)


_KNOWN: Final = f"""
    SELECT l.id, l.person_id, p.{ERASED_PERSON}, p.name = '' AND p.company = '' AND p.email = '' AND p.phone = ''
    FROM lead l JOIN person p ON p.id = l.person_id WHERE l.uid = ?"""
_OTHER: Final = f"""SELECT l.person_id FROM lead l JOIN person p ON p.id = l.person_id
     WHERE l.uid = ? AND l.person_id <> ? AND NOT p.{ERASED_PERSON}
    AND p.name || p.company || p.email || p.phone <> ''"""
_JOIN: Final = "UPDATE OR IGNORE lead SET person_id = ? WHERE id = ?"
_FORGET: Final = "DELETE FROM person WHERE id = ? AND NOT EXISTS (SELECT 1 FROM lead WHERE person_id = ?)"
_FILL: Final = (
    f"UPDATE person SET {' = ?, '.join(PERSON_FIELDS)} = ?, email_key = ?, phone_key = ?, name_key = ?, search = ?"
    " WHERE id = ?"
)
_REFER: Final = "INSERT OR IGNORE INTO remote_ref VALUES (?, ?, ?, ?, 1)"
_CALL: Final = "UPDATE lead SET external_id = ? WHERE id = ? AND connection = ? AND external_id = ''"
_TEXT: Final = """INSERT OR IGNORE INTO event_text SELECT ?, ?, ?
    WHERE EXISTS (SELECT 1 FROM event WHERE uid = ? AND lead_uid = ?)"""
_WAITING: Final = "SELECT uid FROM event WHERE device = ? AND seq > ? AND seq <= ? ORDER BY seq"
_OTHERS: Final = "SELECT 1 FROM lead WHERE uid = ? AND owner <> ?"
_UNGIVEN: Final = "SELECT 1 FROM event WHERE lead_uid = ? AND seq > ? AND device IN (SELECT value FROM json_each(?))"
_OF_THESE: Final = f"""SELECT DISTINCT lead_uid FROM event
    WHERE uid IN (SELECT value FROM json_each(?)) AND instr(lead_uid, '{TEAM}') <> 1"""
