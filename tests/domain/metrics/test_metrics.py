"""The metrics on small facts made by hand: what is excluded, n/a, never added, censored, or of the period."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.domain.contract_file import read_contract
from leadq.domain.metrics.acceptance import acceptance
from leadq.domain.metrics.attainment import attainment
from leadq.domain.metrics.catalogue import METRICS
from leadq.domain.metrics.conversion import OTHERS, by_source, conversion, crossed
from leadq.domain.metrics.cycle import CustomerValue, Cycle, Deal, Facts, Spend
from leadq.domain.metrics.days import Days
from leadq.domain.metrics.delays import delays
from leadq.domain.metrics.discipline import order, pausing
from leadq.domain.metrics.effort import recycling
from leadq.domain.metrics.figures import Figure
from leadq.domain.metrics.forward import forward
from leadq.domain.metrics.leak import leaks
from leadq.domain.metrics.money import cost, customer_value, revenue
from leadq.domain.metrics.pilot import pilots
from leadq.domain.metrics.promise import months, promise
from leadq.domain.metrics.scope import Scope, scope
from leadq.domain.pauses import Pause
from leadq.rulebook import template_text
from tests.domain.builders import HOUR, MINUTE, PARIS, at

DAY = 24 * HOUR
BEGIN, END = at("2026-05-31T22:00"), at("2026-06-30T22:00")
"""June 2026 in Paris."""
NOW = at("2026-07-15T07:00")
CONTRACT = read_contract(template_text("pme-fr").encode(), "contract").contract
assert CONTRACT is not None


def facts(*cycles: dict[str, Any], as_of_ms: int = NOW, **more: Any) -> Facts:
    """Cycles handed off on 2 June at 10:00 in Paris, with what is said of each; `clock` is kind -> (due, stopped)."""
    found = Facts(as_of_ms, "Europe/Paris", CONTRACT, calendars=(PARIS,), **more)
    for index, said in enumerate(cycles):
        clocks = said.pop("clock", {})
        given = {"handed_off_ms": at("2026-06-02T08:00"), "state": "handed_off", "calendar": 0} | said
        found.cycles.append(Cycle(index=index, id=index + 1, uid=f"u{index}", **given))
        for column in found.clocks.values():
            column.extend(1)
        for kind, (due_ms, stopped_ms) in clocks.items():
            column = found.clocks[kind]
            column.started[index], column.due[index] = given["handed_off_ms"], due_ms
            if stopped_ms is not None:
                column.stopped[index] = stopped_ms
    return found


def june(*cycles: dict[str, Any], **more: Any) -> Scope:
    return scope(facts(*cycles, **more), BEGIN, END)


def value(figure: Figure) -> Any:
    return figure.value


HANDED_OFF = at("2026-06-02T08:00")
CLOSED = {
    "state": "qualified",
    "verdict": "qualify",
    "closed_ms": HANDED_OFF + 2 * DAY,
    "first_touch_ms": HANDED_OFF + HOUR,
}
REJECTED = {"state": "rejected", "verdict": "reject", "closed_ms": HANDED_OFF + HOUR, "reason": "rej.customer"}


def test_acceptance_is_the_example_of_the_field_survey() -> None:
    """10 handoffs, 6 accepted, 2 rejected, 1 open overdue, 1 open in time -> 75 %, 66.7 %, 1 in 10 (field.md, M1)."""
    cycles = [{"accepted_ms": HANDED_OFF + MINUTE, "state": "accepted"} for _ in range(6)]
    waiting = [{"clock": {"accept": (NOW + delta, None)}} for delta in (-1, 0)]  # due is inclusive: 0 is in time
    metric = acceptance(june(*cycles, dict(REJECTED), dict(REJECTED), *waiting))
    assert [value(metric[name]) for name in ("decided", "contract", "oblivion")] == [0.75, pytest.approx(6 / 9), 0.1]


def test_an_empty_cohort_has_no_shares_anywhere() -> None:
    for name, metric in METRICS.items():
        shown = metric(june())
        for figure in shown.figures:
            if figure.kind == "share" and figure.hits is not None:
                assert figure.value is None, (name, figure.name)


def test_what_is_merged_spam_or_touched_before_is_in_no_cohort_and_counted() -> None:
    cohort = june({"state": "merged"}, REJECTED | {"reason": "rej.spam"}, {"early": True}, {}).cohort
    assert (len(cohort.cycles), cohort.excluded) == (1, {"merged": 1, "spam": 1, "pre_handoff": 1})


def test_the_cohort_begins_with_its_first_instant_and_ends_before_the_next_periods() -> None:
    edges = [{"handed_off_ms": ms} for ms in (BEGIN - 1, BEGIN, END - 1, END)]
    assert [cycle.id for cycle in june(*edges).cohort.cycles] == [2, 3]


def test_a_lead_that_nobody_touched_is_censored_while_open_and_competes_once_it_ended() -> None:
    touched = {"first_touch_ms": HANDED_OFF + HOUR, "state": "working"}
    open_one = delays(june(dict(touched), {}, {}))
    ended = delays(june(dict(touched), dict(touched), dict(REJECTED)))
    assert value(open_one["wall_median"]) is None
    assert open_one["wall_median"].note == "not_reached"
    assert value(ended["wall_median"]) == HOUR


def test_who_was_refused_before_any_touch_is_not_taken_for_one_who_still_waits() -> None:
    """Two of three were refused after half an hour: the third says nothing about half of them."""
    refused = REJECTED | {"closed_ms": HANDED_OFF + HOUR // 2}
    metric = delays(june(dict(refused), dict(refused), {"first_touch_ms": HANDED_OFF + HOUR, "state": "working"}))
    assert value(metric["wall_median"]) is None


def test_a_late_filter_is_a_rejection_after_the_time_to_accept_or_a_criterion_cited_late() -> None:
    in_time = REJECTED | {"clock": {"accept": (HANDED_OFF + HOUR, HANDED_OFF + HOUR)}}
    late = REJECTED | {"clock": {"accept": (HANDED_OFF + HOUR - 1, HANDED_OFF + HOUR)}}
    cited = CLOSED | {"verdict": "disqualify", "state": "disqualified", "criterion": "size", "attempts": 1}
    whole = scope(facts(in_time, late, dict(late), cited, cited | {"criterion": ""}), BEGIN, END, keep=True)
    figure = METRICS["M6"](whole)["late_filter"]
    assert ([cycle.id for cycle in figure.behind], figure.of) == ([2, 3, 4], 5)


def test_other_is_counted_for_each_verdict_by_itself() -> None:
    rejected = REJECTED | {"reason": "other"}
    recycled = CLOSED | {"state": "recycled", "verdict": "recycle", "reason": "other"}
    disqualified = CLOSED | {"state": "disqualified", "verdict": "disqualify", "reason": "dq.no_need"}
    rows = METRICS["M6"](june(dict(rejected), dict(REJECTED), dict(recycled), disqualified)).rows
    shares = {name: value(figure) for name, (figure,) in rows.items()}
    assert shares == {"reject.other": 0.5, "rej.customer": 0.5, "recycle.other": 1.0, "dq.no_need": 1.0}


def test_delays_are_in_business_time_too_and_leave_out_what_has_only_a_date() -> None:
    friday = {"handed_off_ms": at("2026-06-05T15:00"), "first_touch_ms": at("2026-06-08T08:00"), "state": "working"}
    metric = delays(june(friday, {"date_only": True}))
    assert [value(f) for f in metric.rows["total"] if f.name in ("wall_p50", "business_p50")] == [65 * HOUR, 2 * HOUR]
    assert value(metric["date_only"]) == 1


def test_a_clock_is_met_to_the_millisecond_and_one_that_is_not_due_counts_aside() -> None:
    due = HANDED_OFF + HOUR
    kept = attainment(june(
        {"clock": {"accept": (due, due)}}, {"clock": {"accept": (due, due + 1)}}, {"clock": {"accept": (due, None)}},
        {"clock": {"accept": (NOW, None)}}, {},
    ))  # fmt: skip
    row = {figure.name: figure for figure in kept.rows["accept"]}
    assert (row["cohort"].hits, row["cohort"].of, row["pending"].value) == (1, 3, 1)


def test_attainment_of_a_period_is_by_when_it_was_due_whenever_the_lead_came() -> None:
    may = {"handed_off_ms": BEGIN - DAY, "clock": {"accept": (BEGIN + HOUR, None)}}
    late = {"clock": {"accept": (END + HOUR, END)}}
    row = {figure.name: figure for figure in attainment(june(may, late)).rows["accept"]}
    assert (row["due"].hits, row["due"].of) == (0, 1)
    assert (row["cohort"].hits, row["cohort"].of) == (1, 1)


def test_what_is_given_back_for_want_of_time_was_not_kept_and_says_nothing_about_the_lead() -> None:
    gone = {"state": "recycled", "verdict": "recycle", "reason": "rec.sdr_capacity", "closed_ms": HANDED_OFF + HOUR,
            "quality": 1, "score": 90.0, "clock": {"disposition": (NOW, HANDED_OFF + HOUR)}}  # fmt: skip
    whole = june(gone)
    whole.facts.clocks["first_touch"].started[0] = HANDED_OFF
    whole.facts.clocks["first_touch"].cancelled[0] = 1
    rows = attainment(whole).rows
    assert [(rows[kind][0].hits, rows[kind][0].of) for kind in ("disposition", "first_touch")] == [(0, 1), (0, 1)]
    assert METRICS["M17"](whole)["disagreement"].of == 0


def test_conversion_waits_until_a_cohort_is_old_enough_and_estimates_meanwhile() -> None:
    old = {"handed_off_ms": NOW - 30 * DAY}
    young = {"handed_off_ms": NOW - 30 * DAY + 1}
    metric = conversion(june(dict(old), dict(young), CLOSED | old | {"closed_ms": NOW - 29 * DAY}))
    assert (metric["within_30"].hits, metric["within_30"].of) == (1, 2)
    assert (metric["so_far_30"].hits, metric["so_far_30"].of) == (1, 3)
    assert value(metric["estimate_30"]) == pytest.approx(1 / 3)
    assert value(metric["within_90"]) is None


def test_flow_may_exceed_all_because_others_qualify() -> None:
    before = [CLOSED | {"handed_off_ms": BEGIN - DAY, "closed_ms": BEGIN + DAY} for _ in range(3)]
    assert value(conversion(june(*before, {}))["flow"]) == 3.0


def test_small_sources_are_grouped_none_is_dropped_and_the_rows_are_the_total() -> None:
    cycles = [{"source": f"s{number:02}"} for number in range(20) for _ in range(20 - number)]
    metric = by_source(june(*cycles, {"source": OTHERS}))
    assert len(metric.rows) == 12
    assert OTHERS in metric.rows
    assert sum(figures[0].of or 0 for figures in metric.rows.values()) == metric.counted.n == len(cycles) + 1


def test_conversion_by_two_dimensions_covers_each_lead_once() -> None:
    pairs = crossed(
        june({"country": "FR", "channel": "call"}, {"country": "FR"}, {"country": "BE"}), "country", "channel"
    )
    assert {pair: figures[0].of for pair, figures in pairs.items()} == {("FR", ""): 1, ("FR", "call"): 1, ("BE", ""): 1}


def test_two_currencies_are_never_added_and_a_deal_of_two_leads_counts_once() -> None:
    euro, pound = Deal("D1", "won", NOW, Decimal("100.10"), "EUR"), Deal("D2", "won", NOW, Decimal(7), "GBP")
    metric = revenue(june({"deals": (euro, pound)}, {"deals": (euro,)}, {"deals": (Deal("D3", "lost", NOW),)}))
    assert (value(metric["revenue_EUR"]), value(metric["revenue_GBP"])) == (Decimal("100.10"), Decimal(7))
    assert (metric["closing"].hits, metric["closing"].of) == (2, 3)
    assert value(metric["won"]) == 2


def test_without_inputs_there_is_no_figure_and_it_says_what_to_give() -> None:
    assert (revenue(june({})).needs, customer_value(june({})).needs, cost(june({})).needs) == (
        ("deals",), ("customer_values",), ("spend",)
    )  # fmt: skip
    assert {figure.value for figure in cost(june({})).figures} == {None}


def test_customer_value_is_what_was_given_by_currency() -> None:
    values = [
        CustomerValue("u0", Decimal(10), "EUR"),
        CustomerValue("u1", Decimal(5), "EUR"),
        CustomerValue("x", Decimal(1), "EUR"),
    ]
    metric = customer_value(june({}, {}, values=values))
    assert (value(metric["value_EUR"]), value(metric["mean_EUR"])) == (Decimal(15), Decimal("7.50"))


def spent(from_day: int, to_day: int, amount: int, currency: str = "EUR", source: str = "") -> Spend:
    day = BEGIN - DAY
    return Spend(day + from_day * DAY, day + to_day * DAY, Decimal(amount), currency, source)


def test_cost_is_spend_by_count_and_of_a_row_only_the_days_inside() -> None:
    taken = {"accepted_ms": HANDED_OFF + HOUR, "state": "accepted"}
    whole = june(dict(taken), {}, spend=[spent(1, 31, 100), spent(-30, 1, 999), spent(16, 46, 60, "GBP")])
    metric = cost(whole)
    assert (value(metric["spend_EUR"]), value(metric["mql_EUR"]), value(metric["sal_EUR"])) == (100, 50, 100)
    assert value(metric["spend_GBP"]) == 30
    assert value(metric["sql_EUR"]) is None


def test_spend_that_is_told_twice_makes_no_cost() -> None:
    metric = cost(june({}, spend=[spent(1, 15, 10), spent(10, 20, 10)]))
    assert {figure.value for figure in metric.figures} == {None}
    assert metric.notes == ("spend_overlaps",)
    others = cost(june({}, spend=[spent(1, 15, 10, source="web"), spent(1, 31, 10)]))
    assert value(others["mql_EUR"]) == 20


def test_cost_counts_the_days_so_far_and_rows_that_follow_each_other() -> None:
    whole = june({}, as_of_ms=BEGIN + 15 * DAY, spend=[spent(1, 11, 10), spent(11, 21, 10)])
    assert value(cost(whole)["spend_EUR"]) == 15


def test_while_nobody_said_what_some_days_cost_there_is_no_cost_per_lead() -> None:
    metric = cost(june({}, spend=[spent(1, 15, 10), spent(13, 16, 5, "GBP")]))
    assert (value(metric["spend_EUR"]), value(metric["spend_GBP"]), value(metric["uncovered"])) == (10, 5, 15)
    assert {(value(metric[name]), metric[name].note) for name in ("mql_EUR", "mql_GBP")} == {(None, "spend_partly")}
    assert metric.notes == ("spend_partly",)
    soon = cost(june({}, as_of_ms=BEGIN + 14 * DAY, spend=[spent(1, 15, 10)]))
    assert (value(soon["mql_EUR"]), value(soon["uncovered"])) == (10, 0)


@given(st.integers(0, 400), st.integers(2, 60), st.data(), st.sampled_from(["Europe/Paris", "America/New_York", "UTC"]))
def test_a_row_told_as_two_that_follow_each_other_costs_the_same(
    first: int, length: int, data: st.DataObject, zone: str
) -> None:
    """A cent a day for each of the days, over changes of the clocks, and over periods that end within a day."""
    days, begin = Days(zone), date(2025, 9, 1) + timedelta(days=first)
    cut = data.draw(st.integers(1, length - 1))
    edges = [days.midnight(begin + timedelta(days=day)) for day in (0, cut, length)]
    row = Spend(edges[0], edges[2], Decimal(length) / 100, "EUR")
    halves = [
        replace(row, to_ms=edges[1], amount=Decimal(cut) / 100),
        replace(row, from_ms=edges[1], amount=Decimal(length - cut) / 100),
    ]
    period = sorted(data.draw(st.sets(st.integers(edges[0], edges[2]), min_size=2, max_size=2)))
    taken = {"handed_off_ms": period[0], "accepted_ms": period[0]}
    one, two = (
        cost(scope(replace(facts(dict(taken), as_of_ms=period[1], spend=rows), zone=zone), *period))
        for rows in ([row], halves)
    )
    assert one == two
    assert value(one["mql_EUR"]) is not None


def test_cost_by_source_counts_the_spend_of_that_source_and_by_tier_there_is_none() -> None:
    whole = june({"source": "web"}, {"source": "fair"}, spend=[spent(1, 31, 10, source="web")])
    assert value(cost(whole.cut("source")["web"])["mql_EUR"]) == 10
    assert {figure.note for figure in cost(whole.cut("tier")[""]).figures} == {"no_spend_here"}


def test_money_on_nothing_in_particular_was_not_spent_on_leads_of_unknown_source() -> None:
    whole = june({"source": ""}, {"source": "web"}, spend=[spent(1, 31, 10)])
    assert value(cost(whole)["mql_EUR"]) == 5
    assert {value(figure) for part in whole.cut("source").values() for figure in cost(part).figures} == {None}


def test_months_are_those_of_the_zone_over_a_change_of_the_clocks() -> None:
    found = list(months(at("2026-03-10T00:00"), at("2026-04-02T00:00"), "Europe/Paris"))
    assert found == [(at("2026-02-28T23:00"), at("2026-03-31T22:00")), (at("2026-03-31T22:00"), at("2026-04-30T22:00"))]


def test_a_promise_is_by_working_days_that_have_begun() -> None:
    """June 2026 has 22 working days of this calendar; by Tuesday 2 June, 12:00, two have begun."""
    whole = june({}, as_of_ms=at("2026-06-02T10:00"), working_days=PARIS)
    assert value(promise(whole)["promised"]) == round(100 * 2 / 22, 2)
    assert value(promise(june({}, working_days=PARIS))["promised"]) == 100
    two = scope(facts({}, working_days=PARIS), BEGIN, at("2026-07-15T22:00"))
    assert value(promise(two)["promised"]) == pytest.approx(100 + 100 * 10 / 22, abs=0.01)


def test_a_recycled_lead_yields_when_its_next_cycle_qualifies_in_time() -> None:
    recycled = {"state": "recycled", "verdict": "recycle", "closed_ms": HANDED_OFF + DAY}
    now = HANDED_OFF + DAY + 180 * DAY
    found = facts(
        recycled,
        dict(recycled),
        CLOSED | {"previous": "u0", "closed_ms": now, "handed_off_ms": now - DAY},
        as_of_ms=now,
    )
    found.following = {"u0": found.cycles[2]}
    metric = recycling(scope(found, BEGIN, END))
    assert (metric["yield"].hits, metric["yield"].of) == (1, 2)
    early = recycling(scope(replace(found, as_of_ms=now - 1), BEGIN, END))
    assert value(early["yield"]) is None


def test_order_is_broken_by_whoever_is_touched_while_something_more_urgent_waits() -> None:
    ten, due = HANDED_OFF, HANDED_OFF + 2 * HOUR
    hot = {
        "owner": "zoe",
        "tier": "hot",
        "state": "working",
        "first_touch_ms": ten + HOUR,
        "clock": {"first_touch": (due, ten + HOUR)},
    }
    cold = {"owner": "zoe", "state": "working"}
    during, after = cold | {"first_touch_ms": ten + MINUTE}, cold | {"first_touch_ms": ten + 2 * HOUR}
    other = during | {"owner": "karim"}
    metric = order(june(hot, during, after, other))
    assert (metric["out_of_order"].hits, metric["out_of_order"].of) == (1, 4)


def test_what_ends_with_the_touch_did_not_wait_and_what_begins_with_it_did() -> None:
    touched = {"owner": "zoe", "state": "working", "first_touch_ms": HANDED_OFF + HOUR}
    hot = {"owner": "zoe", "tier": "hot", "clock": {"first_touch": (HANDED_OFF + HOUR, None)}}
    ended = order(june(dict(touched), hot | {"clock": {"first_touch": (HANDED_OFF + HOUR, HANDED_OFF + HOUR)}}))
    begins = hot | {"handed_off_ms": HANDED_OFF + HOUR, "clock": {"first_touch": (HANDED_OFF + 2 * HOUR, None)}}
    assert ended["out_of_order"].hits == 0
    assert order(june(dict(touched), begins))["out_of_order"].hits == 1


def test_pauses_count_overlaps_once_and_only_while_it_is_open() -> None:
    """Open from Tuesday 10:00 to Thursday 10:00, 18 business hours; paused from Wednesday 10:00 on, 9 of them."""
    wednesday = HANDED_OFF + DAY
    pauses = (Pause(wednesday, wednesday + 5 * DAY, "x"), Pause(wednesday + HOUR, wednesday + 2 * HOUR, "x"))
    metric = pausing(june(CLOSED | {"pauses": pauses}))
    assert value(metric["paused"]) == 0.5
    assert (metric["expired"].hits, metric["expired"].of) == (1, 1)


def test_leaks_name_the_stage_the_reason_and_the_source() -> None:
    lost = {"verdict": "disqualify", "state": "disqualified", "closed_ms": HANDED_OFF + DAY, "reason": "dq.price",
            "attempts": 2, "first_touch_ms": HANDED_OFF, "connected_ms": HANDED_OFF}  # fmt: skip
    overdue = {"clock": {"accept": (HANDED_OFF, None)}}
    found = leaks(june(REJECTED | {"source": "web"}, lost, overdue, CLOSED, {}))
    assert {(one.stage, one.reason, one.source) for one in found} == {
        ("handoff", "rej.customer", "web"), ("connected", "dq.price", ""), ("undecided", "", ""),
    }  # fmt: skip


def test_what_is_to_come_follows_from_leads_that_are_old_enough() -> None:
    old = CLOSED | {"handed_off_ms": NOW - 100 * DAY}
    dead = old | {"verdict": "disqualify", "state": "disqualified"}
    waiting = {"accepted_ms": HANDED_OFF + HOUR, "state": "accepted"}
    young = dict(CLOSED)
    found = forward(june(dict(old), dict(old), dict(dead), dict(dead), waiting, dict(waiting), young))
    assert (found.open_accepted.value, found.rate.hits, found.rate.of, found.expected.value) == (2, 2, 4, 1.0)
    assert found.expected.low is not None
    assert found.expected.low < 1 < (found.expected.high or 0)
    assert forward(june(dict(waiting))).expected.value is None


def test_what_is_older_than_a_year_does_not_tell_what_is_to_come() -> None:
    ancient = CLOSED | {"handed_off_ms": NOW - 365 * DAY - 1}
    assert forward(june(dict(ancient))).rate.of == 0
    assert forward(june(ancient | {"handed_off_ms": NOW - 365 * DAY})).rate.of == 1


def test_a_score_at_the_threshold_is_a_high_one() -> None:
    """The template's threshold is 50."""
    metric = METRICS["M17"](june(CLOSED | {"score": 50.0, "quality": 2}, CLOSED | {"score": 49.0, "quality": 4}))
    assert [metric[name].hits for name in ("overrated", "underrated", "disagreement")] == [1, 1, 2]


def test_a_pilot_is_compared_to_those_that_are_in_none() -> None:
    reading = read_contract(
        (template_text("pme-fr") + '\n[pilot.a]\nwhen = "campaign == \'a\'"\ncompare_to = "rest"\n').encode(), "c"
    )
    assert reading.contract is not None
    found = facts({"pilots": ("a",)}, {}, {"pilots": ("b",)})
    found.contract = reading.contract
    (pair,) = pilots(scope(found, BEGIN, END))
    assert ([one.id for one in pair.pilot.cycles], [one.id for one in pair.other.cycles]) == ([1], [2])
