"""What can only be known of now: what the CRM does not have yet, and when each connection was last heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq import read
from leadq.domain.metrics.trust import Waiting

if TYPE_CHECKING:
    import sqlite3


def waiting(db: sqlite3.Connection) -> Waiting:
    """The ops that wait, those that need a person, and the last pull of each connection."""
    lines = read.sync_lines(db)
    return Waiting(
        sum(line.waiting for line in lines),
        sum(line.needs_you for line in lines),
        tuple((line.name, line.last_pull_ms) for line in lines),
    )
