"""The radar: what would otherwise be forgotten, and what is rightly not on it."""

from __future__ import annotations

import pytest

from leadq import read
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.order import RADAR, Filter
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MINE = {"owner": "me"}


@pytest.fixture
def one(queue: Queue) -> Queue:
    """Lead 1: mine, hot, handed off five minutes ago."""
    hand_over(queue, MINE)
    return queue


def on_radar(store: Store, ms: int) -> dict[str, list[int]]:
    with store.read() as db:
        return read.radar(db, read.moment(db, NOW_MS + ms))


def groups(store: Store, ms: int = 0) -> set[str]:
    """The groups in which lead 1 is, so long after `NOW_MS`."""
    with store.read() as db:
        at = read.moment(db, NOW_MS + ms)
        found = read.radar(db, at)
        assert list(found) == list(RADAR)
        assert {i for ids in found.values() for i in ids} == set(read.queue_ids(db, at, Filter(view="radar")))
        assert len({i for ids in found.values() for i in ids}) == read.radar_total(db, at)
        assert read.counts(db, at, Filter(view="mine", me="nobody", search="zzz")).radar == read.radar_total(db, at)
        return {name for name, ids in found.items() if 1 in ids}


def later(store: Store, ms: int) -> Queue:
    return Queue(store, Clock(NOW_MS + ms))


def write(store: Store, change: str) -> None:
    """What no verb does, and another system may."""
    with store.transaction() as db:
        db.execute(change)


def test_a_lead_in_time_is_not_on_it(one: Queue, store: Store) -> None:
    assert groups(store) == set()


def test_an_untouched_lead_comes_on_it_when_it_is_late_and_a_touch_takes_it_off(one: Queue, store: Store) -> None:
    assert groups(store, 2 * HOUR) == {"untouched"}
    later(store, 2 * HOUR).perform(["1"], verbs.Touch("call", "no_answer"))
    assert groups(store, 2 * HOUR) == set()


def test_nobody_s_lead_is_on_it_from_the_first_moment(queue: Queue, store: Store) -> None:
    hand_over(queue)
    assert groups(store) == {"ownerless"}
    queue.perform(["1"], verbs.Accept())
    assert groups(store) == set()


def test_a_promise_is_on_it_once_it_is_missed(one: Queue, store: Store) -> None:
    one.perform(["1"], verbs.Touch("call", "callback_set", next_ms=NOW_MS + HOUR))
    assert groups(store, HOUR) == set()
    assert groups(store, HOUR + 1) == {"missed_promise"}


@pytest.mark.parametrize("verb", [verbs.Recycle("rec.timing", 3, wake_ms=NOW_MS + DAY)])
def test_a_wake_up_is_on_it_until_a_gesture_wakes_the_lead(one: Queue, store: Store, verb: verbs.Verb) -> None:
    one.perform(["1"], verbs.Accept())
    one.perform(["1"], verb)
    assert (groups(store, DAY), groups(store, DAY + 1)) == (set(), {"missed_wake"})
    hand_over(later(store, DAY + 1), {"email": "other@forges.example"})
    assert groups(store, DAY + 1) == set()


@pytest.mark.parametrize("state", ["dead", "conflict", "blocked", "unknown"])
def test_an_op_that_does_not_move_is_on_it(one: Queue, store: Store, state: str) -> None:
    one.perform(["1"], verbs.Accept())
    assert groups(store) == set()
    write(store, f"UPDATE outbox SET state = '{state}'")
    assert groups(store) == {"stuck_in_sync"}


def pause(queue: Queue, until_ms: int) -> None:
    queue.perform(["1"], verbs.Pause("prospect_asked_date", until_ms, "https://crm.example/1"))


def test_a_pause_of_ten_days_is_none_too_long_and_one_more_moment_is(one: Queue, store: Store) -> None:
    one.perform(["1"], verbs.Touch("call", "connected"))
    pause(one, NOW_MS + 10 * DAY)
    assert groups(store, DAY) == set()
    one.undo()
    pause(one, NOW_MS + 10 * DAY + 1)
    assert groups(store, DAY) == {"paused_too_long"}
    assert groups(store, 10 * DAY + 1) == set()
    later(store, DAY).perform(["1"], verbs.Resume())
    assert groups(store, DAY) == set()


