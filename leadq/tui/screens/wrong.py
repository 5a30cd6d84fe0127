"""What leadq itself got wrong since it was started: to read, and to copy into a report. Nobody's data is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from leadq import faults
from leadq.actions import BY_ID, MOVE
from leadq.i18n import _
from leadq.text import clean
from leadq.tui.keys import bindings_of
from leadq.tui.screens.steps import Steps
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.paths import Home


class WrongScreen(Steps, Screen[None]):
    """One paragraph for each failure; `y` copies them all with the versions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(action for action in BY_ID.values() if action.group == MOVE or action.id in ("leave", "quit")),
        Binding("y", "copy", show=False, priority=True),
    ]

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home

    def compose(self) -> ComposeResult:
        """The title, the failures, the keys."""
        yield Static(Content.assemble((f" {_('What went wrong')} ", "bold reverse")), id="header")
        with VerticalScroll(id="page", can_focus=False):
            yield Static(Content(self._told()))
        keys = _("y copies all of it  Esc goes back") if faults.recent() else _("Esc goes back")
        yield Static(Content.assemble((keys, TONES["muted"])), id="footer")

    def _told(self) -> str:
        if not faults.recent():
            return _("Nothing has gone wrong since leadq was started.")
        where = _("A line for each is in {path}. It says no name, no address, no token.").format(
            path=clean(str(faults.log_of(self._home)))
        )
        return "\n\n".join([where, *(clean(line, 2000) for line in faults.report().splitlines())])

    def action_copy(self) -> None:
        """All of it, on the clipboard."""
        if faults.recent():
            self.app.copy_to_clipboard(faults.report())
            self.notify(_("Sent to the terminal's clipboard: what went wrong."), markup=False)

    def step(self, places: int) -> None:
        """Some lines down or up."""
        self.query_one("#page").scroll_relative(y=places, animate=False)

    def turn(self, pages: float) -> None:
        """Pages down or up."""
        self.step(int(self.size.height * pages))

    def action_open(self) -> None:
        """Nothing here opens."""

    def action_leave(self) -> None:
        """Back to the queue."""
        self.dismiss()

    action_quit = action_leave
