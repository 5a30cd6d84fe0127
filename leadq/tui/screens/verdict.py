"""The verdict dialog: verb, reason, quality, and what the reason asks for; at most five keys when nothing is typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadq.actions import BY_ID, key_of, terminal_keys
from leadq.domain import verbs
from leadq.domain.reasons import MISSING, QUALITY, TRACKS
from leadq.i18n import _, current
from leadq.tui.legal import VERDICTS
from leadq.tui.screens.dialog import Dialog
from leadq.tui.widgets.choice import Choice, Option, Pressed
from leadq.tui.widgets.form import Field, WhenText
from leadq.tui.widgets.text import Text
from leadq.tui.words import VERDICTS as VERDICT_WORDS
from leadq.tui.words import in_both
from leadq.when import BadWhen
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from textual.widget import Widget

    from leadq.domain.label import Label
    from leadq.domain.reasons import Reason
    from leadq.domain.verbs import Verb
    from leadq.tui.card import Card
    from leadq.tui.data import Data
    from leadq.tui.drafting import Answers

_CLASSES: Final = {"reject": "rejected", "disqualify": "disqualified", "recycle": "recycled"}
_FACTS: Final = ("need", "budget", "intent")
_DIGITS: Final = 4
_DAYS: Final = re.compile(r"\b(\d+) d\b")


class VerdictDialog(Dialog):
    """Offers the verdicts that the lead's state allows, and of the questions only those that apply."""

    SCOPE = "verdict"

    def __init__(self, data: Data, card: Card, verb: str = "", also: Sequence[int] = ()) -> None:
        super().__init__(data, card, also)
        self._legal = VERDICTS[card.shape["state"]]
        chosen = verb if verb in self._legal else self._legal[0]
        letters = {name: key_of(BY_ID[name]) for name in self._legal}
        words = [Option(name, _(VERDICT_WORDS[name]), letters[name]) for name in self._legal]
        self._verb = Choice(words, value=chosen, row=True, id="verb")
        self._reason = Choice((), typing=True, id="reason")
        self._offer(chosen)
        quality = [Option(str(mark), label.say(current())) for mark, label in QUALITY.items()]
        self._quality = Choice(quality, row=True, id="quality")
        criteria = [_option(name, label, labelled(name, label.say(current()))) for name, label in card.rules.criteria]
        self._criterion = Choice(criteria, typing=True, id="criterion")
        self._missing = Choice([_info(name) for name in card.rules.infos], typing=True, many=True)
        self._into = Text(placeholder=_("number, e-mail or CONNECTION:ID of the original"))
        self._wake = WhenText(card, data.clock.now_ms, opening=True)
        self._trigger = Text(placeholder=_("or what should bring it back"))
        self._track = Choice([_option(code, label) for code, label in TRACKS.items()], row=True, id="track")
        self._facts = {name: Choice(_yes_no_unknown(), value="unknown", row=True) for name in _FACTS}
        self._suggested = ""
        self._meeting = WhenText(card, data.clock.now_ms)
        self._horizon = Text(placeholder=_("in how many months"), limit=_DIGITS)
        self._to, self._next_step, self._note = Text(), Text(), Text()

    def title_text(self) -> str:
        """What the dialog is for."""
        return _("Verdict")

    def fields(self) -> Iterator[Widget]:
        """All the questions; `_ask` hides those that do not apply."""
        yield Field("verb", _("verdict"), self._verb)
        yield Field("reason", _("reason"), self._reason)
        yield Field("quality", _("quality"), self._quality)
        yield Field("criterion", _("criterion"), self._criterion)
        yield Field("missing", _("missing"), self._missing)
        yield Field("into", _("original"), self._into)
        yield Field("wake", _("wakes on"), self._wake)
        yield Field("trigger", _("trigger"), self._trigger)
        yield Field("track", _("track"), self._track)
        for name, label in (("need", _("need")), ("budget", _("budget")), ("intent", _("intent"))):
            yield Field(name, label, self._facts[name])
        yield Field("horizon", _("horizon"), self._horizon)
        yield Field("to", _("hand over to"), self._to)
        yield Field("next_step", _("next step"), self._next_step)
        yield Field("meeting", _("meeting"), self._meeting)
        yield Field("note", _("note"), self._note)

    def on_mount(self) -> None:
        """With one verdict the reason is asked at once; with several, letters choose and digits go on."""
        self._ask()
        self.ask(self._verb if len(self._legal) > 1 else self._first_question())

    def other_key(self, key: str) -> bool:
        """While the verdict is asked, a digit already answers the next question, and `shift+q` is `Q`."""
        if self.focused is not self._verb:
            return False
        for name in self._legal:
            if key in terminal_keys(BY_ID[name]):
                self._verb.pick(name)
                self._verb_chosen()
                return True
        question = self._first_question()
        pressed = question.press(key)
        if pressed is Pressed.PICKED:
            self.answered(question, by_enter=False)
        elif pressed is Pressed.USED:  # letters of a reason
            self.ask(question)
        return pressed in (Pressed.PICKED, Pressed.USED)

    def verb(self) -> Verb | None:
        """The verdict as answered; what it lacks, the rules say."""
        try:
            wake_ms, meeting_ms = self._wake.read(), self._meeting.read()
        except BadWhen as error:
            name = "meeting" if self._verb.value == "qualify" else "wake"
            self.field(name).refuse(error.message)
            self.ask(self.field(name).control)
            return None
        if self._verb.value == "qualify":
            return self._qualify(meeting_ms) if self._months_read() else None
        if not self._reason.value:
            self.field("reason").refuse(_("Choose a reason, by its number or some letters of it."))
            self.ask(self._reason)
            return None
        return self._with_reason(wake_ms)

    def put(self, answers: Mapping[str, tuple[str, ...]]) -> None:
        """The verdict first: the reasons that are offered are its own."""
        for name in answers.get("verb", ()):
            if name in self._legal:
                self._verb.pick(name)
                self._offer(name)
        super().put(answers)
        self._ask()

    def typed(self, answers: Answers) -> bool:
        """A date that the reason has suggested was not typed."""
        suggested = answers["wake"] == (self._suggested,)
        return super().typed({**answers, "wake": self._blank["wake"]} if suggested else answers)

    def answered(self, choice: Choice, *, by_enter: bool) -> None:
        """Each answer leads to the next question that must be answered; Enter on the last one saves."""
        if choice is self._verb:
            self._verb_chosen()
        elif choice is self._reason:
            self._reason_chosen()
        elif by_enter:
            self.save()
        elif choice is self._quality and (field := self._unanswered()):
            self.ask(field.control)

    def _verb_chosen(self) -> None:
        name = self._verb.value
        if name != "qualify":
            self._offer(name)
        self._ask()
        self.ask(self._first_question())

    def _reason_chosen(self) -> None:
        """Letters may have found a reason of another verdict, which is the one meant then."""
        verb = next((name for name in self._legal if self._reason.value in _codes(self._reasons(name))), "")
        if verb and self._reason.value not in _codes(self._reasons(self._verb.value)):
            self._verb.pick(verb)
            self._offer(verb)
        self._ask()
        reason = self._chosen_reason()
        suggested = _DAYS.search(reason.next) if reason else None
        if suggested and self._verb.value == "recycle" and not self._wake.typed:
            self._suggested = self._wake.input.value = f"+{suggested[1]}d"
        self.ask(self._quality)

    def _ask(self) -> None:
        """Show the questions that the verdict and its reason raise."""
        qualify, recycle = self._verb.value == "qualify", self._verb.value == "recycle"
        needs = set() if qualify or not (reason := self._chosen_reason()) else reason.needs
        shown = {
            "verb": len(self._legal) > 1,
            "reason": not qualify,
            "quality": True,
            "criterion": "criterion" in needs,
            "missing": "missing" in needs,
            "into": "into" in needs,
            "wake": recycle,
            "trigger": recycle,
            "track": recycle,
            "note": True,
            **dict.fromkeys((*_FACTS, "horizon", "to", "next_step", "meeting"), qualify),
        }
        for name, show in shown.items():
            self.field(name).display = show

    def _unanswered(self) -> Field | None:
        """The first question that the rules will insist on and that has no answer yet."""
        reason = self._chosen_reason()
        needs = reason.needs if reason and self._verb.value != "qualify" else frozenset()
        answers = {
            "criterion": self._criterion.value,
            "missing": self._missing.value,
            "into": self._into.value,
            "note": self._note.value,
        }
        open_questions = [str(name) for name in answers if name in needs and not answers[name]]
        if self._verb.value == "recycle" and not (self._wake.typed or self._trigger.value):
            open_questions.insert(0, "wake")
        return self.field(open_questions[0]) if open_questions else None

    def _first_question(self) -> Choice:
        return self._quality if self._verb.value == "qualify" else self._reason

    def _chosen_reason(self) -> Reason | None:
        return next((reason for reason in self.card.rules.reasons if reason.code == self._reason.value), None)

    def _reasons(self, verb: str) -> list[Option]:
        """The contract's reasons for this verdict; "other", legal for all, comes last."""
        wanted = (_CLASSES.get(verb), "other")
        found = [reason for reason in self.card.rules.reasons if reason.klass in wanted]
        found.sort(key=lambda reason: reason.klass == "other")
        return [_option(reason.code, reason) for reason in found]

    def _offer(self, verb: str) -> None:
        """The reasons of a verdict; those of the others are found by letters, under the name of theirs."""
        own = self._reasons(verb)
        others = [
            Option(option.value, labelled(_(VERDICT_WORDS[name]), option.label), other=option.other)
            for name in self._legal
            for option in self._reasons(name)
            if option.value not in _codes(own)
        ]
        self._reason.offer(own, others)

    def _months_read(self) -> bool:
        typed = self._horizon.value.strip()
        if not typed or (typed.isascii() and typed.isdigit()):
            return True
        self.field("horizon").refuse(_("A horizon is a number of months, for example 6."))
        self.ask(self._horizon)
        return False

    def _qualify(self, meeting_ms: int | None) -> verbs.Qualify:
        return verbs.Qualify(
            quality=self._mark(),
            need=self._facts["need"].value,
            budget=self._facts["budget"].value,
            intent=self._facts["intent"].value,
            horizon=int(self._horizon.value) if self._horizon.value.strip() else None,
            to=self._to.value.strip(),
            next_step=self._next_step.value.strip(),
            meeting_ms=meeting_ms,
            note=self._note.value.strip(),
        )

    def _with_reason(self, wake_ms: int | None) -> Verb:
        reason, quality, note = self._reason.value, self._mark(), self._note.value.strip()
        if self._verb.value == "recycle":
            trigger = self._trigger.value.strip()
            return verbs.Recycle(reason, quality, wake_ms=wake_ms, trigger=trigger, track=self._track.value, note=note)
        missing = self._missing.values if self.field("missing").display else ()
        criterion = self._criterion.value if self.field("criterion").display else ""
        if self._verb.value == "disqualify":
            return verbs.Disqualify(reason, quality, missing=missing, criterion=criterion, note=note)
        into = self._into.value.strip() if self.field("into").display else ""
        return verbs.Reject(reason, quality, missing=missing, criterion=criterion, into=into, note=note)

    def _mark(self) -> int | None:
        return int(self._quality.value) if self._quality.value else None


def _codes(options: Iterable[Option]) -> set[str]:
    return {option.value for option in options}


def _option(value: str, label: Label | Reason, shown: str = "") -> Option:
    """An answer that either language finds."""
    return Option(value, shown or label.say(current()), other=in_both(label))


def _info(name: str) -> Option:
    """A piece of information; a contract's own names stand for themselves."""
    return _option(name, MISSING[name]) if name in MISSING else Option(name, name)


def _yes_no_unknown() -> list[Option]:
    return [
        Option("yes", _("yes"), _("y")),
        Option("no", _("no"), _("n")),
        Option("unknown", _("unknown"), _("u")),
    ]
