"""What screens and commands look at: plain SQL into small frozen values, against one `now`."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from leadq.domain.bands import BANDS
from leadq.i18n import current
from leadq.opstates import WAITS
from leadq.order import AT_RISK, BAND, FRESH, IS_OPEN, NEEDS_YOU, ON_RADAR, ORDER, RADAR, URGENT, Filter

DEFAULT_ZONE: Final = "Europe/Paris"
"""The zone of a home that has no contract yet: that of the template which a first write would choose."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant for a whole render: `now_ms`, and the last instant of that day in the contract's zone."""

    now_ms: int
    day_end_ms: int
    zone: ZoneInfo

    @property
    def params(self) -> dict[str, int]:
        """The parameters that the order needs."""
        return {"now": self.now_ms, "day_end": self.day_end_ms}


@dataclass(frozen=True, slots=True)
class Line:
    """One lead in the queue: what a row of the list shows. Instants in milliseconds UTC."""

    id: int
    name: str
    company: str
    source: str
    campaign: str
    trigger: str
    score: float | None
    tier: str
    state: str
    label: str
    owner: str
    band: str
    missing: int
    due_ms: int | None
    risk_ms: int | None
    promise_ms: int | None
    reply_ms: int | None
    hot_due_ms: int | None
    next_ms: int | None
    paused_ms: int | None
    paused_until_ms: int | None
    at_risk: bool
    waiting: int
    version: int
    snoozed_until_ms: int | None
    last_touch_ms: int | None
    title: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """Leads in rank order; `bands` are the bands in that order with how many of `ids` each holds ("": closed ones)."""

    ids: array[int]
    bands: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """The header: open leads in view, at risk, breached, on the radar; ops waiting, and those that need a person.

    `oldest_ms`: when the op was written that has waited longest.
    """

    open: int = 0
    at_risk: int = 0
    breached: int = 0
    radar: int = 0
    waiting: int = 0
    needs_you: int = 0
    oldest_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SyncLine:
    """What sync last said of one connection.

    `listed_ms`: the last full listing; `written_ms`: our last change; `trouble`: the kind of `last_error`
    (sync.protocol.Kind), "" when nothing is wrong.
    """

    name: str
    last_pull_ms: int | None = None
    last_push_ms: int | None = None
    next_attempt_ms: int | None = None
    last_error: str | None = None
    waiting: int = 0
    needs_you: int = 0
    listed_ms: int | None = None
    written_ms: int = 0
    trouble: str = ""

    @property
    def synced(self) -> bool:
        """Nothing waits, and everything was listed since our last change: only then may it be called synced."""
        return not self.waiting and self.listed_ms is not None and self.listed_ms > self.written_ms


def moment(connection: sqlite3.Connection, now_ms: int) -> Moment:
    """`now_ms` with the day it belongs to."""
    zone = ZoneInfo(zone_name(connection))
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
    return Moment(now_ms, int(midnight.timestamp() * 1000) - 1, zone)


def zone_name(connection: sqlite3.Connection) -> str:
    """The zone of the contract in force."""
    row = connection.execute(
        "SELECT zone FROM contract WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract')"
    ).fetchone()
    return row[0] if row else DEFAULT_ZONE


def queue_ids(connection: sqlite3.Connection, at: Moment, wanted: Filter, limit: int = -1) -> array[int]:
    """Lead ids in rank order; a limited look costs one scan, not one sort of everything."""
    return ranked(connection, at, wanted, limit).ids


def ranked(connection: sqlite3.Connection, at: Moment, wanted: Filter, limit: int = -1) -> Ranked:
    """Lead ids in rank order, and the bands that they fall into: one look, so that the two always agree.

    A page is looked for in the two top bands first: mostly they fill it, and then of 100,000 leads few are read. Else
    in the bands of what can still be saved: an old home is full of leads that come after those, and are not weighed.
    """
    if limit >= 0 and not (wanted.search or wanted.states or wanted.band):
        for parts, lowest in ((URGENT, 1), (FRESH, 4)):
            page = _ranked(connection, at, wanted, limit, parts, f"AND band <= {lowest}")
            if len(page.ids) == limit:
                return page
    return _ranked(connection, at, wanted, limit, ("1",), wanted.having())


def _ranked(
    connection: sqlite3.Connection, at: Moment, wanted: Filter, limit: int, parts: Sequence[str], having: str
) -> Ranked:
    """The leads of `parts`, conditions that exclude each other, as one order.

    The LIMIT without a limit keeps SQLite from merging the SELECTs, which would work out each band twice.
    """
    where, params = wanted.where()
    union = " UNION ALL ".join(
        f"""SELECT l.id, l.state, l.reply_ms, l.promise_ms, l.hot_due_ms, l.due_ms, l.next_ms, l.score,
            l.handed_off_ms, {BAND} AS band FROM {source(wanted)} WHERE ({where}) AND {part}"""
        for part in parts
    )
    rows = connection.execute(
        f"SELECT l.id, CASE WHEN {IS_OPEN} THEN band ELSE {len(BANDS)} END"
        f" FROM ({union} LIMIT -1 OFFSET 0) l WHERE 1 {having} {ORDER} LIMIT :limit",
        {**at.params, **params, "limit": limit},
    )
    ids, held = array("q"), [0] * (len(BANDS) + 1)
    for lead_id, band in rows:
        ids.append(lead_id)
        held[band] += 1
    return Ranked(ids, tuple((name, count) for name, count in zip((*BANDS, ""), held, strict=True) if count))


def bands(connection: sqlite3.Connection, at: Moment, wanted: Filter) -> dict[str, int]:
    """How many open leads each band holds, in band order, empty ones left out."""
    where, params = wanted.where()
    rows = connection.execute(
        f"SELECT {BAND} AS band, count(*) FROM {source(wanted)} WHERE {where} AND {IS_OPEN}"
        " GROUP BY band ORDER BY band",
        {**at.params, **params},
    )
    return {BANDS[band]: count for band, count in rows}


