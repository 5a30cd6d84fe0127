"""Why first touches came late, and what became of sales' promise: the first cause that applies, and no guess."""

from __future__ import annotations

from typing import Any

import pytest

from leadq.domain.contract import Duration, FirstTouchPromise
from leadq.domain.metrics.cycle import Cycle, Facts
from leadq.domain.metrics.scope import Scope, scope
from leadq.reports.delays import causes
from leadq.reports.kept import first_touches

HOUR = 3_600_000
NOW = 100 * HOUR


def of(*rows: dict[str, Any]) -> Scope:
    """Cycles with a first touch due four hours after their handoff, and touched `touched` hours after it."""
    facts = Facts(NOW, "UTC")
    for index, row in enumerate(rows):
        begun = row.pop("at", 1) * HOUR
        touched = row.pop("touched", None)
        assigned = row.pop("assigned", 0)
        cycle = Cycle(index, index + 1, f"u{index}", "working", begun, owner="zoe", **row)
        cycle.assigned_ms = None if assigned is None else begun + assigned * HOUR
        cycle.first_touch_ms = None if touched is None else begun + int(touched * HOUR)
        facts.cycles.append(cycle)
    for column in facts.clocks.values():
        column.extend(len(rows))
    clock = facts.clocks["first_touch"]
    for cycle in facts.cycles:
        clock.started[cycle.index] = cycle.handed_off_ms
        clock.due[cycle.index] = cycle.handed_off_ms + 4 * HOUR
        if cycle.first_touch_ms is not None:
            clock.stopped[cycle.index] = cycle.first_touch_ms
    return scope(facts, 0, NOW)


def found(*rows: dict[str, Any]) -> dict[str, list[int]]:
    return {cause: [one.id for one in cycles] for cause, cycles in causes(of(*rows)).items() if cycles}


def test_what_came_in_time_has_no_cause() -> None:
    assert found({"touched": 4}, {"touched": 0}) == {}


@pytest.mark.parametrize("reason", ["rej.bad_data", "dq.bad_contact", "rej.incomplete"])
def test_a_lead_that_nobody_could_reach_is_a_matter_of_data(reason: str) -> None:
    assert found({"touched": 9, "reason": reason, "assigned": None}) == {"data": [1]}


def test_a_lead_without_any_way_to_reach_it_is_a_matter_of_data() -> None:
    assert found({"lacks": ("email", "phone")}, {"lacks": ("phone",)}) == {"data": [1], "other": [2]}


def test_a_lead_that_was_nobodys_until_it_was_due_is_a_matter_of_routing() -> None:
    assert found({"assigned": None}, {"assigned": 4}, {"assigned": 3}) == {"routing": [1, 2], "other": [3]}


def test_a_lead_that_was_passed_over_for_a_later_one_is_a_matter_of_order() -> None:
    assert found({"at": 1}, {"at": 3, "touched": 1}) == {"order": [1]}
    assert found({"at": 1}, {"at": 0, "touched": 3}) == {"other": [1]}
    assert found({"at": 1}, {"at": 3, "touched": 3.5}) == {"other": [1]}


def test_only_what_was_due_in_the_period_is_counted() -> None:
    whole = of({"at": 1}, {"at": 20})
    part = Scope(whole.facts, 10 * HOUR, NOW, whole.cycles)
    assert [one.id for cycles in causes(part).values() for one in cycles] == [2]


PROMISE = FirstTouchPromise(1.0, Duration(amount_ms=24 * HOUR), "wall")


def test_a_touch_within_the_promise_counts_at_once_and_a_missing_one_when_its_time_is_over() -> None:
    figure = first_touches(of({"touched": 24}, {"touched": 25}, {}, {"at": 90}), PROMISE)
    assert (figure.hits, figure.of) == (1, 3)


def test_what_was_rejected_untouched_or_has_no_hour_is_in_no_promise() -> None:
    figure = first_touches(of({"verdict": "reject"}, {"date_only": True}), PROMISE)
    assert (figure.value, figure.of) == (None, 0)
