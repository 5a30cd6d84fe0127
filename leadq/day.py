"""The day of one member: what fits before it is due, what is promised and waits, what happened meanwhile; the evening.

It only reads: news counts since the member's own last gesture, so that looking twice shows the same.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from leadq import read, sla, views
from leadq.domain import dayplan
from leadq.domain import events as ev
from leadq.domain.events import voided
from leadq.ledger import SELECT_EVENT, read_event
from leadq.order import IS_OPEN, Filter
from leadq.rulebook import stored

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from leadq.domain.calendar import Calendar
    from leadq.domain.contract import Contract
    from leadq.domain.events import Event
    from leadq.domain.team import Leave

EVENING_MS: Final = 30 * 60_000
"""The evening begins half an hour before the day's last closing."""

_DAY_MS: Final = 86_400_000
_MEMORY_MS: Final = 45 * _DAY_MS
"""Longer than twenty working days are, holidays included."""


class Dated(NamedTuple):
    """A lead and the instant for which it is listed, in milliseconds UTC."""

    lead_id: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Hours:
    """My opening hours: the calendar, today's last closing (None: closed all day), and when I am back after today."""

    calendar: Calendar | None = None
    closing_ms: int | None = None
    back_ms: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What others did since my last gesture, at `since_ms` (None: there is none yet): leads in the order of events."""

    since_ms: int | None
    handed_off: tuple[int, ...]
    replies: tuple[int, ...]
    answers: tuple[int, ...]
    alerts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evening:
    """What I did today, and what comes before I am back: promises of the day after, leads that will be late."""

    touches: int
    verdicts: Mapping[str, int]
    promises: tuple[Dated, ...]
    breaches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """The whole picture at one moment. `own_pace`: worked out from my own touches, not assumed."""

    at: read.Moment
    me: str
    hours: Hours
    pace_ms: int
    own_pace: bool
    plan: dayplan.DayPlan
    late: array[int]
    promises: tuple[Dated, ...]
    replies: tuple[Dated, ...]
    news: News
    bands: Mapping[str, int]
    counts: read.Counts
    evening: Evening | None


def look(db: sqlite3.Connection, at: read.Moment, me: str, *, evening: bool = False) -> Day:
    """The day of `me`; `evening`: with the evening's part whatever the time."""
    wanted = Filter(view="mine", me=me)
    hours = _hours(db, at, me)
    open_ = _Mine(db, at, wanted)
    mine = _my_events(db, me, at.now_ms)
    pace_ms = hours.calendar and dayplan.pace(_touched(mine), hours.calendar, at.now_ms)
    ahead = open_.ahead(hours.back_ms)
    late = evening or (hours.closing_ms is not None and at.now_ms >= hours.closing_ms - EVENING_MS)
    return Day(
        at=at,
        me=me,
        hours=hours,
        pace_ms=pace_ms or dayplan.FALLBACK_MS,
        own_pace=pace_ms is not None,
        plan=_plan(ahead, hours.calendar, at.now_ms, pace_ms or dayplan.FALLBACK_MS),
        late=open_.late(),
        promises=open_.dated("promise_ms", None, at.day_end_ms),
        replies=open_.dated("reply_ms", None, at.now_ms),
        news=_news(db, me),
        bands=read.bands(db, at, wanted),
        counts=read.counts(db, at, wanted),
        evening=_evening(hours, open_, mine) if late else None,
    )


