"""What every form does with what is typed into it: it survives Esc and a crash, comes back, and can be emptied.

Kept is a form in which somebody has typed; what one key chooses is chosen again as fast, and to find it chosen already
would be a surprise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.await_complete import AwaitComplete
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from leadq.actions import BY_ID, say_key
from leadq.i18n import _
from leadq.saying import say_when
from leadq.tui.keys import bindings, bindings_of
from leadq.tui.messages import Unkept
from leadq.tui.tones import TONES
from leadq.tui.widgets.choice import Choice
from leadq.tui.widgets.form import Field, taker
from leadq.tui.widgets.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from textual import events
    from textual.binding import BindingType

    from leadq.drafts import Draft
    from leadq.tui.data import Data
    from leadq.tui.drafting import Answers

_R = TypeVar("_R")


class DraftedScreen(ModalScreen[_R]):
    """A form of `Field`s about leads. Whoever extends it says which form it is, and about which leads (local ids)."""

    CSS_PATH = "../css/dialog.tcss"
    SCOPE = "dialog"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("dialog"),
        *bindings_of((BY_ID["leave"],)),
        *bindings_of((BY_ID["help"],), "app.help", priority=False),  # in a text, ? is a question mark
    ]
    AUTO_FOCUS = ""
    QUIET = True

    def __init__(
        self, data: Data, form: str, leads: tuple[int, ...], zone: ZoneInfo, stored: Iterable[Draft] = ()
    ) -> None:
        """`stored`: the drafts that were found with the first lead."""
        super().__init__()
        self._data, self._form, self._leads, self._zone = data, form, leads, zone
        self._brought = data.drafts.known(form, leads, stored)
        self._blank: Answers = {}
        self._kept: Answers = {}
        self._first: Choice | Text | None = None
        self._fields: tuple[Field, ...] = ()
        self.draft_line = Static(Content(""), id="draft")

    def on_mount(self) -> None:
        """After the form's own: bring the draft back."""
        self._fields = tuple(self.query(Field))  # at each key a walk over the form would cost half a millisecond
        self._blank = self._kept = self.answers()
        if isinstance(self.focused, Choice | Text):
            self._first = self.focused
        if self._brought:
            self.put(self._brought.answers)
            self._kept = self.answers()
            self._say_brought(self._brought)

    def answers(self) -> Answers:
        """Every answer as it stands, by question; a text is one value."""
        return {field.question: _values(field) for field in self._fields}

    def put(self, answers: Mapping[str, tuple[str, ...]]) -> None:
        """Answer with these; a question or an answer that is not offered any more is left as it is."""
        for field in self._fields:
            values, control = answers.get(field.question, ()), taker(field.control)
            if field.question in answers and isinstance(control, Choice):
                control.put(values)
            elif field.question in answers and isinstance(control, Text):
                control.value = "".join(values[:1])

    def typed(self, answers: Answers) -> bool:
        """Whether there is anything in these answers that somebody has typed."""
        texts = (field.question for field in self._fields if isinstance(taker(field.control), Text))
        return any(answers[name] != self._blank[name] for name in texts)

    def keep(self) -> bool:
        """Keep the draft as it stands, if it is another than the one kept; whether there is one."""
        answers = self.answers()
        worth = self.typed(answers)
        if answers != self._kept:
            before, self._kept = self._kept, answers
            if worth:
                self._data.drafts.keep(self, self._form, self._leads, answers)
            elif self.typed(before) or self._brought:
                self._data.drafts.drop(self, self._form, self._leads)
        return worth

    def spend(self) -> None:
        """In the writing thread: what was typed is on disk as what it was typed for."""
        self._data.drafts.spend(self._form, self._leads)

    def spent(self) -> None:
        """The same, back on the screen."""
        self._data.drafts.forget(self._form, self._leads)

    def save(self) -> None:
        """Enter: do what the form is for."""
        raise NotImplementedError

    def take_key(self, event: events.Key) -> bool:
        """Treat a key to its end, before the next one is looked at: keys that come in a burst, as they do over a slow
        line, reach the question that they were typed for."""
        if event.key in ("tab", "shift+tab"):
            self._step(1 if event.key == "tab" else -1)
        elif event.key == "escape":
            self.action_leave()
        elif isinstance(text := self.focused, Text):
            if event.key == "enter":
                self.save()
            elif not text.press(event):
                return False
            self.keep()
        elif isinstance(choice := self.focused, Choice):
            key = event.character if event.is_printable and event.character else event.key
            return self.take_choice(choice, "space" if key == " " else key)
        else:
            return False
        return True

    def take_choice(self, choice: Choice, key: str) -> bool:
        """Treat a key of a choice; whether it has a use."""
        return False

    def take_paste(self, event: events.Paste) -> bool:
        """Treat a paste to its end."""
        if isinstance(text := self.focused, Text):
            text.paste(event.text)
        return isinstance(text, Text)

    def _step(self, by: int) -> None:
        """To the next question that is asked now. The library knows of one that has just appeared only after it was
        laid out, and would pass it over."""
        asked = [taker(field.control) for field in self._fields if field.display]
        at = asked.index(self.focused) if self.focused in asked else -by
        self.set_focus(asked[(at + by) % len(asked)])

    def action_empty_draft(self) -> None:
        """Begin anew, with nothing typed and nothing kept."""
        self.put(self._blank)
        self.draft_line.display = False
        self.keep()
        self.set_focus(self._first)

    def action_leave(self) -> None:
        """Close without doing anything; what was typed is kept."""
        if self.keep():
            self.notify(_("What you typed comes back with the same dialog."), markup=False)
        self.dismiss(None)

    def dismiss(self, result: _R | None = None) -> AwaitComplete:
        """Leave, and take along what was opened over it while the verb was being stored: only the top one can leave."""
        if self not in self.app.screen_stack:
            return AwaitComplete.nothing()  # type: ignore[no-untyped-call, no-any-return]
        while self.app.screen is not self:
            self.app.screen.dismiss()
        return super().dismiss(result)

    @on(Input.Changed)
    def _text_changed(self) -> None:
        self.keep()

    @on(Unkept)
    def _not_kept(self, message: Unkept) -> None:
        told = _("! What you type is not kept beside the dialog: {why}").format(why=message.error.message)
        self.draft_line.update(Content.assemble((told, TONES["soon"])))
        self.draft_line.display = True

    def _say_brought(self, draft: Draft) -> None:
        when = say_when(draft.at_ms, self._zone, self._data.clock.now_ms())
        told = _("Brought back, from {when}; {key} empties it").format(when=when, key=say_key("empty_draft"))
        self.draft_line.update(Content.assemble((told, TONES["soon"])))
        self.draft_line.display = True


def _values(field: Field) -> tuple[str, ...]:
    control = taker(field.control)
    if isinstance(control, Choice):
        return control.values
    return (control.value,) if isinstance(control, Text) else ()
