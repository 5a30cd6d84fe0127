"""A lead whole, as `--json` prints it and as the card shows it: the shapes of docs/cli.md."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from leadq import ledger
from leadq.clock import iso
from leadq.domain import insights
from leadq.domain.bands import BANDS
from leadq.domain.calendar import Calendar, CalendarSpec, taken_up
from leadq.domain.clocks import Clock, budget_used
from leadq.domain.events import Event, voided
from leadq.domain.feedback import feedbacks
from leadq.domain.states import OPEN_STATES
from leadq.i18n import current
from leadq.opstates import WAITS
from leadq.order import BAND
from leadq.read import Moment
from leadq.recent import Recent

_LEAD: Final = f"""
    SELECT l.id, l.uid, l.cycle, p.name, p.company, p.title, p.email, p.phone, p.country, p.language, p.timezone,
        l.source, l.campaign, l.trigger, l.score, l.fit, l.engagement, l.tier, l.state,
        json_extract(k.labels, '$.' || l.state || '.' || :lang) AS label, l.owner, {BAND} AS band,
        l.handed_off_ms, l.date_only, l.missing, l.due_ms, l.promise_ms, l.connection, l.external_id,
        l.invalid, l.flags, l.opposed_ms, l.snoozed_until_ms, l.merged_into
    FROM lead l JOIN person p ON p.id = l.person_id JOIN contract k ON k.id = l.contract_id"""

_SYNC: Final = f"""
    SELECT l.id, total(o.state IN ('held', 'pending', 'inflight', 'blocked')), total(o.state = 'unknown'),
        total(o.state = 'conflict'), total(o.state = 'dead')
    FROM (SELECT * FROM outbox WHERE {WAITS}) o JOIN lead l ON l.uid = o.lead_uid WHERE true"""

_NOTHING_WAITS: Final = {"pending": 0, "unknown": 0, "conflicts": 0, "dead": 0}


@dataclass(frozen=True, slots=True)
class Row:
    """One event for people: what happened, when, who, with its texts."""

    uid: str
    type: str
    occurred_ms: int
    recorded_ms: int
    actor: str
    actor_kind: str
    data: Mapping[str, Any]
    texts: Mapping[str, str]
    undone: bool


def leads(connection: sqlite3.Connection, at: Moment, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The JSON shape of these leads, in the order of `ids`."""
    wanted = set(ids)
    everything = len(wanted) > 500
    clocks = _clocks(connection, at, None if everything else wanted)
    sync = _waiting(connection, None if everything else wanted)
    found: dict[int, dict[str, Any]] = {}
    for row in _rows(connection, at, None if everything else wanted):
        if row[0] in wanted:
            found[row[0]] = _shape(row, clocks.get(row[0], []), sync.get(row[0], _NOTHING_WAITS))
    return [found[lead_id] for lead_id in ids if lead_id in found]


def lead(connection: sqlite3.Connection, at: Moment, lead_id: int) -> dict[str, Any]:
    """One lead as `show` prints it: with its events and its feedback."""
    shape = leads(connection, at, [lead_id])[0]
    rows = timeline(connection, shape["uid"])
    return {**shape, "events": [_event(row) for row in rows], "feedback": _feedback(rows)}


def timeline(connection: sqlite3.Connection, lead_uid: str) -> list[Row]:
    """What happened to a lead, oldest first; what was taken back is still there, and marked."""
    events = ledger.history(connection, lead_uid)
    taken_back = voided(events)
    texts: dict[str, dict[str, str]] = {}
    for uid, kind, text in connection.execute(
        "SELECT event_uid, kind, text FROM event_text WHERE event_uid IN (SELECT uid FROM event WHERE lead_uid = ?)",
        (lead_uid,),
    ):
        texts.setdefault(uid, {})[kind] = text
    return [
        Row(
            e.uid, e.type, e.occurred_ms, e.recorded_ms, e.actor, e.actor_kind, e.data,
            texts.get(e.uid, {}), e.uid in taken_back,
        )
        for e in events
    ]  # fmt: skip


def _rows(connection: sqlite3.Connection, at: Moment, ids: set[int] | None) -> sqlite3.Cursor:
    where = f" WHERE l.id IN ({', '.join(map(str, ids))})" if ids is not None else ""
    return connection.execute(_LEAD + where, {**at.params, "lang": current()})


def _shape(row: tuple[Any, ...], clocks: list[dict[str, Any]], sync: dict[str, int]) -> dict[str, Any]:
    is_open = row[18] in OPEN_STATES
    return {
        "id": row[0], "uid": row[1], "cycle": row[2], "name": row[3], "company": row[4], "title": row[5],
        "email": row[6], "phone": row[7], "country": row[8], "language": row[9], "timezone": row[10],
        "source": row[11], "campaign": row[12], "trigger": row[13],
        "score": _whole(row[14]), "fit": _whole(row[15]), "engagement": _whole(row[16]),
        "tier": row[17], "state": row[18], "label": row[19], "owner": row[20],
        "band": BANDS[row[21]] if is_open else None,
        "handed_off_at": iso(row[22]), "date_only": bool(row[23]), "missing": json.loads(row[24]),
        "next_due_at": iso(row[25]), "promise_at": iso(row[26]),
        "connection": row[27], "external_id": row[28], "clocks": clocks, "sync": sync,
        "invalid": json.loads(row[29]), "flags": json.loads(row[30]), "opposed_at": iso(row[31]),
        "snoozed_until": iso(row[32]), "merged_into": row[33] or None,
    }  # fmt: skip


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value


def _waiting(connection: sqlite3.Connection, ids: set[int] | None) -> dict[int, dict[str, int]]:
    where = f" AND l.id IN ({', '.join(map(str, ids))})" if ids is not None else ""
    return {row[0]: _sync(row[1:]) for row in connection.execute(f"{_SYNC}{where} GROUP BY l.id")}


