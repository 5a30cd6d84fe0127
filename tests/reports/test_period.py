"""Which time a report is about, and when it is due to be published."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq import config
from leadq.errors import LeadqError
from leadq.paths import Home
from leadq.reports import schedule
from leadq.reports.names import REPORTS
from leadq.reports.period import UNITS, Span, before, begin, following, name, preceding, row_of, span, whole
from leadq.reports.schedule import Entry, entries, missed, newest
from tests.conftest import at

PARIS = ZoneInfo("Europe/Paris")
DAY_MS = 86_400_000
_days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
_units = st.sampled_from(sorted(set(UNITS.values())))


@given(_units, _days)
def test_units_follow_each_other_without_gap_or_overlap(unit: str, day: date) -> None:
    first = begin(unit, day)
    assert first <= day < following(unit, first)
    assert before(unit, following(unit, first)) == first
    assert begin(unit, first) == first
    assert whole(unit, first, PARIS).to_ms == whole(unit, following(unit, first), PARIS).from_ms


@given(_units, _days)
def test_names_of_units_sort_by_time(unit: str, day: date) -> None:
    first = begin(unit, day)
    names = [name(unit, first)]
    for _n in range(6):
        first = following(unit, first)
        names.append(name(unit, first))
    assert names == sorted(set(names))


@given(st.sampled_from(REPORTS), st.integers(at("2024-01-01T00:00"), at("2030-01-01T00:00")))
def test_a_report_is_about_the_last_whole_unit_and_a_day_about_itself(kind: str, as_of_ms: int) -> None:
    found = span(kind, as_of_ms, PARIS)
    assert found.to_ms <= as_of_ms or kind == "day"
    assert as_of_ms < span(kind, as_of_ms, PARIS, from_ms=found.to_ms).to_ms or kind == "day"
    assert preceding(UNITS[kind], found, PARIS).to_ms == found.from_ms


@pytest.mark.parametrize(("kind", "from_", "to"), [
    ("day", "2026-05-12T22:00", "2026-05-13T22:00"),
    ("weekly", "2026-05-03T22:00", "2026-05-10T22:00"),
    ("monthly", "2026-03-31T22:00", "2026-04-30T22:00"),
    ("quarterly", "2025-12-31T23:00", "2026-03-31T22:00"),
])  # fmt: skip
def test_a_wednesday_in_may_reports_what_came_before(kind: str, from_: str, to: str) -> None:
    assert span(kind, at("2026-05-13T13:00"), PARIS) == Span(at(from_), at(to))


def test_one_end_is_completed_to_the_unit_of_the_report() -> None:
    month = Span(at("2026-04-30T22:00"), at("2026-05-31T22:00"))
    assert span("monthly", 0, PARIS, from_ms=month.from_ms) == month
    assert span("monthly", 0, PARIS, to_ms=month.to_ms) == month


def test_what_is_no_whole_unit_is_compared_to_as_much_time_before() -> None:
    assert preceding("month", Span(100, 130), PARIS) == Span(70, 100)


@given(_units, _days)
def test_the_row_over_time_ends_with_the_unit_asked_for(unit: str, day: date) -> None:
    one = whole(unit, begin(unit, day), PARIS)
    row = row_of(unit, one, PARIS, 5)
    assert row[-1][1] == one
    assert all(a.to_ms == b.from_ms for (_a, a), (_b, b) in pairwise(row))


def entry(report: str, at_: str = "8:00") -> Entry:
    day, minute = schedule._moment(report, at_) or (0, 0)
    return Entry(report, day, minute, "reports", "en", "team", "html")


@given(st.sampled_from(REPORTS), st.integers(at("2024-01-01T00:00"), at("2030-01-01T00:00")))
def test_the_newest_due_hour_has_come_and_the_one_after_it_has_not(kind: str, now_ms: int) -> None:
    slot = newest(entry(kind), now_ms, PARIS)
    assert slot.at_ms <= now_ms
    assert newest(entry(kind), slot.at_ms, PARIS) == slot
    earlier = newest(entry(kind), slot.at_ms - 1, PARIS)
    assert earlier.span.to_ms == slot.span.from_ms
    assert missed(entry(kind), earlier.period, slot, PARIS) == 0
    assert slot.span.to_ms <= slot.at_ms or kind == "day"


@pytest.mark.parametrize(("report", "said", "due", "period"), [
    ("day", "17h30", "2026-05-12T15:30", "2026-05-12"),
    ("weekly", "mon 08:00", "2026-05-11T06:00", "2026-W19"),
    ("weekly", "vendredi 9 h", "2026-05-08T07:00", "2026-W18"),
    ("monthly", "8:00", "2026-05-01T06:00", "2026-04"),
    ("monthly", "15 08:00", "2026-04-15T06:00", "2026-03"),
    ("monthly", "1er 8h", "2026-05-01T06:00", "2026-04"),
    ("quarterly", "2 08:00", "2026-04-02T06:00", "2026-Q1"),
])  # fmt: skip
def test_at_is_said_as_people_say_it(report: str, said: str, due: str, period: str) -> None:
    slot = newest(entry(report, said), at("2026-05-13T13:00"), PARIS)
    assert (slot.at_ms, slot.period) == (at(due), period)


def test_an_hour_that_the_clocks_skip_is_due_when_they_have() -> None:
    """29 March 2026: there is no 02:30 in Paris."""
    slot = newest(entry("day", "2:30"), at("2026-03-29T12:00"), PARIS)
    assert slot.at_ms == at("2026-03-29T01:00")


def test_those_between_are_counted_as_missed() -> None:
    slot = newest(entry("weekly"), at("2026-05-13T13:00"), PARIS)
    assert missed(entry("weekly"), "2026-W15", slot, PARIS) == 3
    assert slot.span.to_ms - slot.span.from_ms == timedelta(days=7) // timedelta(milliseconds=1)


@pytest.mark.parametrize("line", [
    'report = "yearly"', 'at = "whenever"', 'at = "25:00"', 'at = "lundi 8:00"\nreport = "monthly"', "to = 3",
    'lang = "de"', 'audience = "all"', 'format = "pdf"', 'token_command = "pass"', 'whom = "me"', "at = 8",
])  # fmt: skip
def test_a_publish_table_that_cannot_be_meant_is_refused_with_its_number(home: Home, line: str) -> None:
    base = {"report": '"weekly"', "to": '"reports"'}
    given_ = dict(part.split(" = ") for part in line.splitlines())
    text = "[[publish]]\n" + "".join(f"{key} = {value}\n" for key, value in {**base, **given_}.items())
    config.save(home.settings, text)
    assert config.load(home).me == "me"
    with pytest.raises(LeadqError, match="number 1") as refused:
        entries(home)
    assert refused.value.exit_status == 78


def test_a_home_that_publishes_nothing_has_no_entries(home: Home) -> None:
    assert entries(home) == ()
