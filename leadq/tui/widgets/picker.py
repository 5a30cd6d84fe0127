"""A plain list with a pointer, for a screen beside the queue: only the lines in view are ever put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from leadq.tui.tones import TONES
from leadq.tui.widgets.lead_list import POINTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events


class Picker(Static, can_focus=True):
    """One line an item; `row` makes the text of one for a width in cells."""

    DEFAULT_CSS = """
    Picker { height: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, row: Callable[[int, int], Content], pointed: Callable[[], None]) -> None:
        """`pointed` is called at once when the pointer has moved or the items are others, before the next key is."""
        super().__init__(Content(""))
        self._row, self._pointed = row, pointed
        self._count, self._top = 0, 0
        self._empty = ""
        self.at = 0

    def show(self, count: int, at: int, empty: str) -> None:
        """Take `count` items with the pointer on one. `empty`: the sentence when there are none."""
        self._count, self._empty = count, empty
        self.go(at)

    def go(self, place: int) -> None:
        """Put the pointer on an item, or as near as there is one."""
        self.at = min(max(place, 0), max(self._count - 1, 0))
        self._paint()
        self._pointed()

    @property
    def page(self) -> int:
        """How many items are in view."""
        return max(1, self.size.height)

    def on_resize(self) -> None:
        """More lines, or wider ones."""
        self._paint()

    def on_click(self, event: events.Click) -> None:
        """A click points."""
        if self._top + event.y < self._count:
            self.go(self._top + event.y)

    def _paint(self) -> None:
        self._top = min(max(self._top, self.at - self.page + 1, 0), self.at)
        shown = range(self._top, min(self._top + self.page, self._count))
        lines = [self._line(place) for place in shown] or [Content.assemble((f" {self._empty}", TONES["muted"]))]
        self.update(Content("\n").join(lines), layout=False)

    def _line(self, place: int) -> Content:
        row = self._row(place, max(20, self.size.width - 2))
        if place != self.at:
            return Content.assemble("  ", row)
        return Content.assemble((f"{POINTER} ", TONES["title"]), row.stylize("reverse"))
