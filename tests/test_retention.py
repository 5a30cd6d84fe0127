"""How long a person may be kept: counted from their own last word, never from ours."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from leadq.clock import Clock
from leadq.domain import verbs
from leadq.privacy import erase
from leadq.queue import Queue
from leadq.retention import Due, due, months_before
from leadq.sqlite import Store
from tests.conftest import at
from tests.leads import NOW_MS, hand_over

PARIS = ZoneInfo("Europe/Paris")
OLD = {"handed_off_at": "2023-05-13T12:59:00Z"}
LIMIT_MS = at("2023-05-13T13:00:00")


def silent(store: Store) -> list[tuple[int, int, str]]:
    with store.read() as db:
        return [(one.lead, one.last_ms, one.basis) for one in due(db, LIMIT_MS)]


def later(store: Store, text: str) -> Queue:
    return Queue(store, Clock(at(text)))


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [
        ("2026-05-13T13:00:00", 36, "2023-05-13T13:00:00"),
        ("2024-03-31T10:00:00", 1, "2024-02-29T11:00:00"),  # the last day of a shorter month, on winter time
        ("2026-01-15T12:00:00", 1, "2025-12-15T12:00:00"),
        ("2026-12-31T12:00:00", 12, "2025-12-31T12:00:00"),
    ],
)
def test_months_are_counted_on_the_wall(now: str, months: int, then: str) -> None:
    assert months_before(at(now), months, PARIS) == at(then)


def test_a_handoff_counts_where_nothing_was_ever_heard_and_the_limit_itself_is_not_due(
    queue: Queue, store: Store
) -> None:
    hand_over(queue, OLD, {"handed_off_at": "2023-05-13T13:00:00Z"}, {})
    assert silent(store) == [(1, LIMIT_MS - 60_000, "handoff")]


def test_what_we_sent_does_not_prolong_it_and_what_they_said_does(queue: Queue, store: Store) -> None:
    hand_over(queue, OLD, OLD, OLD, OLD)
    now = later(store, "2025-01-01T10:00:00")
    now.perform(["1"], verbs.Touch("email", "no_answer"))
    now.perform(["2"], verbs.Touch("email", "replied", inbound=True))
    now.perform(["3"], verbs.Touch("call", "refused"))
    now.perform(["4"], verbs.Touch("call", "connected"))
    now.undo()
    assert [lead for lead, _ms, _basis in silent(store)] == [1, 4]


def test_the_last_word_is_the_newest_of_all_cycles_and_the_longest_silence_comes_first(
    queue: Queue, store: Store
) -> None:
    hand_over(queue, OLD, {"handed_off_at": "2022-01-01T10:00:00Z"})
    later(store, "2023-01-05T10:00:00").perform(["2"], verbs.Touch("call", "connected"))
    assert silent(store) == [(2, at("2023-01-05T10:00:00"), "touch"), (1, LIMIT_MS - 60_000, "handoff")]


def test_a_cycle_that_we_began_ourselves_is_no_word_of_theirs(queue: Queue, store: Store) -> None:
    hand_over(queue, OLD)
    now = later(store, "2025-01-01T10:00:00")
    now.perform(["1"], verbs.Reject("rej.spam", 1))
    now.perform(["1"], verbs.Reopen("one more try"))
    assert silent(store) == [(2, LIMIT_MS - 60_000, "handoff")]
    hand_over(queue, {"email": "person2@forges.example", "product_line": "b"})
    assert silent(store) == []


def test_who_was_erased_is_not_due_any_more(queue: Queue, store: Store) -> None:
    hand_over(queue, OLD)
    erase(store, Clock(NOW_MS), "1")
    assert silent(store) == []


def test_a_home_that_does_not_exist_has_nobody(store: Store) -> None:
    assert silent(store) == []
    assert not store.home.data.exists()


def test_a_person_is_shown_with_the_newest_lead(queue: Queue, store: Store) -> None:
    hand_over(queue, {**OLD, "name": "Zoé", "company": "Forges", "email": "zoe@forges.example"})
    with store.read() as db:
        (one,) = due(db, LIMIT_MS)
    assert one == Due(1, "Zoé", "Forges", "zoe@forges.example", LIMIT_MS - 60_000, "handoff")
