"""A list over the queue: its title, its lines, the one pointed at whole, and the keys below."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from leadq.actions import BY_ID
from leadq.errors import LeadqError
from leadq.tui import telling
from leadq.tui.screens.steps import Steps
from leadq.tui.widgets.footer import Footer
from leadq.tui.widgets.picker import Picker

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from leadq.tui.card import Card
    from leadq.tui.data import Data

MOVES: Final = (
    "down", "up", "first", "last", "half_page_down", "half_page_up", "page_down", "page_up", "open",
)  # fmt: skip
"""The actions of every list."""


class ListingScreen(Steps, Screen[None]):
    """Whoever extends it draws a row, and says what follows when the pointer moves; `KEYS` are named at its foot."""

    CSS_PATH = "../css/outbox.tcss"
    KEYS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, data: Data) -> None:
        super().__init__()
        self._data = data
        self._head = Static(Content(""), id="header")
        self._list = Picker(self.row, self.pointed_at)
        self._whole = Static(Content(""))

    def row(self, place: int, width: int) -> Content:
        """One line of the list."""
        raise NotImplementedError

    def pointed_at(self) -> None:
        """The pointer has come to another line."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The title, the list, the line pointed at whole, the keys."""
        yield self._head
        yield self._list
        with VerticalScroll(id="whole", can_focus=False):
            yield self._whole
        yield Footer([BY_ID[name] for name in self.KEYS])

    def step(self, places: int) -> None:
        """Move the pointer."""
        self._list.go(self._list.at + places)

    def turn(self, pages: float) -> None:
        """Pages of the list."""
        self.step(int(self._list.page * pages))

    async def open_card(self, lead_id: int) -> None:
        """The card of a lead, to read."""
        from leadq.tui.screens.card import CardScreen

        if card := await self.read_card(lead_id):
            await self.app.push_screen(CardScreen(card, self._data, verbs=False))

    async def read_card(self, lead_id: int) -> Card | None:
        """A lead whole; None when it is gone, or cannot be read, which is said."""
        try:
            return await asyncio.wrap_future(self._data.card_now(lead_id))
        except LeadqError as error:
            self.say(telling.tell_trouble(error), well=False)
            return None

    async def action_help(self) -> None:
        """The keys of this screen first, and the signs."""
        await self.app.run_action("help")

    async def action_palette(self) -> None:
        """Actions by their names, those of this screen first."""
        await self.app.run_action("palette")

    def action_leave(self) -> None:
        """Back to the queue."""
        self.dismiss()

    def action_quit(self) -> None:
        """The same: the queue is what one leaves leadq from."""
        self.dismiss()

    def say(self, text: str, *, well: bool = True) -> None:
        """A toast."""
        self.notify(text, severity="information" if well else "warning", markup=False)
