"""The screen as a program: its theme, its keys, its last fence; what it shows and does is in `screens`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import App
from textual.binding import Binding

from leadq.actions import say_key
from leadq.i18n import _
from leadq.tui import taste
from leadq.tui.fence import Fence
from leadq.tui.keys import bindings, keymap
from leadq.tui.screens.opening import scope_of
from leadq.tui.screens.queue import QueueScreen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from textual.binding import BindingType
    from textual.filter import LineFilter
    from textual.screen import Screen

    from leadq.tui.chords import Chords
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
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "how_to_quit", show=False),
        *bindings("everywhere", priority=False),
    ]

    def __init__(self, data: Data, first: Future[Look], columns: int) -> None:
        without_colour = taste.no_colour()
        super().__init__(ansi_color=True if without_colour else None)
        self.title = "leadq"
        self.data = data
        self.taste = taste.read(data.home)
        self._first, self._columns = first, columns
        self._fence = Fence()
        self._chords: Chords | None = None
        self.animation_level = "none"
        self.set_keymap(keymap(self.taste.keys))
        if without_colour:
            self.theme = "ansi-dark"
        elif self.no_color:  # the library takes an empty NO_COLOR for a set one; no-color.org does not
            self.no_color, self._filters = False, self._filters[:1]
        self.worn = "default"
        self.wear(self.taste.theme)

    def wear(self, theme: str) -> bool:
        """Show a theme, by our name of it; without colours there is none to show."""
        if self.no_color:
            return False
        found = taste.library_theme(self.data.home, theme)
        if not isinstance(found, str):
            from leadq.tui.themes import made

            self.register_theme(new := made(theme, found))
            found = new.name
        self.worn = theme
        if found != self.theme:
            self.theme = found
        return True

    def on_mount(self) -> None:
        """What is wrong with the user's keys or colours is said once the first page is there."""
        if not self.taste.sound:
            self.call_after_refresh(self._tell_of_taste)

    def _tell_of_taste(self) -> None:
        from leadq.tui.telling import tell_problems

        self.notify(tell_problems(list(taste.troubles(self.data.home))), severity="warning", markup=False, timeout=12)

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
        if isinstance(event, events.MouseDown | events.Paste) and self._chords:
            self._chords.drop()
        if isinstance(event, events.Paste) and not event.is_forwarded:
            take_paste = getattr(self.screen, "take_paste", None)
            if take_paste is not None and take_paste(event):
                return
        if isinstance(event, events.Key) and not event.is_forwarded:
            key = self._key_of(event)
            take = getattr(self.screen, "take_key", None)
            if key is None or (take is not None and take(key)):
                return
            event = key
        await super().on_event(event)

    def _key_of(self, event: events.Key) -> events.Key | None:
        """A key as it came, a chord of two, or none while the second is awaited."""
        if self._chords is None:
            if event.key != "comma":
                return event
            from leadq.tui.chords import Chords

            self._chords = Chords(self)
        return self._chords.take(event)

    @property
    def queue(self) -> QueueScreen:
        """The screen under all others."""
        queue = self.screen_stack[0]
        assert isinstance(queue, QueueScreen)
        return queue

    async def action_help(self) -> None:
        """The keys of whatever screen is in front, and the signs."""
        await self.queue.action_help()

    async def action_palette(self) -> None:
        """Every action by its name; those of the screen in front are done there, the others back on the queue."""
        from leadq.tui.screens.palette import Palette

        await self.push_screen(Palette(self.queue.list.selected_line, scope_of(self.screen)), self._run_chosen)

    async def _run_chosen(self, action: str | None) -> None:
        if action is None:
            return
        if hasattr(self.screen, f"action_{action}"):
            await self.screen.run_action(action)
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if self.queue.typing:
            self.queue.end_typing()
        await self.queue.run_chosen(action)

    def action_how_to_quit(self) -> None:
        """Ctrl+C is often pressed by habit; it must not cost anybody their place."""
        self.notify(_("Press {key} to leave leadq.").format(key=say_key("quit")), markup=False)
