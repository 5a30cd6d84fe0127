"""How good a source has been: what counts, how sure it is, and what it costs to know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.domain import verbs
from leadq.domain.metrics.statistics import wilson
from leadq.queue import Queue
from leadq.source_rates import SourceRate, source_rate
from leadq.sqlite import Store
from tests.leads import hand_over

QUALIFIED = verbs.Qualify(5)


def rate(store: Store, source: str = "web", campaign: str = "") -> SourceRate | None:
    with store.read() as db:
        return source_rate(db, source, campaign)


def end(queue: Queue, first: int, last: int, verb: verbs.Verb) -> None:
    references = [str(lead_id) for lead_id in range(first, last + 1)]
    if not isinstance(verb, verbs.Reject):
        queue.perform(references, verbs.Accept())
    queue.perform(references, verb)


def test_the_interval_is_the_one_of_wilson() -> None:
    """Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for hits, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval_and_that_in_0_to_1(counted: tuple[int, int]) -> None:
    hits, n = counted
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1


def test_only_what_has_ended_counts_and_only_of_that_source(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {}, {}, {"source": "fair"}, {})
    end(queue, 1, 1, QUALIFIED)
    end(queue, 2, 2, verbs.Reject("rej.off_icp", 2, criterion="size"))
    end(queue, 4, 4, QUALIFIED)
    found = rate(store)
    assert found
    assert (found.n, found.qualified, found.rate, found.campaign) == (2, 1, 0.5, None)


def test_spam_duplicates_and_lack_of_time_say_nothing_about_a_source(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {}, {})
    end(queue, 1, 1, verbs.Reject("rej.spam", 1))
    end(queue, 2, 2, verbs.Recycle("rec.sdr_capacity", 3, trigger="later"))
    end(queue, 3, 3, verbs.Reject("rej.duplicate", 1, into="1"))
    assert rate(store) is None


def test_nothing_known_is_no_rate(queue: Queue, store: Store) -> None:
    hand_over(queue)
    assert rate(store) is None
    assert rate(store, "") is None


def test_a_campaign_speaks_for_itself_from_thirty_on(queue: Queue, store: Store) -> None:
    hand_over(queue, *({"campaign": "fair" if n < 30 else "other"} for n in range(40)))
    end(queue, 1, 29, QUALIFIED)
    end(queue, 31, 40, verbs.Reject("rej.off_icp", 2, criterion="size"))
    before = rate(store, campaign="fair")
    end(queue, 30, 30, QUALIFIED)
    after = rate(store, campaign="fair")
    assert before
    assert after
    assert (before.campaign, before.n) == (None, 39)
    assert (after.campaign, after.n, after.qualified) == ("fair", 30, 30)


def test_a_rate_is_counted_within_its_index(store: Store) -> None:
    """So that it costs two milliseconds, not the reading of 100,000 leads."""
    asked: list[str] = []
    with store.read() as db:
        db.set_trace_callback(asked.append)
        source_rate(db, "web", "c")
        db.set_trace_callback(None)
        plans = [row[3] for query in asked for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert len(plans) == 2
    assert all("USING COVERING INDEX lead_source" in plan for plan in plans)
