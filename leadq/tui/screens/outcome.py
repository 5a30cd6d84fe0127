"""What a touch and a call ask alike: how it ended, and what was promised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadq.domain.reasons import OUTCOMES
from leadq.i18n import _, current
from leadq.tui.screens.dialog import Dialog
from leadq.tui.widgets.choice import Choice, Option
from leadq.tui.widgets.form import WhenText
from leadq.when import BadWhen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.domain.verbs import Touch
    from leadq.tui.card import Card
    from leadq.tui.data import Data


class OutcomeDialog(Dialog):
    """A dialog that ends as a touch; whoever extends it says which, but for the next step."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        outcomes = [Option(code, label.say(current())) for code, label in OUTCOMES.items()]
        self._outcome = Choice(outcomes, id="outcome")
        self._next = WhenText(card, data.clock.now_ms)

    def touch(self) -> Touch:
        """The touch as answered, without the next step."""
        raise NotImplementedError

    def verb(self) -> Touch | None:
        """The touch; None when an answer is missing, or is no time: that is said at its question."""
        if not self._outcome.value:
            self.field("outcome").refuse(_("Choose how it ended, by its number."))
            self.ask(self._outcome)
            return None
        try:
            return replace(self.touch(), next_ms=self._next.read())
        except BadWhen as error:
            self.field("next").refuse(error.message)
            self.ask(self._next)
            return None
