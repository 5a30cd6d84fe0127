"""The dialogs that put a lead off or pass it on: pause, snooze, assign, merge, reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.domain import verbs
from leadq.i18n import _
from leadq.tui.screens.dialog import Dialog
from leadq.tui.widgets.choice import Choice, Option
from leadq.tui.widgets.form import Field, WhenText
from leadq.tui.widgets.text import Text
from leadq.when import BadWhen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.widget import Widget

    from leadq.domain.verbs import Verb
    from leadq.tui.card import Card
    from leadq.tui.data import Data


class _UntilDialog(Dialog):
    """A dialog that asks until when; a bare date is the first opening of that day."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._until = WhenText(card, data.clock.now_ms, opening=True)

    def verb(self) -> Verb | None:
        """The verb as answered, once the time can be read."""
        try:
            return self.until(self._until.read())
        except BadWhen as error:
            self.field("until").refuse(error.message)
            self.ask(self._until)
            return None

    def until(self, until_ms: int | None) -> Verb:
        """The verb, until then."""
        raise NotImplementedError


class PauseDialog(_UntilDialog):
    """A reason of the contract, until when, and where the reason can be seen."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._reason = Choice([Option(code, code) for code in card.rules.pauses], typing=True, id="reason")
        self._evidence = Text(placeholder=_("a link, if the contract asks for one"))

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Pause")

    def fields(self) -> Iterator[Widget]:
        """The reason has the focus, and leads to the time."""
        yield Field("reason", _("reason"), self._reason)
        yield Field("until", _("until"), self._until)
        yield Field("evidence", _("evidence"), self._evidence)

    def on_mount(self) -> None:
        """One digit is the reason."""
        self.ask(self._reason if self.card.rules.pauses else self._until)

    def answered(self, choice: Choice, *, by_enter: bool) -> None:
        """A reason leads to the time; Enter saves."""
        if by_enter:
            self.save()
        elif not self._until.typed:
            self.ask(self._until)

    def until(self, until_ms: int | None) -> verbs.Pause:
        """The pause as answered."""
        return verbs.Pause(self._reason.value, until_ms, self._evidence.value.strip())


class SnoozeDialog(_UntilDialog):
    """Until when, and why."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._why = Text()

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Snooze")

    def fields(self) -> Iterator[Widget]:
        """The time has the focus."""
        yield Field("until", _("until"), self._until)
        yield Field("why", _("why"), self._why)

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.ask(self._until)

    def until(self, until_ms: int | None) -> verbs.Snooze:
        """The snooze as answered; it needs a few words, which the rules ask for."""
        return verbs.Snooze(until_ms, self._why.value)


class AssignDialog(Dialog):
    """To whom, and a few words."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        others = [(member, name) for member, name in card.members if self.also or member != card.shape["owner"]]
        self._to = Choice([Option(member, name or member) for member, name in others], typing=True, id="to")
        self._note = Text()

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Assign")

    def fields(self) -> Iterator[Widget]:
        """The member has the focus."""
        yield Field("to", _("to whom"), self._to)
        yield Field("note", _("note"), self._note)

    def on_mount(self) -> None:
        """One digit, or some letters of a name."""
        self.ask(self._to)

    def verb(self) -> verbs.Assign:
        """The assignment as answered."""
        return verbs.Assign(self._to.value, self._note.value.strip())


class _LineDialog(Dialog):
    """One line of text, and Enter."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._line = Text(placeholder=self.placeholder())

    def placeholder(self) -> str:
        """What stands there before anything is typed."""
        return ""

    def on_mount(self) -> None:
        """Typing begins at once."""
        self.ask(self._line)


class MergeDialog(_LineDialog):
    """The lead that goes on."""

    def placeholder(self) -> str:
        """How a lead is named."""
        return _("number, e-mail or CONNECTION:ID of the lead that goes on")

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Merge")

    def fields(self) -> Iterator[Widget]:
        """The other lead."""
        yield Field("into", _("into"), self._line)

    def verb(self) -> verbs.Merge | None:
        """The merge as answered."""
        if self._line.value.strip():
            return verbs.Merge(self._line.value.strip())
        self.field("into").refuse(_("Name the lead that goes on."))
        return None


class ReopenDialog(_LineDialog):
    """Why."""

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Reopen")

    def fields(self) -> Iterator[Widget]:
        """A few words."""
        yield Field("why", _("why"), self._line)

    def verb(self) -> verbs.Reopen:
        """The reopening as answered; it needs a few words, which the rules ask for."""
        return verbs.Reopen(self._line.value)


DIALOGS = {
    "pause": PauseDialog,
    "snooze": SnoozeDialog,
    "assign": AssignDialog,
    "merge": MergeDialog,
    "reopen": ReopenDialog,
}
"""Action -> its dialog."""
