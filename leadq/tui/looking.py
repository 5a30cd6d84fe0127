"""What the reading thread finds out beside the order and the rows: saved views, similar leads, what an undo undid."""

from __future__ import annotations

import json
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

from leadq import read, saved_views
from leadq.errors import LeadqError
from leadq.members import named
from leadq.near import FEW, TOP, near
from leadq.radar import Grouped, ordered
from leadq.read import Ranked
from leadq.tui.gaze import Gesture
from leadq.tui.widgets.order import SIMILAR

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from leadq.order import Filter
    from leadq.paths import Home
    from leadq.queue import Queue
    from leadq.read import Moment
    from leadq.saved_views import SavedView
    from leadq.tui.gaze import Asked


class Sight:
    """What one look at a home remembers for the next."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._of: tuple[Filter, int] | None = None
        self._top = array("q")

    def order(self, db: sqlite3.Connection, at: Moment, asked: Asked, version: int) -> Grouped:
        """The order; behind what is typed and finds few, in a band of their own, the leads that it may have meant.

        The top of a view, where these are looked for, is kept until something is written (`version`).
        """
        found = ordered(db, at, asked.wanted)
        ranked = found.ranked
        view = asked.wanted._replace(search=asked.wanted.search.removesuffix(asked.typed).strip())
        if not asked.typed:
            self._of, self._top = (view, version), ranked.ids[:TOP]
        if not asked.typed or len(ranked.ids) >= FEW:
            return found
        if self._of != (view, version):
            self._of, self._top = (view, version), read.ranked(db, at, view, TOP).ids
        similar = array("q", near(db, view, asked.typed, self._top, ranked.ids))
        if not similar:
            return found
        return Grouped(Ranked(ranked.ids + similar, (*ranked.bands, (SIMILAR, len(similar)))), found.since)

    def views(self, db: sqlite3.Connection) -> tuple[tuple[SavedView, ...] | None, LeadqError | None]:
        """The saved views, owners by their ids; a slip in the settings costs nobody the queue."""
        try:
            found = saved_views.saved(self._home)
        except LeadqError as error:
            return None, error
        if not any(view.wanted.owner for view in found):
            return found, None
        known = named(db)
        return tuple(replace(view, wanted=_owned(view.wanted, known)) for view in found), None


def _owned(wanted: Filter, known: Callable[[str], str]) -> Filter:
    return wanted._replace(owner=known(wanted.owner)) if wanted.owner else wanted


def undo(queue: Queue) -> Gesture:
    """Take back the last gesture, and say of what and of how many leads it was."""
    done = queue.undo()
    with queue.store.read() as db:
        types = _types(db, done.undone)
    return Gesture("undo", done.lead_ids, tuple(types), len(done.compensated), max(types.values(), default=1))


def redo(queue: Queue) -> Gesture:
    """Do again what the last undo took back, and say of how many leads it was."""
    done = queue.redo()
    with queue.store.read() as db:
        types = _types(db, _taken_back(db, done.undone))
    return Gesture("redo", done.lead_ids, leads=max(types.values(), default=1))


def _types(db: sqlite3.Connection, event_uids: Sequence[str]) -> dict[str, int]:
    """The types of these events in their order, and how many there are of each: a gesture has one of a type a lead."""
    rows = db.execute(
        "SELECT type, count(*) FROM event WHERE uid IN (SELECT value FROM json_each(?))"
        " GROUP BY type ORDER BY min(seq)",
        (json.dumps(event_uids),),
    )
    return dict(rows.fetchall())


def _taken_back(db: sqlite3.Connection, event_uids: Sequence[str]) -> list[str]:
    """What these undos took back."""
    rows = db.execute(
        "SELECT taken.value FROM event e, json_each(e.data, '$.events') taken"
        " WHERE e.uid IN (SELECT value FROM json_each(?))",
        (json.dumps(event_uids),),
    )
    return [row[0] for row in rows]
