"""The note dialog: one line about the lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.domain.verbs import Note
from leadq.i18n import _
from leadq.tui.screens.dialog import Dialog
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.widget import Widget

    from leadq.tui.card import Card
    from leadq.tui.data import Data


class NoteDialog(Dialog):
    """A text, and Enter."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._note = Text()

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Note")

    def fields(self) -> Iterator[Widget]:
        """The text."""
        yield Field("note", _("note"), self._note)

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.ask(self._note)

    def verb(self) -> Note:
        """The note as typed; an empty one is refused by the rules."""
        return Note(self._note.value)
