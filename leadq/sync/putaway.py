"""Where archiving is how a verdict shows (Pipedrive), an archived lead is not one that somebody took away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadq.domain.states import CLOSED_STATES
from leadq.sync import ops
from leadq.sync.judge import status_of

if TYPE_CHECKING:
    import sqlite3

    from leadq.plugins.sdk import Found
    from leadq.sync.line import Line


def seen(line: Line, db: sqlite3.Connection, lead_uid: str, found: Found) -> Found:
    """`found` as open, where it was archived with a verdict of this device that is still what it shows: an undo, or a
    new cycle, may bring it back. For everybody else's device it has left."""
    if found.state != "archived" or "puts_away" not in line.can:
        return found
    ours = {ops.setter(db, uid, found.stamp, status_of(found)).status for uid in ops.cycles(db, lead_uid)}
    return found if ours.isdisjoint(CLOSED_STATES) else replace(found, state="open")
