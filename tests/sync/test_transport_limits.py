"""The limits: nothing that is sent goes past one, and what an answer says is believed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.plugins.sdk import Limit
from leadq.sync.limits import Budget, cost_of
from leadq.sync.paging import CursorGuard, Looping

DAY = Limit(
    1000,
    per_s=86_400,
    costs=(("*/search", 40), ("GET */leads/*", 2), ("GET */leads", 20), ("* */leads/*", 10)),
    remaining="X-Daily-Left",
    reset="X-Daily-Reset",
)


@given(
    st.lists(st.tuples(st.floats(0, 5), st.sampled_from(["/a", "/a/search"])), max_size=60),
    st.integers(1, 12),
    st.floats(0.5, 8),
)
def test_no_stretch_of_time_holds_more_than_the_limit(
    asked: list[tuple[float, str]], amount: int, per_s: float
) -> None:
    budget, now, sent = Budget([Limit(amount, per_s, costs=(("*/search", 3),))]), 0.0, []
    for pause, path in asked:
        now += pause
        for _ in range(3):  # a sum of floats may need one more look, never many
            wait = budget.wait_s("GET", path, now, push=True)
            now += wait + (0.001 if wait else 0)
        assert budget.wait_s("GET", path, now, push=True) == 0
        budget.spend("GET", path, now)
        sent.append((now, 3 if path.endswith("search") else 1))
    for start, _ in sent:
        inside = [cost for at, cost in sent if start <= at < start + per_s]
        assert sum(inside) <= amount or len(inside) == 1


def test_a_request_costs_what_the_first_pattern_says() -> None:
    costs = [cost_of(DAY, *each) for each in (("GET", "/v1/search"), ("GET", "/v1/leads/7"), ("PATCH", "/v1/leads/7"))]
    assert costs == [40, 2, 10]
    assert cost_of(Limit(4, per_s=1, match="*/search"), "GET", "/v1/leads") == 0


def test_a_fifth_of_a_days_budget_is_for_outcomes_only() -> None:
    budget = Budget([DAY])
    for _ in range(40):
        assert budget.wait_s("GET", "/v1/leads", 0, push=False) == 0
        budget.spend("GET", "/v1/leads", 0)
    assert budget.left(0) == 200
    assert budget.wait_s("GET", "/v1/leads", 0, push=False) > 80_000
    for _ in range(20):
        assert budget.wait_s("PATCH", "/v1/leads/7", 0, push=True) == 0
        budget.spend("PATCH", "/v1/leads/7", 0)
    assert budget.wait_s("PATCH", "/v1/leads/7", 0, push=True) > 80_000


def test_two_laptops_share_one_account() -> None:
    one, other = Budget([Limit(10, per_s=1)], 0.5), Budget([Limit(10, per_s=1)], 0.5)
    sent = 0
    for budget in (one, other):
        while not budget.wait_s("GET", "/", 0, push=True):
            budget.spend("GET", "/", 0)
            sent += 1
    assert sent == 10


def test_of_what_is_left_of_a_shared_account_only_our_part_is_ours() -> None:
    budget = Budget([DAY], 0.5)
    budget.learn("GET", "/v1/leads", {"x-daily-left": "300"}, 0)
    assert budget.left(0) == 150


@pytest.mark.parametrize("share", [0.0, -1.0, 1.1])
def test_a_share_is_a_part_of_the_whole(share: float) -> None:
    with pytest.raises(ValueError):
        Budget([], share)


def test_what_costs_more_than_our_share_still_leaves_when_nothing_else_did() -> None:
    budget = Budget([Limit(100, per_s=10, costs=(("/dear", 40),))], 0.1)
    assert budget.wait_s("GET", "/dear", 0, push=True) == 0
    budget.spend("GET", "/dear", 0)
    assert budget.wait_s("GET", "/dear", 0, push=True) > 10


def test_an_answer_that_says_less_is_left_is_believed_and_one_that_says_more_is_not() -> None:
    budget = Budget([DAY])
    budget.learn("GET", "/v1/leads", {"x-daily-left": "300"}, 0)
    assert budget.left(0) == 300
    budget.learn("GET", "/v1/leads", {"x-daily-left": "900"}, 0)
    assert budget.left(0) == 300
    for nonsense in ("", "many", "-"):
        budget.learn("GET", "/v1/leads", {"x-daily-left": nonsense}, 0)
    assert budget.left(0) == 300


def test_an_empty_account_is_left_alone_until_it_is_full_again() -> None:
    budget = Budget([Limit(10, per_s=60, remaining="left", reset="reset")])
    budget.learn("GET", "/", {"left": "0", "reset": "45"}, 100)
    assert budget.wait_s("GET", "/", 100, push=True) >= 45
    assert budget.wait_s("GET", "/", 100 + 61, push=True) == 0


def test_a_limit_of_a_day_is_full_again_at_the_services_midnight() -> None:
    budget = Budget([Limit(100, per_s=86_400, daily=True)])
    budget.day(80_000, now=500)
    budget.spend("GET", "/", 500)
    for _ in range(99):
        budget.spend("GET", "/", 1_000)
    assert budget.wait_s("GET", "/", 1_100, push=True) == 5_800
    budget.day(100, now=7_000)
    assert budget.left(7_000) == 100
    assert budget.wait_s("GET", "/", 7_000, push=True) == 0
    budget.spend("GET", "/", 7_000)
    assert budget.left(7_000) == 99


def test_used_of_allowed_is_understood() -> None:
    budget = Budget([Limit(5000, per_s=86_400, remaining="Sforce-Limit-Info")])
    budget.learn("GET", "/", {"sforce-limit-info": "api-usage=4900/5000"}, 0)
    assert budget.left(0) == 100


def test_a_new_process_knows_what_was_spent_today() -> None:
    before, after = Budget([DAY, Limit(5, per_s=1)]), Budget([DAY, Limit(5, per_s=1)])
    before.spend("GET", "/v1/leads", 500)
    after.restore(before.saved(600), 3600, 7)
    assert after.left(7) == 980
    assert after.left(7 + 86_400) == 1000
    other = Budget([Limit(5, per_s=1)])
    other.restore(before.saved(600), 0, 0)
    assert other.left(0) == 5


def test_a_days_log_stays_small() -> None:
    budget = Budget([Limit(1_000_000, per_s=86_400)])
    for second in range(0, 200_000, 7):
        budget.spend("GET", "/", second)
    assert all(len(window) <= 102 for window in budget.saved(200_000))
    assert all(older[0] > newer[0] for window in budget.saved(200_000) for older, newer in pairwise(window))


def test_a_cursor_that_comes_back_ends_the_pull() -> None:
    guard = CursorGuard()
    for cursor in ("a", None, "b", None, "\ud800"):
        guard.step(cursor)
    with pytest.raises(Looping, match="5 pages"):
        guard.step("a")


def test_a_pull_of_endless_new_cursors_ends_too() -> None:
    guard = CursorGuard(max_pages=5)
    for number in range(5):
        guard.step(str(number) if number % 2 else None)
    with pytest.raises(Looping):
        guard.step("5")
