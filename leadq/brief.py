"""What an account executive has to know before a meeting: one lead with all that was said, from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq import views
from leadq.domain.events import QUALIFIED, TOUCHED
from leadq.domain.folding import fold
from leadq.explain import stored_contract
from leadq.ledger import history
from leadq.outlook import segment

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from leadq.domain.contract import Contract, Segment
    from leadq.read import Moment
    from leadq.views import Row

_SAID: Final = frozenset({TOUCHED, QUALIFIED, "noted"})


@dataclass(frozen=True, slots=True)
class Meeting:
    """When people meet (milliseconds UTC), and the event that says so."""

    at_ms: int
    event: Row


@dataclass(frozen=True, slots=True)
class Brief:
    """`shape` is the lead as `list` prints it; `verdict` is what was qualified, if it was.

    `said` are the touches, the notes and the qualifications, oldest first: also those of the cycles that it goes on
    from and of the leads that were merged into it.
    """

    shape: Mapping[str, Any]
    said: tuple[Row, ...]
    verdict: Row | None
    meeting: Meeting | None
    segment: Segment | None
    contract: Contract


def brief(db: sqlite3.Connection, at: Moment, lead_id: int) -> Brief:
    """The brief of one lead."""
    shape = views.leads(db, at, [lead_id])[0]
    rows = [row for row in _whole(db, shape["uid"]) if not row.undone]
    lead = fold(history(db, shape["uid"]))
    contract = stored_contract(db, lead.handoff.contract)[1]
    said = tuple(row for row in rows if row.type in _SAID)
    verdict = next((row for row in reversed(said) if row.type == QUALIFIED), None)
    return Brief(shape, said, verdict, _meeting(said), segment(db, lead_id, lead, contract), contract)


def _whole(db: sqlite3.Connection, uid: str) -> list[Row]:
    """What happened to a lead, in the cycles it goes on from and in those merged into it, by when it happened."""
    rows, left, seen = [], [uid], {uid}
    while left:
        own = views.timeline(db, left.pop())
        rows += own
        others = {row.data[name] for row in own for name in ("previous", "from") if row.data.get(name)}
        left += sorted(others - seen)
        seen |= others
    return sorted(rows, key=lambda row: row.occurred_ms)


def _meeting(said: tuple[Row, ...]) -> Meeting | None:
    """The newest one agreed: by a verdict, or by a touch that set it."""
    return next((Meeting(at_ms, row) for row in reversed(said) for at_ms in _set_by(row)), None)


def _set_by(row: Row) -> Iterator[int]:
    name = "meeting_ms" if row.type == QUALIFIED else "next_ms"
    if row.data.get(name) and (row.type == QUALIFIED or row.data.get("outcome") == "meeting_set"):
        yield row.data[name]
