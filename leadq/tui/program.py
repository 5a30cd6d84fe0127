"""The screen as a program: its theme, its keys, its last fence; what it shows and does is in `screens`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import App
from textual.binding import Binding

from leadq.i18n import _
from leadq.tui.fence import Fence
from leadq.tui.screens.queue import QueueScreen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from textual.binding import BindingType
    from textual.filter import LineFilter
    from textual.screen import Screen

    from leadq.tui.data import Data, Look

WIDE: Final = 100
"""From this many columns on, the card stands beside the list."""
VAST: Final = 180
"""From this many on, the card has all that it can use, and the list takes the rest for more columns."""


class LeadqApp(App[None], inherit_bindings=False):
    """One home's queue."""

    CSS_PATH = "css/queue.tcss"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (VAST, "-vast")]  # noqa: RUF012 - as the base class declares it
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "how_to_quit", show=False)]

    def __init__(self, data: Data, first: Future[Look], columns: int) -> None:
        without_colour = bool(os.environ.get("NO_COLOR"))
        super().__init__(ansi_color=True if without_colour else None)
        self.title = "leadq"
        self.data = data
        self._first, self._columns = first, columns
        self._fence = Fence()
        self.animation_level = "none"
        if without_colour:
            self.theme = "ansi-dark"
        elif self.no_color:  # the library takes an empty NO_COLOR for a set one; no-color.org does not
            self.no_color, self._filters = False, self._filters[:1]

    def get_default_screen(self) -> Screen[None]:
        """The queue."""
        shape = max(name for name in self.HORIZONTAL_BREAKPOINTS if self._columns >= name[0])[1]
        return QueueScreen(self.data, self._first, shape)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The fence, which does the work of the library's own first."""
        others = super().get_line_filters()
        if others != self._fence.others:  # what a fence has filtered is kept under it
            self._fence = Fence(others)
        return (self._fence,)

    async def on_event(self, event: events.Event) -> None:
        """A dialog treats a key or a paste to its end before the next one is looked at."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            take = getattr(self.screen, "take_key" if isinstance(event, events.Key) else "take_paste", None)
            if take is not None and take(event):
                return
        await super().on_event(event)

    def action_how_to_quit(self) -> None:
        """Ctrl+C is often pressed by habit; it must not cost anybody their place."""
        self.notify(_("Press q to leave leadq."), markup=False)
