"""The name under which a view is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadq import saved_views
from leadq.i18n import _
from leadq.saved_views import SavedView
from leadq.text import clean
from leadq.tui import telling
from leadq.tui.messages import Trouble, ViewSaved
from leadq.tui.tones import TONES
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.text import Text
from leadq.tui.words import VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.message import Message

    from leadq.order import Filter
    from leadq.queue import Queue
    from leadq.tui.data import Data


class SaveViewDialog(ModalScreen["SavedView | None"]):
    """Asks for a name; Enter keeps the view, Esc does not. A name that is taken is asked for twice."""

    CSS_PATH = "../css/dialog.tcss"
    QUIET = True
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False, priority=True)]

    def __init__(self, data: Data, wanted: Filter, views: Sequence[SavedView]) -> None:
        super().__init__()
        self._data, self._wanted, self._views = data, wanted, views
        self._input = Text()
        self._replaces = ""

    def compose(self) -> ComposeResult:
        """What is kept, and the name."""
        with Vertical(id="dialog"):
            yield Static(Content.assemble((_("Save the view"), TONES["title"]), "  ", told(self._wanted)), id="about")
            yield Field("name", _("name"), self._input)
            yield Static(Content.assemble((_("Enter saves, Esc leaves"), TONES["muted"])), id="keys")

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.set_focus(self._input)

    def on_input_submitted(self) -> None:
        """Keep it, unless the name cannot be one, or is another view's and nobody has said that this one goes."""
        name = self._input.value
        taken = saved_views.known_as(name, self._views)
        why = saved_views.why_not(name)
        if taken and self._replaces != taken.name:
            self._replaces = taken.name
            why = _("“{name}” is there already: Enter again replaces it.").format(name=taken.name)
        if why:
            self.query_one(Field).refuse(why)
        else:
            self._data.write(self, "view", self._save)

    def _save(self, queue: Queue) -> Message:
        name = saved_views.save(self._data.home, self._input.value, self._wanted)
        return ViewSaved(SavedView(name, self._wanted))

    @on(ViewSaved)
    def _saved(self, message: ViewSaved) -> None:
        self.dismiss(message.view)

    @on(Trouble)
    def _refused(self, message: Trouble) -> None:
        self.query_one(Field).refuse(telling.tell_trouble(message.error))

    def action_leave(self) -> None:
        """Close without keeping anything."""
        self.dismiss(None)


def told(wanted: Filter) -> str:
    """What a view shows, in a few words."""
    texts = (wanted.owner, wanted.band, *wanted.states, wanted.source, wanted.campaign)
    parts = [_(VIEWS[wanted.view]), *(text for text in texts if text), f"/{wanted.search}" if wanted.search else ""]
    return clean(" · ".join(part for part in parts if part), 200)
