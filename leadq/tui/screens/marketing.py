"""The dialogs of what comes after a verdict: it is disputed or answered, and the lead goes elsewhere or comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from leadq.domain import verbs
from leadq.domain.feedback import feedbacks
from leadq.i18n import _
from leadq.text import clean
from leadq.tui.screens.dialog import Dialog
from leadq.tui.tones import TONES
from leadq.tui.widgets.card_text import happened
from leadq.tui.widgets.choice import Choice, Option
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.text import Text
from leadq.words import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.widget import Widget

    from leadq.domain.feedback import Feedback
    from leadq.domain.verbs import Verb
    from leadq.tui.card import Card
    from leadq.tui.data import Data
    from leadq.views import Row


class _VerdictDialog(Dialog):
    """A dialog about a verdict, which it shows."""

    def said(self) -> Static:
        """The verdict with its words, and what marketing answered so far."""
        one = _newest(self.card)
        rows = [row for row in (one.said, one.answer, one.objection) if row] if one else []
        lines = dict.fromkeys(f"> {self._words(row)}" for row in rows)  # an answer that declines is the objection too
        return Static(Content("\n").join(Content.assemble((line, TONES["muted"])) for line in lines))

    def _words(self, row: Row) -> str:
        return " · ".join(
            (clean(row.actor), happened(row, self.card, self._data.clock.now_ms()), *map(clean, row.texts.values()))
        )


class DisputeDialog(_VerdictDialog):
    """Why one does not agree."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._note = Text()

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Dispute")

    def fields(self) -> Iterator[Widget]:
        """The verdict, and why not."""
        yield self.said()
        yield Field("note", _("why"), self._note)

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.ask(self._note)

    def verb(self) -> verbs.Dispute:
        """The dispute as typed; it needs a few words, which the rules ask for."""
        return verbs.Dispute(self._note.value.strip())


class AnswerDialog(_VerdictDialog):
    """Marketing's answer, and a few words."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._answer = Choice([Option(code, _(word)) for code, word in ANSWERS.items()], typing=True, id="answer")
        self._note = Text()

    @staticmethod
    def pointless(card: Card) -> str:
        """Without a verdict there is nothing to answer."""
        return "" if _newest(card) else _("nobody has given a verdict that could be answered")

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Answer")

    def fields(self) -> Iterator[Widget]:
        """The verdict, the answer to it, and a few words."""
        yield self.said()
        yield Field("answer", _("the answer"), self._answer)
        yield Field("note", _("note"), self._note)

    def on_mount(self) -> None:
        """One digit is the answer."""
        self.ask(self._answer)

    def verb(self) -> Verb | None:
        """The answer as given; whoever declines says why, which the rules ask for."""
        if self._answer.value:
            return verbs.Answer(self._answer.value, self._note.value.strip())
        self.field("answer").refuse(_("Choose an answer, by its number."))
        self.ask(self._answer)
        return None

    def answered(self, choice: Choice, *, by_enter: bool) -> None:
        """To decline leads to the words that it needs; Enter saves."""
        if by_enter:
            self.save()
        elif choice.value == "declined":
            self.ask(self._note)


class RerouteDialog(Dialog):
    """To whom, or to nobody yet, and a few words."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        members = [Option(member, name or member) for member, name in card.members]
        self._to = Choice([*members, Option("", _("nobody yet"))], typing=True, id="to")
        self._note = Text()

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Reroute")

    def fields(self) -> Iterator[Widget]:
        """The member has the focus."""
        yield Field("to", _("to whom"), self._to)
        yield Field("note", _("note"), self._note)

    def on_mount(self) -> None:
        """One digit, or some letters of a name."""
        self.ask(self._to)

    def verb(self) -> verbs.Reroute | None:
        """The new way as answered."""
        if self._to.values:
            return verbs.Reroute(self._to.value, self._note.value.strip())
        self.field("to").refuse(_("Say to whom, or to nobody yet."))
        self.ask(self._to)
        return None


class ResubmitDialog(_VerdictDialog):
    """What was wrong with it, and is not any more."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._fixed = Text()

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Resubmit")

    def fields(self) -> Iterator[Widget]:
        """The verdict, and what was mended since."""
        yield self.said()
        yield Field("fixed", _("fixed"), self._fixed)

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.ask(self._fixed)

    def verb(self) -> verbs.Resubmit:
        """The handover as typed; what was fixed is asked for by the rules."""
        return verbs.Resubmit(self._fixed.value.strip())


def _newest(card: Card) -> Feedback[Row] | None:
    """The verdict that stands, or the account executive's return."""
    found = feedbacks(row for row in card.timeline if not row.undone)
    return found[-1] if found and not found[-1].over else None
