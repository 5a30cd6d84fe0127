"""The card as a screen of its own: all that happened, not only the last touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.screen import Screen

from leadq.actions import ACTIONS, BY_ID, CARE, MOVE, WORK
from leadq.tui.keys import bindings_of
from leadq.tui.screens.steps import Steps
from leadq.tui.widgets.footer import Footer
from leadq.tui.widgets.lead_card import LeadCard

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.tui.card import Card

_SELDOM: Final = ("redo", "take")
"""What 80 columns have no room for."""


class CardScreen(Steps, Screen["str | None"]):
    """Scrolls like the queue. A verb's key closes it and does the verb: its result is the action's id.

    `verbs`: whether there is anybody to do them.
    """

    SCOPE = "card"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of((action for action in ACTIONS if action.group in (WORK, CARE)), "do('{id}')", priority=False),
        *bindings_of((action for action in ACTIONS if action.group == MOVE and action.id != "open"), priority=False),
        *bindings_of([BY_ID[name] for name in ("leave", "quit", "open")], "leave", priority=False),
    ]

    def __init__(self, card: Card, now_ms: int, *, verbs: bool = True) -> None:
        super().__init__()
        self._card, self._now_ms, self._verbs = card, now_ms, verbs

    def compose(self) -> ComposeResult:
        """The card in full."""
        yield LeadCard(all_events=True)
        likely = [action for action in ACTIONS if action.group == WORK and action.id not in _SELDOM]
        yield Footer([*(likely if self._verbs else ()), BY_ID["leave"]])

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one(LeadCard).show(self._card, self._now_ms)

    def action_leave(self) -> None:
        """Back to the queue."""
        self.dismiss(None)

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
