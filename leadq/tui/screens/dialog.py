"""What every dialog does: say whom it is about, send a verb, and keep everything typed when a rule says no."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadq.i18n import _
from leadq.refusals import ABOUT
from leadq.text import clean
from leadq.tui.data import Gesture
from leadq.tui.messages import Done, Trouble
from leadq.tui.tones import TONES
from leadq.tui.widgets.choice import Choice, Pressed
from leadq.tui.widgets.form import Field, WhenText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from leadq.domain.verbs import Verb
    from leadq.errors import LeadqError
    from leadq.tui.card import Card
    from leadq.tui.data import Data

_HINTED: Final = frozenset({"pause_too_long"})
"""Refusals whose way out is an answer, and no option of the command line."""


class Dialog(ModalScreen[Gesture | None]):
    """A form about one lead. It closes itself when its verb is on disk, and stays open when it is refused."""

    CSS_PATH = "../css/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]
    AUTO_FOCUS = ""
    QUIET = True

    def __init__(self, data: Data, card: Card) -> None:
        super().__init__()
        self._data, self.card = data, card
        self._sent = False
        self._trouble = Static(Content(""), id="trouble")

    def title_text(self) -> str:
        """What the dialog is for."""
        raise NotImplementedError

    def fields(self) -> Iterator[Widget]:
        """Its questions."""
        raise NotImplementedError

    def verb(self) -> Verb | None:
        """The verb as answered so far, or None when an answer cannot be read (and says so)."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Whom it is about, the questions, and what to press."""
        shape = self.card.shape
        who = " · ".join(clean(part) for part in (shape["name"], shape["company"]) if part) or _("(no name)")
        with Vertical(id="dialog"):
            yield Static(Content.assemble((self.title_text(), TONES["title"]), "  ", who), id="about")
            with VerticalScroll(id="form", can_focus=False):
                yield from self.fields()
            yield self._trouble
            yield Static(self.keys_text(), id="keys")

    def keys_text(self) -> Content:
        """What to press."""
        return Content.assemble((_("Enter saves, Tab goes on, Esc leaves"), TONES["muted"]))

    def field(self, name: str) -> Field:
        """The field of that name."""
        return self.query_one(f"#field-{name}", Field)

    def save(self) -> None:
        """Send the verb, once; the answer comes as a message."""
        for field in self.query(Field):
            field.refuse("")
        self._trouble.display = False
        verb = None if self._sent else self.verb()
        if verb is not None:
            self._sent = True
            self._data.perform(self, self.card.id, verb)

    def refuse(self, error: LeadqError) -> None:
        """Show a refusal where it belongs, and put the focus there."""
        found = self.query(f"#field-{ABOUT.get(error.code, 'none')}")
        if found and isinstance(field := found.first(), Field) and field.display:
            field.refuse(f"{error.message} {error.hint}" if error.code in _HINTED else error.message)
            self.ask(field.control)
            return
        sentence = " ".join(filter(None, (error.message, error.hint)))
        self._trouble.update(Content.assemble((f"! {sentence}", TONES["late"])))
        self._trouble.display = True

    def ask(self, control: Widget) -> None:
        """Put the focus on a question at once, so that the next key is already its own."""
        self.set_focus(control.input if isinstance(control, WhenText) else control)

    def answered(self, choice: Choice, *, by_enter: bool) -> None:
        """What follows an answer; `by_enter`: Enter, on an answer that stands."""
        if by_enter:
            self.save()

    def other_key(self, key: str) -> bool:
        """A key that the focused choice has no use for; whether the dialog has."""
        return False

    def take_key(self, event: events.Key) -> bool:
        """Treat a key to its end, before the next one is looked at; texts take theirs in their own order."""
        if event.key in ("tab", "shift+tab"):
            (self.focus_next if event.key == "tab" else self.focus_previous)()
            return True
        if not isinstance(choice := self.focused, Choice):
            return False
        key = event.character if event.is_printable and event.character else event.key
        pressed = choice.press("space" if key == " " else key)
        if pressed in (Pressed.PICKED, Pressed.ENTERED):
            self.answered(choice, by_enter=pressed is Pressed.ENTERED)
        return pressed is not Pressed.UNUSED or self.other_key(key)

    def action_leave(self) -> None:
        """Close without doing anything."""
        self.dismiss(None)

    @on(Done)
    def _done(self, message: Done) -> None:
        self.dismiss(message.gesture)

    @on(Trouble)
    def _refused(self, message: Trouble) -> None:
        self._sent = False
        self.refuse(message.error)

    @on(Choice.Clicked)
    def _clicked(self, message: Choice.Clicked) -> None:
        self.answered(message.choice, by_enter=False)

    def on_input_submitted(self) -> None:
        """Enter in a text saves."""
        self.save()

    def dismiss(self, result: Gesture | None = None) -> AwaitComplete:
        """Leave, and take along what was opened over it while the verb was being stored: only the top one can leave."""
        if self not in self.app.screen_stack:
            return AwaitComplete.nothing()  # type: ignore[no-untyped-call, no-any-return]
        while self.app.screen is not self:
            self.app.screen.dismiss()
        return super().dismiss(result)