def _sync(totals: Sequence[float]) -> dict[str, int]:
    return dict(zip(("pending", "unknown", "conflicts", "dead"), map(int, totals), strict=True))


def _clocks(connection: sqlite3.Connection, at: Moment, ids: set[int] | None) -> dict[int, list[dict[str, Any]]]:
    where = f" WHERE c.lead_id IN ({', '.join(map(str, ids))})" if ids is not None else ""
    rows = connection.execute(
        f"""SELECT c.lead_id, k.version, c.contract_id, c.kind, c.policy, k.hash, c.calendar, c.unit, c.started_ms,
            c.due_ms, c.stale_ms, c.at_risk, c.stretch_ms, c.stopped_ms, c.cancelled, c.pauses
        FROM clock c JOIN contract k ON k.id = c.contract_id{where} ORDER BY c.lead_id, c.started_ms, c.due_ms"""
    )
    calendars = Calendars(connection)
    found: dict[int, list[dict[str, Any]]] = {}
    for lead_id, version, contract_id, *columns in rows:
        clock = read_clock(columns)
        calendar = None if clock.unit == "wall" else calendars.named(contract_id, clock.calendar)
        found.setdefault(lead_id, []).append(_clock(clock, version, calendar, at.now_ms))
    return found


def clocks(connection: sqlite3.Connection, lead_id: int) -> list[Clock]:
    """The stored clocks of one lead."""
    rows = connection.execute(
        """SELECT c.kind, c.policy, k.hash, c.calendar, c.unit, c.started_ms, c.due_ms, c.stale_ms, c.at_risk,
            c.stretch_ms, c.stopped_ms, c.cancelled, c.pauses
        FROM clock c JOIN contract k ON k.id = c.contract_id WHERE c.lead_id = ? ORDER BY c.due_ms""",
        (lead_id,),
    )
    return [read_clock(row) for row in rows]


def read_clock(columns: Sequence[Any]) -> Clock:
    """A clock from its columns, as `clocks` selects them."""
    values = list(columns)
    values[8], values[11] = tuple(json.loads(values[8])), bool(values[11])
    values[12] = tuple((from_ms, to_ms) for from_ms, to_ms in json.loads(values[12]))
    return Clock(*values)


def _clock(clock: Clock, version: str, calendar: Calendar | None, now_ms: int) -> dict[str, Any]:
    end_ms = now_ms if clock.stopped_ms is None else clock.stopped_ms
    return {
        "kind": clock.kind,
        "state": clock.state(now_ms),
        "started_at": iso(clock.started_ms),
        "due_at": iso(clock.due_ms),
        "stopped_at": iso(clock.stopped_ms),
        "remaining_s": None if clock.due_ms is None else (clock.due_ms - end_ms) // 1000,
        "budget_used": round(budget_used(clock, calendar, now_ms), 4),
        "policy": clock.policy,
        "contract_version": version,
    }


class Calendars:
    """Stored calendars by contract and name, taken up from their compiled years: no contract is parsed for a read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: Recent[tuple[int, str], Calendar | None] = Recent()

    def named(self, contract_id: int, name: str) -> Calendar | None:
        """The calendar, over all the years compiled so far; None when none was."""
        key = (contract_id, name)
        if key not in self._known:
            self._known[key] = self._load(contract_id, name)
        return self._known[key]

    def _load(self, contract_id: int, name: str) -> Calendar | None:
        row = self._connection.execute("SELECT calendars FROM contract WHERE id = ?", (contract_id,)).fetchone()
        plain = json.loads(row[0]).get(name) if row else None
        if plain is None:
            return None
        rows = self._connection.execute(
            "SELECT year, windows, days_off FROM calendar_year WHERE digest = ? ORDER BY year", (plain["digest"],)
        )
        years = tuple(rows)
        week = tuple(tuple((start, end) for start, end in day) for day in plain["week"])
        return taken_up(CalendarSpec(name, plain["zone"], week), years) if years else None


def _event(row: Row) -> dict[str, Any]:
    texts = {kind: text for kind, text in row.texts.items() if not insights.is_words(kind)}
    told = [{"kind": kind, "text": text} for kind, text in insights.told(row.data, row.texts)]
    return {
        "uid": row.uid,
        "type": row.type,
        "occurred_at": iso(row.occurred_ms),
        "recorded_at": iso(row.recorded_ms),
        "actor": row.actor,
        "actor_kind": row.actor_kind,
        "data": {
            **row.data,
            **texts,
            **({"insights": told} if told else {}),
            **({"undone": True} if row.undone else {}),
        },
    }


def _feedback(rows: Sequence[Row]) -> dict[str, Any] | None:
    """The coded feedback that stands: of a verdict, or of the account executive who gave the lead back; else None."""
    found = feedbacks(row for row in rows if not row.undone)
    if not found or found[-1].over:
        return None
    one, last = found[-1], found[-1].said
    return {
        "verb": one.verb,
        "quality": last.data.get("quality"),
        "reason": last.data.get("reason", ""),
        "missing": list(last.data.get("missing", [])),
        "note": last.texts.get("note", ""),
        "by": last.actor,
        "at": iso(last.occurred_ms),
        "answer": answer_shape(one.answer, one.answer.texts) if one.answer else None,
        "disputed": one.objection is not None,
    }


def answer_shape(answer: Row | Event, texts: Mapping[str, str]) -> dict[str, Any]:
    """Marketing's answer to a verdict, with its texts by kind, as JSON prints it."""
    by = texts.get("by") or answer.actor
    return {
        "answer": answer.data["answer"], "note": texts.get("note", ""), "by": by, "at": iso(answer.occurred_ms),
    }  # fmt: skip
