"""The help: the keys of the screen in front, then all the others, from the registry, and what the signs mean."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadq.actions import ACTIONS, BY_ID, CARE, GROUPS, LOOP, MOVE, WORK, Action, keys_of
from leadq.glance import SIGNS
from leadq.i18n import N_, _
from leadq.text import cell_width, clean
from leadq.tui.keys import bindings_of
from leadq.tui.screens.steps import Steps
from leadq.tui.tones import TONES
from leadq.tui.widgets.lead_list import MARK
from leadq.words import labelled

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from leadq.glossary import Meaning

_KEYS: Final = 16
_TITLE: Final = 19
_WIDEST: Final = 104
_CLOSES: Final = ("leave", "quit", "help", "open")
_GROUPS_OF: Final = {"card": (WORK, CARE, LOOP), "dialog": (), "call": (), "verdict": ()}
"""The groups that work on a screen beside its own; on others it is what moves."""


class HelpScreen(Steps, ModalScreen[None]):
    """Scrolls like the queue; Esc and the keys of help, quitting and opening close it."""

    CSS_PATH = "../css/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of([BY_ID[name] for name in _CLOSES], "leave"),
        *bindings_of(action for action in ACTIONS if action.group == MOVE and action.id not in _CLOSES),
        Binding("escape,enter,q", "leave", show=False),
    ]

    def __init__(self, state: Meaning | None = None, scope: str = "queue") -> None:
        """`state`: the one to explain first; `scope`: where it was asked."""
        super().__init__()
        self._state, self._scope = state, scope
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
        self._text.update(help_text(min(self.app.size.width, _WIDEST) - 6, self._state, self._scope))

    def action_leave(self) -> None:
        """Back to the queue."""
        self.dismiss()

    def step(self, places: int) -> None:
        """Some lines down or up."""
        self.query_one("#dialog").scroll_relative(y=places, animate=False)

    def turn(self, pages: float) -> None:
        """Pages down or up."""
        self.step(int(self.size.height * pages))


def help_text(width: int, state: Meaning | None = None, scope: str = "queue") -> Content:
    """What `state` means, every action by group, those of `scope` first, then every sign, for `width` cells."""
    lines = _state(state, width) if state else []
    here = _groups_of(scope)
    lines += [Content.assemble((_("On this screen"), "bold reverse")), *_told(here, width)]
    lines.append(Content.assemble((_("On other screens"), "bold reverse")))
    lines += _told([group for group in GROUPS if group not in here], width)
    lines.append(Content.assemble((_("Signs"), TONES["title"])))
    signs = [
        *((glyph, word) for glyph, word, _tone in SIGNS.values()),
        (MARK, N_("selected: verbs act on all of these")),
    ]
    lines += [Content.assemble((f"{glyph:>{_KEYS}}", "bold"), f"  {_(word)}") for glyph, word in signs]
    return Content("\n").join(lines)


def _groups_of(scope: str) -> list[str]:
    """The groups to begin with: those of the screen, then those whose actions work there too."""
    own = {one.group for one in ACTIONS if one.scope == scope}
    too = {*_GROUPS_OF.get(scope, (MOVE,)), *(one.group for one in ACTIONS if one.scope == "everywhere")}
    return [*(group for group in GROUPS if group in own), *(group for group in GROUPS if group in too - own)]


def _told(groups: list[str], width: int) -> list[Content]:
    lines: list[Content] = []
    for group in groups:
        lines.append(Content.assemble((_(group), TONES["title"])))
        lines += [_row(action, width) for action in ACTIONS if action.group == group]
        lines.append(Content(""))
    return lines


def _state(found: Meaning, width: int) -> list[Content]:
    """The company's word, how its contract defines that, and what leadq means by the state."""
    head = labelled(_("State"), f"{clean(found.word)} ({found.state})")
    told = [clean(text) for text in (found.definition, found.rule) if text]
    lines = [Content(f"  {part}") for text in told for part in wrap(text, max(20, width - 2))]
    return [Content.assemble((head, TONES["title"])), *lines, Content("")]


def _row(action: Action, width: int) -> Content:
    keys = " ".join(keys_of(action)) or "-"
    gap = " " * max(1, _TITLE - cell_width(_(action.title)))
    indent = _KEYS + 2 + _TITLE
    explained = f"\n{' ' * indent}".join(wrap(_(action.help), max(20, width - indent)))
    return Content.assemble((f"{keys:>{_KEYS}}", "bold"), f"  {_(action.title)}{gap}", (explained, TONES["muted"]))
