"""Alerts: what rings now, when something rings next, and the events that keep it from ringing twice.

Nothing is scanned: the next instant is the first entry of an index over running clocks, and a look reads the few clocks
whose instant lies between the last look and this one. Whoever looks first, a screen or a sync, writes the alert down;
every screen rings for the ones that appear while it is open. Scope: mine and unowned, as on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq import config, views
from leadq.domain import events as ev
from leadq.domain.alerting import Mark, Outlook, Watch, outlook
from leadq.domain.bands import PROMISE_LEAD_MS
from leadq.domain.ranking import PLANNED
from leadq.domain.states import OPEN_STATES
from leadq.order import IS_OPEN, RUNS, Filter
from leadq.rulebook import stored
from leadq.uids import uuid7

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from leadq.clock import Clock
    from leadq.domain.calendar import Calendar
    from leadq.sqlite import Store

PAGE: Final = 200
"""Alerts written in one transaction: after a week away there may be thousands, and other writers wait for each."""

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class News:
    """An alert that was written down, with what a toast says of it. `due_ms`: milliseconds UTC."""

    lead_id: int
    who: str
    clock: str
    level: str
    due_ms: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: alerts that appeared since the last one, whether some are to be written, and when to look again."""

    news: tuple[News, ...]
    due: bool
    next_ms: int | None