def source(wanted: Filter) -> str:
    """Where leads are looked for: a search reads people first, because few of them match (276 ms becomes 30)."""
    return "person p CROSS JOIN lead l ON l.person_id = p.id" if wanted.search else "lead l"


def lines(connection: sqlite3.Connection, at: Moment, ids: Sequence[int]) -> dict[int, Line]:
    """The rows of these leads by id; a screenful at a time."""
    found: dict[int, Line] = {}
    for chunk in _chunks(ids, 500):
        marks = ", ".join(f":id{index}" for index in range(len(chunk)))
        rows = connection.execute(
            f"{_LINE} WHERE l.id IN ({marks})",
            {**at.params, "lang": current(), **{f"id{index}": value for index, value in enumerate(chunk)}},
        )
        found |= {line.id: line for line in map(_line, rows)}
    return found


_LINE: Final = f"""
    SELECT l.id, p.name, p.company, l.source, l.campaign, l.trigger, l.score, l.tier, l.state,
        coalesce(json_extract(k.labels, '$.' || l.state || '.' || :lang), l.state), l.owner,
        {BAND} AS band, json_array_length(l.missing), l.due_ms, l.risk_ms, l.promise_ms, l.reply_ms,
        l.hot_due_ms, l.next_ms, l.paused_ms, l.paused_until_ms, {AT_RISK} AS at_risk,
        (SELECT count(*) FROM outbox o WHERE o.lead_uid = l.uid AND {WAITS}),
        l.version, l.snoozed_until_ms, l.last_touch_ms, p.title
    FROM lead l JOIN person p ON p.id = l.person_id JOIN contract k ON k.id = l.contract_id"""


def _line(row: tuple[Any, ...]) -> Line:
    values: list[Any] = list(row)
    values[11], values[21] = BANDS[row[11]], bool(row[21])
    return Line(*values)


def states(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[str, tuple[str, int]]:
    """In which states these leads are: state -> what the contract calls it, and how many there are."""
    rows = connection.execute(
        """SELECT l.state, max(coalesce(json_extract(k.labels, '$.' || l.state || '.' || :lang), l.state)), count(*)
        FROM json_each(:ids) wanted CROSS JOIN lead l ON l.id = wanted.value JOIN contract k ON k.id = l.contract_id
        GROUP BY l.state ORDER BY l.state""",
        {"lang": current(), "ids": json.dumps(list(ids))},
    )
    return {state: (label, count) for state, label, count in rows}


def counts(connection: sqlite3.Connection, at: Moment, wanted: Filter) -> Counts:
    """The header's figures. The radar counts every lead that is on it, whatever the filter hides."""
    where, params = wanted.where()
    shown = connection.execute(
        f"SELECT count(*), count(*) FILTER (WHERE {AT_RISK}), total(l.due_ms < :now) FROM {source(wanted)}"
        f" WHERE {where} AND {IS_OPEN} {wanted.having(f'({BAND})')}",
        {**at.params, **params},
    ).fetchone()
    waiting, needs_you, oldest_ms = connection.execute(
        f"SELECT count(*), total(state IN ('dead', 'conflict')), min(created_ms) FROM outbox WHERE {WAITS}"
    ).fetchone()
    figures = (shown[0], int(shown[1]), int(shown[2]), radar_total(connection, at))
    return Counts(*figures, waiting, int(needs_you), oldest_ms)


def radar_total(connection: sqlite3.Connection, at: Moment) -> int:
    """How many leads are on the radar."""
    row = connection.execute(f"SELECT count(*) FROM lead l WHERE {ON_RADAR}", at.params).fetchone()
    return int(row[0])


def radar(connection: sqlite3.Connection, at: Moment) -> dict[str, list[int]]:
    """The radar by group, each in rank order, every group there even when it is empty; a lead may be in several."""
    groups: dict[str, list[int]] = {name: [] for name in RADAR}
    marks = ", ".join(f"({condition})" for condition in RADAR.values())
    rows = connection.execute(f"SELECT l.id, {marks} FROM lead l WHERE {ON_RADAR}", at.params)
    held = {row[0]: [name for name, holds in zip(RADAR, row[1:], strict=True) if holds] for row in rows}
    for lead_id in queue_ids(connection, at, Filter(view="radar")):
        for name in held[lead_id]:
            groups[name].append(lead_id)
    return groups


def sync_lines(connection: sqlite3.Connection) -> list[SyncLine]:
    """One line for each connection that sync or an outcome has met."""
    rows = connection.execute(
        f"""SELECT met.name, last_pull_ms, last_push_ms, next_attempt_ms, last_error,
            (SELECT count(*) FROM outbox o WHERE o.connection = met.name AND {WAITS}),
            (SELECT count(*) FROM outbox o WHERE o.connection = met.name AND o.state IN ('dead', 'conflict')),
            listed_ms, coalesce((SELECT created_ms FROM outbox o WHERE o.connection = met.name
                ORDER BY rowid DESC LIMIT 1), 0), coalesce(c.trouble, '')
        FROM (SELECT name FROM connection_state UNION SELECT DISTINCT connection FROM outbox) met
        LEFT JOIN connection_state c ON c.name = met.name ORDER BY met.name"""
    )
    return [SyncLine(*row) for row in rows]


def needs_you(connection: sqlite3.Connection) -> list[int]:
    """Leads with an op that only a person can settle."""
    return [row[0] for row in connection.execute(f"SELECT l.id FROM lead l WHERE {NEEDS_YOU} ORDER BY l.id")]


def _chunks(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
