"""The correction dialog: which event of the history did not happen, and why it stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain import verbs
from leadq.domain.decide_cycle import CORRECTABLE
from leadq.i18n import _
from leadq.saying import say_when
from leadq.text import clean
from leadq.tui.screens.dialog import Dialog
from leadq.tui.widgets.card_text import happened
from leadq.tui.widgets.choice import Choice, Option
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.text import Text
from leadq.words import actor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.widget import Widget

    from leadq.tui.card import Card
    from leadq.tui.data import Data
    from leadq.views import Row

_SHOWN: Final = 10
"""Lines of the history that are seen at once: on 24 lines the reason has to be seen too."""


class CorrectDialog(Dialog):
    """The history, newest first, of what can be taken back; and why."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        now_ms = data.clock.now_ms()
        rows = [Option(row.uid, _line(row, card, now_ms)) for row in reversed(card.timeline) if _may_go(row)]
        self._event = Choice(rows, typing=True, most=_SHOWN, id="event")
        self._why = Text()

    @staticmethod
    def pointless(card: Card) -> str:
        """What was handed off, and a verdict, are no slips: other verbs follow them."""
        if any(_may_go(row) for row in card.timeline):
            return ""
        return _("nothing in its history can be taken back by a correction")

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Correct")

    def fields(self) -> Iterator[Widget]:
        """The event has the focus, and leads to the reason."""
        yield Field("event", _("what"), self._event)
        yield Field("why", _("why"), self._why)

    def on_mount(self) -> None:
        """One digit is the event."""
        self.ask(self._event)

    def answered(self, choice: Choice, *, by_enter: bool) -> None:
        """The event leads to the reason, which it needs."""
        if by_enter and self._why.value:
            self.save()
        else:
            self.ask(self._why)

    def verb(self) -> verbs.Correct | None:
        """The correction as answered; it needs a few words, which the rules ask for."""
        if self._event.value:
            return verbs.Correct(self._event.value, self._why.value.strip())
        self.field("event").refuse(_("Choose what did not happen, by its number or some letters of it."))
        self.ask(self._event)
        return None


def _may_go(row: Row) -> bool:
    return row.type in CORRECTABLE and not row.undone


def _line(row: Row, card: Card, now_ms: int) -> str:
    """`today 14:05  Call: No answer  zoe  the note`."""
    said = (say_when(row.occurred_ms, card.zone, now_ms), happened(row, card, now_ms), actor(row.actor, row.actor_kind))
    return "  ".join(map(clean, (*said, *row.texts.values())))
