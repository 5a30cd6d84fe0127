"""The log: what happened in this home, newest first, and how syncs and connections fare; any line can be copied."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.content import Content

from leadq.actions import BY_ID
from leadq.errors import LeadqError
from leadq.i18n import N_, _
from leadq.text import clean
from leadq.tui import log_lines, telling
from leadq.tui.keys import bindings, bindings_of
from leadq.tui.log_lines import ALL, KINDS, MINE, SYNC, Log, LogLine
from leadq.tui.messages import Moved
from leadq.tui.screens.listing import MOVES, ListingScreen
from leadq.tui.tones import TONES
from leadq.tui.widgets.blocks import cell

if TYPE_CHECKING:
    import sqlite3

    from textual.binding import BindingType

    from leadq.read import Moment
    from leadq.tui.data import Data
    from leadq.tui.screens.opening import OpeningScreen

_OTHERS: Final = ("leave", "quit", "next_view", "previous_view", "sync")
_TITLES: Final = {MINE: N_("Mine"), ALL: N_("All"), SYNC: N_("Sync and errors")}
_WHEN: Final = 20
_BY: Final = 14
_WIDE: Final = 100


class LogScreen(ListingScreen):
    """Three lists of one screen. Older lines are read when the pointer comes near the end of those that are here."""

    LIVE = True
    SCOPE = "log"
    KEYS = ("open", "copy_line", "next_view", "leave")
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("log", "everywhere"),
        *bindings_of(BY_ID[name] for name in (*MOVES, *_OTHERS)),
    ]

    def __init__(self, data: Data, host: OpeningScreen, kind: str, found: Log) -> None:
        super().__init__(data)
        self._host, self._kind, self._log = host, kind, found
        self._sync = ""
        self._reading = False

    def on_mount(self) -> None:
        """What was read before the screen came up: keys that were typed ahead find it there."""
        self.set_focus(self._list)
        self._show_head()
        self._show(None)

    def look_again(self, sync: str) -> None:
        """The queue has looked: there may be something newer."""
        self._sync = sync
        self._show_head()
        self.post_message(Moved())

    @property
    def pointed(self) -> LogLine | None:
        """The line that the pointer is on."""
        return self._log.lines[self._list.at] if self._list.at < len(self._log.lines) else None

    @on(Moved)
    async def _moved(self) -> None:
        """Read the newest; what is older and here already stays behind it, unless there is a gap between the two."""
        kind, newest = self._kind, await self._read(None)
        if newest is None or kind != self._kind:
            return
        keys = {line.key for line in newest.lines}
        known = [place for place, line in enumerate(self._log.lines) if line.key in keys]
        older = self._log.lines[known[-1] + 1 :] if known and newest.before is not None else ()
        before = self.pointed
        self._log = Log((*newest.lines, *older), self._log.before if older else newest.before)
        self._show(before)

    async def _read(self, before: int | None) -> Log | None:
        try:
            return await read_log(self._data, self._kind, before)
        except LeadqError as error:
            self.say(telling.tell_trouble(error), well=False)
            return None

    async def _read_older(self) -> None:
        kind, before = self._kind, self._log.before
        found = await self._read(before)
        self._reading = False
        if found is not None and kind == self._kind and before == self._log.before:
            pointed, self._log = self.pointed, Log((*self._log.lines, *found.lines), found.before)
            self._show(pointed)

    def action_copy_line(self) -> None:
        """The line with all there is to it, on the clipboard."""
        from leadq.tui.clipboard import copy

        if line := self.pointed:
            copy(self, line.text)

    async def action_open(self) -> None:
        """The lead's card, to read."""
        if (line := self.pointed) and line.lead_id is not None:
            await self.open_card(line.lead_id)

    async def action_next_view(self, by: int = 1) -> None:
        """Mine, all, sync and errors."""
        self._kind = KINDS[(KINDS.index(self._kind) + by) % len(KINDS)]
        self._log, self._reading = await self._read(None) or Log(()), False
        self._show_head()
        self._show(None)

    async def action_previous_view(self) -> None:
        """The list before."""
        await self.action_next_view(-1)

    def action_sync(self) -> None:
        """Sync, as on the queue."""
        self._host.action_sync()

    def pointed_at(self) -> None:
        line = self.pointed
        self._whole.update(_whole(line) if line else Content(""))
        near_the_end = self._list.at + 2 * self._list.page >= len(self._log.lines)
        if near_the_end and self._log.before is not None and not self._reading:
            self._reading = True
            self.run_worker(self._read_older(), exit_on_error=False)

    def _show(self, before: LogLine | None) -> None:
        """Paint the list; the pointer stays on its line, unless that is the newest: then it follows what comes."""
        keys = [line.key for line in self._log.lines]
        stays = before is not None and self._list.at > 0 and before.key in keys
        empty = _("Nothing has happened yet.")
        if self._log.before is not None:
            empty = _("Nothing of yours among the newest: G looks further back.")
        self._list.show(len(keys), keys.index(before.key) if before and stays else 0, empty)

    def _show_head(self) -> None:
        tabs = [(f" {_(title)} ", "bold reverse" if kind == self._kind else "bold") for kind, title in _TITLES.items()]
        self._head.update(Content.assemble((f" {_('Log')} ", ""), *tabs, "  ", (clean(self._sync), TONES["muted"])))

    def row(self, place: int, width: int) -> Content:
        line = self._log.lines[place]
        by = _BY if width >= _WIDE else 0
        who = (width - _WHEN - by) * 2 // 5 - 2
        return Content.assemble(
            (cell(line.when, _WHEN), TONES["muted"]),
            (f" {cell(line.who, who)}", "bold"),
            (f" {cell(line.what, width - _WHEN - by - who - 3)}", TONES[line.tone]),
            (f" {cell(line.by, by)}" if by else "", TONES["muted"]),
        )


async def read_log(data: Data, kind: str, before: int | None = None) -> Log:
    """The newest lines of a list, or those below `before`. Raises LeadqError."""
    me, notes = data.me, data.journal.notes

    def read(db: sqlite3.Connection, at: Moment) -> Log:
        if kind == SYNC:
            return log_lines.connections(db, at, notes)
        return log_lines.happened(db, at, me, kind, before)

    return await asyncio.wrap_future(data.read_now(read))


def _whole(line: LogLine) -> Content:
    head = "  ".join(filter(None, (line.when, line.by)))
    about = [(line.who, "bold"), (line.what, TONES[line.tone]), (head, TONES["muted"])]
    parts = about + [(text, "") for text in line.more]
    return Content("\n").join(Content.assemble(part) for part in parts if part[0])
