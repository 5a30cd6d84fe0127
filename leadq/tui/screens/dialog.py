"""What every dialog does: say whom it is about, send a verb, and keep everything typed when a rule says no."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadq.i18n import _, ngettext, number
from leadq.refusals import ABOUT
from leadq.text import clean
from leadq.tui.data import Gesture
from leadq.tui.messages import Done, Trouble
from leadq.tui.tones import TONES
from leadq.tui.widgets.choice import Choice, Pressed
from leadq.tui.widgets.form import Field, WhenText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    """A form about one lead, or about several of which `card` is the first and `also` names the others by local id.

    It closes itself when its verb is on disk, and stays open when it is refused: of several, nothing is done then.
    """

    CSS_PATH = "../css/dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]
    AUTO_FOCUS = ""
    QUIET = True

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        super().__init__()
        self._data, self.card = data, card
        self.also = tuple(lead_id for lead_id in dict.fromkeys(also) if lead_id != card.id)
        self._sent = False
        self._trouble = Static(Content(""), id="trouble")

    @staticmethod
    def pointless(card: Card) -> str:
        """Why there is nothing on this lead that the dialog could be about, in a few words; "" when there is."""
        return ""

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
        with Vertical(id="dialog"):
            yield Static(Content.assemble((self.title_text(), TONES["title"]), "  ", self.who_text()), id="about")
            with VerticalScroll(id="form", can_focus=False):
                yield from self.fields()
            yield self._trouble
            yield Static(self.keys_text(), id="keys")

    def who_text(self) -> str:
        """The lead by its name, and how many others."""
        shape, others = self.card.shape, len(self.also)
        who = " · ".join(clean(part) for part in (shape["name"], shape["company"]) if part) or _("(no name)")
        if not others:
            return who
        more = ngettext("and {n} other", "and {n} others", others).format(n=number(others))
        return f"{who} {more}"

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
            self._data.perform(self, self.card.id, verb, self.also)

    def refuse(self, error: LeadqError) -> None:
        """Show a refusal where it belongs, and put the focus there."""
        found = self.query(f"#field-{ABOUT.get(error.code, 'none')}")
        if found and isinstance(field := found.first(), Field) and field.display:
            field.refuse(f"{error.message} {error.hint}" if error.code in _HINTED else error.message)
            self.ask(field.control)
            return
        sentence = " ".join(filter(None, (error.message, error.hint, self._none_done())))
        self._trouble.update(Content.assemble((f"! {sentence}", TONES["late"])))
        self._trouble.display = True

    def _none_done(self) -> str:
        """Whoever asked for several is told that one which cannot take it keeps the others from it."""
        count = len(self.also) + 1
        if count == 1:
            return ""
        text = ngettext("Nothing was done to the lead.", "Nothing was done to any of the {n} leads.", count)
        return text.format(n=number(count))

    def ask(self, control: Widget) -> None:
        """Put the focus on a question at once, so that the next key is already its own."""
        self.set_focus(_taker(control))

    def _step(self, by: int) -> None:
        """To the next question that is asked now. The library knows of one that has just appeared only after it was
        laid out, and would pass it over when keys come in a burst."""
        asked = [_taker(field.control) for field in self.query(Field) if field.display]
        at = asked.index(self.focused) if self.focused in asked else -by
        self.set_focus(asked[(at + by) % len(asked)])

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
            self._step(1 if event.key == "tab" else -1)
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


def _taker(control: Widget) -> Widget:
    """What takes the keys of a question."""
    return control.input if isinstance(control, WhenText) else control
