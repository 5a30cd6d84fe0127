"""What the people who worked a lead said of it, and what marketing answered: read off the events of one cycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Protocol, TypeVar

from leadq.domain import events as ev

VERBS: Final[Mapping[str, str]] = {**ev.VERDICTS, ev.AE_RETURNED: "ae-return"}
"""Event -> verb of what counts as feedback."""

EVENTS: Final = frozenset({*VERBS, ev.ANSWERED, ev.DISPUTED, ev.REROUTED})
"""All that `feedbacks` looks at."""


class Fact(Protocol):
    """What is needed of an event: also a row of the timeline has it."""

    @property
    def type(self) -> str:
        """As in events.py."""

    @property
    def data(self) -> Mapping[str, Any]:
        """Its coded part."""


F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Feedback(Generic[F]):
    """A verdict, or an account executive's return, with marketing's answers to it, oldest first.

    `objection` is the dispute, or the answer that declined, which nobody has settled yet; `over`: the lead went on
    (rerouted, given back, another verdict), so nobody waits for an answer any more.
    """

    said: F
    answers: tuple[F, ...] = ()
    objection: F | None = None
    over: bool = False

    @property
    def verb(self) -> str:
        """Which verdict, as typed."""
        return VERBS[self.said.type]

    @property
    def answer(self) -> F | None:
        """Marketing's newest answer, which is the one that stands."""
        return self.answers[-1] if self.answers else None

    @property
    def waits_for(self) -> str:
        """Whose turn it is: "marketing", "governance" when the two teams disagree, "" when nobody is waited for.

        What is qualified asks nothing of marketing.
        """
        if self.over:
            return ""
        if self.objection is not None:
            return "governance"
        return "marketing" if self.answer is None and self.said.type != ev.QUALIFIED else ""


def feedbacks(facts: Iterable[F]) -> list[Feedback[F]]:
    """The feedback of one cycle, oldest first, from its events in recording order, less those taken back."""
    found: list[Feedback[F]] = []
    for fact in facts:
        if fact.type in VERBS:
            found = [*_over(found), Feedback(fact)]
        elif fact.type == ev.REROUTED:
            found = _over(found)
        elif found and fact.type == ev.ANSWERED:
            declined = fact.data["answer"] == "declined"
            answers = (*found[-1].answers, fact)
            found[-1] = replace(found[-1], answers=answers, objection=fact if declined else None)
        elif found and fact.type == ev.DISPUTED:
            found[-1] = replace(found[-1], objection=fact)
    return found


def _over(found: list[Feedback[F]]) -> list[Feedback[F]]:
    return [*found[:-1], replace(found[-1], over=True)] if found else []
