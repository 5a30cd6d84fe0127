"""What was written is looked at once more, when nothing can be on its way any longer.

This, not the settle time, is what makes «exactly once» true: a request may take effect after the answer that it would
not, and after the second one that was sent in its place (reference/sync.md 0).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from leadq.i18n import N_, _
from leadq.plugins.sdk import Ref
from leadq.sync import ops, putaway
from leadq.sync.judge import status_of
from leadq.sync.line import ABOUT_ONE
from leadq.sync.ops import Answer

if TYPE_CHECKING:
    import sqlite3

    from leadq.plugins.sdk import Found
    from leadq.sync.line import Line
    from leadq.sync.ops import Op

_PAGE: Final = 100
_TWICE: Final = N_("Its entry is on the timeline {count} times.")


def audit(line: Line) -> None:
    """Look at every lead with an op whose time has come. Raises Stopped."""
    with line.run.store.read() as db:
        due = ops.to_audit(db, line.connection, line.run.ticks.wall_ms())
    leads = [list(group) for _uid, group in groupby(due, key=lambda op: op.lead_uid)]
    for start in range(0, len(leads), _PAGE):
        page: dict[str, list[list[Op]]] = {}
        for group in leads[start : start + _PAGE]:
            page.setdefault(group[0].external_id, []).append(group)  # two cycles of a lead have one record
        looked = line.looked_up([Ref(external_id, markers=True) for external_id in page])
        if line.has_moved():
            audit(line)  # our clock was put forward: what seemed to be due may not be
            return
        for found in looked:
            for group in page.get(found.external_id, ()):  # an adapter may tell of what nobody asked for
                _audit(line, group, found)


def _audit(line: Line, group: list[Op], found: Found) -> None:
    """One lead: of an entry that is there twice the oldest stays, and what was covered is written again."""
    for op in group:  # also on a lead that has left: its timeline is still read
        if not _alone(line, op, found):
            return  # it is looked at again the next time
    with line.writing() as db:
        ops.settle(db, [op.op_id for op in group])
        if putaway.seen(line, db, group[0].lead_uid, found).state == "open":
            _uncover(line, db, group[0].lead_uid, found)


def _alone(line: Line, op: Op, found: Found) -> bool:
    """Make sure that the op's entry is there at most once; False when that could not be done now."""
    count = (found.markers or ()).count(op.op_id)
    if count < 2:
        return True
    if "tidy" in line.can:
        failure = line.talk.tidy(found.external_id, op.op_id)
        if failure is None or failure.kind not in ABOUT_ONE:
            return failure is None
    with line.writing() as db:
        db.execute("UPDATE outbox SET last_error = ? WHERE op_id = ?", (_(_TWICE).format(count=count), op.op_id))
    return True


def _uncover(line: Line, db: sqlite3.Connection, lead_uid: str, found: Found) -> None:
    """An earlier op came late, over a later one that set a state, of this cycle or the next: that one goes out again.

    It is the record's last one; or one that set no state came after it, and the stamp still names it.
    """
    newest = ops.newest_status_there(db, line.connection, lead_uid)
    if newest is None:
        return
    by_stamp = ops.setter(db, newest.lead_uid, found.stamp, status_of(found))
    if 0 < by_stamp.seq < newest.seq or ops.is_older(db, found.last_op, newest):
        db.execute("UPDATE outbox SET scope = 'record' WHERE op_id = ?", (newest.op_id,))
        line.record(db, [Answer(newest.op_id, "undone")])
