"""One out of a few lines, by its number, by arrows or by the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadq.i18n import _
from leadq.text import cell_width, clean
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

_NUMBERS = "123456789"


class PickScreen(ModalScreen["int | None"]):
    """`lines` are names with what they stand for. A number points, and Enter takes; `at_once`: a number takes.

    `note` is a sentence below them.
    """

    CSS_PATH = "../css/dialog.tcss"
    QUIET = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False, priority=True),
        Binding("enter", "take", show=False, priority=True),
        Binding("j,down", "move(1)", show=False, priority=True),
        Binding("k,up", "move(-1)", show=False, priority=True),
        *(Binding(key, f"number({key})", show=False, priority=True) for key in _NUMBERS),
    ]

    def __init__(
        self, title: str, who: str, lines: Sequence[tuple[str, str]], note: str = "", *, at_once: bool = False
    ) -> None:
        super().__init__()
        self._title, self._who, self._note, self._at_once = title, who, note, at_once
        self._lines = [(clean(name, 30), clean(text, 200)) for name, text in lines]
        self._wide = max(cell_width(name) for name, _text in self._lines)
        self._at = 0
        self._list = Static(Content(""), id="commands")

    def compose(self) -> ComposeResult:
        """What it is about, the lines, what to press."""
        keys = _("A number takes it, Esc leaves") if self._at_once else _("Enter opens it, Esc leaves")
        with Vertical(id="dialog"):
            yield Static(Content.assemble((self._title, TONES["title"]), "  ", clean(self._who)), id="about")
            yield self._list
            if self._note:
                yield Static(Content.assemble((self._note, TONES["muted"])), id="note")
            yield Static(Content.assemble((keys, TONES["muted"])), id="keys")

    def on_mount(self) -> None:
        """The pointer on the first."""
        self._paint()

    def on_click(self, event: events.Click) -> None:
        """A click points; a second one takes."""
        if event.widget is self._list and event.y < len(self._lines):
            self._at = event.y
            self._paint()
            if event.chain == 2:
                self.action_take()

    def action_move(self, by: int) -> None:
        """Point at the next or the previous one."""
        self._at = (self._at + by) % len(self._lines)
        self._paint()

    def action_number(self, number: int) -> None:
        """Point at the one of that number, or take it."""
        if number <= len(self._lines):
            self._at = number - 1
            self._paint()
            if self._at_once:
                self.action_take()

    def action_take(self) -> None:
        """This one."""
        self.dismiss(self._at)

    def action_leave(self) -> None:
        """None of them."""
        self.dismiss(None)

    def _paint(self) -> None:
        self._list.update(Content("\n").join(self._row(at) for at in range(len(self._lines))))

    def _row(self, at: int) -> Content:
        name, text = self._lines[at]
        number = _NUMBERS[at] if at < len(_NUMBERS) else " "
        gap = " " * (self._wide - cell_width(name) + 2)
        style = "reverse" if at == self._at else ""
        return Content.assemble((number, TONES["title"]), " ", (f"{name}{gap}{text}", style))
