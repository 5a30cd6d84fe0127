"""The screen as a program: its theme, its keys, its last fence; what it shows and does is in `screens`."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import App
from textual.binding import Binding

from leadq.actions import say_key
from leadq.i18n import _
from leadq.tui import taste
from leadq.tui.data import Data
from leadq.tui.fence import Fence
from leadq.tui.keys import bindings, keymap
from leadq.tui.lean import forget_removed_widgets
from leadq.tui.resume import NEW
from leadq.tui.screens.opening import scope_of
from leadq.tui.screens.queue import QueueScreen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import PurePath

    from textual.await_complete import AwaitComplete
    from textual.binding import BindingType
    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.timer import Timer

    from leadq.paths import Home
    from leadq.tui.chords import Chords
    from leadq.tui.first import Demo
    from leadq.tui.gaze import Look
    from leadq.tui.resume import Left

WIDE: Final = 100
"""From this many columns on, the card stands beside the list."""
VAST: Final = 180
"""From this many on, the card has all that it can use, and the list takes the rest for more columns."""


SWEEP_S: Final = 0.5
"""What a page left behind is looked for once the one below it has been painted: that takes some 20 ms."""


class LeadqApp(App[None], inherit_bindings=False):
    """One home's queue."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (VAST, "-vast")]  # noqa: RUF012 - as the base class declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "how_to_quit", show=False),
        *bindings("everywhere", priority=False),
    ]

    def __init__(self, data: Data, first: Future[Look], columns: int, left: Left = NEW) -> None:
        without_colour = taste.no_colour()
        css: list[str | PurePath] = ["css/queue.tcss"]  # a default screen's own is not read by the library
        css += [] if _is_begun(data.home) else ["css/dialog.tcss", "css/first.tcss"]
        super().__init__(css_path=css, ansi_color=True if without_colour else None)
        forget_removed_widgets()
        self.title = "leadq"
        self.data = data
        self.taste = taste.read(data.home)
        self._first, self._columns, self._left = first, columns, left
        self.demo: Demo | None = None
        self._fence = Fence()
        self._chords: Chords | None = None
        self._sweeping: Timer | None = None
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

    def pop_screen(self) -> AwaitComplete:
        """Leave a page, and look soon for what it was made of: cycles of 20,000 objects. The collector by itself waits
        for a dozen, and the memory that these took in the meantime is never whole again: 25 MB in a morning."""
        if self._sweeping is None:
            self._sweeping = self.set_timer(SWEEP_S, self._sweep)
        return super().pop_screen()

    def _sweep(self) -> None:
        self._sweeping = None
        gc.collect()

    def on_mount(self) -> None:
        """Somebody who comes back from the shell sees what is true now; what is wrong with their keys or colours is
        said once the first page is there."""
        self.app_resume_signal.subscribe(self, self._resumed)
        if not self.taste.sound:
            self.call_after_refresh(self._tell_of_taste)

    def _tell_of_taste(self) -> None:
        from leadq.tui.telling import tell_problems

        self.notify(tell_problems(list(taste.troubles(self.data.home))), severity="warning", markup=False, timeout=12)

    def get_default_screen(self) -> Screen[None]:
        """The queue; where nothing was ever written, the questions of a first start."""
        if not _is_begun(self.data.home):
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

    def get_driver_class(self) -> type[Driver]:
        """On Linux and macOS the one that waits for keys; elsewhere, and in tests, the library's choice."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from leadq.tui.waiting import PatientDriver

        return PatientDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The fence, which does the work of the library's own first."""
        others = super().get_line_filters()
        if others != self._fence.others:  # what a fence has filtered is kept under it
            self._fence = Fence(others)
        return (self._fence,)

    def _resumed(self, _app: App[None]) -> None:
        self.refresh(layout=True)  # the shell has written all over it
        if queue := self.queue:
            queue.call_later(queue.tick)

    async def on_event(self, event: events.Event) -> None:
        """A dialog treats a key or a paste to its end before the next one is looked at."""
        if isinstance(event, events.MouseDown | events.Paste) and self._chords:
            self._chords.drop()
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            told = self._key_of(event) if isinstance(event, events.Key) else event
            take = getattr(self.screen, "take_key" if isinstance(event, events.Key) else "take_paste", None)
            if told is None or (take is not None and take(told)):
                return
            event = told
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
    def queue(self) -> QueueScreen | None:
        """The screen under all others; none while the questions of a first start are asked."""
        base = self.screen_stack[0]
        return base if isinstance(base, QueueScreen) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Help and commands are those of a queue, and a first start has none yet."""
        return action not in ("help", "palette") or isinstance(self.screen_stack[0], QueueScreen)

    def action_suspend(self) -> None:
        """Back to the shell for a while."""
        self.action_suspend_process()

    async def action_help(self) -> None:
        """The keys of whatever screen is in front, and the signs."""
        if queue := self.queue:
            await queue.action_help()

    async def action_palette(self) -> None:
        """Every action by its name; those of the screen in front are done there, the others back on the queue."""
        from leadq.tui.screens.palette import Palette

        if queue := self.queue:
            palette = Palette(queue.list.selected_line, scope_of(self.screen), queue.shown.titles)
            await self.push_screen(palette, self._run_chosen)

    async def _run_chosen(self, action: str | None) -> None:
        queue = self.queue
        if action is None or queue is None:
            return
        if hasattr(self.screen, f"action_{action}"):
            await self.screen.run_action(action)
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if queue.typing:
            queue.end_typing()
        await queue.run_chosen(action)

    def action_how_to_quit(self) -> None:
        """Ctrl+C is often pressed by habit; it must not cost anybody their place."""
        self.notify(_("Press {key} to leave leadq.").format(key=say_key("quit")), markup=False)


def _is_begun(home: Home) -> bool:
    """Whether there is nothing to ask: a home that holds something, or settings that whoever rolls leadq out has laid
    there."""
    return home.exists or home.settings.exists()
