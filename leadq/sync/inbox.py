"""What comes in: pages of leads and activities, each taken whole with its cursor in one transaction, or not at all.

The other end's time decides what is news; ours never enters. A record that has not changed, or that is older than what
we know of it, changes nothing, so a page may come as often as it likes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq.clock import Clock
from leadq.desk import Desk
from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.handoff import Defaults
from leadq.i18n import _
from leadq.intake import Intake
from leadq.sync import ops, snapshot
from leadq.sync.activities import take_in
from leadq.sync.aliases import follow_merges
from leadq.sync.ops import Answer
from leadq.sync.paging import CursorGuard, Looping
from leadq.sync.protocol import Failed
from leadq.sync.push import CLASH, server_ms
from leadq.sync.run import Stopped
from leadq.sync.snapshot import Snapshot

if TYPE_CHECKING:
    from leadq.plugins.sdk import Page, RemoteLead
    from leadq.sync.push import Line

_CURSORS_KEPT: Final = 5
_NOT_OURS: Final = frozenset({"status", "leadq_answer"})
"""Fields of a record that no handoff has."""


@dataclass(slots=True)
class Seen:
    """What a pull saw: the ids that are there, and those of leads to look at by id: because something is odd."""

    listed: set[str] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)


def pull(line: Line, cursor: str | None) -> Seen:
    """Take in what changed since `cursor` (None: all there is). Raises Stopped; the pages before that stand."""
    seen, guard = Seen(), CursorGuard()
    for page in line.talk.pull(cursor, {}):
        if isinstance(page, Failed):
            raise Stopped(page)
        if page.more:
            _go_on(guard, page)
        _take(line, page, seen)
    return seen


def _go_on(guard: CursorGuard, page: Page) -> None:
    try:
        guard.step(page.cursor)
    except Looping as error:
        raise Stopped(Failed("transient", error.message, error.params)) from None


def start_of(line: Line, *, full: bool) -> str | None:
    """Where to begin: the cursor that is kept, or the one from before `rewind_ms` ago; None for all."""
    if full:
        return None
    with line.run.store.read() as db:
        cursor, earlier = db.execute(_CURSOR, (line.connection,)).fetchone()
    if not line.run.wishes.rewind_ms:
        return cursor if cursor is None else str(cursor)
    before_ms = line.run.ticks.wall_ms() - line.run.wishes.rewind_ms
    return next((old for at_ms, old in json.loads(earlier) if at_ms <= before_ms), None)


@contextmanager
def desk_of(line: Line) -> Iterator[Desk]:
    """A desk in a fenced transaction of the connection."""
    with line.writing() as db:
        yield Desk(db, line.run.store, Clock(line.run.now_ms))


def _take(line: Line, page: Page, seen: Seen) -> None:
    with desk_of(line) as desk:
        leads = _newest(page.leads)
        line.tally.refused += sum(not lead.external_id for lead in page.leads)
        known = snapshot.find(desk.db, line.connection, [lead.external_id for lead in leads])
        news = [lead for lead in leads if _is_news(lead, known.get(lead.external_id))]
        seen.listed |= {lead.external_id for lead in leads if not lead.deleted}
        seen.odd |= {i for i, snap in known.items() if snap.departed} | {n.external_id for n in news if n.deleted}
        seen.odd |= follow_merges(desk.db, line.connection, news)
        _hand_over(desk, line, [lead for lead in news if not lead.deleted])
        for lead in news:
            _meet(desk, line, lead, known.get(lead.external_id))
        take_in(desk, line, page.activities)
        _keep_cursor(desk, line, page.cursor)


def _newest(leads: Iterable[RemoteLead]) -> list[RemoteLead]:
    """Each lead once, as it was last; what has no id is nobody."""
    by_id: dict[str, RemoteLead] = {}
    for lead in leads:
        other = by_id.get(lead.external_id)
        if other is None or (server_ms(lead.updated_at) or 0) >= (server_ms(other.updated_at) or 0):
            by_id[lead.external_id] = lead
    by_id.pop("", None)
    return list(by_id.values())


def _is_news(lead: RemoteLead, before: Snapshot | None) -> bool:
    """Not what we know already, and not older than that: an index may show what was before our own write."""
    if before is None:
        return True
    return digest(lead) != before.hash and (server_ms(lead.updated_at) or before.updated_ms) >= before.updated_ms


def digest(lead: RemoteLead) -> str:
    """A mark of all that the record shows; its time is not part of it, because systems touch that for nothing."""
    body = json.dumps([lead.fields, lead.formerly, lead.deleted], sort_keys=True, default=str)
    return blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _hand_over(desk: Desk, line: Line, leads: list[RemoteLead]) -> None:
    """New leads are handed off, and what changed on known ones is written down."""
    if not leads:
        return
    defaults = Defaults(line.run.now_ms, ZoneInfo(desk.rules.current.zone))
    rows = ((number, _cells(lead), _raw(lead)) for number, lead in enumerate(leads, start=1))
    report = Intake(desk, line.connection, defaults).take(rows)
    line.tally.pulled += report.created + report.updated
    line.tally.refused += len(report.rejected)


def _cells(lead: RemoteLead) -> Mapping[str, str]:
    cells = {name: _text(value) for name, value in lead.fields.items() if name not in _NOT_OURS}
    return {**cells, "id": lead.external_id}


def _raw(lead: RemoteLead) -> Mapping[str, str]:
    return {name: _text(value) for name, value in lead.raw.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _meet(desk: Desk, line: Line, lead: RemoteLead, before: Snapshot | None) -> None:
    """Remember the record; a status that somebody else set is an event, unless an op of ours is to be about it."""
    row = desk.db.execute(_LEAD, (line.connection, lead.external_id)).fetchone()
    if row is None and not lead.deleted:
        return  # it could not be taken: as long as that is so, it is news each time
    theirs = str(lead.fields.get("status") or "")
    known = before.status if before else theirs
    updated_ms = server_ms(lead.updated_at) or (before.updated_ms if before else 0)
    if row and theirs != known and not _is_contested(desk, line, row[0], theirs, known):
        drafts = [Draft(ev.REMOTE_CHANGED, line.run.now_ms, {"field": "status", "base": known, "new": theirs})]
        desk.ledger.append(row[0], drafts, desk.batch, "adapter")
        line.tally.pulled += 1
        known = theirs
    departed = before.departed if before else ""
    snapshot.keep(desk.db, line.connection, Snapshot(lead.external_id, updated_ms, known, digest(lead), departed))


def _is_contested(desk: Desk, line: Line, lead_uid: str, theirs: str, known: str) -> bool:
    """Whether an op that waits sets the status too. It is judged by a read by id before it leaves, where there is one;
    else here, and becomes a conflict unless both want the same."""
    waiting = [op for op in ops.waiting_on(desk.db, line.connection, lead_uid) if op.status]
    if waiting and "lookup" not in line.can:
        first = waiting[0]
        if first.state == "pending" and first.status != theirs:
            why = _(CLASH).format(theirs=theirs, known=known)
            line.record(desk.db, [Answer(first.op_id, "conflict", why, theirs=theirs, base=known)])
    return bool(waiting)


def _keep_cursor(desk: Desk, line: Line, cursor: str | None) -> None:
    """With the page, never before it; nothing never replaces something, and the last few can be gone back to."""
    db, wall_ms = desk.db, line.run.ticks.wall_ms()
    old, earlier = db.execute(_CURSOR, (line.connection,)).fetchone()
    kept = [[wall_ms, old], *json.loads(earlier)][:_CURSORS_KEPT] if old and old != cursor else json.loads(earlier)
    db.execute(
        "UPDATE connection_state SET cursor = ?, earlier = ?, last_pull_ms = ? WHERE name = ?",
        (cursor or old, json.dumps(kept), line.run.now_ms, line.connection),
    )


_CURSOR: Final = "SELECT cursor, earlier FROM connection_state WHERE name = ?"
_LEAD: Final = """
    SELECT l.uid FROM remote_ref r JOIN lead l ON l.id = r.lead_id
    WHERE r.connection = ? AND r.object_type = 'lead' AND r.external_id = ?"""
