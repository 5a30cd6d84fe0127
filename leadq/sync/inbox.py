"""What comes in: pages of leads and activities, each taken whole with its cursor in one transaction, or not at all.

The other end's time decides what is news; ours never enters. A record that has not changed, or that is older than what
we know of it, changes nothing, so a page may come as often as it likes.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq.clock import Clock
from leadq.desk import Desk
from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.domain.states import CLOSED_STATES
from leadq.handoff import Defaults
from leadq.i18n import _
from leadq.intake import Intake
from leadq.ledger import ADAPTER
from leadq.members import named, there
from leadq.sync import ops, snapshot
from leadq.sync.activities import take_in
from leadq.sync.aliases import follow_merges, lead_called
from leadq.sync.answers import FIELD, mark, take_answers
from leadq.sync.deals import take_deals
from leadq.sync.line import CLASH, server_ms
from leadq.sync.ops import Answer
from leadq.sync.paging import CursorGuard, Looping
from leadq.sync.protocol import Failed
from leadq.sync.run import Stopped
from leadq.sync.snapshot import Snapshot

if TYPE_CHECKING:
    from leadq.plugins.sdk import Page, RemoteLead
    from leadq.sync.line import Line

_CURSORS_KEPT: Final = 5
_TOGETHER: Final = 1_000
_TOGETHER_S: Final = 1.0
"""Leads, and how long after the first of their pages, in one transaction: a crash costs no more than that again, and a
verb waits about a quarter of a second. Half as many would cost a twentieth more, because each writes the same pages of
the indexes again."""

_TEXT: Final = frozenset({str})
_NOT_OURS: Final = frozenset({"status", FIELD})
"""Fields of a record that no handoff has."""

_MARSHAL: Final = 2
"""The last version that says the same of the same values, whoever else holds them; a third of what JSON takes."""


@dataclass(slots=True)
class Seen:
    """What a pull saw: the ids that are there, and those of leads to look at by id: because something is odd."""

    listed: set[str] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)


def pull(line: Line, cursor: str | None) -> Seen:
    """Take in what changed since `cursor` (None: all there is). Raises Stopped; the pages before that stand."""
    seen = Seen()
    for pages in _gathered(line, cursor):
        _take(line, pages, seen)
    return seen


def _gathered(line: Line, cursor: str | None) -> Iterator[list[Page]]:
    """The pages, those of about a second together: what a transaction costs by itself is more than a page does.

    Raises Stopped, after what came before it.
    """
    pages: list[Page] = []
    guard, leads, ends, failure = CursorGuard(), 0, 0.0, None
    for page in line.talk.pull(cursor, {}):
        failure = page if isinstance(page, Failed) else _looping(guard, page)
        if failure or isinstance(page, Failed):
            break
        ends = ends if pages else line.run.ticks.monotonic() + _TOGETHER_S
        pages.append(page)
        leads += len(page.leads)
        if leads >= _TOGETHER or line.run.ticks.monotonic() >= ends:
            yield pages
            pages, leads = [], 0
    if pages:
        yield pages
    if failure:
        raise Stopped(failure)


def _looping(guard: CursorGuard, page: Page) -> Failed | None:
    try:
        if page.more:
            guard.step(page.cursor)
    except Looping as error:
        return Failed("transient", error.message, error.params)
    return None


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


def _take(line: Line, pages: Sequence[Page], seen: Seen) -> None:
    with desk_of(line) as desk:
        leads = _newest(lead for page in pages for lead in page.leads)
        line.tally.refused += sum(not lead.external_id for page in pages for lead in page.leads)
        known = snapshot.find(desk.db, line.connection, leads)
        marks = {external_id: digest(lead) for external_id, lead in leads.items()}
        news = [lead for i, lead in leads.items() if _is_news(lead, marks[i], known.get(i))]
        seen.listed |= {i for i, lead in leads.items() if not lead.deleted}
        seen.odd |= {i for i, snap in known.items() if snap.departed} | {n.external_id for n in news if n.deleted}
        if any(lead.formerly for lead in news):
            seen.odd |= follow_merges(desk.db, line.connection, news)
            known = snapshot.find(desk.db, line.connection, leads)  # by the new ids now
        _hand_over(desk, line, [lead for lead in news if not lead.deleted and not _is_over(lead, known)], known)
        _remember(desk, line, news, known, marks)
        take_answers(desk, line, news, known)
        for page in pages:
            take_in(desk, line, page.activities)
            take_deals(desk, line, page.deals)
        _keep_cursor(desk, line, next((page.cursor for page in reversed(pages) if page.cursor), None))


def _newest(leads: Iterable[RemoteLead]) -> dict[str, RemoteLead]:
    """Each lead once by its id, as it was last; what has no id is nobody."""
    by_id: dict[str, RemoteLead] = {}
    for lead in leads:
        other = by_id.get(lead.external_id)
        if other is None or (server_ms(lead.updated_at) or 0) >= (server_ms(other.updated_at) or 0):
            by_id[lead.external_id] = lead
    by_id.pop("", None)
    return by_id


def _is_news(lead: RemoteLead, mark: str, before: Snapshot | None) -> bool:
    """Not what we know already, and not older than that: an index may show what was before our own write."""
    if before is None:
        return True
    return mark != before.hash and (server_ms(lead.updated_at) or before.updated_ms) >= before.updated_ms


def _is_over(lead: RemoteLead, known: Mapping[str, Snapshot]) -> bool:
    """Whether others were through with a lead before we ever heard of it: nobody hands that one over."""
    return lead.external_id not in known and lead.fields.get("status") in CLOSED_STATES


def digest(lead: RemoteLead) -> str:
    """A mark of all that the record shows; its time is not part of it, because systems touch that for nothing."""
    named, values = _in_order(tuple(lead.fields))
    mark = named.copy()
    mark.update(marshal.dumps((values(lead.fields), lead.formerly, lead.deleted), _MARSHAL))
    return mark.hexdigest()


@lru_cache(maxsize=64)
def _in_order(names: tuple[str, ...]) -> tuple[blake2b, Callable[[Mapping[str, Any]], Any]]:
    """The beginning of a mark, and how to take a record's values in an order that does not depend on how it came.

    The records of a system have the same few sets of fields, and to sort their names was half of a mark.
    """
    ordered = sorted(names)
    return blake2b(marshal.dumps(ordered, _MARSHAL), digest_size=16), itemgetter(*ordered) if ordered else len


def _hand_over(desk: Desk, line: Line, leads: list[RemoteLead], known: Mapping[str, Snapshot]) -> None:
    """New leads are handed off, and what changed on known ones is written down."""
    if not leads:
        return
    intake = Intake(desk, line.connection, Defaults(line.run.now_ms, ZoneInfo(desk.rules.current.zone)))
    intake.expect([lead.external_id for lead in leads if lead.external_id not in known])
    owner = named(desk.db, there(desk.db, line.connection))
    report = intake.take((number, _cells(lead, owner), lead.raw) for number, lead in enumerate(leads, start=1))
    line.tally.pulled += report.created + report.updated
    line.tally.refused += len(report.rejected)


def _cells(lead: RemoteLead, owner: Callable[[str], str]) -> Mapping[str, str]:
    cells = dict(lead.fields)
    if not _TEXT.issuperset(map(type, cells.values())):  # hardly ever, and one look at all is half of one at each
        cells = {name: value if type(value) is str else _text(value) for name, value in cells.items()}
    for name in _NOT_OURS:
        cells.pop(name, None)
    if "owner" in cells:
        cells["owner"] = owner(cells["owner"])
    cells["id"] = lead.external_id
    return cells


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _remember(
    desk: Desk, line: Line, news: Sequence[RemoteLead], known: Mapping[str, Snapshot], marks: Mapping[str, str]
) -> None:
    """Keep what the records show; a status that somebody else set is an event, unless an op of ours is about it."""
    disputed = ops.disputed(desk.db, line.connection)
    ids = json.dumps([lead.external_id for lead in news])
    here = {row[0] for row in desk.db.execute(_HERE, (line.connection, ids))}
    snapshots = []
    for lead in news:
        if lead.external_id not in here and not lead.deleted:
            continue  # it could not be taken: as long as that is so, it is news each time
        external_id, before = lead.external_id, known.get(lead.external_id)
        theirs = str(lead.fields.get("status") or "")
        status, departed = (before.status, before.departed) if before else (theirs, "")
        seen = marks[external_id]
        if theirs != status or external_id in disputed:
            status = _met(desk, line, lead, theirs, status)
            seen = seen if theirs == status else ""  # should an op that is about it be taken back, it is news again
        updated_ms = server_ms(lead.updated_at) or (before.updated_ms if before else 0)
        snapshots.append(Snapshot(external_id, updated_ms, status, seen, departed, mark(lead)))
    snapshot.keep(desk.db, line.connection, snapshots)


def _met(desk: Desk, line: Line, lead: RemoteLead, theirs: str, known: str) -> str:
    """Write down a status that is not the one we know, or that ends a conflict; the one to be known from now on."""
    lead_uid = lead_called(desk.db, line.connection, lead.external_id)
    if lead_uid and theirs:
        ops.agree(desk.db, line.connection, lead_uid, theirs)
    if theirs == known or not lead_uid or _is_contested(desk, line, lead_uid, theirs, known):
        return known
    ours = ops.setter(desk.db, lead_uid, lead.stamp, theirs)
    if ours.seq and ops.may_come_late(desk.db, lead_uid, ours.seq, line.run.ticks.wall_ms()):
        return known  # a write of ours came over a later one: the audit sees to it
    tell(desk, line, lead_uid, known, theirs)
    return theirs


def tell(desk: Desk, line: Line, lead_uid: str, known: str, theirs: str) -> None:
    """Write down that somebody set the lead's status at the other end."""
    drafts = [Draft(ev.REMOTE_CHANGED, line.run.now_ms, {"field": "status", "base": known, "new": theirs})]
    desk.ledger.append(lead_uid, drafts, desk.batch, ADAPTER)
    line.tally.pulled += 1


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
_HERE: Final = """
    SELECT external_id FROM remote_ref
    WHERE connection = ? AND object_type = 'lead' AND external_id IN (SELECT value FROM json_each(?))"""
