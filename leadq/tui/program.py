"""The screen as a program: its theme, its keys, its last fence; what it shows and does is in `screens`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import App
from textual.binding import Binding

from leadq.i18n import _
from leadq.tui.data import Data
from leadq.tui.fence import Fence
from leadq.tui.resume import NEW
from leadq.tui.screens.queue import QueueScreen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import PurePath

    from textual.binding import BindingType
    from textual.filter import LineFilter
    from textual.screen import Screen

    from leadq.paths import Home
    from leadq.tui.data import Look
    from leadq.tui.first import Demo
    from leadq.tui.resume import Left

WIDE: Final = 100
"""From this many columns on, the card stands beside the list."""
VAST: Final = 180
"""From this many on, the card has all that it can use, and the list takes the rest for more columns."""


class LeadqApp(App[None], inherit_bindings=False):
    """One home's queue."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (VAST, "-vast")]  # noqa: RUF012 - as the base class declares it
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "how_to_quit", show=False)]

    def __init__(self, data: Data, first: Future[Look], columns: int, left: Left = NEW) -> None:
        without_colour = bool(os.environ.get("NO_COLOR"))
        css: list[str | PurePath] = ["css/queue.tcss"]  # a default screen's own is not read by the library
        css += [] if data.home.exists else ["css/dialog.tcss", "css/first.tcss"]
        super().__init__(css_path=css, ansi_color=True if without_colour else None)
        self.title = "leadq"
        self.data = data
        self._first, self._columns, self._left = first, columns, left
        self.demo: Demo | None = None
        self._fence = Fence()
        self.animation_level = "none"
        if without_colour:
            self.theme = "ansi-dark"
        elif self.no_color:  # the library takes an empty NO_COLOR for a set one; no-color.org does not
            self.no_color, self._filters = False, self._filters[:1]

    def get_default_screen(self) -> Screen[None]:
        """The queue; where nothing was ever written, the questions of a first start."""
        if not self.data.home.exists:
            from leadq.tui.screens.first import FirstScreen

            return FirstScreen(self.data)
        return QueueScreen(self.data, self._first, self._shape(self._columns), self._left)

    def _shape(self, columns: int) -> str:
        return max(name for name in self.HORIZONTAL_BREAKPOINTS if columns >= name[0])[1]

    def enter(self, home: Home) -> None:
        """Show the queue of a home that has just been made. Raises LeadqError when it cannot be read."""
        from leadq.tui.app import home_view

        data = Data(home, self.data.clock)
        data.may_watch = self.data.may_watch and self.demo is None  # what is thrown away is sent nowhere by itself
        self.data.close()
        self.data = data
        first = data.first(home_view(data.me), self.size.height)
        self.add_mode("queue", lambda: QueueScreen(data, first, self._shape(self.size.width)))
        self.switch_mode("queue")

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The fence, which does the work of the library's own first."""
        others = super().get_line_filters()
        if others != self._fence.others:  # what a fence has filtered is kept under it
            self._fence = Fence(others)
        return (self._fence,)

    def on_mount(self) -> None:
        """Somebody who comes back from the shell sees what is true now."""
        self.app_resume_signal.subscribe(self, self._resumed)

    def _resumed(self, _app: App[None]) -> None:
        self.refresh(layout=True)  # the shell has written all over it
        base = self.screen_stack[0]
        if isinstance(base, QueueScreen):
            base.call_later(base.tick)

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
