"""When the next cycle is due: always some time, sooner while things move, later while they do not."""

from __future__ import annotations

from random import Random
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from leadq.sync import pace
from leadq.sync.pace import Ended, Pace, following, is_due, told
from leadq.sync.protocol import Kind

KINDS = st.sampled_from(get_args(Kind))
CYCLES = st.lists(
    st.builds(Ended, st.booleans(), st.none() | KINDS, st.floats(0, 86_400)),
    min_size=1,
    max_size=60,
)


def after(*cycles: Ended, seed: int = 1) -> Pace:
    found, rng = Pace(), Random(seed)
    for ended in cycles:
        found = following(found, ended, rng)
    return found


@given(cycles=CYCLES, seed=st.integers(0, 1000))
def test_whatever_happened_the_next_cycle_has_its_time(cycles: list[Ended], seed: int) -> None:
    found = after(*cycles, seed=seed)
    assert 1.0 <= found.wait_s <= max(pace.PARKED_S, cycles[-1].pause_s)
    assert is_due(found, found.wait_s, None)


@given(cycles=CYCLES, seed=st.integers(0, 1000))
def test_after_something_came_or_went_the_next_look_is_soon(cycles: list[Ended], seed: int) -> None:
    found = after(*cycles, Ended(moved=True), seed=seed)
    assert pace.SOON_S / 2 <= found.wait_s <= pace.SOON_S


def test_quiet_looks_grow_seldom_and_no_more_than_that() -> None:
    class Last:
        def random(self) -> float:
            return 1.0

    found, waits = Pace(), []
    for _ in range(8):
        found = following(found, Ended(), Last())
        waits.append(found.wait_s)
    assert waits == [15, 30, 60, 120, 240, 300, 300, 300]


@given(failures=st.integers(1, 200), seed=st.integers(0, 1000))
def test_offline_backs_off_and_never_gives_up(failures: int, seed: int) -> None:
    found = after(*[Ended(trouble="transient")] * failures, seed=seed)
    assert found.wait_s <= min(pace.LONGEST_BACKOFF_S, pace.FIRST_BACKOFF_S * 2 ** (failures - 1))


def test_twelve_laptops_that_lost_one_service_do_not_come_back_in_step() -> None:
    waits = {after(*[Ended(trouble="transient")] * 8, seed=seed).wait_s for seed in range(12)}
    assert len(waits) == 12


def test_a_refused_login_parks_its_connection() -> None:
    assert after(Ended(trouble="auth")).wait_s == pace.PARKED_S
    assert after(*[Ended(trouble="auth")] * 9).wait_s == pace.PARKED_S


def test_a_pause_that_was_asked_for_is_kept_to_its_end() -> None:
    assert after(Ended(trouble="rate_limited", pause_s=3600)).wait_s == 3600


def test_a_local_write_wakes_a_connection_when_it_may_leave_and_not_before() -> None:
    well = after(Ended())
    assert not is_due(well, 1, None)
    assert not is_due(well, 1, 1)
    assert is_due(well, 1, 0)


@given(kind=KINDS)
def test_a_local_write_does_not_shorten_a_backoff(kind: Kind) -> None:
    assert not is_due(after(Ended(trouble=kind, pause_s=60)), 0.5, 0)


def test_settings_that_changed_wake_all_but_who_asked_for_a_pause() -> None:
    woken = {kind for kind in get_args(Kind) if told(after(Ended(trouble=kind)), "settings").wait_s == 0}
    assert set(get_args(Kind)) - woken == {"rate_limited"}
    assert told(after(Ended()), "settings").wait_s == 0


def test_a_machine_that_slept_looks_at_once_but_not_with_a_login_that_was_refused() -> None:
    kept = {kind for kind in get_args(Kind) if told(after(Ended(trouble=kind)), "resumed").wait_s > 0}
    assert kept == {"auth", "load"}


def test_a_network_that_came_back_wakes_who_was_offline() -> None:
    woken = {kind for kind in get_args(Kind) if told(after(Ended(trouble=kind)), "network").wait_s == 0}
    assert woken == {"transient"}


def test_news_do_not_make_a_failure_forgotten() -> None:
    failing = after(*[Ended(trouble="transient")] * 5)
    assert told(failing, "network").row == failing.row
