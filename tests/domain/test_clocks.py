"""Which clocks run, when they change, and when they stop."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.domain import events as ev
from leadq.domain.clocks import Clock, budget_used, clocks_of
from leadq.domain.contract import ClockTarget
from leadq.domain.events import Event
from leadq.domain.lead import fold
from tests.domain.builders import HANDOFF_MS, HOUR, MINUTE, PARIS, POLICY, at, event, handoff, touch


def clocks(*events: Event) -> dict[str, Clock]:
    """The clocks of a lead by kind."""
    return {clock.kind: clock for clock in clocks_of(fold(events), POLICY, PARIS)}


def test_every_clock_starts_with_the_handoff() -> None:
    assert {clock.started_ms for clock in clocks(handoff()).values()} == {HANDOFF_MS}


def test_a_due_instant_is_inclusive() -> None:
    clock = clocks(handoff())["first_touch"]
    assert clock.due_ms == HANDOFF_MS + 30 * MINUTE
    assert clock.state(clock.due_ms) == "at_risk"
    assert clock.state(clock.due_ms + 1) == "breached_open"
    assert clocks(handoff(), touch(clock.due_ms))["first_touch"].state(HANDOFF_MS + HOUR) == "met"


def test_late_stays_late_after_the_touch() -> None:
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
    (clock,) = clocks_of(fold([handoff()]), policy, PARIS)
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
