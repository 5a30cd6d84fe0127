"""The radar as the screen lists it: each lead once, under the first group that it is in, and how old the oldest."""

from __future__ import annotations

import pytest

from leadq import radar, read
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.order import RADAR, Filter
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over

HOUR = 3_600_000
VIEW = Filter(view="radar")


@pytest.fixture
def forgotten(queue: Queue) -> Queue:
    """Late and nobody's; nobody's; a promise missed; in time."""
    hand_over(
        queue,
        {"owner": "", "handed_off_at": "2026-05-11T08:00:00Z"},
        {"owner": ""},
        {"owner": "me"},
        {"owner": "me", "trigger": "webinar"},
    )
    queue.perform(["3"], verbs.Touch("call", "callback_set", next_ms=NOW_MS + HOUR))
    Queue(queue.store, Clock(NOW_MS + 60_000)).perform(["4"], verbs.Accept())
    return queue


def test_each_lead_is_listed_once_under_its_first_group(forgotten: Queue, store: Store) -> None:
    with store.read() as db:
        at = read.moment(db, NOW_MS + 2 * HOUR)
        found, groups = radar.grouped(db, at, VIEW), read.radar(db, at)
    first = {lead_id: name for name in reversed(RADAR) for lead_id in groups[name]}
    placed = [name for name, count in found.ranked.bands for _one in range(count)]
    assert dict(zip(found.ranked.ids, placed, strict=True)) == first
    assert [name for name, _count in found.ranked.bands] == [name for name in RADAR if name in set(first.values())]
    assert {"untouched", "missed_promise"} <= set(first.values())


def test_within_a_group_the_order_is_that_of_the_queue(forgotten: Queue, store: Store) -> None:
    with store.read() as db:
        at = read.moment(db, NOW_MS + 48 * HOUR)
        found, ranked = radar.grouped(db, at, VIEW).ranked, list(read.queue_ids(db, at, VIEW))
    start = 0
    for _name, count in found.bands:
        ids = list(found.ids[start : start + count])
        assert ids == sorted(ids, key=ranked.index)
        start += count


def test_a_heading_knows_since_when_its_oldest_lead_is_there(forgotten: Queue, store: Store) -> None:
    with store.read() as db:
        at = read.moment(db, NOW_MS + 2 * HOUR)
        found = radar.grouped(db, at, VIEW)
        due_ms = db.execute("SELECT due_ms FROM lead WHERE id = 1").fetchone()[0]
    assert found.since["untouched"] == due_ms
    assert found.since["missed_promise"] == NOW_MS + HOUR


def test_a_search_looks_within_the_radar(forgotten: Queue, store: Store) -> None:
    with store.read() as db:
        at = read.moment(db, NOW_MS + 2 * HOUR)
        assert list(radar.grouped(db, at, VIEW._replace(search="person2@")).ranked.ids) == [1]


def test_a_lead_says_every_reason_for_which_it_is_there(forgotten: Queue, store: Store) -> None:
    with store.read() as db:
        at = read.moment(db, NOW_MS)
        assert [why.group for why in radar.reasons(db, at, 1)] == ["untouched", "ownerless"]
        assert radar.reasons(db, at, 4) == ()
        assert radar.reasons(db, at, 99) == ()


def test_what_claims_to_be_of_the_future_is_not_older_than_now(queue: Queue, store: Store) -> None:
    hand_over(queue, {"owner": "me", "handed_off_at": "2026-05-14T12:55:00Z"})
    with store.read() as db:
        at = read.moment(db, NOW_MS)
        assert radar.reasons(db, at, 1) == (radar.Why("contradictory", NOW_MS),)
        assert radar.grouped(db, at, VIEW).since["contradictory"] == NOW_MS
