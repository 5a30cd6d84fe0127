"""A lead changes hands because a clock ran out: at its moment, for who had it then, and so often at most."""

from __future__ import annotations

from typing import Any

import pytest

from leadq.domain import events as ev
from leadq.domain.clocks import clocks_of
from leadq.domain.contract import Duration
from leadq.domain.escalation import Due, due, times
from leadq.domain.events import Event
from leadq.domain.folding import fold
from leadq.domain.team import Escalation, EscalationStep
from tests.domain.builders import HOUR, PARIS, RULES, at, event, handoff

DUE = at("2026-05-12T08:30")
"""When the first touch of a lead handed off on Tuesday at 10:00 in Paris is due."""

LATE = EscalationStep("breach", action="reassign", limit=3, exclude_last=True)
NEXT_DAY = EscalationStep("breach", Duration(days=1), action="reassign", limit=3, exclude_last=True)
TOLD = EscalationStep("breach", to=("owner",))


def found(
    *more: Event,
    now_ms: int,
    steps: tuple[EscalationStep, ...] = (LATE,),
    after_ms: int = 0,
    waits: bool = False,
    only: str = "first_touch",
    **data: Any,
) -> Due | None:
    """The step that is due for a lead of Zoé's, by its first touch only."""
    history = [handoff(**{"owner": "zoe", **data}), *more]
    lead = fold(history)
    escalation = Escalation(steps, waits)
    clocks = [(clock, escalation, PARIS) for clock in clocks_of(lead, RULES) if clock.kind == only]
    return due(lead, clocks, times(history), (after_ms, now_ms))


def test_a_step_is_taken_after_the_due_instant_and_not_at_it() -> None:
    assert found(now_ms=DUE) is None
    step = found(now_ms=DUE + 1)
    assert step is not None
    assert (step.clock, step.at_ms, step.key) == (
        "first_touch",
        DUE + 1,
        f"first_touch:{at('2026-05-12T08:00')}:breach",
    )


def test_a_day_later_is_a_business_day_on_the_policys_calendar() -> None:
    later = at("2026-05-13T08:30")
    assert found(now_ms=later - 1, steps=(NEXT_DAY,)) is None
    step = found(now_ms=later, steps=(NEXT_DAY,))
    assert step is not None
    assert step.key.endswith("breach+1bd")


def test_a_step_without_anything_to_do_moves_no_lead() -> None:
    assert found(now_ms=DUE + 100 * HOUR, steps=(TOLD,)) is None


def test_a_clock_that_was_met_and_a_lead_that_is_nobodys_are_left_alone() -> None:
    touched = event(ev.TOUCHED, DUE, channel="call", outcome="no_answer")
    assert found(touched, now_ms=DUE + HOUR) is None
    assert found(now_ms=DUE + HOUR, owner="") is None


def test_only_who_had_the_lead_when_the_clock_ran_out_loses_it() -> None:
    given = event(ev.ASSIGNED, DUE + 1, to="karim")
    assert found(given, now_ms=DUE + HOUR) is None
    in_time = event(ev.ASSIGNED, DUE, to="karim")
    assert found(in_time, now_ms=DUE + HOUR) is not None


def test_what_ran_out_before_the_first_round_makes_nobody_lose_a_lead() -> None:
    assert found(now_ms=DUE + HOUR, after_ms=DUE + 1) is None
    assert found(now_ms=DUE + HOUR, after_ms=DUE) is not None


@pytest.mark.parametrize("count", [0, 2, 3])
def test_a_lead_is_reassigned_so_often_at_most(count: int) -> None:
    before = [
        event(ev.ASSIGNED, at("2026-05-12T08:00") + number, to=f"m{number}", step="breach", actor_kind="system")
        for number in range(count)
    ]
    assert (found(*before, now_ms=DUE + HOUR) is None) == (count >= 3)


def test_a_reassignment_that_was_taken_back_does_not_count() -> None:
    once = event(ev.ASSIGNED, DUE + 1, to="karim", step="breach")
    assert times([once]) == 1
    assert times([once, event(ev.UNDONE, DUE + 2, events=[once.uid])]) == 0
    assert times([event(ev.ASSIGNED, DUE, to="karim")]) == 0


@pytest.mark.parametrize(("waits", "taken"), [(False, "2026-05-12T16:00"), (True, "2026-05-13T07:00")])
def test_at_night_a_step_waits_for_the_opening_where_the_contract_says_so(waits: bool, taken: str) -> None:
    evening, morning = at("2026-05-12T15:45"), at("2026-05-13T07:00")  # at risk after 15 minutes: at closing time
    risk = EscalationStep("at_risk", action="reassign")
    step = found(now_ms=morning, steps=(risk,), when_ms=evening, waits=waits)
    assert step is not None
    assert step.at_ms == at(taken)
    assert (found(now_ms=morning - 1, steps=(risk,), when_ms=evening, waits=waits) is None) == waits


def test_of_several_steps_the_earliest_comes_first() -> None:
    step = found(now_ms=DUE + 100 * HOUR, steps=(NEXT_DAY, LATE))
    assert step is not None
    assert step.step == LATE
