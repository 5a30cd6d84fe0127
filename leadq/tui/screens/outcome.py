"""What a touch and a call ask alike: how it ended, what was promised, what was learnt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadq.domain.reasons import OUTCOMES
from leadq.i18n import _, current
from leadq.tui.screens.dialog import Dialog
from leadq.tui.widgets.choice import Choice, Option
from leadq.tui.widgets.form import WhenText
from leadq.tui.widgets.text import Text
from leadq.when import BadWhen
from leadq.words import INSIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
        kinds = [Option(kind, _(word)) for kind, word in INSIGHTS.items()]
        self._kind = Choice(kinds, value=kinds[0].value, typing=True, id="kind")
        self._learnt = Text(placeholder=_("what marketing should know"))

    def touch(self) -> Touch:
        """The touch as answered, without the next step. Raises BadWhen."""
        raise NotImplementedError

    def times(self) -> Iterator[tuple[str, WhenText]]:
        """Every time that is asked for, by the name of its field."""
        yield "next", self._next

    def insights(self) -> tuple[str, ...]:
        """What marketing should know, as the verb carries it."""
        learnt = self._learnt.value.strip()
        return (f"{self._kind.value}:{learnt}",) if learnt else ()

    def verb(self) -> Touch | None:
        """The touch; None when an answer is missing, or is no time: that is said at its question."""
        if not self._outcome.value:
            self.field("outcome").refuse(_("Choose how it ended, by its number."))
            self.ask(self._outcome)
            return None
        for name, text in self.times():
            try:
                text.read()
            except BadWhen as error:
                self.field(name).refuse(error.message)
                self.ask(text)
                return None
        return replace(self.touch(), next_ms=self._next.read())
