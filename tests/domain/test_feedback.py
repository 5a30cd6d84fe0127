"""What waits for whom after a verdict, read off the events alone."""

from __future__ import annotations

from leadq.domain import events as ev
from leadq.domain.events import Event
from leadq.domain.feedback import feedbacks
from tests.domain.builders import event, handoff

REJECTED = event(ev.REJECTED, reason="rej.spam", quality=1)
ACK = event(ev.ANSWERED, answer="ack")
DECLINED = event(ev.ANSWERED, answer="declined")


def waits(*events: Event) -> list[str]:
    return [one.waits_for for one in feedbacks((handoff(), *events))]


def test_a_verdict_waits_for_marketing_until_it_is_answered() -> None:
    assert waits(REJECTED) == ["marketing"]
    assert waits(REJECTED, ACK) == [""]
    assert waits(REJECTED, event(ev.ANSWERED, answer="changed")) == [""]


def test_what_is_qualified_asks_nothing_of_marketing() -> None:
    assert waits(event(ev.QUALIFIED, quality=5)) == [""]


def test_a_disagreement_waits_for_whoever_owns_the_contract_until_another_answer_settles_it() -> None:
    assert waits(REJECTED, DECLINED) == waits(REJECTED, event(ev.DISPUTED)) == ["governance"]
    assert waits(REJECTED, DECLINED, ACK) == [""]
    assert waits(event(ev.QUALIFIED, quality=5), event(ev.DISPUTED)) == ["governance"]


def test_a_lead_that_went_on_waits_for_nobody() -> None:
    assert waits(REJECTED, event(ev.REROUTED)) == [""]
    assert waits(REJECTED, event(ev.REROUTED), REJECTED) == ["", "marketing"]


def test_what_the_account_executive_gives_back_is_feedback_of_its_own() -> None:
    returned = event(ev.AE_RETURNED, reason="ret.no_show")
    assert waits(event(ev.QUALIFIED, quality=5), returned) == ["", "marketing"]
    assert waits(event(ev.QUALIFIED, quality=5), returned, ACK) == ["", ""]


def test_an_answer_without_anything_said_is_nothing() -> None:
    assert waits(ACK) == []