@dataclass(frozen=True, slots=True)
class _Mine:
    """The open leads of mine and of nobody. What is asked of them is found in the database: of 100,000 leads a few are
    promised, and holding them all took 20 MB each time that somebody opened their day."""

    db: sqlite3.Connection
    at: read.Moment
    wanted: Filter

    def late(self) -> array[int]:
        """Those that were due before now, the longest first."""
        return array("q", (row[0] for row in self._of("id", "first_ms < :now ORDER BY at_ms, id")))

    def ahead(self, back_ms: int | None) -> list[int]:
        """When what is due from now on until I am back is due."""
        holds = "first_ms >= :now AND (:back IS NULL OR first_ms < :back) ORDER BY at_ms, id"
        return [row[0] for row in self._of("first_ms", holds, back=back_ms)]

    def dated(self, instant: str, after_ms: int | None, until_ms: int) -> tuple[Dated, ...]:
        """Those with this instant after one and at most at another, the first one first."""
        holds = f"{instant} <= :until AND (:after IS NULL OR {instant} > :after) ORDER BY {instant}, id"
        return tuple(Dated(*row) for row in self._of(f"id, {instant}", holds, after=after_ms, until=until_ms))

    def due_until(self, back_ms: int) -> tuple[int, ...]:
        """Those that are due from now on and before I am back."""
        return tuple(
            row[0] for row in self._of("id", "due_ms >= :now AND due_ms < :back ORDER BY at_ms, id", back=back_ms)
        )

    def _of(self, columns: str, holds: str, **params: int | None) -> sqlite3.Cursor:
        where, of_view = self.wanted.where()
        return self.db.execute(
            f"SELECT {columns} FROM (SELECT *, {_FIRST} AS first_ms FROM ({_OPEN} WHERE {where} AND {IS_OPEN}))"
            f" WHERE {holds}",
            {**self.at.params, **of_view, **params},
        )


_ASLEEP: Final = "l.paused_ms <= :now AND l.paused_until_ms > :now"
_OPEN: Final = f"""SELECT l.id, l.due_ms AS at_ms, iif({_ASLEEP}, NULL, l.due_ms) AS due_ms,
    iif({_ASLEEP}, NULL, l.next_ms) AS next_ms, l.promise_ms, l.reply_ms FROM lead l"""
"""A paused lead has nothing due; `next_ms` is the planned touch."""
_FIRST: Final = "min(coalesce(due_ms, next_ms), coalesce(next_ms, due_ms))"


def _plan(due_ms: Sequence[int], calendar: Calendar | None, now_ms: int, pace_ms: int) -> dayplan.DayPlan:
    return dayplan.plan(due_ms, calendar, now_ms, pace_ms) if calendar else dayplan.DayPlan()


def _hours(db: sqlite3.Connection, at: read.Moment, me: str) -> Hours:
    """A member's own calendar, else that of the contract's last policy, which is everybody's."""
    row = db.execute(
        "SELECT id, text FROM contract WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract')"
    ).fetchone()
    if row is None:
        return Hours()
    contract = stored(row[1])
    member = contract.members.get(me)
    name = (member.calendar if member else "") or contract.policies[-1].calendar
    calendar = _calendar(db, row[0], contract, name, at.now_ms)
    midnight_ms = _midnight(at)
    closing_ms = max((s.to_ms for s in calendar.steps(midnight_ms, at.day_end_ms) if s.counted_ms), default=None)
    return Hours(calendar, closing_ms, _back(calendar, at, member.leave if member else ()))


def _calendar(db: sqlite3.Connection, contract_id: int, contract: Contract, name: str, now_ms: int) -> Calendar:
    """As it is stored; one that no lead follows yet is compiled for the moment."""
    known = views.Calendars(db).named(contract_id, name)
    if known and known.first_ms <= now_ms - _MEMORY_MS and now_ms + _MEMORY_MS < known.last_ms:
        return known
    return sla.compiled(contract.calendars[name], now_ms, now_ms)


def _midnight(at: read.Moment) -> int:
    """When today began in the contract's zone."""
    local = datetime.fromtimestamp(at.now_ms / 1000, UTC).astimezone(at.zone)
    return int(datetime.combine(local.date(), datetime.min.time(), at.zone).timestamp() * 1000)


