"""The help: the keys, from the registry, and what the signs mean."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadq.actions import ACTIONS, GROUPS, Action
from leadq.glance import SIGNS
from leadq.i18n import _
from leadq.text import cell_width, clean
from leadq.tui.tones import TONES
from leadq.words import labelled

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.glossary import Meaning

_KEYS: Final = 16
_TITLE: Final = 19
_WIDEST: Final = 104


class HelpScreen(ModalScreen[None]):
    """Scrolls like the queue; Esc, q or ? close it."""

    CSS_PATH = "../css/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "leave", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, state: Meaning | None = None) -> None:
        """`state`: the one to explain first."""
        super().__init__()
        self._state = state
        self._text = Static(Content(""))

    def compose(self) -> ComposeResult:
        """One page of text."""
        with VerticalScroll(id="dialog"):
            yield self._text

    def on_mount(self) -> None:
        """A screen that is put on top hears of no resize."""
        self.on_resize()

    def on_resize(self) -> None:
        """Lines are broken where they leave the eye a column to follow."""
        self._text.update(help_text(min(self.app.size.width, _WIDEST) - 6, self._state))

    def action_leave(self) -> None:
        """Back to the queue."""
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        """A line down or up."""
        self.query_one("#dialog").scroll_relative(y=lines, animate=False)


def help_text(width: int, state: Meaning | None = None) -> Content:
    """What `state` means, every action by group, then every sign, for `width` cells."""
    lines = _state(state, width) if state else []
    for group in GROUPS:
        lines += [Content.assemble((_(group), TONES["title"]))]
        lines += [_row(action, width) for action in ACTIONS if action.group == group]
        lines.append(Content(""))
    lines.append(Content.assemble((_("Signs"), TONES["title"])))
    lines += [Content.assemble((f"{glyph:>{_KEYS}}", "bold"), f"  {_(word)}") for glyph, word, _tone in SIGNS.values()]
    return Content("\n").join(lines)


def _state(found: Meaning, width: int) -> list[Content]:
    """The company's word, how its contract defines that, and what leadq means by the state."""
    head = labelled(_("State"), f"{clean(found.word)} ({found.state})")
    told = [clean(text) for text in (found.definition, found.rule) if text]
    lines = [Content(f"  {part}") for text in told for part in wrap(text, max(20, width - 2))]
    return [Content.assemble((head, TONES["title"])), *lines, Content("")]


def _row(action: Action, width: int) -> Content:
    keys = " ".join(action.keys)
    gap = " " * max(1, _TITLE - cell_width(_(action.title)))
    indent = _KEYS + 2 + _TITLE
    explained = f"\n{' ' * indent}".join(wrap(_(action.help), max(20, width - indent)))
    return Content.assemble((f"{keys:>{_KEYS}}", "bold"), f"  {_(action.title)}{gap}", (explained, TONES["muted"]))
