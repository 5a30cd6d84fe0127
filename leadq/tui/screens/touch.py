"""The touch dialog: a logged call is three keys: `t`, the outcome's number, Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain.verbs import CHANNELS, Touch
from leadq.i18n import _
from leadq.tui.screens.outcome import OutcomeDialog
from leadq.tui.widgets.choice import Choice, Option, Pressed
from leadq.tui.widgets.form import Field, WhenText
from leadq.tui.widgets.text import Text
from leadq.words import channel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.widget import Widget

    from leadq.tui.card import Card
    from leadq.tui.data import Data

_LETTERS: Final = {"call": "c", "email": "e", "linkedin": "l", "sms": "s", "meeting": "m", "other": "o"}


class TouchDialog(OutcomeDialog):
    """Channel (call unless told), outcome, promised next step, note; then what only some touches have."""

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        channels = [Option(name, channel(name), _LETTERS[name]) for name in CHANNELS]
        self._channel = Choice(channels, value="call", row=True, id="channel")
        self._note = Text(id="note")
        self._at = WhenText(card, data.clock.now_ms, past=True, placeholder=_("now; else 10:15, yesterday 4pm"))
        ways = [Option("out", _("we contacted them")), Option("in", _("they contacted us"))]
        self._way = Choice(ways, value="out", row=True, id="way")
        self._evidence = Text(placeholder=_("a link to where it can be seen"))

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Touch")

    def fields(self) -> Iterator[Widget]:
        """The outcome has the focus, and letters change the channel from there."""
        yield Field("channel", _("channel"), self._channel)
        yield Field("outcome", _("outcome"), self._outcome)
        yield Field("next", _("next step"), self._next)
        yield Field("note", _("note"), self._note)
        yield Field("at", _("when"), self._at)
        yield Field("way", _("direction"), self._way)
        yield Field("kind", _("insight"), self._kind)
        yield Field("insight", "", self._learnt)
        yield Field("evidence", _("evidence"), self._evidence)

    def on_mount(self) -> None:
        """One digit is the outcome."""
        self.ask(self._outcome)

    def touch(self) -> Touch:
        """The touch as answered. Raises BadWhen."""
        return Touch(
            self._channel.value,
            self._outcome.value,
            inbound=self._way.value == "in",
            at_ms=self._at.read(),
            note=self._note.value.strip(),
            evidence=self._evidence.value.strip(),
            insights=self.insights(),
        )

    def times(self) -> Iterator[tuple[str, WhenText]]:
        """When it happened, too."""
        yield "at", self._at
        yield from super().times()

    def answered(self, choice: Choice, *, by_enter: bool) -> None:
        """A callback goes on to its time; after anything else Enter saves."""
        if choice is self._kind:
            self.ask(self._learnt)
        elif by_enter:
            self.save()
        elif choice is self._channel:
            self.ask(self._outcome)
        elif choice is self._outcome and choice.value == "callback_set" and not self._next.typed:
            self.ask(self._next)

    def other_key(self, key: str) -> bool:
        """The letters of the channels work while the outcome is asked."""
        return key in _LETTERS.values() and self._channel.press(key) is Pressed.PICKED
