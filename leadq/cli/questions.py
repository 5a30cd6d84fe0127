"""What each gesture asks in line mode, one question after another, and the verb that comes of the answers.

Whether a gesture is allowed is not known here: the rules are asked, once before the questions with nothing filled in,
and once after them. A refusal about one answer asks that question again; the other answers stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.cli.talk import Back, Choice
from leadq.domain import verbs
from leadq.domain.reasons import OUTCOMES, QUALITY
from leadq.i18n import N_, _, current
from leadq.words import INSIGHTS, VERDICTS, channel, labelled, missing_word

if TYPE_CHECKING:
    from leadq.cli.gestures import When
    from leadq.cli.talk import Talk
    from leadq.domain.contract import Contract
    from leadq.domain.reasons import Reason
    from leadq.domain.verbs import Verb

Answers = dict[str, Any]

CLASSES: Final = {"reject": "rejected", "disqualify": "disqualified", "recycle": "recycled"}
_FACTS: Final = (("need", N_("need")), ("budget", N_("budget")), ("intent", N_("intent")))
_DAYS: Final = re.compile(r"\b(\d+) d\b")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for under one name; `ask` may raise Back and Ended."""

    name: str
    ask: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Form:
    """The questions of one lead: who answers, how instants are read, and the contract that the lead keeps."""

    talk: Talk
    when: When
    contract: Contract

    def questions(self, name: str, known: Answers) -> Iterator[Question]:
        """The questions of the gesture `name`, given what is answered so far."""
        return QUESTIONS[name](self, known)

    def touch(self, known: Answers) -> Iterator[Question]:
        """Channel, outcome, note, next step: a callback must have one."""
        yield from self.inbound(known)
        needed = known.get("outcome") == "callback_set"
        yield Question("next", lambda: self.talk.when(_("next step"), self.when, optional=not needed))

    def inbound(self, known: Answers) -> Iterator[Question]:
        """Channel, outcome, note."""
        channels = [Choice(name, channel(name), name[0]) for name in verbs.CHANNELS]
        outcomes = [Choice(code, label.say(current())) for code, label in OUTCOMES.items()]
        yield Question("channel", lambda: self.talk.choose(_("channel"), channels))
        yield Question("outcome", lambda: self.talk.choose(_("outcome"), outcomes))
        yield Question("note", lambda: self.talk.text(_("note")))

    def call(self, known: Answers) -> Iterator[Question]:
        """Outcome, next step, what marketing should know, note."""
        outcomes = [Choice(code, label.say(current())) for code, label in OUTCOMES.items()]
        kinds = [Choice(kind, _(word)) for kind, word in INSIGHTS.items()]
        needed = known.get("outcome") == "callback_set"
        yield Question("outcome", lambda: self.talk.choose(_("outcome"), outcomes))
        yield Question("next", lambda: self.talk.when(_("next step"), self.when, optional=not needed))
        yield Question("insight", lambda: self.talk.text(_("what marketing should know")))
        if known.get("insight"):
            yield Question("kind", lambda: self.talk.choose(_("insight"), kinds))
        yield Question("note", lambda: self.talk.text(_("note")))

    def verdict(self, name: str, known: Answers) -> Iterator[Question]:
        """Reason, quality, and what the reason asks for."""
        reasons = self._reasons(name)
        offered = [Choice(reason.code, reason.say(current())) for reason in reasons]
        yield Question("reason", lambda: self.talk.choose(_("reason"), offered))
        yield self._quality()
        reason = next((one for one in reasons if one.code == known.get("reason")), None)
        needs = reason.needs if reason else frozenset()
        if "criterion" in needs:
            yield Question("criterion", self._criterion)
        if "missing" in needs:
            infos = [Choice(info, missing_word(info)) for info in self.contract.infos]
            yield Question("missing", lambda: self.talk.choose_many(_("missing"), infos))
        if "into" in needs:
            yield Question("into", lambda: self.talk.text(_("number or e-mail of the original"), optional=False))
        if name == "recycle":
            yield from self._wake(known, reason)
        yield Question("note", lambda: self.talk.text(_("note"), optional="note" not in needs))

    def qualify(self, known: Answers) -> Iterator[Question]:
        """Quality, need, budget and intent; then what is handed on, if anything."""
        facts = [Choice("yes", _("yes")), Choice("no", _("no")), Choice("unknown", _("unknown"))]
        yield self._quality()
        for name, label in _FACTS:
            yield Question(name, lambda label=label: self.talk.choose(_(label), facts))  # type: ignore[misc]
        yield Question("to", lambda: self.talk.text(_("hand over to")))
        yield Question("next_step", lambda: self.talk.text(_("next step")))
        yield Question("meeting", lambda: self.talk.when(_("meeting"), self.when))
        yield Question("note", lambda: self.talk.text(_("note")))

    def note(self, known: Answers) -> Iterator[Question]:
        """The text."""
        yield Question("note", lambda: self.talk.text(_("note"), optional=False))

    def snooze(self, known: Answers) -> Iterator[Question]:
        """Until when, and why."""
        yield Question("until", lambda: self.talk.when(_("until when"), self.when, optional=False, opening=True))
        yield Question("why", lambda: self.talk.text(_("why"), optional=False))

    def pause(self, known: Answers) -> Iterator[Question]:
        """A reason of the contract, until when, and where it can be seen."""
        rules = self.contract.pause
        reasons = [Choice(code, code) for code in rules.reasons]
        yield Question("reason", lambda: self.talk.choose(_("reason"), reasons))
        yield Question("until", lambda: self.talk.when(_("until when"), self.when, optional=False, opening=True))
        evidence = _("where it can be seen")
        yield Question("evidence", lambda: self.talk.text(evidence, optional=not rules.needs_evidence))

    def _quality(self) -> Question:
        marks = [Choice(str(mark), label.say(current())) for mark, label in QUALITY.items()]
        return Question("quality", lambda: self.talk.choose(_("quality"), marks))

    def _criterion(self) -> str:
        criteria = [Choice(one.id, labelled(one.id, one.text.say(current()))) for one in self.contract.criteria]
        return self.talk.choose(_("criterion"), criteria)

    def _wake(self, known: Answers, reason: Reason | None) -> Iterator[Question]:
        """A day, or what should bring the lead back; the taxonomy's own delay is offered as it can be typed."""
        days = _DAYS.search(reason.next) if reason else None
        title = _("wakes on, for example +{days}d").format(days=days[1]) if days else _("wakes on")
        yield Question("wake", lambda: self.talk.when(title, self.when, opening=True))
        if "wake" in known and known["wake"] is None:
            yield Question("trigger", lambda: self.talk.text(_("or what should bring it back"), optional=False))

    def _reasons(self, name: str) -> list[Reason]:
        wanted = (CLASSES[name], "other")
        found = [reason for reason in self.contract.reasons if reason.klass in wanted]
        return sorted(found, key=lambda reason: reason.klass == "other")


