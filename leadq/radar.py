"""The radar as a list: each lead once, under the first group that it is in, with how long the oldest has been there."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq import read
from leadq.order import BAND, ORDER, RADAR
from leadq.read import Moment, Ranked, source

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from leadq.order import Filter

SINCE: Final = {
    "untouched": "l.due_ms",
    "ownerless": "l.handed_off_ms",
    "paused_too_long": "l.paused_ms",
    "missed_wake": "l.wake_ms",
    "missed_promise": "l.promise_ms",
    "stuck_in_sync": "(SELECT min(o.created_ms) FROM outbox o WHERE o.lead_uid = l.uid"
    " AND o.state IN ('dead', 'conflict', 'blocked', 'unknown'))",
    "no_due": "l.handed_off_ms",
    "contradictory": "coalesce(l.opposed_ms, l.handed_off_ms)",
    "snoozed_late": "l.due_ms",
}
"""Group -> since when a lead is in it, in milliseconds UTC. Nothing stores since when it has no owner or no date: at
worst since the handoff. What claims to be of the future counts as of now, wherever an age is made of it."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """`ranked.bands` are groups of the radar; `since`: group -> since when the oldest lead under it is on the radar."""

    ranked: Ranked
    since: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Why:
    """One group that a lead is in, and since when, in milliseconds UTC."""

    group: str
    since_ms: int


def ordered(connection: sqlite3.Connection, at: Moment, wanted: Filter) -> Grouped:
    """The order of any view: by group on the radar, else by band."""
    if wanted.view == "radar":
        return grouped(connection, at, wanted)
    return Grouped(read.ranked(connection, at, wanted), {})


def grouped(connection: sqlite3.Connection, at: Moment, wanted: Filter) -> Grouped:
    """The leads of `wanted`, a filter of the view "radar", by group and in rank order within each."""
    where, params = wanted.where()
    rows = connection.execute(
        f"""SELECT l.id, l.place, CASE l.place {_SINCE_PLACE} END FROM (
            SELECT l.*, {_PLACE} AS place, {BAND} AS band FROM {source(wanted)} WHERE {where}
        ) l {ORDER.replace("ORDER BY", "ORDER BY l.place,", 1)}""",
        {**at.params, **params},
    )
    ids, held, since = array("q"), dict.fromkeys(RADAR, 0), dict.fromkeys(RADAR, at.now_ms)
    names = list(RADAR)
    for lead_id, place, since_ms in rows:
        name = names[place]
        ids.append(lead_id)
        held[name] += 1
        since[name] = min(since[name], since_ms)
    groups = tuple((name, count) for name, count in held.items() if count)
    return Grouped(Ranked(ids, groups), {name: since[name] for name, _count in groups})


def reasons(connection: sqlite3.Connection, at: Moment, lead_id: int) -> tuple[Why, ...]:
    """Why a lead is on the radar: every group that it is in; nothing when it is not there."""
    row = connection.execute(f"SELECT {_WHY} FROM lead l WHERE l.id = :id", {**at.params, "id": lead_id}).fetchone()
    found = zip(RADAR, row, strict=True) if row else ()
    return tuple(Why(name, min(since_ms, at.now_ms)) for name, since_ms in found if since_ms is not None)


_PLACE: Final = f"CASE {' '.join(f'WHEN {holds} THEN {place}' for place, holds in enumerate(RADAR.values()))} END"
_SINCE_PLACE: Final = " ".join(f"WHEN {place} THEN {SINCE[name]}" for place, name in enumerate(RADAR))
_WHY: Final = ", ".join(f"CASE WHEN {RADAR[name]} THEN {since} END" for name, since in SINCE.items())
