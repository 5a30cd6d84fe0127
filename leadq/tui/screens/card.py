"""The card as a screen of its own: all that happened, not only the last touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.screen import Screen

from leadq.actions import ACTIONS, BY_ID, CARE, LOOP, WORK, terminal_keys
from leadq.tui.widgets.footer import Footer
from leadq.tui.widgets.lead_card import LeadCard

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.tui.card import Card

_SELDOM: Final = ("redo", "take", "correct", "copy_one")
"""What 80 columns have no room for."""


class CardScreen(Screen["str | None"]):
    """Scrolls like the queue. A verb's key closes it and does the verb: its result is the action's id.

    `verbs`: whether there is anybody to do them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("ctrl+d,pagedown", "scroll(10)", show=False),
        Binding("ctrl+u,pageup", "scroll(-10)", show=False),
        *(Binding(key, f"do('{action.id}')", show=False) for action in ACTIONS if action.group in (WORK, CARE, LOOP)
          for key in terminal_keys(action)),
    ]  # fmt: skip

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

    def action_scroll(self, lines: int) -> None:
        """Some lines down or up."""
        self.query_one(LeadCard).scroll_relative(y=lines, animate=False)
