"""The queue's order: SQL over stored instants gives what the rule in Python says."""

from __future__ import annotations

import sqlite3

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq import read
from leadq.domain.bands import PROMISE_LEAD_MS
from leadq.domain.clocks import Clock
from leadq.domain.lead import Handoff, Lead
from leadq.domain.ranking import Standing, band, rank, standing
from leadq.order import Filter
from leadq.sqlite import Store
from tests.leads import NOW_MS

_instants = st.integers(-40, 40).map(lambda hours: NOW_MS + hours * 3_600_000)
_maybe = st.none() | _instants


_KINDS = ["accept", "first_touch", "owner_touch", "reply", "next_touch", "disposition"]


@st.composite
def _clocks(draw: st.DrawFn) -> tuple[Clock, ...]:
    clocks = []
    for kind in draw(st.lists(st.sampled_from(_KINDS), unique=True)):
        risk, due, stale = sorted(draw(st.tuples(_instants, _instants, _instants)))
        stopped = draw(st.none() | st.just(NOW_MS))
        risks = () if kind == "next_touch" else (risk,)
        span = draw(st.none() | st.tuples(_instants, _instants))
        pauses = ((min(span), max(span)),) if span else ()
        clocks.append(
            Clock(kind, "p", "c", "paris", "business", risk - 1, due, stale, risks, None, stopped, pauses=pauses)
        )
    return tuple(clocks)


def _standing(clocks: tuple[Clock, ...], hot: bool, reply: int | None, promise: int | None) -> Standing:
    handoff = Handoff(0, "p", "c", "hot" if hot else "")
    return standing(Lead("u", "accepted", handoff, reply_ms=reply, promise_ms=promise), clocks)


_leads = st.lists(
    st.tuples(
        _clocks(), st.booleans(), st.none() | st.just(NOW_MS), _maybe, st.none() | st.integers(0, 100), _instants
    ),
    min_size=1,
    max_size=8,
)


def _fill(connection: sqlite3.Connection, leads: list[tuple[tuple[Clock, ...], Standing, float | None, int]]) -> None:
    connection.execute("INSERT INTO contract VALUES (1, 'h', 'v', 'n', 'Europe/Paris', '', '{}', '{}', 0)")
    for lead_id, (clocks, at, score, handed_off_ms) in enumerate(leads, start=1):
        connection.execute(
            "INSERT INTO person VALUES (?, '', '', '', '', '', '', '', '', NULL, NULL, '', '', '{}', 0)",
            (lead_id,),
        )
        connection.execute(
            "INSERT INTO lead (id, uid, person_id, contract_id, connection, external_id, cycle, product_line, state,"
            " owner, source, campaign, trigger, score, tier, missing, date_only, handed_off_ms, reason, reply_ms,"
            " promise_ms, hot_due_ms, risk_ms, due_ms, mid_due_ms, last_due_ms, last_risk_ms, stale_ms, next_ms,"
            " paused_ms, paused_until_ms, version)"
            " VALUES (?, ?, ?, 1, '', '', 1, '', 'accepted', '', '', '', '', ?, '', '[]', 0, ?, '',"
            " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (lead_id, f"u{lead_id}", lead_id, score, handed_off_ms, at.reply_ms, at.promise_ms, at.hot_due_ms,
             at.risk_ms, at.due_ms, at.mid_due_ms, at.last_due_ms, at.last_risk_ms, at.stale_ms,
             at.next_ms, at.paused_ms, at.paused_until_ms),
        )  # fmt: skip
        for clock in clocks:
            connection.execute(
                "INSERT INTO clock VALUES (?, ?, 'p', 1, 'paris', 'business', ?, ?, ?, ?, '[]', NULL, ?, 0, '[]')",
                (lead_id, clock.kind, clock.started_ms, clock.due_ms, clock.stale_ms,
                 clock.at_risk_ms[0] if clock.at_risk_ms else None,
                 clock.stopped_ms),
            )  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_leads)
def test_the_sql_order_is_the_rule(
    store: Store, drawn: list[tuple[tuple[Clock, ...], bool, int | None, int | None, float | None, int]]
) -> None:
    leads = [
        (clocks, _standing(clocks, hot, reply, promise), score, handed)
        for clocks, hot, reply, promise, score, handed in drawn
    ]
    connection = store.open_reader()  # a home that does not exist: an empty database in memory
    try:
        _fill(connection, leads)
        at = read.moment(connection, NOW_MS)
        found = list(read.queue_ids(connection, at, Filter()))
        shown = read.lines(connection, at, found)
        expected = []
        for lead_id, (clocks, instants, score, handed_off_ms) in enumerate(leads, start=1):
            name = band(instants, clocks, NOW_MS, at.day_end_ms)
            assert shown[lead_id].band == name
            expected.append(rank(instants, name, score, handed_off_ms, lead_id))
        assert found == [key[-1] for key in sorted(expected)]
        for limit in (0, 1, 3, 20):
            assert list(read.queue_ids(connection, at, Filter(), limit)) == found[:limit]
        assert sum(read.bands(connection, at, Filter()).values()) == len(leads)
    finally:
        connection.close()


def test_a_promise_enters_the_top_band_ten_minutes_before() -> None:
    at = Standing(promise_ms=NOW_MS + PROMISE_LEAD_MS, next_ms=NOW_MS + PROMISE_LEAD_MS)
    assert band(at, (), NOW_MS, NOW_MS) == "B0"
    assert band(at, (), NOW_MS - 1, NOW_MS + PROMISE_LEAD_MS) == "B5"


def test_a_search_word_is_text_and_never_a_pattern() -> None:
    clause, params = Filter(search="100%_x\\").where()
    assert params["word0"] == "%100\\%\\_x\\\\%"
    assert "ESCAPE" in clause