class Lookout:
    """Alerts as one open screen hears of them: only those that appear after it began to look."""

    def __init__(self, me: str) -> None:
        self._me = me
        self._heard = -1
        self._mark: Mark | None = None
        self._hours: _Hours | None = None

    def look(self, db: sqlite3.Connection, now_ms: int) -> Seen:
        """Look at the alerts of one instant; writes nothing."""
        news = self._news(db)
        known = _mark(db, now_ms)
        if known is None:
            return Seen(news, True, None)  # the first look of all: it is written down from when on alerts ring
        mark = known if self._mark is None or known.after_ms >= self._mark.after_ms else self._mark
        if self._hours is None or self._hours.db is not db:
            self._hours = _Hours(db)
        found = _outlook(db, mark, now_ms, self._me, self._hours)
        if not found.due:
            self._mark = found.mark
        instants = [ms for ms in (found.next_ms, _next_stored(db, now_ms)) if ms is not None]
        return Seen(news, bool(found.due), min(instants, default=None))

    def _news(self, db: sqlite3.Connection) -> tuple[News, ...]:
        (last,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        since, self._heard = self._heard, last
        if since in (-1, last):
            return ()
        where, params = _scope(self._me)
        rows = db.execute(_NEWS.format(scope=where), {**params, "since": since, "last": last})
        return tuple(News(*row) for row in rows)


class _Hours:
    """Whether and by which calendar alerts wait for an opening, as each contract version says."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._calendars = views.Calendars(db)
        self._waits: dict[int, bool] = {}

    def __call__(self, watch: Watch) -> Calendar | None:
        """A promise rings at any hour: somebody chose that hour."""
        if watch.level == "promise" or not self._waits_for_opening(watch.contract_id):
            return None
        return self._calendars.named(watch.contract_id, watch.calendar)

    def _waits_for_opening(self, contract_id: int) -> bool:
        if contract_id not in self._waits:
            (text,) = self.db.execute("SELECT text FROM contract WHERE id = ?", (contract_id,)).fetchone()
            self._waits[contract_id] = stored(text).escalation.only_in_calendar
        return self._waits[contract_id]


def record(store: Store, clock: Clock) -> int:
    """Write down what rings by now, once, in bounded pages; how many alerts that were.

    The first look at a home writes only from when on alerts ring: the past rings nothing. A home that does not exist
    stays so. Raises LeadqError 74, 75 or 78 when the home cannot be written.
    """
    now_ms = clock.now_ms()
    if not store.home.exists or not _anything(store, now_ms):
        return 0
    written = 0
    while page := _record_page(store, clock):
        written += page
        if page < PAGE:
            break
    return written


def _anything(store: Store, now_ms: int) -> bool:
    """Whether there is anything to write; a mark of yesterday is moved on too, so that looks stay short."""
    with store.read() as db:
        mark = _mark(db, now_ms)
        if mark is None or now_ms - mark.after_ms > _DAY_MS:
            return True
        return bool(_outlook(db, mark, now_ms, config.load(store.home).me, _Hours(db)).due)


def _record_page(store: Store, clock: Clock) -> int:
    from leadq.desk import Desk  # the contract and the ledger: not before there is something to write

    with store.transaction() as db:
        desk = Desk(db, store, clock)
        mark = _mark(db, desk.now_ms)
        if mark is None:
            _remember(db, Mark(desk.now_ms, desk.now_ms + 1))
            return 0
        found = _outlook(db, mark, desk.now_ms, desk.me, _Hours(db))
        batch = uuid7(desk.now_ms)
        for watch in found.due[:PAGE]:
            desk.ledger.say(watch.lead_uid, [watch.draft(desk.now_ms)], batch)
        if len(found.due) <= PAGE:
            _remember(db, found.mark)
        return min(len(found.due), PAGE)


def _outlook(db: sqlite3.Connection, mark: Mark, now_ms: int, me: str, hours: _Hours) -> Outlook:
    return outlook(_watches(db, mark.from_ms, now_ms, me), mark, now_ms, hours)


def _watches(db: sqlite3.Connection, from_ms: int, now_ms: int, me: str) -> Iterator[Watch]:
    """All that comes to its instant from `from_ms` to `now_ms`, both included, and was not alerted yet."""
    where, params = _scope(me)
    values = {**params, "from": from_ms, "now": now_ms, "lead": PROMISE_LEAD_MS}
    for query in (_AT_RISK, _BREACHED, _PROMISED):
        for row in db.execute(query.format(scope=where), values).fetchall():
            yield Watch(*row)


def _next_stored(db: sqlite3.Connection, now_ms: int) -> int | None:
    """The next instant of all that are stored: one entry of each index."""
    found = [db.execute(query, {"now": now_ms, "lead": PROMISE_LEAD_MS}).fetchone()[0] for query in NEXT]
    return min((ms for ms in found if ms is not None), default=None)


def _scope(me: str) -> tuple[str, dict[str, Any]]:
    return Filter(view="all" if me == config.NOBODY else "mine", me=me).where()


def _mark(db: sqlite3.Connection, now_ms: int) -> Mark | None:
    """How far alerts were looked at, None when never; a mark that a wrong clock left in the future is none."""
    found = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('alerts_ms', 'alerts_from_ms')"))
    if not found or int(found["alerts_ms"]) > now_ms + _DAY_MS:
        return None
    return Mark(int(found["alerts_ms"]), int(found["alerts_from_ms"]))


def _remember(db: sqlite3.Connection, mark: Mark) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)",
        [("alerts_ms", str(mark.after_ms)), ("alerts_from_ms", str(mark.from_ms))],
    )


_ALERTED: Final = f"""EXISTS (SELECT 1 FROM event e WHERE e.lead_uid = l.uid AND e.type = '{ev.ALERTED}'
        AND json_extract(e.data, '$.clock') = c.kind AND json_extract(e.data, '$.level') = '{{level}}'
        AND json_extract(e.data, '$.contract') = k.hash AND json_extract(e.data, '$.started_ms') >= c.started_ms)"""
"""The same run of the clock, or a later one: a merge or a correction only ever moves a start back."""

_CLOCK: Final = """
    SELECT l.id, l.uid, c.kind, '{level}', {at}, c.due_ms, c.started_ms,
        (SELECT e.recorded_ms FROM event e WHERE e.lead_uid = l.uid ORDER BY e.seq LIMIT 1),
        {over}, c.policy, k.hash, c.contract_id, c.calendar
    FROM clock c INDEXED BY {index} CROSS JOIN lead l ON l.id = c.lead_id CROSS JOIN contract k ON k.id = c.contract_id
    WHERE {runs} AND {between} AND {is_open} AND ({{scope}}) AND NOT {alerted}
    ORDER BY {at}"""
_AT_RISK: Final = _CLOCK.format(
    level="at_risk", at="c.risk_ms", over="c.due_ms + 1", index="clock_risk", runs=RUNS, is_open=IS_OPEN,
    between="c.risk_ms BETWEEN :from AND :now", alerted=_ALERTED.format(level="at_risk"),
)  # fmt: skip
_BREACHED: Final = _CLOCK.format(
    level="breach", at="c.due_ms + 1", over="NULL", index="clock_due", runs=RUNS, is_open=IS_OPEN,
    between="c.due_ms BETWEEN :from - 1 AND :now - 1", alerted=_ALERTED.format(level="breach"),
)  # fmt: skip
_PROMISES: Final = " UNION ALL ".join(
    f"""SELECT * FROM (SELECT {{columns}} FROM lead l INDEXED BY lead_queue WHERE l.state = '{state}' AND {IS_OPEN}
        AND l.reply_ms IS NULL AND l.promise_ms {{range}})"""
    for state in OPEN_STATES
)
"""Those of a lead whose prospect waits for an answer ring nothing: it is on top already."""

_PROMISED: Final = f"""
    SELECT l.id, l.uid, '{PLANNED}', 'promise', l.promise_ms - :lead, l.promise_ms, l.promise_ms,
        coalesce((SELECT max(e.recorded_ms) FROM event e WHERE e.lead_uid = l.uid AND e.type = '{ev.TOUCHED}'
            AND json_extract(e.data, '$.next_ms') = l.promise_ms), 0),
        NULL, (SELECT json_extract(e.data, '$.policy') FROM event e WHERE e.lead_uid = l.uid ORDER BY e.seq LIMIT 1),
        k.hash, l.contract_id, ''
    FROM ({_PROMISES.format(columns="l.id", range="BETWEEN :from + :lead AND :now + :lead")}) due
        CROSS JOIN lead l ON l.id = due.id CROSS JOIN contract k ON k.id = l.contract_id
    WHERE ({{scope}}) AND NOT EXISTS (SELECT 1 FROM event e WHERE e.lead_uid = l.uid AND e.type = '{ev.ALERTED}'
        AND json_extract(e.data, '$.level') = 'promise' AND json_extract(e.data, '$.due_ms') = l.promise_ms)
    ORDER BY l.promise_ms"""
NEXT: Final = (
    f"SELECT min(c.risk_ms) FROM clock c INDEXED BY clock_risk WHERE {RUNS} AND c.risk_ms > :now",
    f"SELECT min(c.due_ms) + 1 FROM clock c INDEXED BY clock_due WHERE {RUNS} AND c.due_ms >= :now",
    "SELECT min(at_ms) - :lead FROM"
    f" ({_PROMISES.format(columns='min(l.promise_ms) AS at_ms', range='> :now + :lead')})",
)
"""The next instant of each kind, each by one seek: that is what «scheduled, not scanned» means."""

_NEWS: Final = f"""
    SELECT l.id, CASE WHEN p.name <> '' THEN p.name ELSE p.company END, json_extract(e.data, '$.clock'),
        json_extract(e.data, '$.level'), json_extract(e.data, '$.due_ms')
    FROM event e CROSS JOIN lead l ON l.uid = e.lead_uid JOIN person p ON p.id = l.person_id
    WHERE e.seq > :since AND e.seq <= :last AND e.type = '{ev.ALERTED}' AND ({{scope}}) ORDER BY e.seq"""
