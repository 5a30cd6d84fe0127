"""Everything stored, behind two threads: one reads, one writes. The screen asks, and hears by message.

Only the first page is asked for before the screen is up; it comes as a future, so that the query runs while the
screen library starts.
"""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future
from dataclasses import replace
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from leadq import config, read
from leadq.rerank import Coming, coming, recount, rerank
from leadq.sqlite import Store, explained
from leadq.tui.attempt import attempt, sorry
from leadq.tui.gaze import Asked, Gesture, Look, around
from leadq.tui.hand import Hand
from leadq.tui.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from textual.message import Message
    from textual.message_pump import MessagePump

    from leadq.alerts import Lookout
    from leadq.clock import Clock
    from leadq.domain.verbs import Verb
    from leadq.drafts import Glance
    from leadq.order import Filter
    from leadq.paths import Home
    from leadq.queue import Queue
    from leadq.tui.card import Card, Shelf
    from leadq.tui.drafting import Drafts
    from leadq.tui.journal import Journal
    from leadq.tui.looking import Sight
    from leadq.tui.sync import Keeper
    from leadq.tui.written import Mark

    Job = Callable[[], Message | None]

_T = TypeVar("_T")
_QUIT_S: Final = 1.0


class Data:
    """The store of one home as the screen uses it."""

    def __init__(self, home: Home, clock: Clock) -> None:
        """Raises LeadqError for a home that cannot be read (74) or understood (78), before any screen is up."""
        self.home, self.clock = home, clock
        self._store = Store(home, keep=True)
        settings = config.load(home)
        self.me, self.bell, self.desktop, self.roomy = settings.me, settings.bell, settings.desktop, settings.roomy
        self._place = Place(home)
        self._db = self._open()
        self._version = self._data_version()
        self._shelf: Shelf | None = None
        self._glance: Glance | None = None
        self._lookout: Lookout | None = None
        self._last: Look | None = None
        self._coming: Coming | None = None
        self._sight: Sight | None = None
        self._mark: Mark | None = None
        self._reader, self._writer, self._runner = (
            Hand(f"leadq-{name}", self._failed) for name in ("read", "write", "sync")
        )
        self._verbs = self._asked = 0
        self._closed = False
        self.may_watch = False
        self._keeper: Keeper | None = None

    @cached_property
    def journal(self) -> Journal:
        """What went wrong or was synced since the screen is up."""
        from leadq.tui.journal import Journal  # not for the first page, which seldom goes wrong

        return Journal(self.clock)

    def first(self, wanted: Filter, rows: int) -> Future[Look]:
        """The first page alone: one query for ids, one for rows."""
        future: Future[Look] = Future()
        self._reader.ask("first", lambda: self._fulfil(future, lambda: self._first(wanted, rows)))
        return future

    def look(self, to: MessagePump, asked: Asked) -> None:
        """Ask for the whole order, the rows around one lead and the figures: `Looked`."""
        from leadq.tui.messages import Looked

        self._ask(to, "look", lambda: Looked(self._look(asked)))

    def rows(self, to: MessagePump, lead_ids: Sequence[int]) -> None:
        """Ask for rows: `RowsRead`."""
        from leadq.tui.messages import RowsRead

        def read_rows() -> Message:
            at = read.moment(self._db, self.clock.now_ms())
            return RowsRead(read.lines(self._db, at, lead_ids))

        self._ask(to, "rows", read_rows)

    def card(self, to: MessagePump, lead_id: int) -> None:
        """Ask for one lead whole: `CardRead`."""
        from leadq.tui.messages import CardRead

        self._ask(to, "card", lambda: CardRead(self._card(lead_id)))

    def card_now(self, lead_id: int) -> Future[Card | None]:
        """One lead whole, for whoever waits for it before going on."""
        future: Future[Card | None] = Future()
        self._reader.ask(f"card {lead_id}", lambda: self._fulfil(future, lambda: self._card(lead_id)))
        return future

    def read_now(self, job: Callable[[sqlite3.Connection, read.Moment], _T]) -> Future[_T]:
        """What `job` reads, for whoever waits for it before going on."""
        future: Future[_T] = Future()
        self._asked += 1  # none replaces another: somebody waits for each

        def look() -> _T:
            return job(self._reopened(), read.moment(self._db, self.clock.now_ms()))

        self._reader.ask(f"read {self._asked}", lambda: self._fulfil(future, look))
        return future

    def watch(self, to: MessagePump, asked: Asked, *, by_time: bool) -> None:
        """Look whether another process wrote: then `Moved`; or, `by_time`, a lead changed band: then `Looked`.

        A database that is gone, or another one, is `Displaced`, once.
        """
        from leadq.tui.messages import Looked, Moved

        def compare() -> Message | None:
            if (news := self._place.news()) or self._place.gone:
                self._let_go()
                return news
            if self._written():
                if not self._only_said():
                    return Moved()
                self._version = self._data_version()
                self.alerts(to)
            look = self._later(asked) if by_time else None
            return Looked(look) if look else None

        self._ask(to, "watch-time" if by_time else "watch", compare)

    def alerts(self, to: MessagePump) -> None:
        """Look at the alerts: `Heard`. What rings now is written down first, and heard of by the look after that."""
        from leadq.tui.messages import Heard

        def look() -> Message | None:
            from leadq.alerts import Lookout  # the contract reader: not before the first page

            if not self.home.exists:
                return None
            self._lookout = self._lookout or Lookout(self.me)
            seen = self._lookout.look(self._reopened(), self.clock.now_ms())
            if seen.due:
                self._ask(to, "alerts", lambda: self._record_alerts(to), self._writer)
            return Heard(seen)

        self._ask(to, "alerts", look)

    def perform(
        self,
        to: MessagePump,
        lead_id: int,
        verb: Verb,
        also: Sequence[int] = (),
        *,
        first: Callable[[], None] = lambda: None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Do a verb to a lead, and to those of `also` in the same undoable gesture: to all of them, or to none.

        `Done` once it is on disk, or `Trouble` with the refusal; never both, never neither. In the same thread `first`
        may refuse it by a LeadqError, and `then`, which does not raise, is done once it is on disk.
        """
        from leadq.domain.verbs import name_of
        from leadq.tui.messages import Done

        def do() -> Message:
            first()
            done = self._queue().perform([str(one) for one in (lead_id, *also)], verb)
            then()
            return Done(Gesture(name_of(verb), done.lead_ids, leads=len(also) + 1 if done.events else 0))

        self._write(to, name_of(verb), do)

    def undo(self, to: MessagePump) -> None:
        """Take back the last gesture: `Done` or `Trouble`."""
        from leadq.tui.looking import undo
        from leadq.tui.messages import Done

        self._write(to, "undo", lambda: Done(undo(self._queue())))

    def redo(self, to: MessagePump) -> None:
        """Do again what the last undo took back: `Done` or `Trouble`."""
        from leadq.tui.looking import redo
        from leadq.tui.messages import Done

        self._write(to, "redo", lambda: Done(redo(self._queue())))

    def sync(self, to: MessagePump) -> None:
        """Run `leadq sync` beside the screen: `Synced`."""
        from leadq.tui.messages import Synced
        from leadq.tui.sync import run_sync

        self._ask(to, "sync", lambda: Synced(run_sync(self.home, self.clock)), self._runner)

    @cached_property
    def drafts(self) -> Drafts:
        """What is typed into dialogs and not saved yet."""
        from leadq.tui.drafting import Drafts  # not before the first dialog

        return Drafts(self)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """One look for whoever is in the writing thread."""
        return self._store.read()

    def aside(self, to: MessagePump, kind: str, job: Job) -> None:
        """Do `job` in the writing thread, instead of an earlier one of its kind that has not begun."""
        self._ask(to, kind, job, self._writer)

    def write(self, to: MessagePump, name: str, job: Callable[[Queue], Message | None]) -> None:
        """Do what `job` does at the queue's door, or to the settings: its message once it is on disk, or `Trouble`."""
        self._write(to, name, lambda: job(self._queue()))

    @property
    def lacks_watcher(self) -> bool:
        """Whether a watcher is to be started: where one is wanted, there is none yet, and there is a home for it."""
        return self.may_watch and self._keeper is None and self.home.exists

    def keep_syncing(self, to: MessagePump) -> None:
        """Start the watcher: `Unwatched` when it ends by itself."""
        from leadq.tui.messages import Unwatched

        def ended(status: int) -> None:
            if not self._closed:
                to.post_message(Unwatched(status))

        def start() -> None:
            from leadq.tui.sync import Keeper  # 10 ms that the first page does not wait for

            if self.lacks_watcher:
                self.may_watch = False  # one that cannot be started is not tried again at each look
                self._keeper = Keeper(self.home, self.clock, ended)
                self.may_watch = True

        self._ask(to, "keep", start, self._runner)

    def close(self) -> None:
        """Stop: what was asked to be written gets a moment to be; a sync and the watcher end by themselves."""
        self._closed = True
        if self._keeper:
            self._keeper.close()
        until_s = monotonic() + _QUIT_S
        self._writer.stop(_QUIT_S, finish=True)
        self._store.close()
        self._reader.stop(max(0.0, until_s - monotonic()))
        self._runner.stop(0)

    def _ask(self, to: MessagePump, kind: str, job: Job, hand: Hand | None = None) -> None:
        (hand or self._reader).ask(kind, lambda: self._report(to, kind, job))

    def _write(self, to: MessagePump, name: str, job: Job) -> None:
        self._verbs += 1  # each verb is its own kind: none replaces another

        def write() -> Message | None:
            self._place.must_be_there()
            return job()

        self._writer.ask(f"verb {self._verbs}", lambda: self._report(to, name, write))

    def _let_go(self) -> None:
        """The watcher would begin an empty home in the place of one that is gone."""
        if self._keeper and self._place.gone:
            self._keeper.close()
            self._keeper = None

    def _failed(self, error: Exception) -> None:
        """What a job could not even report."""
        if not self._closed:
            sorry("report", error, self.home)

    def _report(self, to: MessagePump, kind: str, job: Job) -> None:
        """Do a job and post what comes of it, unless the screen is gone."""
        message = attempt(kind, job, self.home, self.journal.trouble)
        if message is not None and not self._closed:
            to.post_message(message)

    def _fulfil(self, future: Future[_T], job: Callable[[], _T]) -> None:
        if not future.set_running_or_notify_cancel():
            return  # whoever waited has left
        try:
            with explained(self.home, (sqlite3.DatabaseError,)):
                future.set_result(job())
        except Exception as error:  # noqa: BLE001 - whoever waits for the result hears of it
            found = sorry("read", error, self.home)
            self.journal.trouble("read", found)
            future.set_exception(found)

    def _queue(self) -> Queue:
        from leadq.queue import Queue  # the rules and the contract reader: not before the first verb

        return Queue(self._store, self.clock)

    def _record_alerts(self, to: MessagePump) -> Message | None:
        """Write down what rings now, and look again: what was written is heard of then."""
        from leadq.alerts import record

        if record(self._store, self.clock):
            self.alerts(to)
        return None

    def _data_version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def _written(self) -> bool:
        """Whether anybody has committed since the last look; a home that was born meanwhile counts."""
        return (self.home.exists and self._place.file is None) or self._data_version() != self._version

    def _only_said(self) -> bool:
        """Whether all that was written since the last look is that somebody was alerted."""
        from leadq.tui.written import only_said

        born = self._place.file is None and self.home.exists
        return not born and self._mark is not None and only_said(self._db, self._mark)

    def _reopened(self) -> sqlite3.Connection:
        if self._place.other:
            before, self._db = self._db, self._open()
            before.close()
            self._mark = self._shelf = self._lookout = self._last = None
        return self._db

    def _open(self) -> sqlite3.Connection:
        """A reader with SQLite's own small cache: a look goes through the index once, and 20 MB kept are no use."""
        db = self._store.open_reader()
        db.execute("PRAGMA cache_size=-2000")
        return db

    def _look(self, asked: Asked) -> Look:
        from leadq.tui.looking import Sight  # not before the first page
        from leadq.tui.written import mark

        db = self._reopened()
        self._version, self._coming = self._data_version(), None
        if self._shelf:
            self._shelf.forget_calendars()
        at = read.moment(db, self.clock.now_ms())
        self._sight = self._sight or Sight(self.home)
        db.execute("BEGIN")
        try:
            self._mark = mark(db)
            found = self._sight.order(db, at, asked, self._version)
            return replace(self._seen(asked, at, found.ranked, read.counts(db, at, asked.wanted)), since=found.since)
        finally:
            db.execute("COMMIT")

    def _later(self, asked: Asked) -> Look | None:
        """The newest look as the time since has changed it, or None when it has not; a radar is always looked at."""
        last = self._last
        if last is None or last.counts is None or last.asked.wanted != asked.wanted:
            return self._look(asked)
        if asked.wanted.view not in ("mine", "all") or asked.wanted.band or asked.typed:
            return self._look(asked)
        at = read.moment(self._db, self.clock.now_ms())
        soon = self._coming or coming(self._db, last.at, at)
        if soon.spans(last.at, at):
            counts = recount(self._db, last.counts, last.at, at, asked.wanted, soon)
        else:
            soon, counts = coming(self._db, last.at, at), read.counts(self._db, at, asked.wanted)
        self._coming = soon
        changed = rerank(self._db, last.ranked, last.at, at, asked.wanted, soon)
        if changed is None and counts == last.counts:
            self._last = replace(last, at=at)
            return None
        return self._seen(asked, at, changed or last.ranked, counts)

    def _seen(self, asked: Asked, at: read.Moment, ranked: read.Ranked, counts: read.Counts) -> Look:
        lines = read.lines(self._db, at, around(ranked.ids, asked))
        views, unread = self._sight.views(self._db) if self._sight else (None, None)
        anybody = bool(ranked.ids) or self._db.execute("SELECT EXISTS (SELECT 1 FROM lead)").fetchone()[0] == 1
        sync = tuple(read.sync_lines(self._db))
        sent = self._mark.sent if self._mark else 0
        self._last = Look(asked, at, ranked, lines, counts, sync, views, unread, anybody=anybody, sent=sent)
        return self._last

    def _first(self, wanted: Filter, rows: int) -> Look:
        at = read.moment(self._db, self.clock.now_ms())
        ranked = read.ranked(self._db, at, wanted, rows)
        return Look(Asked(wanted, 0, rows=rows), at, ranked, read.lines(self._db, at, ranked.ids))

    def _card(self, lead_id: int) -> Card | None:
        from leadq.drafts import Glance
        from leadq.tui.card import Shelf

        self._shelf = self._shelf or Shelf()
        self._glance = self._glance or Glance(self.home)
        at = read.moment(self._db, self.clock.now_ms())
        card = self._shelf.card(self._db, at, lead_id)
        return card and replace(card, drafts=self._glance.about(card.shape["uid"], at.now_ms))
