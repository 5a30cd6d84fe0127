"""The rows of leads and clocks as they were at an instant: as stored where nothing happened since, else folded
again."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.domain.events import HANDED_OFF, in_order
from leadq.domain.folding import fold
from leadq.domain.metrics.cycle import NONE, Column, Cycle, Facts
from leadq.domain.metrics.radar import Standing, groups
from leadq.ledger import CLOCK_COLUMNS, EVENT_COLUMNS, FOLDED, GIVEN, clock_row, folded, given, read_event
from leadq.stored_rules import StoredRules

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leadq.facts.hours import Hours

_COLUMNS: Final = ("id", "uid", "contract_id", *GIVEN, *FOLDED)
_LEADS: Final = f"SELECT {', '.join(_COLUMNS)} FROM lead ORDER BY id"
_CLOCKS: Final = f"SELECT {', '.join(CLOCK_COLUMNS)} FROM clock"
_SINCE: Final = "SELECT DISTINCT lead_uid FROM event WHERE recorded_ms > :t OR occurred_ms > :t"
_AS_OF: Final = f"""
    SELECT l.id, {", ".join(f"e.{name}" for name in EVENT_COLUMNS)}, e.seq
    FROM ({_SINCE}) changed JOIN lead l ON l.uid = changed.lead_uid CROSS JOIN event e ON e.lead_uid = l.uid
    WHERE e.recorded_ms <= :t AND e.occurred_ms <= :t ORDER BY l.id, e.seq"""
_KIND, _CONTRACT, _CALENDAR = (CLOCK_COLUMNS.index(name) for name in ("kind", "contract_id", "calendar"))
_INSTANTS: Final = tuple(
    (name, CLOCK_COLUMNS.index(f"{name}_ms")) for name in ("started", "due", "stopped", "risk", "stale")
)
_OFTEN: Final = 10_000
_CANCELLED: Final = CLOCK_COLUMNS.index("cancelled")
_ENDS: Final = {"qualified": "qualify", "disqualified": "disqualify", "rejected": "reject"}

Row = tuple[Any, ...]


class Before(NamedTuple):
    """The rows of leads that something has happened to since, as they were."""

    leads: list[Row]
    clocks: list[Row]


def take_cycles(
    db: sqlite3.Connection, facts: Facts, hours: Hours, beat: Callable[[], None] = lambda: None
) -> dict[str, Cycle]:
    """Put every cycle with its clocks into `facts`; the cycles by uid. `beat` is called every so many rows."""
    since = {uid for (uid,) in db.execute(_SINCE, {"t": facts.as_of_ms})}
    before = _before(db, facts.as_of_ms) if since else Before([], [])
    standing = _leads(db, facts, since, before, beat)
    places = {cycle.id: cycle for cycle in facts.cycles}
    skipped = {row[0] for row in before.leads} | _gone(db, since)
    rows = (row for row in db.execute(_CLOCKS) if row[0] not in skipped) if since else db.execute(_CLOCKS)
    _clocks(facts, places, hours, _beating(rows, beat))
    _clocks(facts, places, hours, before.clocks)
    for cycle, at in standing:
        cycle.radar = groups(cycle, at, facts.clocks, facts.as_of_ms)
    return {cycle.uid: cycle for cycle in facts.cycles}


def _beating(rows: Iterable[Row], beat: Callable[[], None]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        yield row
        if number % _OFTEN == 0:
            beat()


def _gone(db: sqlite3.Connection, since: set[str]) -> set[int]:
    """Ids of the leads of which nothing was known yet."""
    return {id_ for id_, uid in db.execute("SELECT id, uid FROM lead") if uid in since} if since else set()


def _before(db: sqlite3.Connection, as_of_ms: int) -> Before:
    rules, before = StoredRules(db), Before([], [])
    for lead_id, own in groupby(db.execute(_AS_OF, {"t": as_of_ms}), itemgetter(0)):
        events = in_order([read_event(row[1:]) for row in own])
        if events[0].type != HANDED_OFF:  # a colleague's touch, before the handoff was known here
            continue
        lead = fold(events)
        clocks = rules.clocks(lead)
        contract_id = rules.contract_id(lead.handoff.contract)
        before.leads.append((lead_id, lead.uid, contract_id, *given(lead), *folded(lead, clocks)))
        before.clocks.extend(clock_row(lead_id, rules.contract_id(clock.contract), clock) for clock in clocks)
    return before


def _leads(
    db: sqlite3.Connection, facts: Facts, since: set[str], before: Before, beat: Callable[[], None]
) -> list[tuple[Cycle, Standing]]:
    """The cycles in the order of their ids, into `facts`; where the open ones and those to wake stand."""
    rows: Iterable[Row] = db.execute(_LEADS)
    if since:
        rows = sorted([*(row for row in rows if row[1] not in since), *before.leads], key=itemgetter(0))
    standing, known = [], Shared()
    for row in _beating(rows, beat):
        cycle, at = _cycle(len(facts.cycles), row, known)
        facts.cycles.append(cycle)
        if at is not None:
            standing.append((cycle, at))
    for column in facts.clocks.values():
        column.extend(len(facts.cycles))
    return standing


class Shared:
    """What the rows of a home say again and again, each kept once: sources, owners, reasons, lists of flags."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lists: dict[str, tuple[str, ...]] = {"[]": ()}

    def text(self, text: str) -> str:
        """The same text."""
        return self._texts.setdefault(text, text)

    def list(self, text: str) -> tuple[str, ...]:
        """The texts of a JSON list."""
        known = self._lists.get(text)
        if known is None:
            known = self._lists[text] = tuple(json.loads(text))
        return known


