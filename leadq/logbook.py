"""What happened in a home, newest first, a leaf at a time: however long the past is, only what is looked at is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq.domain.events import TAKE_BACK, voided
from leadq.feedback import texts, who
from leadq.ledger import EVENT_COLUMNS, SELECT_EVENT, read_event
from leadq.views import Row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from leadq.domain.events import Event
    from leadq.feedback import Who

LEAF: Final = 200
"""Events read at once: some screenfuls."""

_REACH: Final = 100_000
"""Events looked at for one leaf: a fifth of a second."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event and the lead that it is about. `seq` counts in the order in which this home learnt of them."""

    seq: int
    lead: Who
    row: Row


@dataclass(frozen=True, slots=True)
class Leaf:
    """Events newest first; `before` is what the next leaf begins below, None when there is nothing older."""

    items: tuple[Happened, ...]
    before: int | None


def leaf(db: sqlite3.Connection, me: str, *, mine: bool, before: int | None = None, count: int = LEAF) -> Leaf:
    """The newest events below `before`, `count` at most; `mine`: done by the member, or to a lead of the member's.

    It looks at `_REACH` events at most, so where hardly any is the member's a leaf may be empty, and not the last.
    """
    if before is None:
        before = (db.execute("SELECT max(seq) FROM event").fetchone()[0] or 0) + 1
    least = max(0, before - _REACH)
    wanted = "AND (l.owner = :me OR (e.actor = :me AND e.actor_kind = 'human'))" if mine else ""
    rows = db.execute(
        f"""SELECT {_COLUMNS}, e.seq FROM event e CROSS JOIN lead l ON l.uid = e.lead_uid
            WHERE e.seq < :before AND e.seq >= :least {wanted} ORDER BY e.seq DESC LIMIT :count""",
        {"me": me, "before": before, "least": least, "count": count},
    )
    events = list(map(read_event, rows))
    leads, words = who(db, {event.lead_uid for event in events}), texts(db, [event.uid for event in events])
    gone = _taken_back(db, list(leads))
    items = tuple(
        Happened(event.seq, leads[event.lead_uid], _row(event, words.get(event.uid, {}), undone=event.uid in gone))
        for event in events
    )
    return Leaf(items, events[-1].seq if len(events) == count else least or None)


def _taken_back(db: sqlite3.Connection, lead_uids: Sequence[str]) -> frozenset[str]:
    """What was taken back of these leads: `voided` looks at no other events."""
    marks, kinds = ", ".join("?" * len(lead_uids)), ", ".join(map(repr, sorted(TAKE_BACK)))
    rows = db.execute(f"{SELECT_EVENT} WHERE lead_uid IN ({marks}) AND type IN ({kinds}) ORDER BY seq", lead_uids)
    return voided([read_event(row) for row in rows])


def _row(event: Event, words: Mapping[str, str], *, undone: bool) -> Row:
    return Row(
        event.uid, event.type, event.occurred_ms, event.recorded_ms, event.actor, event.actor_kind, event.data, words,
        undone,
    )  # fmt: skip


_COLUMNS: Final = ", ".join(f"e.{name}" for name in EVENT_COLUMNS)
