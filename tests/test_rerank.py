"""Time passes: the order worked out from the last one is the order worked out anew."""

from __future__ import annotations

import re
from array import array

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq import read, rerank
from leadq.domain.clocks import Clock
from leadq.order import BAND, Filter
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
        soon = rerank.coming(connection, before, at)
        later = rerank.rerank(connection, known, before, at, Filter(), soon)
        assert (later or known) == wanted
        counted = read.counts(connection, before, Filter())
        assert rerank.recount(connection, counted, before, at, Filter(), soon) == read.counts(connection, at, Filter())
    finally:
        connection.close()


def test_when_no_lead_moves_nothing_is_ranked(queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(queue)
    monkeypatch.setattr(rerank, "ranked", None)
    with store.read() as db:
        before = read.moment(db, NOW_MS)
        known = read.ranked(db, before, Filter())
        at = read.moment(db, NOW_MS + 60_000)
        assert rerank.rerank(db, known, before, at, Filter(), rerank.coming(db, before, at)) is None
        at = read.moment(db, NOW_MS + HOUR)
        moved = rerank.rerank(db, known, before, at, Filter(), rerank.coming(db, before, at))
        assert moved == read.Ranked(array("q", [1]), (("B3", 1),))


def test_when_very_many_move_they_are_ranked_anew(queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(queue, {}, {}, {})
    monkeypatch.setattr(rerank, "_MOST_MOVED", 2)
    monkeypatch.setattr(rerank, "bisect", None)
    with store.read() as db:
        before, at = read.moment(db, NOW_MS), read.moment(db, NOW_MS + HOUR)
        known = read.ranked(db, before, Filter())
        soon = rerank.coming(db, before, at)
        assert rerank.rerank(db, known, before, at, Filter(), soon) == read.ranked(db, at, Filter())


def test_every_instant_that_a_band_compares_with_now_is_looked_for_ahead() -> None:
    compared = set(re.findall(r"l\.(\w+_ms) (?:<=?|>=?) :now", BAND))
    assert compared <= set(rerank.OF_LEADS)


@pytest.mark.parametrize("name", rerank.OF_LEADS)
def test_a_lead_is_among_those_to_come_from_the_instant_itself(queue: Queue, store: Store, name: str) -> None:
    hand_over(queue)
    with store.transaction() as db:
        db.execute("DELETE FROM clock")
        db.execute(f"UPDATE lead SET {', '.join(f'{other} = NULL' for other in rerank.OF_LEADS)}")
        db.execute(f"UPDATE lead SET {name} = ?", (NOW_MS + HOUR,))
    with store.read() as db:
        now, then, after = (read.moment(db, NOW_MS + ms) for ms in (0, HOUR, HOUR + 1))
        for before, at in ((now, then), (then, after)):
            assert rerank.coming(db, before, at).ids == "[1]"
        assert rerank.coming(db, after, after).ids == "[]"
