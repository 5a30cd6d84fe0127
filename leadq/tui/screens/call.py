"""The call: who and why, what to say, how long it has been; then one digit, Enter, and the next lead.

A call happened when it began, however long it took and whenever it is logged: the clock of a first touch stops there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from leadq.actions import ACTIONS, key_of, keys_of, terminal_keys
from leadq.domain.verbs import Touch
from leadq.drawing import in_ascii
from leadq.i18n import _
from leadq.saying import say_stopwatch
from leadq.text import clean
from leadq.tui import clipboard, dial
from leadq.tui.screens.outcome import OutcomeDialog
from leadq.tui.tones import TONES
from leadq.tui.widgets.card_text import call_text, card_text
from leadq.tui.widgets.form import Field
from leadq.tui.widgets.text import Text
from leadq.values import tel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from leadq.tui.card import Card
    from leadq.tui.data import Data
    from leadq.tui.widgets.choice import Choice

_WAYS: Final = tuple(action for action in ACTIONS if action.scope == "call")
_WIDE: Final = 100
_FORM: Final = 60
"""Cells that the form takes beside the lead, with what stands between them."""


class CallDialog(OutcomeDialog):
    """The whole screen: the lead beside the form, or above it where it is narrow."""

    SCOPE = "call"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "scroll(3)", show=False, priority=True),
        Binding("pageup", "scroll(-3)", show=False, priority=True),
    ]

    def __init__(self, data: Data, card: Card) -> None:
        super().__init__(data, card)
        self._began_ms = data.clock.now_ms()
        self._phone = clean(card.shape["phone"])
        self._uri = tel(self._phone, card.shape["country"])
        self._note = Text()
        self._about = Static(Content(""), id="about")
        self._lead = Static(Content(""))

    def title_text(self) -> str:
        """What it is, and for how long it has been going on."""
        lasted = say_stopwatch(max(0, self._data.clock.now_ms() - self._began_ms))
        return _("Call {time}").format(time=lasted)

    def compose(self) -> ComposeResult:
        """Who and how long, the number and what can be done with it, the lead, the form."""
        with Vertical(id="dialog"):
            yield self._about
            yield self.draft_line
            yield Static(self._ways_text(), id="ways")
            with Container(id="body"):
                with VerticalScroll(id="lead", can_focus=False):
                    yield self._lead
                with VerticalScroll(id="form", can_focus=False):
                    yield from self.fields()
            yield self._trouble
            yield Static(self.keys_text(), id="keys")

    def fields(self) -> Iterator[Widget]:
        """The outcome has the focus; the rest is there for who wants it."""
        yield Field("outcome", _("outcome"), self._outcome)
        yield Field("next", _("next step"), self._next)
        yield Field("kind", _("insight"), self._kind)
        yield Field("insight", "", self._learnt)
        yield Field("note", _("note"), self._note)

    def on_mount(self) -> None:
        """One digit is the outcome; the time goes on beside it."""
        self.ask(self._outcome)
        self._show_lead()
        self.tick()
        self.set_interval(1.0, self.tick)

    def on_resize(self) -> None:
        """Another width has the lead beside the form, or above it."""
        self.call_after_refresh(self._show_lead)

    def tick(self) -> None:
        """Show how long the call has been going on."""
        shape = self.card.shape
        who = " · ".join(clean(part) for part in (shape["name"], shape["title"], shape["company"]) if part)
        self._about.update(Content.assemble((self.title_text(), TONES["title"]), "  ", (who, "bold")), layout=False)

    def touch(self) -> Touch:
        """The call as answered, at the instant at which it began."""
        note = self._note.value.strip()
        return Touch("call", self._outcome.value, at_ms=self._began_ms, note=note, insights=self.insights())

    def answered(self, choice: Choice, *, by_enter: bool) -> None:
        """A callback goes on to its time, a kind of insight to its words; after anything else Enter saves."""
        if choice is self._kind:
            self.ask(self._learnt)
        elif by_enter:
            self.save()
        elif choice.value == "callback_set" and not self._next.typed:
            self.ask(self._next)

    def other_key(self, key: str) -> bool:
        """While an answer is chosen, letters do something with the number."""
        for action in _WAYS:
            if key in terminal_keys(action):
                getattr(self, f"action_{action.id}")()
                return True
        return False

    def action_leave(self) -> None:
        """Close, and say that nothing was written: whoever had somebody on the line must know."""
        self.notify(_("The call was not logged."), severity="warning", markup=False)
        super().action_leave()

    def action_scroll(self, lines: int) -> None:
        """Some lines of the lead down or up."""
        self.query_one("#lead").scroll_relative(y=lines, animate=False)

    def action_dial(self) -> None:
        """Hand the number to a telephone program; the screen goes on meanwhile."""
        if self._has_number():
            self.run_worker(self._dial(), exit_on_error=False)

    async def _dial(self) -> None:
        if not await asyncio.to_thread(dial.opened, self._uri):
            told = _("Nothing on this machine opens {address}.").format(address=self._uri)
            self.notify(told, severity="warning", markup=False)

    def action_copy_number(self) -> None:
        """The number on the clipboard."""
        if self._has_number():
            clipboard.copy(self, self._uri.removeprefix("tel:"))

    def action_qr(self) -> None:
        """The number as a QR code, where the screen is high enough."""
        if not self._has_number():
            return
        if in_ascii():
            self.notify(_("A QR code cannot be drawn in ASCII."), severity="warning", markup=False)
            return
        code = dial.qr(self._uri)
        if len(code) + 2 > self.app.size.height:
            self.notify(_("The window is too low for a QR code."), severity="warning", markup=False)
        else:
            from leadq.tui.screens.qr import QrScreen

            self.app.push_screen(QrScreen(code, self._uri, self.take_key))

    def _has_number(self) -> bool:
        if not self._uri:
            self.notify(_("There is no number to dial."), severity="warning", markup=False)
        return bool(self._uri)

    def _ways_text(self) -> Content:
        if not self._phone:
            return Content.assemble((_("no phone is known"), TONES["soon"]))
        wrong = (f" {_('(wrong)')}", TONES["late"]) if "phone" in self.card.shape["invalid"] else ""
        keys = Content("  ").join(
            Content.assemble((key_of(action), "bold"), (f" {_(action.title)}", TONES["muted"]))
            for action in _WAYS
            if keys_of(action)
        )
        return Content.assemble((self._phone, "bold"), wrong, "  ", keys if self._uri else "")

    def _show_lead(self) -> None:
        now_ms, width = self._data.clock.now_ms(), self.app.size.width
        self.set_class(width >= _WIDE, "beside")
        text = card_text(self.card, now_ms, width - _FORM) if width >= _WIDE else call_text(self.card, now_ms)
        self._lead.update(text)