def _cycle(index: int, row: Row, known: Shared) -> tuple[Cycle, Standing | None]:
    (
        id_, uid, contract, number, line, source, campaign, _trigger, score, _fit, _engagement, tier, missing,
        date_only, flags, state, owner, handed_off_ms, accepted_ms, first_ms, last_ms, closed_ms, quality, reason,
        wake_ms, _reply, promise_ms, _hot, _risk, due_ms, _mid, _last_due, _last_risk, _stale, next_ms, paused_ms,
        paused_until_ms, _invalid, opposed_ms, snoozed_ms, disputed_ms, answer, _ae, _into, pause_limit_ms,
    ) = row  # fmt: skip
    text = known.text
    cycle = Cycle(
        index, id_, uid, text(state), handed_off_ms, cycle=number, product_line=text(line), owner=text(owner),
        source=text(source), campaign=text(campaign), tier=text(tier), score=score, date_only=bool(date_only),
        contract=contract, accepted_ms=accepted_ms, first_touch_ms=first_ms, last_touch_ms=last_ms,
        closed_ms=closed_ms, quality=quality, reason=text(reason), wake_ms=wake_ms, disputed_ms=disputed_ms,
        answer=text(answer), lacks=known.list(missing), flags=known.list(flags),
    )  # fmt: skip
    if closed_ms is not None:
        cycle.verdict = _verdict(state, reason)
    if not cycle.open and wake_ms is None:
        return cycle, None
    return cycle, Standing(
        promise_ms, due_ms, next_ms, paused_ms, paused_until_ms, pause_limit_ms, snoozed_ms, opposed_ms
    )


def _verdict(state: str, reason: str) -> str:
    """The verb that stands. Marketing's note of a rejection archives or recycles it, which is still a rejection; what
    left for elsewhere has no verdict."""
    if state == "recycled":
        return "reject" if reason.startswith("rej.") else "recycle"
    if state == "archived":
        return "" if reason.startswith("gone.") else "reject"
    return _ENDS.get(state, "")


def _clocks(facts: Facts, places: Mapping[int, Cycle], hours: Hours, rows: Iterable[Sequence[Any]]) -> None:
    columns: Mapping[str, Column] = facts.clocks
    for row in rows:
        cycle = places.get(row[0])
        column = columns.get(row[_KIND])
        if cycle is None or column is None:
            continue
        index = cycle.index
        for name, place in _INSTANTS:
            getattr(column, name)[index] = NONE if row[place] is None else row[place]
        column.cancelled[index] = row[_CANCELLED]
        if cycle.calendar < 0 or row[_KIND] == "first_touch":
            cycle.calendar = hours.index(row[_CONTRACT], row[_CALENDAR])
