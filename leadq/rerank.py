"""What the passing of time does to an order already known, without ranking everything again.

While nothing is written, a lead can only change band; within a band its place follows from stored instants that do not
move. So it is enough to find the few leads whose band is another and to put each in its new place: for 100,000 leads 80
ms instead of 170, and nothing at all is sorted.
"""

from __future__ import annotations

from array import array
from bisect import bisect
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.bands import BANDS
from leadq.order import BAND, INSTANT
from leadq.read import Moment, Ranked, ranked, source

if TYPE_CHECKING:
    import sqlite3

    from leadq.order import Filter

_MOST_MOVED: Final = 500
"""When more leads than this move at once (a day ends), ranking anew is quicker."""

_BEFORE: Final = BAND.replace(":now", ":before").replace(":day_end", ":before_end")
_KEY: Final = f"band, {INSTANT}, -coalesce(l.score, 0), l.handed_off_ms, l.id"
"""The same as `order.ORDER` for open leads, as values to compare."""


def rerank(connection: sqlite3.Connection, known: Ranked, before: Moment, at: Moment, wanted: Filter) -> Ranked | None:
    """`known`, which was the order at `before`, as it is at `at`; None when no lead has moved.

    Nothing may have been written since, and the view must not depend on the time by itself (radar does).
    """
    moved = _moved(connection, before, at, wanted)
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


def _moved(connection: sqlite3.Connection, before: Moment, at: Moment, wanted: Filter) -> list[tuple[int, int, int]]:
    """Id, band number before and band number now of each lead that is in another band."""
    where, params = wanted.where()
    earlier = {"before": before.now_ms, "before_end": before.day_end_ms}
    return connection.execute(
        f"""SELECT l.id, l.was, l.band FROM (
            SELECT l.id, {_BEFORE} AS was, {BAND} AS band FROM {source(wanted)} WHERE {where} LIMIT -1 OFFSET 0
        ) l WHERE l.was <> l.band""",
        {**at.params, **params, **earlier},
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
