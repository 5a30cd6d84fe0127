"""Time passes: the order worked out from the last one is the order worked out anew."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq import read, rerank
from leadq.domain.clocks import Clock
from leadq.order import Filter
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over
from tests.test_order import _fill, _leads, _standing

HOUR = 3_600_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_leads, st.integers(-30, 30), st.integers(0, 40))
def test_a_known_order_some_time_later_is_the_order_then(
    store: Store,
    drawn: list[tuple[tuple[Clock, ...], bool, int | None, int | None, float | None, int]],
    first: int,
    hours: int,
) -> None:
    connection = store.open_reader()
    try:
        _fill(connection, [(c, _standing(c, hot, reply, promise), s, h) for c, hot, reply, promise, s, h in drawn])
        before = read.moment(connection, NOW_MS + first * HOUR)
        at = read.moment(connection, before.now_ms + hours * HOUR)
        known, wanted = read.ranked(connection, before, Filter()), read.ranked(connection, at, Filter())
        later = rerank.rerank(connection, known, before, at, Filter())
        assert (later or known) == wanted
    finally:
        connection.close()


def test_when_no_lead_moves_nothing_is_ranked(queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(queue)
    monkeypatch.setattr(rerank, "ranked", None)
    with store.read() as db:
        before = read.moment(db, NOW_MS)
        known = read.ranked(db, before, Filter())
        assert rerank.rerank(db, known, before, read.moment(db, NOW_MS + 60_000), Filter()) is None
        moved = rerank.rerank(db, known, before, read.moment(db, NOW_MS + HOUR), Filter())
        assert moved == read.Ranked(array("q", [1]), (("B3", 1),))


def test_when_very_many_move_they_are_ranked_anew(queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(queue, {}, {}, {})
    monkeypatch.setattr(rerank, "_MOST_MOVED", 2)
    monkeypatch.setattr(rerank, "bisect", None)
    with store.read() as db:
        before, at = read.moment(db, NOW_MS), read.moment(db, NOW_MS + HOUR)
        known = read.ranked(db, before, Filter())
        assert rerank.rerank(db, known, before, at, Filter()) == read.ranked(db, at, Filter())
