"""What the reading thread finds out beside the order and the rows: saved views, similar leads, what an undo undid."""

from __future__ import annotations

import json
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadq import read, saved_views
from leadq.domain.events import SAID
from leadq.errors import LeadqError
from leadq.members import named
from leadq.near import FEW, TOP, near
from leadq.opstates import WAITS
from leadq.read import Ranked
from leadq.tui.widgets.order import SIMILAR

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from leadq.order import Filter
    from leadq.paths import Home
    from leadq.read import Moment
    from leadq.saved_views import SavedView
    from leadq.tui.data import Asked


class Sight:
    """What one look at a home remembers for the next."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._newest = 0
        self._beside: object = None
        self._of: tuple[Filter, int] | None = None
        self._top = array("q")

    def note(self, db: sqlite3.Connection) -> None:
        """Remember up to where was looked."""
        self._newest, self._beside = db.execute(_NEWEST).fetchone()[0] or 0, db.execute(_BESIDE).fetchone()

    def only_said(self, db: sqlite3.Connection) -> bool:
        """Whether all that was written since is that somebody was alerted.

        Nobody's place in the queue follows from that, and ranking 100,000 leads for it would cost a fifth of a second
        for each alert.
        """
        newest, beside = db.execute(_NEWEST).fetchone()[0] or 0, db.execute(_BESIDE).fetchone()
        if newest < self._newest or beside != self._beside:
            return False
        return not db.execute(_HAPPENED, (self._newest,)).fetchone()[0]

    def ranked(self, db: sqlite3.Connection, at: Moment, asked: Asked, version: int) -> Ranked:
        """The order; behind what is typed and finds few, in a band of their own, the leads that it may have meant.

        The top of a view, where these are looked for, is kept until something is written (`version`).
        """
        found = read.ranked(db, at, asked.wanted)
        view = asked.wanted._replace(search=asked.wanted.search.removesuffix(asked.typed).strip())
        if not asked.typed:
            self._of, self._top = (view, version), found.ids[:TOP]
        if not asked.typed or len(found.ids) >= FEW:
            return found
        if self._of != (view, version):
            self._of, self._top = (view, version), read.ranked(db, at, view, TOP).ids
        similar = array("q", near(db, view, asked.typed, self._top, found.ids))
        return Ranked(found.ids + similar, (*found.bands, (SIMILAR, len(similar)))) if similar else found

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


def types(db: sqlite3.Connection, event_uids: Sequence[str]) -> dict[str, int]:
    """The types of these events in their order, and how many there are of each: a gesture has one of a type a lead."""
    rows = db.execute(
        "SELECT type, count(*) FROM event WHERE uid IN (SELECT value FROM json_each(?))"
        " GROUP BY type ORDER BY min(seq)",
        (json.dumps(event_uids),),
    )
    return dict(rows.fetchall())


def taken_back(db: sqlite3.Connection, event_uids: Sequence[str]) -> list[str]:
    """What these undos took back."""
    rows = db.execute(
        "SELECT taken.value FROM event e, json_each(e.data, '$.events') taken"
        " WHERE e.uid IN (SELECT value FROM json_each(?))",
        (json.dumps(event_uids),),
    )
    return [row[0] for row in rows]


_NEWEST: Final = "SELECT max(seq) FROM event"
_HAPPENED: Final = f"""
    SELECT EXISTS (
        SELECT 1 FROM event WHERE seq > ? AND type NOT IN ({", ".join(repr(kind) for kind in sorted(SAID))})
    )"""
_BESIDE: Final = f"""
    SELECT (SELECT count(*) FROM outbox), (SELECT total(done_ms) FROM outbox), (SELECT total(attempts) FROM outbox),
        (SELECT count(*) FROM outbox WHERE {WAITS} AND state IN ('dead', 'conflict')),
        (SELECT group_concat(name || '|' || coalesce(last_pull_ms, 0) || '|' || coalesce(last_push_ms, 0) || '|'
            || coalesce(last_error, '') || '|' || coalesce(next_attempt_ms, 0)) FROM connection_state),
        (SELECT group_concat(value) FROM meta WHERE key IN ('contract', 'contract_file'))"""
"""What a look shows beside leads: the outbox and the connections; and which contract is in force."""
