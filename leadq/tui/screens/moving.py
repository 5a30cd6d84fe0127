"""The keys that move the pointer, and the search: what the main screen does without any lead changing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from leadq.i18n import _
from leadq.tui.screens.steps import Steps
from leadq.tui.widgets.lead_list import LeadList

if TYPE_CHECKING:
    from textual import events
    from textual.widgets import Input

    from leadq.tui.widgets.text import Text


class MovingScreen(Steps, Screen[None]):
    """A screen around a list. Whoever extends it says in `search_changed` what a search does."""

    def __init__(self, classes: str) -> None:
        super().__init__(classes=classes)
        self.list = LeadList(id="list")
        self._search: Text | None = None
        self.searched = ""

    @property
    def typing(self) -> bool:
        """Whether keys are letters of a search."""
        return self._search is not None and self.focused is self._search

    def search_changed(self) -> None:
        """Show what has the words of `searched`."""
        raise NotImplementedError

    def step(self, places: int) -> None:
        """Move the pointer."""
        self.list.move(places)

    def turn(self, pages: float) -> None:
        """So many pages down, or up when negative."""
        self.list.move(int(self.list.page / self.list.order.height * pages))

    def action_next_match(self) -> None:
        """The next lead found, from the last one to the first."""
        self._round(1)

    def action_previous_match(self) -> None:
        """The lead found before, from the first one to the last."""
        self._round(-1)

    def _round(self, by: int) -> None:
        count = len(self.list.order.ids)
        if count:
            self.list.go((self.list.place + by) % count)

    def take_key(self, event: events.Key) -> bool:
        """Treat a letter of a search at once, so that an Enter or Escape typed behind it cannot overtake it."""
        search = self._search
        if search is None or not self.typing:
            return False
        if event.is_printable and event.character:
            search.insert_text_at_cursor(event.character)
        elif event.key == "backspace":
            search.action_delete_left()
        else:
            return False
        self._read_search(search.value)
        return True

    async def action_search(self) -> None:
        """Ask for words; the list follows every letter."""
        if self._search is None:
            from leadq.tui.widgets.text import Text  # an input costs the first paint five milliseconds

            self._search = Text(placeholder=_("name, company or e-mail"), id="search")
            await self.mount(self._search)
        self._search.display = True
        self.set_focus(self._search)

    def end_typing(self) -> None:
        """Give the keys back to the list; what was searched stays."""
        if self._search:
            self._search.display = bool(self.searched)
        self.set_focus(self.list)

    def on_input_submitted(self) -> None:
        """Enter ends a search also for whoever has given opening another key."""
        self.end_typing()

    def clear_search(self) -> None:
        """Show everything again."""
        if self._search:
            self._search.value = ""
            self._search.display = False
        self.set_focus(self.list)
        self._read_search("")

    def on_input_changed(self, message: Input.Changed) -> None:
        """What was pasted or cut."""
        if self.typing:
            self._read_search(message.input.value)

    def _read_search(self, typed: str) -> None:
        if typed.strip() != self.searched:
            self.searched = typed.strip()
            self.search_changed()
