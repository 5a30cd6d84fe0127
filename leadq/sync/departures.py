"""Leads that left our scope at the other end: a list of open leads never says so, only a read by id does.

No lead vanishes: each gets a class (reassigned, archived, converted, merged, deleted, forbidden), its clocks end, and
what waited to go out for it gets an end that a person can see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.i18n import N_, _
from leadq.ledger import SYSTEM
from leadq.order import IS_OPEN
from leadq.plugins.sdk import Ref
from leadq.sync import ops, putaway, snapshot
from leadq.sync.aliases import rename
from leadq.sync.inbox import desk_of
from leadq.sync.judge import NOTHING_LEFT
from leadq.sync.ops import Answer
from leadq.sync.protocol import Failed
from leadq.sync.snapshot import Snapshot

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable

    from leadq.desk import Desk
    from leadq.plugins.sdk import Found
    from leadq.sync.line import Line
    from leadq.sync.ops import Op

_FEW: Final = 5
_SHARE: Final = 0.3
"""More leads than this part of the open ones never leave at once, unless somebody says that they did: a login that
lost its rights, or a filter that somebody changed, looks the same."""

_EMPTY: Final = N_("{missing} of {open} open leads are not listed any more: nothing was changed. Are they really gone?")
_NO_MORE: Final[dict[str, str]] = {
    "reassigned": N_("The lead was given to somebody else."),
    "archived": N_("The lead was archived."),
    "converted": N_("The lead was converted."),
    "merged": N_("The lead was merged into another one."),
    "deleted": N_("The lead was deleted."),
    "forbidden": N_("The lead may not be read any more."),
}
_FINAL: Final = frozenset({"archived", "deleted", "forbidden"})
"""Where nobody is left to agree with: what was to be set is dead. Elsewhere somebody must decide what stands."""


def reconcile(line: Line, listed: Collection[str], odd: Collection[str], *, full: bool) -> Failed | None:
    """Look by id at what a pull left open, and, when it listed all, at each open lead that it did not list.

    Returns what a person must confirm first: then nothing was changed.
    """
    here = _open_here(line) if full else []
    missing = [external_id for external_id in here if external_id not in listed]
    too_many = missing and (not listed or len(missing) > max(_FEW, len(here) * _SHARE))
    if too_many and not line.run.wishes.force_empty:
        params = {"missing": str(len(missing)), "open": str(len(here))}
        settle(line, line.looked_up([Ref(external_id) for external_id in odd]))
        return Failed("guard", _EMPTY, params)
    settle(line, line.looked_up([Ref(external_id) for external_id in dict.fromkeys((*odd, *missing))]))
    return None


def _open_here(line: Line) -> list[str]:
    with line.run.store.read() as db:
        return [row[0] for row in db.execute(_OPEN, (line.connection,))]


def settle(line: Line, found: Iterable[Found]) -> None:
    """Write down what became of each."""
    left = list(found)
    if left:
        with desk_of(line) as desk:
            for each in left:
                _settle(desk, line, each)
            hold(desk.db, line)


def left_behind(db: sqlite3.Connection, line: Line) -> bool:
    """Whether anything waits for a lead that is known to be gone."""
    return db.execute(ops.GONE, (line.connection,)).fetchone() is not None


def hold(db: sqlite3.Connection, line: Line) -> None:
    """Give an end to the ops of leads that are known to be gone, but for what may still be added to their timeline."""
    for op, why in [(ops.as_op(row[:-1]), row[-1]) for row in db.execute(ops.GONE, (line.connection,))]:
        _end(db, line, op, why)


def _settle(desk: Desk, line: Line, found: Found) -> None:
    row = desk.db.execute(_LEAD, (line.connection, found.external_id)).fetchone()
    if row is None:
        return
    uid, name, departed = row
    found = putaway.seen(line, desk.db, uid, found)
    if found.external_id != name:
        return  # an old name of a lead that goes on under another one
    if found.state == "merged" and _goes_on(desk, line, found):
        return
    if found.state == "open":
        if departed:
            _mark(desk, line, found, "")
            desk.ledger.append(uid, [Draft(ev.RETURNED, line.run.now_ms)], desk.batch, SYSTEM)
        return
    if departed != found.state:
        _mark(desk, line, found, found.state)
        if not departed:
            left = {"why": found.state} | ({"to": found.moved_to} if found.moved_to else {})
            desk.ledger.append(uid, [Draft(ev.DEPARTED, line.run.now_ms, left)], desk.batch, SYSTEM)


def _goes_on(desk: Desk, line: Line, found: Found) -> bool:
    """Whether what it was merged into is nobody else here: then it is the same lead under a new name."""
    other = desk.db.execute(_LEAD, (line.connection, found.moved_to)).fetchone()
    if other or not found.moved_to:
        return False
    rename(desk.db, line.connection, found.external_id, found.moved_to)
    return True


def _mark(desk: Desk, line: Line, found: Found, departed: str) -> None:
    known = snapshot.find(desk.db, line.connection, [found.external_id]).get(found.external_id)
    kept = known or Snapshot(found.external_id, 0, "", "", "")
    snapshot.keep(desk.db, line.connection, [kept._replace(departed=departed)])


def _end(db: sqlite3.Connection, line: Line, op: Op, why: str) -> None:
    """What becomes of one op of a lead that has left."""
    if op.adds and not op.status and why not in NOTHING_LEFT:
        db.execute("UPDATE outbox SET scope = 'timeline' WHERE op_id = ?", (op.op_id,))
    elif op.status and why not in _FINAL:
        line.record(db, [Answer(op.op_id, "conflict", _(_NO_MORE[why]))])
    else:
        line.record(db, [Answer(op.op_id, "gone", _(_NO_MORE[why]))])


_OPEN: Final = f"""
    SELECT l.external_id FROM lead l WHERE l.connection = ? AND l.external_id <> '' AND {IS_OPEN}"""
_LEAD: Final = """
    SELECT l.uid, l.external_id, coalesce(s.departed, '') FROM remote_ref r JOIN lead l ON l.id = r.lead_id
    LEFT JOIN remote_snapshot s ON s.connection = r.connection AND s.external_id = r.external_id
    WHERE r.connection = ? AND r.object_type = 'lead' AND r.external_id = ?"""
