"""One out of many: type some letters, arrows choose, Enter takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from leadq.i18n import _
from leadq.text import clean, fold
from leadq.tui.tones import TONES
from leadq.tui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

_AROUND: Final = 8
"""Lines of the frame, the question and the keys."""


class Chooser(ModalScreen["str | None"]):
    """`options` are values with their labels; the result is a value, or None."""

    CSS_PATH = "../css/dialog.tcss"
    QUIET = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    def __init__(self, title: str, options: Sequence[tuple[str, str]], value: str) -> None:
        super().__init__()
        self._title, self._options = title, tuple(options)
        self._found = self._options
        self._at = next((at for at, option in enumerate(options) if option[0] == value), 0)
        self._list = Static(Content(""), id="commands")

    def compose(self) -> ComposeResult:
        """What is typed, what fits, what to press."""
        with Vertical(id="dialog"):
            yield Static(Content.assemble((clean(self._title), TONES["title"])), id="about")
            yield Text(placeholder=_("some letters of it"))
            yield self._list
            yield Static(Content.assemble((_("Enter takes it, Esc leaves"), TONES["muted"])), id="keys")

    def on_mount(self) -> None:
        """All of them to begin with."""
        self._paint()

    @on(Input.Changed)
    def _search(self, message: Input.Changed) -> None:
        wanted = fold(message.value.strip())
        if wanted:
            self._found = tuple(each for each in self._options if wanted in fold(f"{each[0]} {each[1]}"))
            self._at = 0
        else:
            self._found = self._options
        self._paint()

    @on(Input.Submitted)
    def _take(self) -> None:
        if self._found:
            self.dismiss(self._found[self._at][0])

    def action_move(self, by: int) -> None:
        """Point at the next or the previous one."""
        self._at = (self._at + by) % max(1, len(self._found))
        self._paint()

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)

    def _paint(self) -> None:
        rows = max(3, self.app.size.height - _AROUND)
        first = min(max(0, self._at - rows + 1), max(0, len(self._found) - rows))
        lines = [self._row(at) for at in range(first, min(first + rows, len(self._found)))]
        nothing = Content.assemble((_("Nothing is called that."), TONES["muted"]))
        self._list.update(Content("\n").join(lines) if lines else nothing)

    def _row(self, at: int) -> Content:
        return Content.assemble((clean(self._found[at][1], 80), "reverse" if at == self._at else ""))
