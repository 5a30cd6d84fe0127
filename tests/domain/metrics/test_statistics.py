"""The estimators against their definitions, worked out another way: in fractions, by products over what is left."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.domain.metrics.statistics import (
    CENSORED,
    COMPETING,
    EVENT,
    aalen_johansen,
    by_then,
    kaplan_meier,
    median,
    nearest_rank,
    wilson,
)

Waits = list[tuple[int, int]]
_waits = st.lists(st.tuples(st.integers(0, 12), st.sampled_from((CENSORED, EVENT, COMPETING))), max_size=40)


def _left(waits: Waits, time: int) -> int:
    return sum(length >= time for length, _end in waits)


def _ended(waits: Waits, time: int, ends: Sequence[int]) -> int:
    return sum(length == time and end in ends for length, end in waits)


def survival(waits: Waits, before: int, ends: Sequence[int]) -> Fraction:
    """The product over all times before `before` of those left who did not end, by the definition."""
    product = Fraction(1)
    for time in sorted({length for length, _end in waits if length < before}):
        product *= 1 - Fraction(_ended(waits, time, ends), _left(waits, time))
    return product


def incidence(waits: Waits, by: int) -> Fraction:
    """The sum over all times up to `by` of the chance to be left until then and to have the event then."""
    times = sorted({length for length, _end in waits if length <= by})
    both = (EVENT, COMPETING)
    return sum(
        (survival(waits, t, both) * Fraction(_ended(waits, t, (EVENT,)), _left(waits, t)) for t in times), Fraction(0)
    )


@given(_waits)
def test_the_incidence_is_that_of_the_definition(waits: Waits) -> None:
    curve = aalen_johansen(waits)
    for time in range(14):
        assert by_then(curve, time) == pytest.approx(float(incidence(waits, time)), abs=1e-12)


@given(_waits)
def test_without_competing_ends_it_is_one_less_the_product_limit(waits: Waits) -> None:
    alone = [(time, end) for time, end in waits if end != COMPETING]
    for time, left in kaplan_meier(alone):
        assert left == pytest.approx(float(survival(alone, time + 1, (EVENT,))), abs=1e-12)
        assert 1 - left == pytest.approx(by_then(aalen_johansen(alone), time), abs=1e-12)


@given(_waits)
def test_the_median_is_the_first_time_by_which_half_have_it_and_is_not_reached_by_guessing(waits: Waits) -> None:
    found = median(aalen_johansen(waits))
    reached = [time for time in sorted({t for t, _end in waits}) if incidence(waits, time) >= Fraction(1, 2)]
    assert found == (reached[0] if reached else None)


def test_what_still_waits_moves_the_median_and_is_no_event() -> None:
    waits = [(1, EVENT), (2, EVENT), (3, CENSORED), (4, EVENT), (5, CENSORED)]
    # 1 -> 1/5, 2 -> 2/5, 4 -> 2/5 + 3/5 * 1/2 = 7/10
    assert [(time, round(value, 6)) for time, value in aalen_johansen(waits)] == [(1, 0.2), (2, 0.4), (4, 0.7)]
    assert median(aalen_johansen(waits)) == 4
    assert median(aalen_johansen([(1, EVENT), (2, COMPETING), (2, COMPETING)])) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 100))
def test_a_nearest_rank_is_a_value_that_so_many_do_not_exceed(values: list[int], percent: int) -> None:
    ordered = sorted(values)
    found = nearest_rank(ordered, percent)
    assert found == ordered[ceil(percent * len(ordered) / 100) - 1]
    assert found in values


def test_nothing_has_no_rank() -> None:
    assert nearest_rank([], 50) is None


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_where_the_score_test_rejects(pair: tuple[int, int]) -> None:
    """Its edges solve (p - hits/n)^2 = z^2 p (1 - p) / n, which is how the interval is defined."""
    hits, n = pair
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1
    for edge in (low, high):
        assert (edge - hits / n) ** 2 == pytest.approx(1.959963984540054**2 * edge * (1 - edge) / n, abs=1e-9)
