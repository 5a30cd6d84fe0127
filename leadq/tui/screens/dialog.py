"""What every dialog does: say whom it is about, send a verb, and keep everything typed when a rule says no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from leadq.errors import Exit, LeadqError
from leadq.i18n import _, ngettext, number
from leadq.refusals import ABOUT
from leadq.text import clean
from leadq.tui.gaze import Gesture
from leadq.tui.messages import Done, Trouble
from leadq.tui.screens.drafted import DraftedScreen
from leadq.tui.telling import tell_none_done
from leadq.tui.tones import TONES
from leadq.tui.widgets.choice import Choice, Pressed
from leadq.tui.widgets.form import Field, taker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

    from leadq.domain.verbs import Verb
    from leadq.tui.card import Card
    from leadq.tui.data import Data

_HINTED: Final = frozenset({"pause_too_long"})
"""Refusals whose way out is an answer, and no option of the command line."""


class Dialog(DraftedScreen[Gesture | None]):
    """A form about one lead, or about several of which `card` is the first and `also` names the others by local id.

    It closes itself when its verb is on disk, and stays open when it is refused: of several, nothing is done then.
    """

    def __init__(self, data: Data, card: Card, also: Sequence[int] = ()) -> None:
        self.card = card
        self.also = tuple(lead_id for lead_id in dict.fromkeys(also) if lead_id != card.id)
        form = type(self).__name__.removesuffix("Dialog").lower()
        super().__init__(data, form, (card.id, *self.also), card.zone, card.drafts)
        self._sent = self._warned = False
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
            yield self.draft_line
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
            first = _nothing if self._warned else self._refuse_given_away
            self._data.perform(self, self.card.id, verb, self.also, first=first, then=self.spend)

    def keep(self) -> bool:
        """What is typed while the verb is on its way belongs to no draft: it would outlive the verb."""
        return not self._sent and super().keep()

    def refuse(self, error: LeadqError) -> None:
        """Show a refusal where it belongs, and put the focus there."""
        found = self.query(f"#field-{ABOUT.get(error.code, 'none')}")
        if found and isinstance(field := found.first(), Field) and field.display:
            field.refuse(f"{error.message} {error.hint}" if error.code in _HINTED else error.message)
            self.ask(field.control)
            return
        sentence = " ".join(filter(None, (error.message, error.hint, tell_none_done(len(self.also) + 1))))
        self._trouble.update(Content.assemble((f"! {sentence}", TONES["late"])))
        self._trouble.display = True

    def _refuse_given_away(self) -> None:
        """In the writing thread: whoever was given the lead since the dialog was opened may not want this of us. It is
        said once. Raises LeadqError `someone_elses` (5), and `no_such_lead` (6) for one that is gone."""
        with self._data.reading() as db:
            row = db.execute("SELECT owner FROM lead WHERE id = ?", (self.card.id,)).fetchone()
        if row is None:
            raise LeadqError(
                "no_such_lead", _("Meanwhile the lead has gone from this home."), exit_status=Exit.NOT_FOUND
            )
        if row[0] in ("", self._data.me, self.card.shape["owner"]):
            return
        self._warned = True
        raise LeadqError(
            "someone_elses",
            _("Meanwhile the lead was given to {owner}.").format(owner=clean(row[0])),
            hint=_("Enter does it all the same."),
            exit_status=Exit.REFUSED,
        )

    def ask(self, control: Widget) -> None:
        """Put the focus on a question at once, so that the next key is already its own."""
        self.set_focus(taker(control))

    def answered(self, choice: Choice, *, by_enter: bool) -> None:
        """What follows an answer; `by_enter`: Enter, on an answer that stands."""
        if by_enter:
            self.save()

    def other_key(self, key: str) -> bool:
        """A key that the focused choice has no use for; whether the dialog has."""
        return False

    def take_choice(self, choice: Choice, key: str) -> bool:
        """Treat a key of a choice; whether it has a use."""
        pressed = choice.press(key)
        if pressed in (Pressed.PICKED, Pressed.ENTERED):
            self.keep()
            self.answered(choice, by_enter=pressed is Pressed.ENTERED)
        return pressed is not Pressed.UNUSED or self.other_key(key)

    @on(Done)
    def _done(self, message: Done) -> None:
        self.spent()
        self.dismiss(message.gesture)

    @on(Trouble)
    def _refused(self, message: Trouble) -> None:
        self._sent = False
        self.refuse(message.error)

    @on(Choice.Clicked)
    def _clicked(self, message: Choice.Clicked) -> None:
        self.keep()
        self.answered(message.choice, by_enter=False)


def _nothing() -> None:
    """To be done before a verb."""