def _back(calendar: Calendar, at: read.Moment, leaves: Sequence[Leave]) -> int | None:
    """The first opening after today that is in none of my leaves."""
    opens_ms = calendar.next_opening(at.day_end_ms + 1)
    for leave in sorted(leaves, key=lambda one: one.from_):
        if opens_ms is None:
            break
        if leave.from_ <= datetime.fromtimestamp(opens_ms / 1000, UTC).astimezone(at.zone).date() <= leave.to:
            over = datetime.combine(leave.to + timedelta(days=1), datetime.min.time(), at.zone)
            opens_ms = calendar.next_opening(int(over.timestamp() * 1000))
    return opens_ms


def _my_events(db: sqlite3.Connection, me: str, now_ms: int) -> list[Event]:
    """My touches and verdicts of the last weeks that still stand, oldest first. Others' are left where they are: those
    that a campaign sent by itself took a hundred megabytes."""
    deeds, undone = (", ".join(map(repr, sorted(kinds))) for kinds in ((ev.TOUCHED, *ev.VERDICTS), ev.TAKE_BACK))
    query = (
        f"{SELECT_EVENT} WHERE recorded_ms >= ?"
        f" AND (type IN ({deeds}) AND actor = ? AND actor_kind = 'human' OR type IN ({undone})) ORDER BY seq"
    )
    found = [read_event(row) for row in db.execute(query, (now_ms - _MEMORY_MS, me))]
    gone = voided(found)
    return [event for event in found if event.type not in ev.TAKE_BACK and event.uid not in gone]


def _touched(events: Sequence[Event]) -> list[int]:
    return [event.occurred_ms for event in events if event.type == ev.TOUCHED and not event.data.get("inbound")]


def _news(db: sqlite3.Connection, me: str) -> News:
    seq, since_ms = db.execute(
        "SELECT seq, recorded_ms FROM event WHERE actor = ? AND actor_kind = 'human' ORDER BY seq DESC LIMIT 1", (me,)
    ).fetchone() or (0, None)
    rows = db.execute(_NEWS, {"seq": seq, "me": me}).fetchall()
    groups: dict[str, list[int]] = {name: [] for name in ("handed_off", "replies", "answers", "alerts")}
    for name, lead_id in rows:
        groups[name].append(lead_id)
    return News(since_ms, **{name: tuple(dict.fromkeys(ids)) for name, ids in groups.items()})


_NEWS: Final = f"""
    SELECT CASE e.type WHEN '{ev.TOUCHED}' THEN 'replies' WHEN '{ev.ANSWERED}' THEN 'answers'
        WHEN '{ev.ALERTED}' THEN 'alerts' ELSE 'handed_off' END, l.id
    FROM event e JOIN lead l ON l.uid = e.lead_uid
    WHERE e.seq > :seq AND l.owner IN (:me, '') AND (
        (e.type = '{ev.HANDED_OFF}' AND {IS_OPEN})
        OR (e.type = '{ev.ASSIGNED}' AND {IS_OPEN} AND json_extract(e.data, '$.to') = :me)
        OR (e.type = '{ev.TOUCHED}' AND json_extract(e.data, '$.inbound') = 1)
        OR e.type IN ('{ev.ANSWERED}', '{ev.ALERTED}'))
    ORDER BY e.seq"""


def _evening(hours: Hours, open_: _Mine, mine: Sequence[Event]) -> Evening:
    at = open_.at
    midnight_ms = _midnight(at)
    today = [event for event in mine if midnight_ms <= event.occurred_ms <= at.now_ms]
    back_ms = at.day_end_ms if hours.back_ms is None else hours.back_ms
    back_day_ends_ms = read.moment(open_.db, back_ms).day_end_ms
    return Evening(
        touches=len(_touched(today)),
        verdicts=Counter(ev.VERDICTS[event.type] for event in today if event.type in ev.VERDICTS),
        promises=open_.dated("promise_ms", at.day_end_ms, back_day_ends_ms),
        breaches=open_.due_until(back_ms),
    )
