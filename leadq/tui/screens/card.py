"""The card as a screen of its own: all that happened, not only the last touches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.screen import Screen

from leadq.actions import ACTIONS, BY_ID, CARE, LOOP, MOVE, WORK
from leadq.errors import LeadqError
from leadq.tui.keys import bindings_of
from leadq.tui.messages import Moved
from leadq.tui.screens.steps import Steps
from leadq.tui.widgets.footer import Footer
from leadq.tui.widgets.lead_card import LeadCard

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.tui.card import Card
    from leadq.tui.data import Data

_SELDOM: Final = ("redo", "take", "correct", "copy_one")
"""What 80 columns have no room for."""


class CardScreen(Steps, Screen["str | None"]):
    """Scrolls like the queue. A verb's key closes it and does the verb: its result is the action's id.

    `verbs`: whether there is anybody to do them. What others write is read again with the queue’s looks.
    """

    LIVE = True
    SCOPE = "card"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of((one for one in ACTIONS if one.group in (WORK, CARE, LOOP)), "do('{id}')"),
        *bindings_of(one for one in ACTIONS if one.group == MOVE and one.id != "open"),
        *bindings_of([BY_ID[name] for name in ("leave", "quit", "open")], "leave"),
        *bindings_of([BY_ID["help"]]),
    ]

    def __init__(self, card: Card, data: Data, *, verbs: bool = True) -> None:
        super().__init__()
        self._card, self._data, self._verbs = card, data, verbs

    def compose(self) -> ComposeResult:
        """The card in full."""
        yield LeadCard(whole=True)
        likely = [action for action in ACTIONS if action.group == WORK and action.id not in _SELDOM]
        yield Footer([*(likely if self._verbs else ()), BY_ID["leave"]])

    def on_mount(self) -> None:
        """Fill it; its times go on."""
        self._show()
        self.set_interval(1.0, lambda: self.query_one(LeadCard).tick(self._data.clock.now_ms()))

    def look_again(self, sync: str) -> None:
        """The queue has looked: somebody may have written about this lead."""
        self.post_message(Moved())

    @on(Moved)
    async def _moved(self) -> None:
        try:
            found = await asyncio.wrap_future(self._data.card_now(self._card.id))
        except LeadqError:
            return  # the queue under it says so, and the card goes on showing what it knew
        if found is not None:
            self._card = found
            self._show()

    def _show(self) -> None:
        self.query_one(LeadCard).show(self._card, self._data.clock.now_ms())

    def action_leave(self) -> None:
        """Back to the queue."""
        self.dismiss(None)

    def action_help(self) -> None:
        """What the state of the lead means, the keys and the signs."""
        from leadq.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._card.meaning, self.SCOPE))

    def action_do(self, action: str) -> None:
        """Back to the queue, and do this there."""
        if self._verbs:
            self.dismiss(action)

    def step(self, places: int) -> None:
        """Some lines down or up."""
        self.query_one(LeadCard).scroll_relative(y=places, animate=False)

    def turn(self, pages: float) -> None:
        """Pages down or up."""
        self.step(int(self.size.height * pages))
