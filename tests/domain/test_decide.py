"""What a rep may do, and the one sentence's worth of why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.contract import PauseRules
from leadq.domain.decide import Refused, decide
from leadq.domain.events import Draft, Event
from leadq.domain.folding import fold
from leadq.domain.verbs import Verb
from tests.domain.builders import HANDOFF_MS, HOUR, MINUTE, PAUSE, at, event, handoff, situation, touch

ACCEPTED = event(ev.ACCEPTED, HANDOFF_MS, owner="zoe")
TOUCHED = touch(HANDOFF_MS + MINUTE)
CONNECTED = touch(HANDOFF_MS + MINUTE, "connected")
NOON = HANDOFF_MS + 2 * HOUR


def done(verb: Verb, *events: Event, now_ms: int = NOON) -> tuple[Draft, ...]:
    """The drafts of a verb that is allowed."""
    outcome = decide(fold([handoff(), *events]), verb, situation(now_ms))
    assert not isinstance(outcome, Refused), outcome
    return outcome


def refused(verb: Verb, *events: Event, now_ms: int = NOON) -> str:
    """The code of a refusal."""
    outcome = decide(fold([handoff(), *events]), verb, situation(now_ms))
    assert isinstance(outcome, Refused), outcome
    return outcome.code


def closed(kind: str) -> Event:
    return event(kind, HANDOFF_MS + HOUR, quality=2, reason="other")


def test_accepting_an_unowned_lead_makes_it_mine() -> None:
    (draft,) = done(verbs.Accept())
    assert draft.data == {"owner": "zoe"}


def test_somebody_elses_lead_is_taken_only_on_purpose() -> None:
    karims = handoff(owner="karim")
    lead = fold([karims])
    outcome = decide(lead, verbs.Accept(), situation())
    assert isinstance(outcome, Refused)
    assert outcome.code == "someone_elses"
    assert not isinstance(decide(lead, verbs.Accept(take=True), situation()), Refused)


def test_a_lead_is_accepted_once() -> None:
    assert refused(verbs.Accept(), ACCEPTED) == "wrong_state"


def test_a_call_before_accept_is_accept_and_touch() -> None:
    assert [draft.type for draft in done(verbs.Touch("call", "no_answer"))] == [ev.ACCEPTED, ev.TOUCHED]


def test_an_inbound_touch_accepts_nothing() -> None:
    assert [draft.type for draft in done(verbs.Touch("email", "replied", inbound=True))] == [ev.TOUCHED]


@pytest.mark.parametrize("kind", [ev.REJECTED, ev.DISQUALIFIED, ev.RECYCLED, ev.QUALIFIED])
def test_a_prospect_may_answer_in_every_state(kind: str) -> None:
    assert done(verbs.Touch("email", "replied", inbound=True), closed(kind))


@pytest.mark.parametrize("kind", [ev.REJECTED, ev.DISQUALIFIED, ev.RECYCLED])
def test_a_closed_lead_takes_no_outbound_touch(kind: str) -> None:
    assert refused(verbs.Touch("call", "no_answer"), closed(kind)) == "wrong_state"


def test_a_qualified_lead_can_still_be_called() -> None:
    assert done(verbs.Touch("call", "connected"), CONNECTED, closed(ev.QUALIFIED))


def test_a_touch_carries_its_channel_outcome_and_next_step_and_keeps_words_apart() -> None:
    verb = verbs.Touch("call", "callback_set", next_ms=NOON + HOUR, note="rappeler", insights=("objection: trop cher",))
    (draft,) = done(verb, ACCEPTED)
    assert draft.data == {
        "channel": "call",
        "outcome": "callback_set",
        "next_ms": NOON + HOUR,
        "insights": ["objection"],
    }
    assert draft.texts == {"note": "rappeler", "insight": "trop cher"}


def test_a_callback_has_a_time() -> None:
    assert refused(verbs.Touch("call", "callback_set")) == "needs_next"


def test_the_next_step_is_to_come() -> None:
    assert refused(verbs.Touch("call", "no_answer", next_ms=NOON - 1)) == "next_in_the_past"


def test_a_touch_is_something_that_happened() -> None:
    """E43: a device whose clock is an hour ahead is told so, and decides nothing."""
    assert refused(verbs.Touch("call", "no_answer", at_ms=NOON + HOUR)) == "in_the_future"


def test_a_clock_two_minutes_ahead_is_not_the_future() -> None:
    """E43: laptops differ by that much."""
    assert done(verbs.Touch("call", "no_answer", at_ms=NOON + MINUTE))


def test_what_came_before_the_handoff_is_not_a_touch_of_this_cycle() -> None:
    assert refused(verbs.Touch("call", "no_answer", at_ms=HANDOFF_MS - HOUR)) == "before_handoff"


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (verbs.Touch("pigeon", "no_answer"), "unknown_channel"),
        (verbs.Touch("call", "maybe"), "unknown_outcome"),
        (verbs.Touch("call", "connected", insights=("quote: yes", "gossip: none")), "unknown_insight"),
        (verbs.Note("  "), "empty_note"),
    ],
)
def test_an_unknown_word_is_refused(verb: Verb, code: str) -> None:
    assert refused(verb) == code


def test_rejecting_records_the_coded_feedback() -> None:
    (draft,) = done(verbs.Reject("rej.off_icp", 2, criterion="size", note="8 salariés"))
    assert draft.type == ev.REJECTED
    assert draft.data == {"reason": "rej.off_icp", "quality": 2, "criterion": "size"}
    assert draft.texts == {"note": "8 salariés"}


def test_an_accepted_lead_that_nobody_touched_can_still_be_rejected() -> None:
    assert done(verbs.Reject("rej.spam", 1), ACCEPTED)


def test_reject_is_the_verdict_before_any_contact() -> None:
    assert refused(verbs.Reject("rej.spam", 1), TOUCHED) == "has_touch"


def test_disqualify_is_the_verdict_after_a_contact() -> None:
    assert refused(verbs.Disqualify("dq.no_need", 2)) == "no_touch"
    assert refused(verbs.Disqualify("dq.no_need", 2), ACCEPTED) == "no_touch"
    assert done(verbs.Disqualify("dq.no_need", 2), TOUCHED)


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (verbs.Reject("rej.nonsense", 2), "unknown_reason"),
        (verbs.Reject("dq.no_need", 2), "wrong_class"),
        (verbs.Reject("rej.spam", None), "needs_quality"),
        (verbs.Reject("rej.spam", 6), "needs_quality"),
        (verbs.Reject("rej.incomplete", 2), "needs_missing"),
        (verbs.Reject("rej.bad_data", 2, missing=("shoes",)), "unknown_missing"),
        (verbs.Reject("rej.off_icp", 2), "needs_criterion"),
        (verbs.Reject("rej.off_icp", 2, criterion="shoes"), "unknown_criterion"),
        (verbs.Reject("rej.duplicate", 2), "needs_into"),
        (verbs.Reject("other", 2), "needs_note"),
    ],
)
def test_a_rejection_carries_what_its_reason_asks_for(verb: Verb, code: str) -> None:
    assert refused(verb) == code


def test_another_reason_is_legal_with_a_few_words() -> None:
    assert done(verbs.Reject("other", 2, note="salon concurrent"))


def test_unreachable_needs_the_agreed_effort() -> None:
    verb = verbs.Disqualify("dq.unreachable", 3)
    days = [at("2026-05-12T09:00"), at("2026-05-13T09:00"), at("2026-05-15T09:00")]
    now = at("2026-05-15T10:00")
    twice = [touch(days[0]), touch(days[2], channel="email")]
    same_channel = [touch(day) for day in days]
    same_day = [touch(days[0]), touch(days[0] + HOUR, channel="email"), touch(days[0] + 2 * HOUR)]
    enough = [touch(days[0]), touch(days[1], channel="email"), touch(days[2])]
    for short in (twice, same_channel, same_day):
        assert refused(verb, *short, now_ms=now) == "cadence_short"
    assert done(verb, *enough, now_ms=now)


def test_a_recycled_lead_wakes_up_some_day() -> None:
    assert refused(verbs.Recycle("rec.timing", 3), ACCEPTED) == "needs_wake"
    assert refused(verbs.Recycle("rec.timing", 3, wake_ms=NOON - 1), ACCEPTED) == "wake_in_the_past"
    assert refused(verbs.Recycle("rec.timing", 3, trigger="webinar", track="ski"), ACCEPTED) == "unknown_track"
    assert done(verbs.Recycle("rec.timing", 3, wake_ms=NOON + HOUR), ACCEPTED)
    assert done(verbs.Recycle("rec.too_early", 3, trigger="webinar", track="interest"), CONNECTED)


def test_recycling_follows_an_accept() -> None:
    assert refused(verbs.Recycle("rec.timing", 3, trigger="later")) == "wrong_state"


def test_qualifying_follows_an_accept_and_carries_facts() -> None:
    assert refused(verbs.Qualify(4)) == "wrong_state"
    assert refused(verbs.Qualify(None), CONNECTED) == "needs_quality"
    assert refused(verbs.Qualify(4, need="perhaps"), CONNECTED) == "unknown_fact"
    (draft,) = done(verbs.Qualify(4, need="yes", horizon=3, next_step="démo lundi"), CONNECTED)
    assert draft.data == {"quality": 4, "need": "yes", "budget": "unknown", "intent": "unknown", "horizon": 3}
    assert draft.texts == {"next_step": "démo lundi"}


@pytest.mark.parametrize("kind", [ev.REJECTED, ev.DISQUALIFIED, ev.RECYCLED, ev.QUALIFIED])
@pytest.mark.parametrize(
    "verb",
    [
        verbs.Accept(),
        verbs.Reject("rej.spam", 1),
        verbs.Disqualify("dq.no_need", 2),
        verbs.Recycle("rec.timing", 3, trigger="later"),
        verbs.Qualify(4),
    ],
)
def test_a_closed_cycle_takes_no_second_verdict(kind: str, verb: Verb) -> None:
    assert refused(verb, TOUCHED, closed(kind)) == "wrong_state"


def test_no_event_data_holds_free_text() -> None:
    words = "Madame Secret 0199000000"
    for verb, events in (
        (verbs.Touch("call", "connected", note=words, evidence=words, insights=(f"quote:{words}",)), ()),
        (verbs.Reject("other", 2, note=words), ()),
        (verbs.Disqualify("other", 2, note=words), (TOUCHED,)),
        (verbs.Recycle("other", 2, trigger="webinar", note=words), (TOUCHED,)),
        (verbs.Qualify(4, next_step=words, note=words), (CONNECTED,)),
        (verbs.Note(words), ()),
    ):
        for draft in done(verb, *events):
            assert "Secret" not in str(dict(draft.data))


def waiting(until: str, *, reason: str = "prospect_asked_date") -> verbs.Pause:
    return verbs.Pause(reason, at(until))


def test_a_pause_says_why_and_until_when_and_keeps_its_evidence_apart() -> None:
    (draft,) = done(verbs.Pause("prospect_asked_date", at("2026-05-15T08:00"), "https://crm.example/1"))
    assert (draft.type, draft.occurred_ms) == (ev.PAUSED, NOON)
    assert draft.data == {"reason": "prospect_asked_date", "until_ms": at("2026-05-15T08:00")}
    assert draft.texts == {"evidence": "https://crm.example/1"}


def test_a_pause_may_last_to_its_cap_and_not_a_minute_longer() -> None:
    """Five working days after Tuesday 12 May, with Ascension on the 14th, is Wednesday 20 May at the same time."""
    assert done(waiting("2026-05-20T10:00"))
    outcome = decide(fold([handoff()]), waiting("2026-05-20T10:01"), situation(NOON))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.params["last_ms"]) == ("pause_too_long", at("2026-05-20T10:00"))


def test_earlier_pauses_leave_less_to_wait() -> None:
    """Eight working days in all: five were used, so three are left."""
    before = event(ev.PAUSED, NOON, until_ms=at("2026-05-20T10:00"), reason="prospect_asked_date")
    now_ms = at("2026-05-21T10:00")
    assert done(waiting("2026-05-27T10:00"), before, now_ms=now_ms)
    assert refused(waiting("2026-05-27T10:01"), before, now_ms=now_ms) == "pause_too_long"


def test_a_lead_that_has_waited_for_the_whole_total_waits_no_more() -> None:
    first = event(ev.PAUSED, NOON, until_ms=at("2026-05-20T10:00"), reason="prospect_asked_date")
    second = event(ev.PAUSED, at("2026-05-21T10:00"), until_ms=at("2026-05-27T10:00"), reason="prospect_asked_date")
    now_ms = at("2026-05-28T10:00")
    assert refused(waiting("2026-05-29T10:00"), first, second, now_ms=now_ms) == "pauses_used_up"


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (waiting("2026-05-15T08:00", reason=""), "needs_pause_reason"),
        (waiting("2026-05-15T08:00", reason="holiday"), "unknown_pause_reason"),
        (verbs.Pause("prospect_asked_date", None), "needs_until"),
        (verbs.Pause("prospect_asked_date", NOON), "until_in_the_past"),
        (verbs.Resume(), "not_paused"),
        (verbs.Assign(""), "needs_member"),
        (verbs.Assign("nobody"), "not_a_member"),
    ],
)
def test_waiting_and_giving_away_have_rules(verb: Verb, code: str) -> None:
    assert refused(verb) == code


@pytest.mark.parametrize("verb", [waiting("2026-05-15T08:00"), verbs.Resume(), verbs.Assign("karim")])
def test_a_closed_lead_neither_waits_nor_changes_hands(verb: Verb) -> None:
    assert refused(verb, closed(ev.REJECTED)) == "wrong_state"


def test_a_contract_without_reasons_lets_nobody_wait_and_one_may_ask_for_evidence() -> None:
    lead, here = fold([handoff()]), situation(NOON)
    none = decide(lead, waiting("2026-05-15T08:00"), replace(here, pause=PauseRules()))
    asked = decide(lead, waiting("2026-05-15T08:00"), replace(here, pause=replace(PAUSE, needs_evidence=True)))
    assert isinstance(none, Refused)
    assert isinstance(asked, Refused)
    assert (none.code, asked.code) == ("no_pause", "needs_evidence")


def test_resuming_needs_a_pause_that_is_on() -> None:
    paused = event(ev.PAUSED, NOON, until_ms=at("2026-05-15T08:00"), reason="prospect_asked_date")
    assert [draft.type for draft in done(verbs.Resume(), paused, now_ms=at("2026-05-15T07:59"))] == [ev.RESUMED]
    assert refused(verbs.Resume(), paused, now_ms=at("2026-05-15T08:00")) == "not_paused"


def test_a_lead_is_given_to_a_member() -> None:
    (draft,) = done(verbs.Assign("karim", "speaks German"))
    assert (draft.data, draft.texts) == ({"to": "karim"}, {"note": "speaks German"})
