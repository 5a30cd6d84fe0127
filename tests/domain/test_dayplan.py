"""What fits into a day: at a pace, on a calendar, before each due instant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leadq.domain.dayplan import FEWEST, pace, plan
from tests.conftest import at
from tests.domain.builders import HOUR, MINUTE, PARIS

MONDAY = at("2026-05-18T07:00")  # the opening: 9:00 in Paris
_dues = st.lists(st.integers(-2, 60).map(lambda quarters: MONDAY + quarters * 15 * MINUTE), max_size=40)
_paces = st.integers(1, 90).map(lambda minutes: minutes * MINUTE)


def test_what_fits_is_counted_in_open_time_and_the_due_instant_is_inclusive() -> None:
    found = plan([MONDAY + HOUR] * 6, PARIS, MONDAY, 12 * MINUTE)
    assert (found.fit, found.of, found.breach_ms) == (5, 6, MONDAY + HOUR)
    overnight = plan([MONDAY + 24 * HOUR] * 60, PARIS, MONDAY + 8 * HOUR, 12 * MINUTE)
    assert overnight.fit == 5  # one open hour is left of Monday


def test_a_lead_that_is_lost_leaves_its_time_to_the_next() -> None:
    found = plan([MONDAY - 1, MONDAY + MINUTE, MONDAY + HOUR], PARIS, MONDAY, 30 * MINUTE)
    assert [(slot.leads, slot.fit) for slot in found.slots] == [(1, 0), (1, 0), (1, 1)]


def test_nothing_due_is_nothing_to_fit() -> None:
    assert (plan([], PARIS, MONDAY, MINUTE).of, plan([], PARIS, MONDAY, MINUTE).breach_ms) == (0, None)


@given(_dues, _paces)
def test_a_plan_is_feasible_and_no_lead_more_would_fit(dues: list[int], pace_ms: int) -> None:
    found = plan(dues, PARIS, MONDAY, pace_ms)
    assert found.of == len(dues)
    done = 0
    for slot in found.slots:
        assert 0 <= slot.fit <= slot.leads
        done += slot.fit
        capacity = PARIS.elapsed(MONDAY, slot.due_ms)
        assert slot.fit == 0 or done * pace_ms <= capacity
        assert slot.fit == slot.leads or slot.due_ms < MONDAY or (done + 1) * pace_ms > capacity


@given(_dues, _paces, _paces)
def test_a_faster_pace_never_fits_fewer(dues: list[int], one: int, other: int) -> None:
    fast, slow = sorted((one, other))
    assert plan(dues, PARIS, MONDAY, fast).fit >= plan(dues, PARIS, MONDAY, slow).fit


@given(_dues, _paces, st.integers(0, 8))
def test_starting_later_never_fits_more(dues: list[int], pace_ms: int, hours: int) -> None:
    assert plan(dues, PARIS, MONDAY + hours * HOUR, pace_ms).fit <= plan(dues, PARIS, MONDAY, pace_ms).fit


@given(_dues, _paces, st.integers(0, 60))
def test_one_lead_more_takes_no_other_s_place(dues: list[int], pace_ms: int, quarters: int) -> None:
    more = plan([*dues, MONDAY + quarters * 15 * MINUTE], PARIS, MONDAY, pace_ms)
    fewer = plan(dues, PARIS, MONDAY, pace_ms)
    assert fewer.fit <= more.fit <= fewer.fit + 1


def test_the_pace_is_the_median_open_time_between_touches_of_one_day() -> None:
    minutes = (0, 10, 22, 60, 70)  # 10, 12, 38, 10
    touched = [MONDAY + m * MINUTE for m in minutes]
    assert pace(touched, PARIS, MONDAY + HOUR * 2) == 10 * MINUTE


def test_a_night_is_no_interval_and_neither_is_a_moment() -> None:
    evening, morning = MONDAY + 8 * HOUR + 55 * MINUTE, MONDAY + 24 * HOUR + 5 * MINUTE
    assert pace([evening, morning] * FEWEST, PARIS, morning + HOUR) is None


def test_too_few_touches_make_no_pace() -> None:
    touched = [MONDAY + n * 10 * MINUTE for n in range(FEWEST + 1)]
    assert pace(touched[:-1], PARIS, MONDAY + HOUR) is None
    assert pace(touched, PARIS, MONDAY + HOUR) == 10 * MINUTE


def test_only_the_last_twenty_working_days_make_a_pace() -> None:
    touched = [MONDAY + n * 10 * MINUTE for n in range(FEWEST + 1)]
    last = PARIS.add_days(MONDAY, 19)
    too_late = PARIS.add_days(MONDAY, 20)
    assert last is not None
    assert too_late is not None
    assert pace(touched, PARIS, last) == 10 * MINUTE
    assert pace(touched, PARIS, too_late) is None


@given(st.lists(st.integers(0, 600), max_size=30))
def test_a_pace_is_positive_whatever_the_order(minutes: list[int]) -> None:
    touched = [MONDAY + m * MINUTE for m in minutes]
    found = pace(touched, PARIS, MONDAY + 20 * HOUR)
    assert found is None or found > 0
    assert found == pace(touched[::-1], PARIS, MONDAY + 20 * HOUR)
