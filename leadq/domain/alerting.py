"""When a rep is to be told that a clock is at risk or late, or that a promise is near: at an instant, and once.

An alert is said when its instant comes, or at the next opening of the calendar; never twice for the same run of a clock
under the same contract (field.md, E33). Nothing here decides whether a lead is late: that is its clocks against `now`.
Looking at many instants at once finds the same breaches and promises as looking at each; a lead that is late by the
time somebody looks is late, and no longer only at risk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from leadq.domain import events as ev
from leadq.domain.events import Draft, voided
from leadq.domain.ranking import PLANNED

if TYPE_CHECKING:
    from leadq.domain.calendar import Calendar
    from leadq.domain.clocks import Clock
    from leadq.domain.events import Event
    from leadq.domain.lead import Lead

Level = Literal["at_risk", "breach", "promise"]


@dataclass(frozen=True, slots=True)
class Watch:
    """An instant at which somebody is to be told something about a lead. Milliseconds UTC.

    From `at_ms` on it holds, and from `over_ms` on it has become something worse, which has a watch of its own.
    `known_ms` is when leadq learnt of the lead or the promise: what was past by then rings nothing. `due_ms` is what
    the alert is about, and `started_ms` which run of the clock. `contract_id` is local, `contract` the hash.
    """

    lead_id: int
    lead_uid: str
    clock: str
    level: Level
    at_ms: int
    due_ms: int
    started_ms: int
    known_ms: int = 0
    over_ms: int | None = None
    policy: str = ""
    contract: str = ""
    contract_id: int = 0
    calendar: str = ""

    def draft(self, now_ms: int) -> Draft:
        """The alert as the event that it becomes."""
        data = {
            "clock": self.clock,
            "level": self.level,
            "due_ms": self.due_ms,
            "started_ms": self.started_ms,
            "policy": self.policy,
            "contract": self.contract,
        }
        return Draft(ev.ALERTED, now_ms, data)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far alerts were looked at: all up to `after_ms`; those put off to an opening after it lie from `from_ms`."""

    after_ms: int
    from_ms: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What rings now; when the next one that was put off does (None: none was); and how far that is."""

    due: tuple[Watch, ...]
    next_ms: int | None
    mark: Mark


CalendarOf = Callable[[Watch], "Calendar | None"]
"""The calendar to whose next opening an alert is put off; None: it rings at any hour."""


def outlook(watches: Iterable[Watch], mark: Mark, now_ms: int, calendar_of: CalendarOf) -> Outlook:
    """Which of `watches` ring after the mark and by `now_ms`. There must be all whose instant is in that time, and all
    from the mark's `from_ms` on."""
    due: list[Watch] = []
    later: list[tuple[int, int]] = []
    for watch in watches:
        rings_ms = _rings(watch, calendar_of(watch))
        if rings_ms > now_ms:
            later.append((rings_ms, watch.at_ms))
        elif rings_ms > mark.after_ms and watch.at_ms > watch.known_ms and not _over(watch, now_ms):
            due.append(watch)
    from_ms = min((at_ms for _rings_ms, at_ms in later), default=now_ms + 1)
    return Outlook(tuple(due), min((ms for ms, _at_ms in later), default=None), Mark(now_ms, min(from_ms, now_ms + 1)))


def _rings(watch: Watch, calendar: Calendar | None) -> int:
    """At its instant, or at the opening after it; beyond what the calendar knows, rather too early than never."""
    opens_ms = calendar.next_opening(watch.at_ms) if calendar else None
    return watch.at_ms if opens_ms is None else opens_ms


def _over(watch: Watch, now_ms: int) -> bool:
    return watch.over_ms is not None and watch.over_ms <= now_ms


def rescinded(events: Sequence[Event], lead: Lead, clocks: Sequence[Clock], now_ms: int) -> tuple[Draft, ...]:
    """One draft for each breach that was alerted and turns out not to have been one: a touch in time came in late.

    The alert stays (field.md, I8): both are counted.
    """
    breaches = [event for event in events if event.type == ev.ALERTED and event.data["level"] == "breach"]
    if not breaches:
        return ()
    gone = voided(list(events))
    said = {event.data["alert"] for event in events if event.type == ev.RESCINDED and event.uid not in gone}
    return tuple(
        Draft(ev.RESCINDED, now_ms, {"clock": alert.data["clock"], "alert": alert.uid, "due_ms": alert.data["due_ms"]})
        for alert in breaches
        if alert.uid not in said and _kept(alert.data, lead, clocks, now_ms)
    )


def _kept(alert: Mapping[str, Any], lead: Lead, clocks: Sequence[Clock], now_ms: int) -> bool:
    """Whether the run of the clock that was called late was in time after all."""
    run = (alert["clock"], alert["started_ms"])
    if any((clock.kind, clock.started_ms) == run and clock.state(now_ms) == "met" for clock in clocks):
        return True
    if alert["clock"] != PLANNED:
        return False
    return any(alert["started_ms"] < touch.at_ms <= alert["due_ms"] for touch in lead.attempts)  # its run is over
