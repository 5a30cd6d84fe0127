"""The command palette: every action by its name. The library's own one speaks English only and reads markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from leadq.i18n import _
from leadq.tui.commands import Command, matching
from leadq.tui.tones import TONES
from leadq.tui.widgets.text import Text

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.read import Line


class Palette(ModalScreen["str | None"]):
    """Type some letters, Enter runs the first, arrows choose another. Its result is an action's id."""

    CSS_PATH = "../css/dialog.tcss"
    QUIET = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    def __init__(self, line: Line | None) -> None:
        super().__init__()
        self._line = line
        self._found: list[Command] = matching("", line)
        self._at = 0
        self._list = Static(Content(""), id="commands")

    def compose(self) -> ComposeResult:
        """What is typed, and what fits."""
        with Vertical(id="dialog"):
            yield Text(placeholder=_("What do you want to do?"))
            yield self._list

    def on_mount(self) -> None:
        """All actions to begin with."""
        self._paint()

    @on(Input.Changed)
    def _search(self, message: Input.Changed) -> None:
        self._found, self._at = matching(message.value, self._line), 0
        self._paint()

    @on(Input.Submitted)
    def _run(self) -> None:
        """What cannot be done now stays in the list, and says why."""
        if self._found and not self._found[self._at].why_not:
            self.dismiss(self._found[self._at].action.id)

    def action_move(self, by: int) -> None:
        """Point at the next or the previous action."""
        self._at = (self._at + by) % max(1, len(self._found))
        self._paint()

    def action_leave(self) -> None:
        """Close without doing anything."""
        self.dismiss(None)

    def _paint(self) -> None:
        rows = max(3, self.app.size.height - 8)
        first = min(max(0, self._at - rows + 1), max(0, len(self._found) - rows))
        lines = [self._row(i, self._found[i]) for i in range(first, min(first + rows, len(self._found)))]
        nothing = Content.assemble((_("No action is called that: take letters back, or Esc leaves."), TONES["muted"]))
        self._list.update(Content("\n").join(lines) if lines else nothing)

    def _row(self, index: int, command: Command) -> Content:
        action = command.action
        title = f"{_(action.title):<16}"
        style = "reverse" if index == self._at else ("" if not command.why_not else TONES["muted"])
        note = command.why_not or _(action.help)
        return Content.assemble(
            (f"{action.keys[0]:>8}", TONES["title"]), "  ", (title, style), "  ", (note, TONES["muted"])
        )
