"""Which clocks run, when they change, and when they stop."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.domain import events as ev
from leadq.domain.clocks import Clock, budget_used, clocks_of, starts_with_an_owner
from leadq.domain.contract import ClockTarget, Duration
from leadq.domain.events import Event
from leadq.domain.folding import fold
from leadq.domain.ranking import standing
from tests.domain.builders import HANDOFF_MS, HOUR, MINUTE, PARIS, POLICY, RULES, at, event, handoff, touch


def clocks(*events: Event) -> dict[str, Clock]:
    """The clocks of a lead by kind."""
    return {clock.kind: clock for clock in clocks_of(fold(events), RULES)}


def test_every_clock_starts_with_the_handoff() -> None:
    assert {clock.started_ms for clock in clocks(handoff()).values()} == {HANDOFF_MS}


def test_a_due_instant_is_inclusive() -> None:
    clock = clocks(handoff())["first_touch"]
    assert clock.due_ms == HANDOFF_MS + 30 * MINUTE
    assert clock.state(clock.due_ms) == "at_risk"
    assert clock.state(clock.due_ms + 1) == "breached_open"
    assert clocks(handoff(), touch(clock.due_ms))["first_touch"].state(HANDOFF_MS + HOUR) == "met"


def test_late_stays_late_after_the_touch() -> None:
    """E23: answering late does not make it as if it had been in time."""
    late = clocks(handoff(), touch(HANDOFF_MS + HOUR))["first_touch"]
    assert late.state(HANDOFF_MS + 100 * HOUR) == "met_late"


def test_at_risk_is_a_share_of_the_budget_consumed() -> None:
    clock = clocks(handoff())["first_touch"]
    assert clock.at_risk_ms == (HANDOFF_MS + 15 * MINUTE, HANDOFF_MS + 24 * MINUTE)
    assert clock.state(HANDOFF_MS + 15 * MINUTE - 1) == "running"
    assert clock.state(HANDOFF_MS + 15 * MINUTE) == "at_risk"


def test_a_lead_that_arrives_at_night_is_due_after_the_opening() -> None:
    night = at("2026-05-12T20:00")
    assert clocks(handoff(night))["first_touch"].due_ms == at("2026-05-13T07:30")


def test_a_clock_of_business_days_skips_a_holiday_and_the_weekend() -> None:
    friday_after_ten_days = at("2026-05-28T08:00")
    assert clocks(handoff())["disposition"].due_ms == friday_after_ten_days, "14 May and 25 May are off"


def test_a_wall_clock_runs_through_the_night() -> None:
    policy = replace(POLICY, clocks={"first_touch": ClockTarget("first_touch", 24 * HOUR, None, "wall")})
    (clock,) = clocks_of(fold([handoff()]), replace(RULES, policy=policy))
    assert clock.due_ms == HANDOFF_MS + 24 * HOUR
    assert clock.at_risk_ms == (HANDOFF_MS + 12 * HOUR, HANDOFF_MS + round(19.2 * HOUR))


def test_a_touch_answers_the_handoff_even_without_an_accept() -> None:
    assert clocks(handoff(), touch(HANDOFF_MS + MINUTE))["accept"].state(HANDOFF_MS + HOUR) == "met"


def test_a_rejected_lead_has_nothing_to_touch() -> None:
    rejected = event(ev.REJECTED, HANDOFF_MS + MINUTE, quality=2, reason="rej.spam")
    found = clocks(handoff(), rejected)
    assert found["first_touch"].state(HANDOFF_MS + HOUR) == "cancelled"
    assert found["accept"].state(HANDOFF_MS + HOUR) == "met"
    assert found["disposition"].state(HANDOFF_MS + HOUR) == "met"


def test_an_inbound_touch_stops_no_clock() -> None:
    reply = touch(HANDOFF_MS + MINUTE, "replied", "email", inbound=True)
    assert clocks(handoff(), reply)["first_touch"].running


def test_an_earlier_touch_that_arrives_late_takes_the_breach_back() -> None:
    """E31: what counts is when it happened, not when we learnt of it."""
    late, earlier = touch(HANDOFF_MS + HOUR), touch(HANDOFF_MS + MINUTE)
    assert clocks(handoff(), late, earlier)["first_touch"].state(HANDOFF_MS + 2 * HOUR) == "met"


def test_a_breach_is_stale_one_business_day_after_the_due_instant() -> None:
    clock = clocks(handoff(at("2026-05-13T08:00")))["accept"]
    assert clock.stale_ms == at("2026-05-15T08:15"), "14 May is Ascension"


def test_the_budget_used_counts_open_time_only() -> None:
    clock = clocks(handoff(at("2026-05-12T15:45")))["first_touch"]
    assert budget_used(clock, PARIS, at("2026-05-12T21:00")) == pytest.approx(0.5)
    assert budget_used(clock, PARIS, at("2026-05-13T07:15")) == pytest.approx(1.0)


@given(st.integers(0, 40 * 24 * 60), st.integers(0, 40 * 24 * 60))
def test_a_clock_never_goes_back_to_an_earlier_state(first: int, second: int) -> None:
    order = ["not_started", "running", "at_risk", "breached_open"]
    earlier, later = sorted((first, second))
    for clock in clocks(handoff()).values():
        states = [clock.state(HANDOFF_MS - HOUR + minute * MINUTE) for minute in (earlier, later)]
        assert order.index(states[0]) <= order.index(states[1])


def only(kind: str, target: ClockTarget, *events: Event) -> Clock | None:
    """The one clock of a policy that has no other."""
    found = clocks_of(fold(events), replace(RULES, policy=replace(POLICY, clocks={kind: target})))
    return found[0] if found else None


BUSINESS_4H = ClockTarget("disposition", 4 * HOUR, None, "business", pausable=True)


def pause(from_text: str, until_text: str) -> Event:
    """A pause, as a rep asks for it."""
    return event(ev.PAUSED, at(from_text), until_ms=at(until_text), reason="prospect_asked_date")


def test_v15_a_pause_puts_the_due_instant_off_by_its_business_time() -> None:
    start = at("2026-05-12T13:00")  # Tuesday 15:00 in Paris
    clock = only("disposition", BUSINESS_4H, handoff(start), pause("2026-05-12T15:00", "2026-05-13T08:00"))
    assert clock is not None
    assert clock.due_ms == at("2026-05-13T10:00"), "Wednesday 12:00 in Paris"


def test_a_pause_over_a_weekend_credits_nothing_to_business_hours() -> None:
    """E17: a pause is counted in the time of the clock that it stops."""
    friday_evening, monday_morning = "2026-05-15T16:00", "2026-05-18T07:00"
    start = at("2026-05-15T14:30")
    paused = only("disposition", BUSINESS_4H, handoff(start), pause(friday_evening, monday_morning))
    assert paused is not None
    assert paused.due_ms == only("disposition", BUSINESS_4H, handoff(start)).due_ms  # type: ignore[union-attr]


def test_a_wall_clock_is_put_off_by_wall_time() -> None:
    target = ClockTarget("disposition", 24 * HOUR, None, "wall", pausable=True)
    clock = only("disposition", target, handoff(), pause("2026-05-12T10:00", "2026-05-12T20:00"))
    assert clock is not None
    assert clock.due_ms == HANDOFF_MS + 34 * HOUR


def test_overlapping_pauses_count_once() -> None:
    start = at("2026-05-12T13:00")
    twice = (pause("2026-05-12T14:00", "2026-05-12T15:00"), pause("2026-05-12T14:30", "2026-05-12T15:00"))
    once = (pause("2026-05-12T14:00", "2026-05-12T15:00"),)
    assert only("disposition", BUSINESS_4H, handoff(start), *twice) == only(
        "disposition", BUSINESS_4H, handoff(start), *once
    )


def test_a_pause_ends_by_itself_and_earlier_when_resumed() -> None:
    """E41: nothing is written when it ends, so nobody is said to have ended it."""
    start = at("2026-05-12T13:00")
    asked = pause("2026-05-12T14:00", "2026-05-12T16:00")
    resumed = event(ev.RESUMED, at("2026-05-12T14:30"))
    clock = only("disposition", BUSINESS_4H, handoff(start), asked, resumed)
    assert clock is not None
    assert clock.pauses == ((at("2026-05-12T14:00"), at("2026-05-12T14:30")),)
    assert clock.state(at("2026-05-12T14:15")) == "paused"
    assert clock.state(at("2026-05-12T14:30")) != "paused"


TEN_DAYS = ClockTarget("disposition", None, 10, "bd", pausable=True)


def test_a_pause_after_the_due_instant_saves_nothing() -> None:
    clock = only("disposition", TEN_DAYS, handoff(), pause("2026-06-01T08:00", "2026-06-03T08:00"))
    plain = only("disposition", TEN_DAYS, handoff())
    assert clock is not None
    assert plain is not None
    assert clock.due_ms == plain.due_ms
    assert clock.state(at("2026-06-02T08:00")) == "breached_open"


def test_a_pause_is_capped_and_all_of_them_together_too() -> None:
    twice = (pause("2026-05-13T08:00", "2026-06-13T08:00"), pause("2026-05-26T08:00", "2026-06-26T08:00"))
    clock = only("disposition", TEN_DAYS, handoff(), *twice)
    assert clock is not None
    days = [PARIS.days_between(from_ms, to_ms) for from_ms, to_ms in clock.pauses]
    assert days == [5, 3], "five days each, eight together"


def test_a_clock_that_is_not_pausable_feels_no_pause() -> None:
    waiting = pause("2026-05-12T08:10", "2026-05-12T10:00")
    found = clocks(handoff(), waiting)
    assert found["first_touch"].due_ms == clocks(handoff())["first_touch"].due_ms
    assert found["first_touch"].state(at("2026-05-12T08:12")) == "running"


def test_a_pause_undone_is_as_if_it_had_not_been() -> None:
    waiting = pause("2026-05-12T08:10", "2026-05-12T10:00")
    undone = event(ev.UNDONE, at("2026-05-12T09:00"), events=[waiting.uid])
    assert clocks(handoff(), waiting, undone) == clocks(handoff())


OWNER = ClockTarget("owner_touch", 30 * MINUTE, None, "business")


def test_a_new_owner_starts_afresh_and_the_leads_own_clock_goes_on() -> None:
    """E37: who got a lead late has a fair clock of their own, and the prospect has waited all the same."""
    moved = event(ev.ASSIGNED, at("2026-05-12T12:00"), to="karim", reason="leave")
    clock = only("owner_touch", OWNER, handoff(owner="zoe"), moved)
    assert clock is not None
    assert (clock.started_ms, clock.due_ms) == (at("2026-05-12T12:00"), at("2026-05-12T12:30"))
    assert clocks(handoff(owner="zoe"), moved)["first_touch"].due_ms == HANDOFF_MS + 30 * MINUTE


def test_accepting_ones_own_lead_does_not_restart_the_owner_clock() -> None:
    accepted = event(ev.ACCEPTED, at("2026-05-12T12:00"), owner="zoe")
    clock = only("owner_touch", OWNER, handoff(owner="zoe"), accepted)
    assert clock is not None
    assert clock.started_ms == HANDOFF_MS


def test_a_lead_of_nobody_has_no_owner_clock() -> None:
    assert only("owner_touch", OWNER, handoff()) is None


def test_an_owner_changes_the_clocks_of_a_fresh_lead_only_where_the_policy_counts_from_the_owner() -> None:
    counted = replace(POLICY, clocks={**POLICY.clocks, "owner_touch": OWNER})
    for policy in (POLICY, counted):
        owned, alone = (
            clocks_of(fold([event]), replace(RULES, policy=policy)) for event in (handoff(owner="zoe"), handoff())
        )
        assert (owned != alone) == starts_with_an_owner(policy)


REPLY = ClockTarget("reply", 2 * HOUR, None, "business")


def test_the_reply_clock_runs_from_the_first_word_to_the_answer() -> None:
    said = touch(at("2026-05-12T09:00"), "replied", "email", inbound=True)
    again = touch(at("2026-05-12T09:30"), "replied", "email", inbound=True)
    waiting = only("reply", REPLY, handoff(), said, again)
    assert waiting is not None
    assert (waiting.started_ms, waiting.due_ms, waiting.stopped_ms) == (
        at("2026-05-12T09:00"),
        at("2026-05-12T11:00"),
        None,
    )
    answered = only("reply", REPLY, handoff(), said, again, touch(at("2026-05-12T10:00")))
    assert answered is not None
    assert answered.state(at("2026-05-13T09:00")) == "met"


def test_reaching_out_before_any_word_of_the_prospect_starts_no_reply_clock() -> None:
    """E27: what we began is not an answer that somebody waits for."""
    assert only("reply", REPLY, handoff(), touch(at("2026-05-12T09:00"))) is None


def test_a_later_clock_never_hides_one_that_is_unmet() -> None:
    """E25: the prospect wrote, so a reply is due; the first touch that nobody made stays late beside it."""
    policy = replace(POLICY, clocks={**POLICY.clocks, "reply": REPLY})
    lead = fold([handoff(), touch(at("2026-05-12T09:00"), "replied", "email", inbound=True)])
    found = clocks_of(lead, replace(RULES, policy=policy))
    now = at("2026-05-12T09:30")
    assert {clock.kind: clock.state(now) for clock in found}["first_touch"] == "breached_open"
    assert standing(lead, found).due_ms == HANDOFF_MS + 15 * MINUTE, "the earliest one"


def test_nothing_is_due_to_a_prospect_whom_we_answered_last() -> None:
    """E25: the reply clock stops with the answer, and does not start again by itself."""
    said = touch(at("2026-05-12T09:00"), "replied", "email", inbound=True)
    lead = fold([handoff(), said, touch(at("2026-05-12T10:00"))])
    (reply,) = clocks_of(lead, replace(RULES, policy=replace(POLICY, clocks={"reply": REPLY})))
    assert not reply.running
    assert standing(lead, (reply,)).due_ms is None


STEPS = ClockTarget("next_touch", None, None, "business", cadence=(Duration(amount_ms=4 * HOUR), Duration(days=1)))


def test_the_cadence_says_when_to_try_again() -> None:
    first = touch(at("2026-05-12T08:30"))
    clock = only("next_touch", STEPS, handoff(), first)
    assert clock is not None
    assert (clock.started_ms, clock.due_ms) == (first.occurred_ms, at("2026-05-12T12:30"))
    second = touch(at("2026-05-12T12:00"))
    clock = only("next_touch", STEPS, handoff(), first, second)
    assert clock is not None
    assert clock.due_ms == at("2026-05-13T12:00")
    assert only("next_touch", STEPS, handoff(), first, second, touch(at("2026-05-13T09:00"))) is None


def test_a_promise_overrides_the_cadence() -> None:
    promised = touch(at("2026-05-12T08:30"), "callback_set", next_ms=at("2026-05-20T08:00"))
    clock = only("next_touch", STEPS, handoff(), promised)
    assert clock is not None
    assert clock.due_ms == at("2026-05-20T08:00")


def test_a_planned_touch_is_not_at_risk_before_its_time() -> None:
    clock = only("next_touch", STEPS, handoff(), touch(at("2026-05-12T08:30")))
    assert clock is not None
    assert clock.state(at("2026-05-12T12:30")) == "running"
    assert clock.state(at("2026-05-12T12:30") + 1) == "breached_open"


def test_paused_time_consumes_no_budget() -> None:
    start = at("2026-05-12T13:00")
    clock = only("disposition", BUSINESS_4H, handoff(start), pause("2026-05-12T14:00", "2026-05-12T15:00"))
    assert clock is not None
    assert budget_used(clock, PARIS, at("2026-05-12T14:00")) == pytest.approx(0.25)
    assert budget_used(clock, PARIS, at("2026-05-12T15:00")) == pytest.approx(0.25)
    assert clock.due_ms is not None
    assert budget_used(clock, PARIS, clock.due_ms) == pytest.approx(1.0)
