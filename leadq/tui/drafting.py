"""The drafts of one home as the screen uses them: kept in the writing thread, so that no key waits for the disk.

What this screen has kept is known here at once, also while it waits to be written: a dialog that is left and opened
again in one burst of keys finds what was typed.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from leadq import drafts
from leadq.drafts import Draft
from leadq.erasing import ERASED_PERSON
from leadq.errors import LeadqError
from leadq.sqlite import explained

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from textual.message import Message
    from textual.message_pump import MessagePump

    from leadq.tui.data import Data

    _Write = Callable[[tuple[str, ...]], None]

Answers = dict[str, tuple[str, ...]]
_Key = tuple[str, tuple[int, ...]]


class Drafts:
    """By dialog and by the local ids of its leads, in the order in which they stand there."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._known: dict[_Key, Draft | None] = {}

    def known(self, dialog: str, leads: Sequence[int], stored: Iterable[Draft]) -> Draft | None:
        """The draft: as this screen has it, else the one among those `stored` when the lead was read."""
        if (key := (dialog, tuple(leads))) in self._known:
            return self._known[key]
        return next((one for one in stored if (one.dialog, one.ids) == key), None)

    def keep(self, to: MessagePump, dialog: str, leads: Sequence[int], answers: Answers) -> None:
        """Keep these answers: `Unkept` where the disk refuses."""
        at_ms = self._data.clock.now_ms()
        self._remember(dialog, leads, Draft(dialog, (), at_ms, answers))

        def write(uids: tuple[str, ...]) -> None:
            if len(uids) == len(leads):
                drafts.keep(self._data.home, Draft(dialog, uids, at_ms, answers, tuple(leads)))

        self._ask(to, dialog, leads, write)

    def drop(self, to: MessagePump, dialog: str, leads: Sequence[int]) -> None:
        """Forget the draft: `Unkept` where the disk refuses."""
        self._remember(dialog, leads, None)
        now_ms = self._data.clock.now_ms()
        self._ask(to, dialog, leads, lambda uids: drafts.drop(self._data.home, dialog, uids, now_ms))

    def spend(self, dialog: str, leads: Sequence[int]) -> None:
        """In the writing thread: the verb is on disk. A draft that cannot be dropped comes back and is said to be one,
        which is no reason to call the verb not done."""
        with suppress(LeadqError), explained(self._data.home), self._data.reading() as db:
            drafts.drop(self._data.home, dialog, _uids(db, leads), self._data.clock.now_ms())

    def forget(self, dialog: str, leads: Sequence[int]) -> None:
        """What this screen knows of a draft that was spent."""
        self._remember(dialog, leads, None)

    def _ask(self, to: MessagePump, dialog: str, leads: Sequence[int], write: _Write) -> None:
        from leadq.tui.messages import Unkept

        def job() -> Message | None:
            try:
                with explained(self._data.home), self._data.reading() as db:
                    write(_uids(db, leads))
            except LeadqError as error:
                return Unkept(error)
            return None

        self._data.aside(to, f"draft {dialog} {leads}", job)

    def _remember(self, dialog: str, leads: Sequence[int], draft: Draft | None) -> None:
        key = (dialog, tuple(leads))
        self._known.pop(key, None)
        self._known[key] = draft
        if len(self._known) > drafts.KEPT:
            del self._known[next(iter(self._known))]


def _uids(db: sqlite3.Connection, leads: Sequence[int]) -> tuple[str, ...]:
    """The uids of these leads, but of no one whose person was erased: of them nothing is kept."""
    marks = ", ".join("?" * len(leads))
    rows = db.execute(
        f"SELECT l.id, l.uid FROM lead l JOIN person p ON p.id = l.person_id"
        f" WHERE l.id IN ({marks}) AND NOT p.{ERASED_PERSON}",
        list(leads),
    )
    known: dict[int, str] = dict(rows.fetchall())
    return tuple(known[lead_id] for lead_id in leads if lead_id in known)
