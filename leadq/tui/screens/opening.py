"""The screens that open over the queue: help, commands, the outbox and what needs somebody, the day."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

from leadq.errors import LeadqError
from leadq.i18n import _
from leadq.tui import telling
from leadq.tui.screens.working import WorkingScreen

if TYPE_CHECKING:
    import sqlite3
    from concurrent.futures import Future

    from textual.screen import Screen

    from leadq.opundo import Decision
    from leadq.read import Moment


class Live(Protocol):
    """A screen that says `LIVE`: it is told after each look of the queue under it, and asks nothing by itself."""

    def look_again(self, sync: str) -> None:
        """Something may have changed; `sync` is how sync stands, in a few words."""


def scope_of(screen: Screen[Any]) -> str:
    """Where a screen's own keys are listed in the registry of actions."""
    return str(getattr(screen, "SCOPE", "queue"))


class OpeningScreen(WorkingScreen):
    """A queue that other screens stand over. Whoever extends it says how to run an action, to look again, to sync."""

    @cached_property
    def decisions(self) -> list[Decision | None]:
        """What was decided about changes since the screen was opened, the newest last; None: a verb beside them."""
        return []

    async def run_chosen(self, action: str | None) -> None:
        """Do what somebody chose elsewhere; None: nothing."""
        raise NotImplementedError

    def ask_for_order(self) -> None:
        """Ask for the order of the view as it is now."""
        raise NotImplementedError

    def action_sync(self) -> None:
        """Sync beside the screen."""
        raise NotImplementedError

    def header_shown(self) -> None:
        """Tell a screen that has just opened how sync stands."""
        raise NotImplementedError

    @property
    def live(self) -> Live | None:
        """The screen on top of this one, when it goes on with what this one sees."""
        top = self.app.screen
        return cast("Live", top) if getattr(top, "LIVE", False) else None

    async def action_help(self) -> None:
        """What the state of the selected lead means, the keys and the signs."""
        from leadq.tui.screens.help import HelpScreen

        card = await self._card_of_selected() if self.app.screen is self else None
        await self.app.push_screen(HelpScreen(card.meaning if card else None, scope_of(self.app.screen)))

    def action_suspend(self) -> None:
        """Back to the shell for a while."""
        self.app.action_suspend_process()

    async def action_palette(self) -> None:
        """Every action by its name."""
        await self.app.run_action("palette")

    async def action_theme(self) -> None:
        """The colours of the screen."""
        from leadq.tui.screens.themes import ThemeScreen

        await self.app.push_screen(ThemeScreen(self._data.home))

    async def action_needs_you(self) -> None:
        """What only a person can settle."""
        await self._show_outbox(needs_you=True)

    async def action_outbox(self) -> None:
        """What waits to go out."""
        await self._show_outbox(needs_you=False)

    async def action_day(self) -> None:
        """What fits into the day, and what waits."""
        from leadq.tui.screens.page import PageScreen

        await self.app.push_screen(PageScreen(_("Day"), self._read_day))
        self.header_shown()

    async def action_contract(self) -> None:
        """What both teams agreed."""
        from leadq.tui.screens.page import PageScreen

        await self.app.push_screen(PageScreen(_("Contract"), self._read_contract))
        self.header_shown()

    async def action_figures(self) -> None:
        """The figures of the week."""
        from leadq.tui.screens.figures import FiguresScreen

        await self.app.push_screen(FiguresScreen(self._data))

    async def action_log(self) -> None:
        """What happened in this home, and how syncs went."""
        from leadq.config import NOBODY
        from leadq.tui.log_lines import ALL, MINE
        from leadq.tui.screens.log import LogScreen, read_log

        kind = ALL if self._data.me == NOBODY else MINE
        try:
            found = await read_log(self._data, kind)
        except LeadqError as error:
            self.tell(telling.tell_trouble(error), "error")
        else:
            await self.app.push_screen(LogScreen(self._data, self, kind, found))
            self.header_shown()

    async def _show_outbox(self, *, needs_you: bool) -> None:
        from leadq.tui.outgoing import look
        from leadq.tui.screens.outbox import OutboxScreen

        me, home = self._data.me, self._data.home
        try:
            found = await asyncio.wrap_future(self._data.read_now(lambda db, at: look(db, at, me, home)))
        except LeadqError as error:
            self.tell(telling.tell_trouble(error), "error")
        else:
            await self.app.push_screen(OutboxScreen(self._data, self, found, needs_you=needs_you))
            self.header_shown()

    def _read_day(self) -> Future[tuple[str, ...]]:
        me, width = self._data.me, self.app.size.width - 3  # a margin, and the scroll bar

        def read(db: sqlite3.Connection, at: Moment) -> tuple[str, ...]:
            from leadq import day
            from leadq.agenda import told_day

            return tuple(told_day(db, day.look(db, at, me), width))

        return self._data.read_now(read)

    def _read_contract(self) -> Future[tuple[str, ...]]:
        from leadq.tui.contract_lines import contract_lines

        width = self.app.size.width - 3
        return self._data.read_now(lambda db, at: contract_lines(db, at, width))
