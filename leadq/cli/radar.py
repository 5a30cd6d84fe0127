"""`leadq radar`: what would otherwise be forgotten, by the reason for which it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq import read, runners
from leadq.agenda import told_radar, total
from leadq.cli.base import Session, command
from leadq.cli.output import emit
from leadq.cli.tables import page_width
from leadq.i18n import N_

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence


@command(
    "radar",
    help=N_("Show what would otherwise be forgotten, by group.\n\nLeads of everybody: no option hides any of it."),
)
def radar(session: Session) -> None:
    """Print the groups; a lead may be in several, and counts once in the total."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        groups = read.radar(db, at)
        emit(_shape(db, groups), told_radar(db, at, groups, page_width()), as_json=session.as_json)


def _shape(db: sqlite3.Connection, groups: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    silent = runners.shape(db)
    return {"total": total(groups), "groups": dict(groups), **({"no_runner": silent} if silent else {})}
