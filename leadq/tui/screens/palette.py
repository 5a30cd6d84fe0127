"""The command palette: every action by its name. The library's own one speaks English only and reads markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from leadq.actions import keys_of
from leadq.i18n import _
from leadq.text import cell_width, fit
from leadq.tui.commands import Command, matching
from leadq.tui.tones import TONES
from leadq.tui.widgets.lead_list import POINTER
from leadq.tui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.read import Line

_TITLE: Final = 19
_FRAME: Final = 4
_WIDEST: Final = 90


class Palette(ModalScreen["str | None"]):
    """Type some letters, Enter runs the first; arrows, wheel, clicks choose another. Its result is an action's id."""

    CSS_PATH = "../css/dialog.tcss"
    QUIET = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]

    def __init__(self, line: Line | None, scope: str = "queue", views: Sequence[str] = ()) -> None:
        super().__init__()
        self._line, self._scope, self._views = line, scope, views
        self._found: list[Command] = matching("", line, scope, views)
        self._at = self._first = 0
        self._list = Static(Content(""), id="commands")

    def compose(self) -> ComposeResult:
        """What is typed, and what fits."""
        with Vertical(id="dialog"):
            yield Text(placeholder=_("What do you want to do?"))
            yield self._list

    def on_mount(self) -> None:
        """All actions to begin with."""
        self._paint()

    def on_resize(self) -> None:
        """Another width has room for longer sentences, or not."""
        self._paint()

    @on(Input.Changed)
    def _search(self, message: Input.Changed) -> None:
        self._found, self._at = matching(message.value, self._line, self._scope, self._views), 0
        self._paint()

    @on(Input.Submitted)
    def _run(self) -> None:
        """What cannot be done now stays in the list, and says why."""
        if self._found and not self._found[self._at].why_not:
            self.dismiss(self._found[self._at].action.id)

    def on_click(self, event: events.Click) -> None:
        """A click on an action is Enter on it."""
        if event.widget is self._list and 0 <= event.y < len(self._found) - self._first:
            self._at = self._first + event.y
            self._paint()
            self._run()

    def on_mouse_scroll_down(self) -> None:
        """The wheel points further down."""
        self._point(min(self._at + 1, len(self._found) - 1))

    def on_mouse_scroll_up(self) -> None:
        """The wheel points further up."""
        self._point(max(self._at - 1, 0))

    def action_move(self, by: int) -> None:
        """Point at another action; a step beyond an end goes round, a page stops there."""
        last = max(0, len(self._found) - 1)
        self._point((self._at + by) % (last + 1) if abs(by) == 1 else min(max(self._at + by, 0), last))

    def action_leave(self) -> None:
        """Close without doing anything."""
        self.dismiss(None)

    def _point(self, at: int) -> None:
        self._at = at
        self._paint()

    def _paint(self) -> None:
        rows = max(3, self.app.size.height - 8)
        self._first = min(max(0, self._at - rows + 1), max(0, len(self._found) - rows))
        shown = range(self._first, min(self._first + rows, len(self._found)))
        width = min(self.app.size.width, _WIDEST) - _FRAME
        nothing = Content.assemble((_("No action is called that: take letters back, or Esc leaves."), TONES["muted"]))
        self._list.update(Content("\n").join(self._row(at, width) for at in shown) if shown else nothing)

    def _row(self, at: int, width: int) -> Content:
        """`Accept              Take the lead on...      a`: keys at the right, and why not instead of what it does."""
        command = self._found[at]
        action, pointed = command.action, at == self._at
        keys = " ".join(keys_of(action))
        title = _(action.title)
        room = max(0, width - 2 - max(_TITLE, cell_width(title) + 1) - cell_width(keys) - 2)
        note = fit(f"({command.why_not})" if command.why_not else _(action.help), room)
        style = TONES["muted"] if command.why_not else ""
        return Content.assemble(
            (f"{POINTER if pointed else ' '} ", TONES["title"]),
            (title, "reverse" if pointed else style),
            " " * max(1, _TITLE - cell_width(title)),
            (note, TONES["muted"]),
            " " * (room - cell_width(note) + 2),
            (keys, TONES["muted"] if command.why_not else "bold"),
        )
