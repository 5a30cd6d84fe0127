"""The card: beside the list, as three lines under it on a narrow screen, or as a screen of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from leadq.tui.card import Card


class CardText(Static):
    """A card as text, repainted only when it reads otherwise."""

    def __init__(self) -> None:
        super().__init__(Content(""))
        self._shown = Content("")

    def put(self, text: Content) -> None:
        """Show `text`, if it is another."""
        if text.is_same(self._shown):
            return
        # A second that went by moves no line: laying the whole screen out again for it was most of what idling cost.
        taller = text.plain.count("\n") != self._shown.plain.count("\n")
        self._shown = text
        self.update(text, layout=taller)


class LeadCard(VerticalScroll, can_focus=False):
    """One lead in a frame that scrolls. `short`: three lines; `whole`: the whole history."""

    def __init__(self, *, short: bool = False, whole: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.short, self._whole = short, whole
        self._card: Card | None = None
        self._now_ms = self._stands_until_ms = 0
        self._text = CardText()

    def compose(self) -> ComposeResult:
        """Its one text."""
        yield self._text

    def show(self, card: Card | None, now_ms: int) -> None:
        """Another lead, or the same with other facts."""
        if card is None or self._card is None or card.id != self._card.id:
            self.scroll_home(animate=False)
        self._card, self._now_ms = card, now_ms
        self._put()

    def tick(self, now_ms: int) -> None:
        """Bring the times up to `now_ms`, once that changes a word: a card says minutes."""
        self._now_ms = now_ms
        if now_ms >= self._stands_until_ms:
            self._put()

    def on_resize(self) -> None:
        """Another width breaks lines elsewhere."""
        self.call_after_refresh(self._put)

    def _put(self) -> None:
        self._stands_until_ms = self._card.stands_until(self._now_ms) if self._card else 0
        self._text.put(self._content(self._text.content_region.width))

    def _content(self, width: int) -> Content:
        if self._card is None:
            return Content("")
        from leadq.tui.widgets.card_text import card_text, preview_text  # not needed for the first page

        if self.short:
            return preview_text(self._card, self._now_ms, width)
        return card_text(self._card, self._now_ms, width, whole=self._whole)
