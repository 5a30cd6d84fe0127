"""What the passing of time does to an order already known, without ranking everything again.

While nothing is written, a lead can only change band, and only when one of its stored instants passes; within a band
its place follows from instants that do not move. So the leads of which an instant comes soon are looked for once in a
while (25 ms of 100,000), and in between only these few are weighed: 20 ms for the order and the header's figures,
where weighing every lead took 110 and ranking anew takes 220.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.bands import BANDS, PROMISE_LEAD_MS
from leadq.order import AT_RISK, BAND, INSTANT, IS_OPEN, ON_RADAR, RUNS
from leadq.read import Counts, Moment, Ranked, ranked

if TYPE_CHECKING:
    import sqlite3

    from leadq.order import Filter

_MOST_MOVED: Final = 500
"""When more leads than this move at once (a day ends), ranking anew is quicker."""

_AHEAD_MS: Final = 15 * 60_000
"""How far ahead one search for instants reaches; a search goes through an index of all open leads (27 ms)."""

_KEY: Final = f"band, {INSTANT}, -coalesce(l.score, 0), l.handed_off_ms, l.id"
"""The same as `order.ORDER` for open leads, as values to compare."""


@dataclass(frozen=True, slots=True)
class Coming:
    """The leads, as a JSON list of ids, of which an instant comes from `from_ms` to `until_ms`, both included."""

    ids: str
    from_ms: int
    until_ms: int

    def spans(self, before: Moment, at: Moment) -> bool:
        """Whether what changes between the two moments is among them."""
        return self.from_ms <= before.now_ms <= at.now_ms <= self.until_ms


def coming(connection: sqlite3.Connection, before: Moment, at: Moment) -> Coming:
    """The leads that may stand otherwise at `at` than at `before`, and those of the next quarter of an hour.

    Not among them are leads whose times cannot be true and become possible (`contradictory` on the radar): those
    instants are in no index.
    """
    from_ms, until_ms = min(before.now_ms, at.now_ms), max(before.now_ms, at.now_ms) + _AHEAD_MS
    rows = connection.execute(_COMING, {"from": from_ms, "until": until_ms + PROMISE_LEAD_MS})
    return Coming(json.dumps([row[0] for row in rows]), from_ms, until_ms)


def rerank(
    connection: sqlite3.Connection, known: Ranked, before: Moment, at: Moment, wanted: Filter, soon: Coming
) -> Ranked | None:
    """`known`, which was the order at `before`, as it is at `at`; None when no lead has moved.

    Nothing may have been written since, `soon` must span both, and the view must not depend on the time by itself
    (radar does).
    """
    if at.day_end_ms != before.day_end_ms:  # what is due today is another: any lead may move
        return ranked(connection, at, wanted)
    moved = _moved(connection, before, at, wanted, soon)
    if not moved:
        return None
    if len(moved) > _MOST_MOVED:
        return ranked(connection, at, wanted)
    gone = {lead_id for lead_id, _was, _is in moved}
    ids = array("q", (lead_id for lead_id in known.ids if lead_id not in gone))
    keys = _Keys(connection, at)
    for lead_id in gone:
        ids.insert(bisect(ids, keys(lead_id), key=keys), lead_id)
    return Ranked(ids, _bands(known, moved))


def recount(
    connection: sqlite3.Connection, known: Counts, before: Moment, at: Moment, wanted: Filter, soon: Coming
) -> Counts:
    """`known`, the figures at `before`, as they are at `at`; under the same conditions as `rerank`."""
    where, params = wanted.where()
    shown, radar = f"({where}) AND {IS_OPEN}", f"({ON_RADAR})"
    at_risk, breached, on_radar = connection.execute(
        f"SELECT {_more(f'{shown} AND {AT_RISK}')}, {_more(f'{shown} AND l.due_ms < :now')}, {_more(radar)}"
        f" FROM {_SOON}",
        {**_two(before, at), **params, "ids": soon.ids},
    ).fetchone()
    return replace(
        known,
        at_risk=known.at_risk + int(at_risk),
        breached=known.breached + int(breached),
        radar=known.radar + int(on_radar),
    )


def _before(condition: str) -> str:
    return condition.replace(":now", ":before").replace(":day_end", ":before_end")


def _more(condition: str) -> str:
    """Of how many leads more it is true now than before."""
    return f"total(({condition})) - total(({_before(condition)}))"


def _two(before: Moment, at: Moment) -> dict[str, Any]:
    return {**at.params, "before": before.now_ms, "before_end": before.day_end_ms}


def _moved(
    connection: sqlite3.Connection, before: Moment, at: Moment, wanted: Filter, soon: Coming
) -> list[tuple[int, int, int]]:
    """Id, band number before and band number now of each lead that is in another band."""
    where, params = wanted.where()
    return connection.execute(
        f"""SELECT l.id, l.was, l.band FROM (
            SELECT l.id, {_before(BAND)} AS was, {BAND} AS band FROM {_SOON} WHERE {where} LIMIT -1 OFFSET 0
        ) l WHERE l.was <> l.band""",
        {**_two(before, at), **params, "ids": soon.ids},
    ).fetchall()


class _Keys:
    """The sort keys of leads at one moment, read one by one: finding a place looks at seventeen of 100,000."""

    def __init__(self, connection: sqlite3.Connection, at: Moment) -> None:
        self._connection, self._at = connection, at
        self._known: dict[int, Any] = {}

    def __call__(self, lead_id: int) -> Any:
        """A tuple that compares as the order does."""
        if lead_id not in self._known:
            self._known[lead_id] = self._connection.execute(
                f"SELECT {_KEY} FROM (SELECT l.*, {BAND} AS band FROM lead l WHERE l.id = :id LIMIT -1 OFFSET 0) l",
                {**self._at.params, "id": lead_id},
            ).fetchone()
        return self._known[lead_id]


def _bands(known: Ranked, moved: list[tuple[int, int, int]]) -> tuple[tuple[str, int], ...]:
    held = Counter(dict(known.bands))
    for _lead_id, was, now in moved:
        held[BANDS[was]] -= 1
        held[BANDS[now]] += 1
    return tuple((name, held[name]) for name in BANDS if held[name])


_SOON: Final = "json_each(:ids) soon CROSS JOIN lead l ON l.id = soon.value CROSS JOIN person p ON p.id = l.person_id"
OF_LEADS: Final = (
    "promise_ms", "hot_due_ms", "risk_ms", "due_ms", "stale_ms", "mid_due_ms", "last_due_ms", "last_risk_ms",
    "paused_ms", "paused_until_ms", "snoozed_until_ms",
)  # fmt: skip
_COMING: Final = f"""
    SELECT l.id FROM lead l WHERE {IS_OPEN}
        AND ({" OR ".join(f"l.{name} BETWEEN :from AND :until" for name in OF_LEADS)})
    UNION SELECT l.id FROM lead l WHERE l.wake_ms BETWEEN :from AND :until
    UNION SELECT c.lead_id FROM clock c INDEXED BY clock_risk
        WHERE {RUNS} AND c.risk_ms BETWEEN :from AND :until
    UNION SELECT c.lead_id FROM clock c INDEXED BY clock_due
        WHERE {RUNS} AND c.due_ms BETWEEN :from AND :until"""
