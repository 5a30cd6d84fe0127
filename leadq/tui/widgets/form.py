"""The parts of a dialog: a labelled question with room for what is wrong with it, and a time as people type it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from leadq.i18n import _, ngettext, number
from leadq.saying import say_when
from leadq.tui.tones import TONES
from leadq.tui.widgets.text import Text
from leadq.when import BadWhen, parse_when

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from leadq.tui.card import Card

_LONGEST: Final = 80
"""Characters of a time: no way of saying one is longer."""


class Field(Vertical):
    """A question: its label, the widget that takes the answer, and under it what is wrong."""

    def __init__(self, name: str, label: str, control: Widget) -> None:
        super().__init__(id=f"field-{name}", classes="field")
        self.question, self._label, self.control = name, label, control
        self._problem = Static(Content(""), classes="problem")

    def compose(self) -> ComposeResult:
        """Label and answer on one line."""
        with Horizontal(classes="question"):
            yield Static(Content(self._label), classes="label")
            yield self.control
        yield self._problem

    def on_text_cut(self, message: Text.Cut) -> None:
        """Say that not all of a paste found room."""
        message.stop()
        told = ngettext("{n} character found no room", "{n} characters found no room", message.lost)
        self.refuse(_("A text has {most} characters at most: {lost}.").format(
            most=number(message.text.limit), lost=told.format(n=number(message.lost))
        ))  # fmt: skip

    def refuse(self, sentence: str) -> None:
        """Show what is wrong, "" for nothing."""
        self._problem.update(Content.assemble((f"! {sentence}" if sentence else "", TONES["late"])))
        self._problem.display = bool(sentence)


class WhenText(Vertical):
    """A time as people type it, and beside it the instant that was understood; `past`: of something that was."""

    def __init__(
        self,
        card: Card,
        now_ms: Callable[[], int],
        *,
        opening: bool = False,
        past: bool = False,
        placeholder: str = "",
    ) -> None:
        super().__init__(classes="when")
        self._card, self._now_ms, self._opening, self._past = card, now_ms, opening, past
        self.input = Text(placeholder=placeholder or _("14:30, tomorrow 9am, +2bd"), limit=_LONGEST)
        self._understood = Static(Content(""), classes="understood")

    @property
    def typed(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.input.value.strip())

    def compose(self) -> ComposeResult:
        """What is typed, and what it means."""
        yield self.input
        yield self._understood

    def on_input_changed(self) -> None:
        """Say what it means, at every key."""
        self._understood.update(self._meaning())

    def read(self) -> int | None:
        """The instant in milliseconds UTC, None when nothing is typed. Raises BadWhen."""
        if not self.typed:
            return None
        when = parse_when(
            self.input.value,
            now_ms=self._now_ms(),
            zone=self._card.zone,
            calendar=self._card.calendar,
            opening=self._opening,
            past=self._past,
        )
        return when.ms

    def _meaning(self) -> Content:
        try:
            at_ms = self.read()
        except BadWhen:
            return Content.assemble((_("? not a time yet"), TONES["muted"]))
        if at_ms is None:
            return Content("")
        return Content.assemble((f"= {say_when(at_ms, self._card.zone, self._now_ms())}", TONES["good"]))


def taker(control: Widget) -> Widget:
    """What takes the keys of a question."""
    return control.input if isinstance(control, WhenText) else control