QUESTIONS: Final[dict[str, Callable[[Form, Answers], Iterator[Question]]]] = {
    "touch": Form.touch,
    "call": Form.call,
    "inbound": Form.inbound,
    "reject": lambda form, known: form.verdict("reject", known),
    "disqualify": lambda form, known: form.verdict("disqualify", known),
    "recycle": lambda form, known: form.verdict("recycle", known),
    "qualify": Form.qualify,
    "note": Form.note,
    "snooze": Form.snooze,
    "pause": Form.pause,
}

BLANK: Final[dict[str, Verb]] = {
    "reject": verbs.Reject("", None),
    "disqualify": verbs.Disqualify("", None),
    "recycle": verbs.Recycle("", None),
    "qualify": verbs.Qualify(None),
    "snooze": verbs.Snooze(None, ""),
    "pause": verbs.Pause("", None),
}
"""Gestures with nothing filled in: the rules refuse them for what they lack, or because they may not be done at all."""


def verb_of(name: str, known: Answers, began_ms: int) -> Verb:
    """The verb that the answers make; the first was asked for at `began_ms`, which is when a call began."""
    note, quality = known.get("note", ""), int(known["quality"]) if known.get("quality") else None
    reason, missing = known.get("reason", ""), known.get("missing", ())
    criterion = known.get("criterion", "")
    made: dict[str, Callable[[], Verb]] = {
        "touch": lambda: verbs.Touch(known["channel"], known["outcome"], next_ms=known["next"], note=note),
        "call": lambda: verbs.Touch(
            "call",
            known["outcome"],
            at_ms=began_ms,
            next_ms=known["next"],
            note=note,
            insights=(f"{known['kind']}:{known['insight']}",) if known["insight"] else (),
        ),
        "inbound": lambda: verbs.Touch(known["channel"], known["outcome"], inbound=True, note=note),
        "reject": lambda: verbs.Reject(reason, quality, missing, criterion, known.get("into", ""), note),
        "disqualify": lambda: verbs.Disqualify(reason, quality, missing, criterion, note),
        "recycle": lambda: verbs.Recycle(
            reason, quality, wake_ms=known.get("wake"), trigger=known.get("trigger", ""), note=note
        ),
        "qualify": lambda: verbs.Qualify(
            quality,
            **{fact: known[fact] for fact, _label in _FACTS},
            to=known["to"],
            next_step=known["next_step"],
            meeting_ms=known["meeting"],
            note=note,
        ),
        "note": lambda: verbs.Note(note),
        "snooze": lambda: verbs.Snooze(known["until"], known["why"]),
        "pause": lambda: verbs.Pause(reason, known["until"], known["evidence"]),
    }
    return made[name]()


def verdicts() -> list[Choice]:
    """The verdicts by their names."""
    return [Choice(name, _(title)) for name, title in VERDICTS.items()]


def ask_all(form: Form, name: str, known: Answers) -> bool:
    """Ask whatever is not answered in `known` yet; going back from the first question leaves, and answers False.

    Answers to questions that another answer has made pointless are dropped. Raises Ended.
    """
    while True:
        questions = list(form.questions(name, known))
        at = next((index for index, question in enumerate(questions) if question.name not in known), None)
        if at is None:
            for pointless in known.keys() - {question.name for question in questions}:
                del known[pointless]
            return True
        try:
            known[questions[at].name] = questions[at].ask()
        except Back:
            if at == 0:
                return False
            del known[questions[at - 1].name]
