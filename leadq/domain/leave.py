"""Who is away, from when until when, and who stands in: facts that every home of a team comes to know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from leadq.domain import events as ev
from leadq.domain.compile_calendar import at_wall
from leadq.domain.events import Draft, Event, voided

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from leadq.domain.team import Leave


@dataclass(frozen=True, slots=True)
class Absence:
    """A leave: milliseconds UTC, from `from_ms` on and before `until_ms`; `cover` is "" for nobody.

    `uid` is that of its events, "" for one that only the contract announces. `ended_ms` is when somebody ended it
    before its time; `settled`: what was handed over for it, and is still open, has been given back. `batch` is that of
    the gesture, which what is handed over later joins: an undo takes back all of it.
    """

    uid: str
    member: str
    cover: str
    from_ms: int
    until_ms: int
    ended_ms: int | None = None
    settled: bool = False
    batch: str = ""

    @property
    def over_ms(self) -> int:
        """From when on the member is back."""
        return self.until_ms if self.ended_ms is None else min(self.until_ms, self.ended_ms)

    def holds(self, at_ms: int) -> bool:
        """Whether the member is away at that instant."""
        return self.from_ms <= at_ms < self.over_ms

    def is_over(self, at_ms: int) -> bool:
        """Whether the member is back, or never went."""
        return at_ms >= self.over_ms

    def crosses(self, from_ms: int, until_ms: int) -> bool:
        """Whether it has an instant in common with another stretch of time."""
        return self.from_ms < min(self.over_ms, until_ms) and from_ms < self.over_ms


def fold_leave(events: Iterable[Event]) -> Absence | None:
    """The leave that the events of one uid tell, in their order; None when it was taken back.

    Raises ValueError, KeyError or TypeError when they tell of none.
    """
    history = list(events)
    gone = voided(history)
    begun = next((event for event in history if event.type == ev.LEAVE_SET), None)
    if begun is None:
        raise ValueError("a leave begins with its dates")
    data = begun.data
    if not (isinstance(data["member"], str) and isinstance(data["cover"], str)):
        raise TypeError("a member is named by an id")
    leave = Absence(begun.lead_uid, data["member"], data["cover"], int(data["from_ms"]), int(data["until_ms"]),
                    batch=begun.batch)  # fmt: skip
    for event in history:
        if event.type == ev.LEAVE_ENDED and event.uid not in gone:
            leave = _ended(leave, event)
    return None if begun.uid in gone else leave


def _ended(leave: Absence, event: Event) -> Absence:
    at_ms = event.occurred_ms if leave.ended_ms is None else min(leave.ended_ms, event.occurred_ms)
    return replace(leave, ended_ms=at_ms, settled=leave.settled or bool(event.data.get("settled")))


def handed_over(leave: Absence, at_ms: int) -> Draft:
    """A lead goes to whoever stands in. Its own clocks never notice; that of a new owner starts afresh."""
    return Draft(ev.ASSIGNED, at_ms, {"to": leave.cover, "leave": leave.uid, "away": leave.member})


def given_back(leave: Absence, at_ms: int) -> Draft:
    """It goes back to who was away, with all that was done to it meanwhile."""
    return Draft(ev.ASSIGNED, at_ms, {"to": leave.member, "back": leave.uid})


def announced(member: str, leave: Leave, zone: ZoneInfo) -> Absence:
    """A leave as the contract has it: whole local days of `zone`, the last one included."""
    first, after = (datetime.combine(day, time(), zone) for day in (leave.from_, leave.to + timedelta(days=1)))
    return Absence("", member, leave.cover, at_wall(first), at_wall(after))


def absent(leaves: Sequence[Absence], member: str, at_ms: int) -> str | None:
    """Who stands in for `member` at an instant: None when they are there, "" when they are away and nobody does.

    A cover that is away is covered in turn; covers that are away for each other are nobody.
    """
    asked, cover = {member}, _cover(leaves, member, at_ms)
    while cover:
        further = _cover(leaves, cover, at_ms)
        if further is None:
            return cover
        asked.add(cover)
        cover = "" if further in asked else further
    return cover


def _cover(leaves: Sequence[Absence], member: str, at_ms: int) -> str | None:
    """Of several leaves at once, one that was told for itself says more than the contract, and a cover than nobody."""
    away = [leave for leave in leaves if leave.member == member and leave.holds(at_ms)]
    if not away:
        return None
    return max(away, key=lambda leave: (bool(leave.cover), bool(leave.uid), leave.uid)).cover