def test_pauses_in_a_row_are_one(one: Queue, store: Store) -> None:
    one.perform(["1"], verbs.Touch("call", "connected"))
    pause(one, NOW_MS + 6 * DAY)
    assert groups(store, 5 * DAY) == set()
    pause(later(store, 5 * DAY), NOW_MS + 11 * DAY)
    assert groups(store, 5 * DAY) == {"paused_too_long"}


def test_a_row_of_pauses_beyond_the_longest_that_the_contract_lets_one_last_is_too_long(
    one: Queue, store: Store
) -> None:
    text = store.home.contract.read_text("utf-8")
    assert 'max_each = "10bd"' in text
    store.home.contract.write_text(text.replace('max_each = "10bd"', 'max_each = "2bd"'), "utf-8")
    hand_over(one, {"email": "second@forges.example", **MINE})
    two = ["2"]
    one.perform(two, verbs.Touch("call", "connected"))
    evidence = "https://crm.example/2"
    one.perform(two, verbs.Pause("prospect_asked_date", NOW_MS + 2 * DAY, evidence))  # Friday: one working day
    assert 2 not in on_radar(store, DAY)["paused_too_long"]
    later(store, 2 * DAY).perform(two, verbs.Pause("prospect_asked_date", NOW_MS + 6 * DAY, evidence))  # Tuesday
    assert 2 in on_radar(store, 2 * DAY)["paused_too_long"]


def test_a_snoozed_lead_is_on_it_once_it_is_late(one: Queue, store: Store) -> None:
    one.perform(["1"], verbs.Touch("call", "connected"))
    due_ms = _due(store)
    snoozed = verbs.Snooze(due_ms + 30 * DAY, "after the holidays")
    one.perform(["1"], snoozed)
    assert groups(store, due_ms - NOW_MS) == set()
    assert groups(store, due_ms - NOW_MS + 1) == {"snoozed_late"}


def _due(store: Store) -> int:
    with store.read() as db:
        (due_ms,) = db.execute("SELECT due_ms FROM lead WHERE id = 1").fetchone()
    assert isinstance(due_ms, int)
    return due_ms


@pytest.mark.parametrize(
    ("change", "group"),
    [
        ("UPDATE lead SET due_ms = NULL", "no_due"),
        ("UPDATE clock SET due_ms = NULL WHERE kind = 'disposition'", "no_due"),
        (f"UPDATE lead SET handed_off_ms = {NOW_MS + 3 * MINUTE}", "contradictory"),
        (f"UPDATE lead SET accepted_ms = {NOW_MS + 3 * MINUTE}", "contradictory"),
        (f"UPDATE lead SET last_touch_ms = {NOW_MS + 3 * MINUTE}", "contradictory"),
        (f"UPDATE lead SET first_touch_ms = {NOW_MS - HOUR}", "contradictory"),
        (f"UPDATE lead SET accepted_ms = {NOW_MS - HOUR}", "contradictory"),
        (f"UPDATE lead SET opposed_ms = {NOW_MS}", "contradictory"),
    ],
)
def test_what_cannot_be_or_has_no_end_is_on_it(one: Queue, store: Store, change: str, group: str) -> None:
    write(store, change)
    assert groups(store) == {group}


@pytest.mark.parametrize("column", ["handed_off_ms", "last_touch_ms", "accepted_ms"])
def test_a_clock_two_minutes_ahead_contradicts_nothing(one: Queue, store: Store, column: str) -> None:
    write(store, f"UPDATE lead SET {column} = {NOW_MS + 2 * MINUTE}")
    assert groups(store) == set()


def test_a_planned_touch_is_a_due_date(one: Queue, store: Store) -> None:
    write(store, f"UPDATE lead SET due_ms = NULL, next_ms = {NOW_MS + HOUR}")
    assert groups(store) == set()


def test_a_closed_lead_is_off_it_whatever_it_was(queue: Queue, store: Store) -> None:
    hand_over(queue)
    later(store, 2 * HOUR).perform(["1"], verbs.Reject("rej.spam", 1))
    assert groups(store, 3 * HOUR) == set()
