"""A home as figures see it: what had happened and been recorded by an instant, read in a handful of statements.

**As of T** means: events with `occurred_ms` and `recorded_ms` up to T, both included. So whatever is recorded later (a
sync, an undo, a correction) leaves the figures of T as they were; events that happened by T and were recorded later are
listed as late arrivals. A device's own clock says when it recorded. A file of events from another laptop may hold some
that were recorded before T: they do count once they are here, and the devices seen (`Facts.devices`) say so.

Rows that nothing has happened to since T are read as they are stored; the others are folded again from the events up to
T by the one fold there is. `domain/metrics` makes figures of the result.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from leadq import read, together
from leadq.domain.metrics.cycle import Device, Facts, Late, Version
from leadq.domain.together import answers
from leadq.facts import rows, told
from leadq.facts.hours import Hours
from leadq.inputs import kept
from leadq.rulebook import stored

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from leadq.domain.contract import Contract
    from leadq.progress import Progress

_SCOPED: Final = """SELECT EXISTS (SELECT 1 FROM connection_state WHERE adapter = 'hub' AND json_valid(cursor)
    AND json_extract(cursor, '$.sees_all') = 0)"""
"""The hub's place (`sync.meeting.Place`): its member is a rep there."""

__all__ = ["read_facts"]

_LATE: Final = """
    SELECT e.uid, l.id, e.type, e.occurred_ms, e.recorded_ms FROM event e LEFT JOIN lead l ON l.uid = e.lead_uid
    WHERE e.occurred_ms <= ? AND e.recorded_ms > ? ORDER BY e.occurred_ms, e.uid"""
_VERSIONS: Final = """
    SELECT id, version, hash, zone, applied_ms, text FROM contract WHERE applied_ms <= ? ORDER BY applied_ms, id"""
_DEVICES: Final = """
    SELECT device, count(*), max(recorded_ms) FROM event WHERE occurred_ms <= ? AND recorded_ms <= ?
    GROUP BY device ORDER BY device"""


def read_facts(
    db: sqlite3.Connection,
    as_of_ms: int,
    *,
    progress: Progress = lambda done, total: None,
) -> Facts:
    """Everything that figures are made of, as known at `as_of_ms`; one consistent look is the caller's transaction.

    `progress` hears how many events of how many were read. A home that does not exist has no facts.
    """
    known = db.execute(_VERSIONS, (as_of_ms,)).fetchall()
    contract = _in_force([(stored(text), applied_ms, id_) for id_, _v, _h, _z, applied_ms, text in known])
    facts = Facts(as_of_ms, contract.zone if contract else read.zone_name(db), contract)
    hours = Hours(db)
    (total,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    by_uid = rows.take_cycles(db, facts, hours, lambda: progress(0, total))
    facts.spend = kept.spend(db, as_of_ms, facts.zone, facts.cycles)
    facts.values = kept.values(db, as_of_ms)
    told.take_events(db, facts, by_uid, lambda done: progress(done, total))
    facts.calendars = hours.found
    facts.working_days = hours.of_contract(contract) if contract else None
    facts.answers = answers(together.events(db, as_of_ms))
    facts.late = tuple(Late(*row) for row in db.execute(_LATE, (as_of_ms, as_of_ms)))
    facts.devices = tuple(Device(*row) for row in db.execute(_DEVICES, (as_of_ms, as_of_ms)))
    facts.scoped = bool(db.execute(_SCOPED).fetchone()[0])
    under = Counter(cycle.contract for cycle in facts.cycles)
    facts.versions = tuple(
        Version(id_, version, digest, zone, applied_ms, under[id_])
        for id_, version, digest, zone, applied_ms, _text in known
    )
    return facts


def _in_force(known: Sequence[tuple[Contract, int, int]]) -> Contract | None:
    """The version with the newest `effective_from`, then the one that came last: a colleague's file of events may bring
    an older version along, which was never in force here."""
    newest = max(known, key=lambda one: (one[0].effective_from, *one[1:]), default=None)
    return newest[0] if newest else None
