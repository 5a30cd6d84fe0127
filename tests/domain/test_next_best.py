"""One suggestion for each situation: the first rule that has something to say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leadq.domain import events as ev
from leadq.domain.clocks import Clock, clocks_of
from leadq.domain.contract import Cadence
from leadq.domain.decide import Refused, Situation, decide
from leadq.domain.events import Event
from leadq.domain.folding import fold
from leadq.domain.next_best import ACTIONS, WHY, Standpoint, Suggestion, suggest
from leadq.domain.verbs import CHANNELS, Touch
from tests.domain.builders import HANDOFF_MS, MINUTE, RULES, at, event, handoff

NOW = at("2026-05-12T09:00")
DAY_END = at("2026-05-12T21:59")
DAY = 86_400_000


def look(*events: Event, tier: str = "warm", **changed: Any) -> Standpoint:
    begin = changed.pop("begin", handoff(tier=tier))
    lead = fold([begin, *events])
    plain = Standpoint(lead, clocks_of(lead, RULES), frozenset({"phone", "email"}), False, NOW, DAY_END)
    return replace(plain, **changed)


def touched(channel: str, outcome: str, minutes: int = 10, **data: Any) -> Event:
    return event(ev.TOUCHED, HANDOFF_MS + minutes * MINUTE, channel=channel, outcome=outcome, **data)


def planned(due_ms: int) -> tuple[Clock, ...]:
    return (Clock("next_touch", "hot", "c1", "paris", "business", HANDOFF_MS, due_ms, None),)


ACCEPTED = event(ev.ACCEPTED, owner="zoe")
CALLED = touched("call", "no_answer")
TALKED = touched("call", "connected")


def test_a_closed_lead_gets_no_suggestion() -> None:
    assert suggest(look(event(ev.REJECTED, reason="rej.spam", quality=1))) is None


def test_whoever_does_not_want_to_be_contacted_is_let_go_before_anything_else() -> None:
    heard = touched("email", "replied", inbound=True)
    opposed = event(ev.OPPOSED)
    assert suggest(look(heard, opposed)) == Suggestion("reject", ("opposed",), detail="rej.no_consent")
    assert suggest(look(CALLED, opposed)) == Suggestion("disqualify", ("opposed",), detail="dq.opt_out")


def test_a_reply_is_answered_by_the_channel_that_it_came_on() -> None:
    heard = touched("linkedin", "replied", 20, inbound=True)
    assert suggest(look(CALLED, heard, tier="hot")) == Suggestion("reply", ("reply_waits",), "linkedin")


def test_a_reply_on_a_way_that_is_wrong_by_now_is_answered_by_another() -> None:
    heard, wrong = touched("call", "connected", 20, inbound=True), touched("sms", "wrong_number", 5)
    found = suggest(look(wrong, heard))
    assert found == Suggestion("reply", ("reply_waits",), "email")


def test_a_promise_is_kept_by_the_way_on_which_it_was_given() -> None:
    mailed = touched("email", "callback_set", next_ms=NOW + 5 * MINUTE)
    assert suggest(look(mailed)) == Suggestion("keep_promise", ("promise_due",), "email")
    later = touched("email", "callback_set", next_ms=NOW + DAY)
    assert suggest(look(later)) == Suggestion("wait", ("planned",), until_ms=NOW + DAY)


def test_nothing_is_to_be_done_while_every_clock_is_paused() -> None:
    until_ms = at("2026-05-13T08:00")
    paused = event(ev.PAUSED, HANDOFF_MS + 30 * MINUTE, until_ms=until_ms, reason="prospect_asked_date")
    assert suggest(look(CALLED, paused)) == Suggestion("wait", ("paused",), until_ms=until_ms)
    assert suggest(look(ACCEPTED, paused, tier="hot")) == Suggestion("touch", ("hot_untouched",), "call")


def test_a_wrong_number_goes_on_by_email_and_then_elsewhere() -> None:
    wrong = touched("call", "wrong_number")
    assert suggest(look(wrong)) == Suggestion("touch", ("phone_invalid",), "email")
    bounced = touched("email", "bounced", 20)
    found = suggest(look(wrong, bounced))
    assert found == Suggestion("touch", ("email_invalid", "phone_invalid"), "linkedin")


def test_a_lead_that_no_way_leads_to_is_given_up_as_such() -> None:
    events = (touched("linkedin", "no_answer"), touched("call", "wrong_number", 20), touched("email", "bounced", 30))
    found = suggest(look(*events))
    assert found == Suggestion("disqualify", ("email_invalid", "phone_invalid", "no_way_left"), detail="dq.bad_contact")


def test_a_hot_lead_is_called_at_once() -> None:
    assert suggest(look(tier="hot")) == Suggestion("touch", ("hot_untouched",), "call")
    assert suggest(look(tier="hot", ways=frozenset({"email"}))) == Suggestion("touch", ("hot_untouched",), "email")
    assert suggest(look(tier="hot", ways=frozenset())) == Suggestion("touch", ("hot_untouched",), "linkedin")


def test_any_other_lead_is_accepted_first_and_then_tried() -> None:
    assert suggest(look()) == Suggestion("accept", ("not_accepted",))
    assert suggest(look(ACCEPTED)) == Suggestion("touch", ("untouched",), "call")


def test_a_step_that_is_due_goes_by_a_way_not_tried_yet() -> None:
    due = planned(DAY_END)
    assert suggest(look(CALLED, clocks=due)) == Suggestion("touch", ("step_due", "not_tried"), "email")
    all_tried = (CALLED, touched("email", "no_answer", 20), touched("linkedin", "no_answer", 30))
    assert suggest(look(*all_tried, clocks=due)) == Suggestion("touch", ("step_due",), "call")


def test_a_step_of_another_day_waits() -> None:
    assert suggest(look(CALLED, clocks=planned(DAY_END + 1))) == Suggestion(
        "wait", ("planned",), until_ms=DAY_END + 1
    )  # fmt: skip


def test_unreachable_is_offered_once_the_effort_is_made_and_never_after_a_conversation() -> None:
    found = suggest(look(CALLED, effort_made=True))
    assert found == Suggestion("disqualify", ("effort_made", "not_connected"), detail="dq.unreachable")
    talked = suggest(look(TALKED, effort_made=True))
    assert talked
    assert talked.action == "verdict"


def test_a_connected_lead_is_asked_for_what_is_missing() -> None:
    begin = handoff(tier="warm", missing=["phone", "budget"])
    assert suggest(look(TALKED, begin=begin)) == Suggestion("ask", ("missing:phone", "missing:budget"), "email")


def test_when_nothing_is_planned_a_conversation_wants_a_verdict_and_silence_another_try() -> None:
    assert suggest(look(TALKED)) == Suggestion("verdict", ("nothing_planned",))
    assert suggest(look(CALLED)) == Suggestion("touch", ("nothing_planned",), "email")


_OUTCOMES = ("no_answer", "wrong_number", "bounced", "connected", "replied")
_TOUCHES = st.builds(
    touched, st.sampled_from(CHANNELS), st.sampled_from(_OUTCOMES), st.integers(1, 59), inbound=st.booleans()
)


@given(
    st.lists(_TOUCHES | st.just(event(ev.OPPOSED)), max_size=5),
    st.sampled_from(("hot", "warm")),
    st.sets(st.sampled_from(("phone", "email"))),
    st.booleans(),
)
def test_there_is_always_one_suggestion_that_can_be_followed(
    events: list[Event], tier: str, ways: set[str], effort: bool
) -> None:
    here = look(*events, tier=tier, ways=frozenset(ways), effort_made=effort)
    found = suggest(here)
    assert found is not None
    assert found.action in ACTIONS
    assert {code.partition(":")[0] for code in found.why} <= set(WHY)
    if found.channel:
        assert here.open_to(found.channel)
        at_now = Situation(NOW, "zoe", {}, (), (), Cadence(), RULES.pause, RULES.calendar, ())
        assert not isinstance(decide(here.lead, Touch(found.channel, "no_answer"), at_now), Refused)
