"""Business time: the field's vectors by name, and an oracle that walks minute by minute."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadq.domain.calendar import Calendar, CalendarSpec, compile_year, parse_windows
from tests.domain.oracle import SPAN_DAYS, open_minutes

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PARIS = "Europe/Paris"
ALWAYS = ("00:00-24:00",) * 7
WORK = ("09:00-18:00",) * 5 + ("", "")
LUNCH = ("09:00-12:30,14:00-18:00",) * 4 + ("09:00-12:30,14:00-17:00", "", "")
NIGHTS = ("22:00-06:00",) * 7


def spec_of(week: tuple[str, ...], zone: str = PARIS, **more: object) -> CalendarSpec:
    windows = tuple(parse_windows(text) if text else () for text in week)
    return CalendarSpec("test", zone, windows, **more)  # type: ignore[arg-type]


@cache
def calendar(week: tuple[str, ...], zone: str = PARIS, country: str = "", years: tuple[int, ...] = (2026,)) -> Calendar:
    spec = spec_of(week, zone, country=country)
    return Calendar(spec, [compile_year(spec, year) for year in years])


def ms(text: str, zone: str = PARIS, fold: int = 0) -> int:
    """`text` is a wall clock reading of `zone`, or carries its own offset."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(moment.timestamp() * 1000)


VECTORS = {
    "V1": (
        calendar(("09:00-17:00",) * 5 + ("", ""), "America/New_York"),
        "2026-01-30 16:30",
        60,
        "2026-02-02 09:30",
    ),
    "V3": (calendar(WORK, country="FR"), "2026-05-13 17:00", 120, "2026-05-15 10:00"),
    "V5": (calendar(LUNCH), "2026-05-13 13:00", 30, "2026-05-13 14:30"),
    "V7": (calendar(WORK), "2026-05-12 18:00", 60, "2026-05-13 10:00"),
    "V9": (calendar(ALWAYS), "2026-10-24 12:00", 24 * 60, "2026-10-25 11:00+01:00"),
    "V11": (calendar(NIGHTS), "2026-03-28 22:00", 8 * 60, "2026-03-29 23:00"),
    "V17": (calendar(ALWAYS), "2026-05-13 23:30", 60, "2026-05-14 00:30"),
    "V21": (
        calendar(("", "", "09:00-17:00", "", "", "", "")),
        "2026-05-12 12:00",
        9 * 60,
        "2026-05-20 10:00",
    ),
    "V23": (calendar(WORK, country="FR"), "2026-05-07 17:00", 120, "2026-05-11 10:00"),
    "V25": (calendar(WORK), "2026-06-10 18:30+09:00", 60, "2026-06-10 12:30"),
    "V27": (calendar(WORK), "2026-06-05 16:00", 8 * 60, "2026-06-08 15:00"),
    "V27 at risk at 75 %": (calendar(WORK), "2026-06-05 16:00", 6 * 60, "2026-06-08 13:00"),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_of_the_field(name: str) -> None:
    hours, start, minutes, due = VECTORS[name]
    assert hours.add(ms(start, str(hours.zone)), minutes * MINUTE) == ms(due, str(hours.zone))


def test_v13_a_day_of_clock_change_has_23_or_25_hours() -> None:
    hours = calendar(ALWAYS)
    assert hours.elapsed(ms("2026-03-29 00:00"), ms("2026-03-30 00:00")) == 23 * HOUR
    assert hours.elapsed(ms("2026-10-25 00:00"), ms("2026-10-26 00:00")) == 25 * HOUR


def test_v15_a_pause_gives_back_its_open_time() -> None:
    hours = calendar(WORK)
    paused = hours.elapsed(ms("2026-05-12 17:00"), ms("2026-05-13 10:00"))
    assert hours.add(ms("2026-05-12 15:00"), 4 * HOUR + paused) == ms("2026-05-13 12:00")


def test_v19_a_weekend_has_no_open_time() -> None:
    """E9: it is zero, which is a number."""
    assert calendar(WORK).elapsed(ms("2026-05-16 10:00"), ms("2026-05-17 20:00")) == 0


def test_v27_overdue_is_counted_in_open_time() -> None:
    assert calendar(WORK).elapsed(ms("2026-06-08 15:00"), ms("2026-06-09 09:30")) == 3.5 * HOUR


def test_a_budget_that_ends_at_a_closing_is_due_at_that_closing() -> None:
    assert calendar(WORK).add(ms("2026-05-12 17:00"), HOUR) == ms("2026-05-12 18:00")


def test_a_zero_budget_is_due_at_the_first_open_instant() -> None:
    hours = calendar(WORK)
    assert hours.add(ms("2026-05-12 10:00"), 0) == ms("2026-05-12 10:00")
    assert hours.add(ms("2026-05-12 18:00"), 0) == ms("2026-05-13 09:00")


def test_milliseconds_are_not_lost_across_a_closing() -> None:
    assert calendar(WORK).add(ms("2026-05-12 17:59:59.999"), 2) == ms("2026-05-13 09:00:00.001")


def test_an_opening_is_open_and_a_closing_is_not() -> None:
    hours = calendar(WORK)
    opening, closing = ms("2026-05-12 09:00"), ms("2026-05-12 18:00")
    assert [hours.is_open(at) for at in (opening - 1, opening, closing - 1, closing)] == [
        False,
        True,
        True,
        False,
    ]
    assert hours.next_opening(opening + 5) == opening + 5
    assert hours.next_opening(closing) == ms("2026-05-13 09:00")


def test_nothing_is_answered_outside_the_known_years() -> None:
    hours = calendar(WORK)
    assert (hours.first_ms, hours.last_ms) == (ms("2026-01-01 00:00"), ms("2027-01-01 00:00"))
    assert hours.add(hours.first_ms - 1, 0) is None
    assert hours.add_days(hours.first_ms - 1, 1) is None
    assert hours.next_opening(hours.first_ms - 1) is None
    assert hours.add(ms("2026-12-31 17:00"), HOUR) == ms("2026-12-31 18:00")
    assert hours.add(ms("2026-12-31 17:00"), HOUR + 1) is None
    assert hours.add_days(ms("2026-12-31 10:00"), 1) is None
    assert hours.add_days(hours.last_ms * 1000, 1) is None
    assert hours.next_opening(ms("2026-12-31 18:00")) is None


def test_a_week_without_hours_is_never_due_and_never_loops() -> None:
    hours = calendar(("",) * 7)
    assert hours.add(ms("2026-05-12 10:00"), HOUR) is None
    assert hours.add_days(ms("2026-05-12 10:00"), 1) is None
    assert hours.elapsed(hours.first_ms, hours.last_ms) == 0


def test_an_opening_more_than_two_years_away_is_no_answer() -> None:
    spec = spec_of(ALWAYS)
    shut = [compile_year(spec_of(("",) * 7), year) for year in (2023, 2024, 2025)]
    hours = Calendar(spec, [*shut, compile_year(spec, 2026)])
    opening = ms("2026-01-01 00:00")
    assert hours.add_days(opening - 731 * DAY, 1) == opening
    assert hours.add_days(opening - 731 * DAY - 1, 1) is None
    assert hours.add(opening - 731 * DAY, HOUR) == opening + HOUR
    assert hours.add(opening - 731 * DAY - 1, HOUR) is None


def test_a_night_belongs_to_the_day_it_starts_on() -> None:
    """E5: 22:00-06:00 is eight hours of one day, not none, not a negative number, not twice."""
    spec = spec_of(("22:00-06:00", "", "", "", "", "", ""), extra=(date(2026, 5, 12),))
    hours = Calendar(spec, [compile_year(spec, 2026)])
    assert hours.elapsed(ms("2026-05-11 12:00"), ms("2026-05-12 12:00")) == 8 * HOUR
    assert hours.add_days(ms("2026-05-04 23:00"), 1) == ms("2026-05-11 23:00")
    assert hours.add_days(ms("2026-05-05 03:00"), 1) == ms("2026-05-12 06:00")


def test_a_calendar_with_nights_is_known_from_the_end_of_the_first_one() -> None:
    assert calendar(NIGHTS).first_ms == ms("2026-01-01 06:00")
    both = calendar(NIGHTS, years=(2025, 2026))
    assert both.elapsed(ms("2025-12-31 20:00"), ms("2026-01-01 20:00")) == 8 * HOUR


def test_working_days_keep_the_local_time() -> None:
    hours = calendar(LUNCH, country="FR")
    assert hours.add_days(ms("2026-05-13 10:15:30.250"), 1) == ms("2026-05-15 10:15:30.250")
    assert hours.add_days(ms("2026-05-16 10:00"), 2) == ms("2026-05-19 10:00")
    assert hours.add_days(ms("2026-03-27 10:00"), 1) == ms("2026-03-30 10:00")


def test_working_days_outside_the_hours_end_at_the_last_closing() -> None:
    hours = calendar(LUNCH)
    assert hours.add_days(ms("2026-05-11 07:00"), 1) == ms("2026-05-12 18:00")
    assert hours.add_days(ms("2026-05-11 13:00"), 1) == ms("2026-05-12 18:00")
    assert hours.add_days(ms("2026-05-14 17:30"), 1) == ms("2026-05-15 17:00")


def test_the_edges_of_a_window_belong_to_it_for_working_days() -> None:
    hours = calendar(LUNCH)
    for edge in ("09:00", "12:30", "14:00", "18:00"):
        assert hours.add_days(ms(f"2026-05-11 {edge}"), 1) == ms(f"2026-05-12 {edge}")


def test_working_days_to_a_skipped_or_repeated_time() -> None:
    hours = calendar(ALWAYS)
    assert hours.add_days(ms("2026-03-28 02:30"), 1) == ms("2026-03-29 03:00")
    assert hours.add_days(ms("2026-10-24 02:30"), 1) == ms("2026-10-25 02:30", fold=0)
    assert hours.add_days(ms("2026-10-25 02:30", fold=1), 1) == ms("2026-10-26 02:30")
    spring = calendar(ALWAYS, years=(2026, 2027)).add_days(ms("2026-10-25 02:30", fold=1), 154)
    assert spring == ms("2027-03-28 03:00")


def test_zero_working_days_is_the_first_open_instant_and_fewer_is_an_error() -> None:
    hours = calendar(WORK)
    assert hours.add_days(ms("2026-05-16 10:00"), 0) == ms("2026-05-18 09:00")
    with pytest.raises(ValueError, match="negative"):
        hours.add_days(ms("2026-05-16 10:00"), -1)
    with pytest.raises(ValueError, match="negative"):
        hours.add(ms("2026-05-16 10:00"), -1)


def test_a_window_edge_in_the_skipped_hour_moves_to_its_end() -> None:
    late, early = calendar(("02:30-10:00",) * 7), calendar(("00:00-02:30",) * 7)
    day = (ms("2026-03-29 00:00"), ms("2026-03-30 00:00"))
    assert late.next_opening(day[0]) == ms("2026-03-29 03:00")
    assert late.elapsed(*day) == 7 * HOUR
    assert early.elapsed(*day) == 2 * HOUR
    vanished = calendar(("02:10-02:50",) * 7)
    assert vanished.elapsed(*day) == 0
    assert vanished.next_opening(day[0]) == ms("2026-03-30 02:10")


def test_windows_that_overlap_in_the_repeated_hour_count_once() -> None:
    hours = calendar(("01:00-02:15,02:45-09:00",) * 7)
    assert hours.elapsed(ms("2026-10-25 00:00"), ms("2026-10-26 00:00")) == 9 * HOUR


def test_windows_that_overlap_across_midnight_count_once() -> None:
    hours = calendar(("05:00-08:00,22:00-06:00",) * 7)
    assert hours.elapsed(ms("2026-05-12 12:00"), ms("2026-05-13 12:00")) == 10 * HOUR


def test_opening_hours_stay_on_the_wall_across_a_clock_change() -> None:
    """E1: a calendar that is a fixed offset would open an hour early or late from the last Sunday on."""
    hours = calendar(WORK)
    assert hours.add(ms("2026-03-27 17:00"), 2 * HOUR) == ms("2026-03-30T10:00+02:00")
    assert hours.add(ms("2026-10-23 17:00"), 2 * HOUR) == ms("2026-10-26T10:00+01:00")


def test_time_added_in_the_repeated_hour_is_not_lost() -> None:
    """E3: an hour after the first 02:30 is the second one, not the same instant again."""
    hours = calendar(ALWAYS)
    first, second = ms("2026-10-25 02:30", fold=0), ms("2026-10-25 02:30", fold=1)
    assert hours.add(first, HOUR) == second == first + HOUR
    assert hours.add(second, 30 * MINUTE) == ms("2026-10-25 03:00")
    assert hours.elapsed(first, second) == HOUR


def test_a_week_with_few_working_days_is_due_on_one_of_them() -> None:
    """E7: days that are not written are closed; nothing is due at once because today is not one of them."""
    hours = calendar(("", "09:00-12:00", "", "", "14:00-16:00", "", ""))
    assert hours.add(ms("2026-05-13 10:00"), HOUR) == ms("2026-05-15 15:00")
    assert hours.add(ms("2026-05-15 15:00"), 2 * HOUR) == ms("2026-05-19 10:00")
    assert hours.add_days(ms("2026-05-13 10:00"), 2) == ms("2026-05-19 10:00")


def test_what_comes_outside_the_hours_is_counted_from_the_next_opening() -> None:
    """E9: created at night, on a week-end or on a day off, elapsed time is a number and begins with the opening."""
    hours = calendar(WORK, country="FR")
    for start in ("2026-05-13 22:00", "2026-05-14 10:00", "2026-05-15 06:00"):
        assert hours.elapsed(ms(start), ms("2026-05-15 08:59")) == 0
        assert hours.elapsed(ms(start), ms("2026-05-15 09:30")) == 30 * MINUTE
        assert hours.add(ms(start), 30 * MINUTE) == ms("2026-05-15 09:30")


def test_a_holiday_is_a_local_date() -> None:
    """E11: neither the day before nor the day after, whatever the offset."""
    spec = spec_of(ALWAYS, "Pacific/Auckland", extra=(date(2026, 5, 13),))
    hours = Calendar(spec, [compile_year(spec, 2026)])
    midnight = ms("2026-05-13 00:00", "Pacific/Auckland")
    assert hours.is_open(midnight - 1)
    assert hours.next_opening(midnight) == midnight + DAY


@pytest.mark.parametrize("years", [[], [2025, 2027], [2026, 2025]])
def test_a_calendar_needs_consecutive_years(years: list[int]) -> None:
    spec = spec_of(WORK)
    with pytest.raises(ValueError, match="consecutive"):
        Calendar(spec, [compile_year(spec, year) for year in years])


def test_steps_say_why_time_counts_or_not() -> None:
    steps = calendar(WORK, country="FR").steps(ms("2026-05-13 17:00"), ms("2026-05-15 10:00"))
    assert [(step.from_ms, step.why, step.counted_ms) for step in steps] == [
        (ms("2026-05-13 17:00"), "open", HOUR),
        (ms("2026-05-13 18:00"), "closed", 0),
        (ms("2026-05-14 00:00"), "holiday:Ascension Day|Ascension", 0),
        (ms("2026-05-15 00:00"), "closed", 0),
        (ms("2026-05-15 09:00"), "open", HOUR),
    ]


def test_a_closure_of_several_days_is_one_step() -> None:
    spec = spec_of(ALWAYS, extra=(date(2026, 8, 4), date(2026, 8, 5)))
    steps = Calendar(spec, [compile_year(spec, 2026)]).steps(ms("2026-08-03 12:00"), ms("2026-08-07 00:00"))
    assert [step.why for step in steps] == ["open", "holiday:Day off|Jour de fermeture", "open"]


CALENDARS = st.sampled_from([calendar(LUNCH, country="FR"), calendar(NIGHTS), calendar(ALWAYS), calendar(WORK)])
INSTANTS = st.integers(calendar(NIGHTS).first_ms, calendar(NIGHTS).last_ms)


@given(CALENDARS, INSTANTS, INSTANTS)
def test_add_undoes_elapsed_inside_open_time(hours: Calendar, one: int, other: int) -> None:
    """field.md 3b: for t after the start in (open, close], add(start, elapsed(start, t)) is t."""
    start, end = sorted((one, other))
    spent = hours.elapsed(start, end)
    if spent and hours.is_open(end - 1):
        assert hours.add(start, spent) == end
    elif spent:
        due = hours.add(start, spent)
        assert due is not None
        assert due < end
        assert hours.elapsed(due, end) == 0


CHANGES = st.sampled_from([ms("2026-03-29 03:00"), ms("2026-10-25 03:00")])
NEAR_CHANGES = st.builds(lambda change, by: change + by, CHANGES, st.integers(-3 * DAY, 3 * DAY))


@given(st.one_of(INSTANTS, NEAR_CHANGES), st.one_of(st.integers(1, 4), st.integers(1, 250)))
def test_working_days_move_the_date_on_the_wall_and_not_the_time(start: int, days: int) -> None:
    local = datetime.fromtimestamp(start // 1000, ZoneInfo(PARIS))
    wall = (local + timedelta(days=days)).replace(fold=0)
    if (wall.date(), wall.hour) in {(date(2026, 3, 29), 2), (date(2027, 3, 28), 2)}:  # skipped
        wall, start = wall.replace(hour=3, minute=0, second=0), start // 1000 * 1000
    expected = round(wall.timestamp()) * 1000 + start % 1000
    assert calendar(ALWAYS, years=(2026, 2027)).add_days(start, days) == expected


@given(CALENDARS, INSTANTS, st.integers(0, 40 * DAY))
def test_steps_cover_the_time_and_add_up_to_elapsed(hours: Calendar, start: int, length: int) -> None:
    end = start + length
    steps = hours.steps(start, end)
    edges = [(step.from_ms, step.to_ms) for step in steps]
    assert [start, *(to for _, to in edges)] == [*(begin for begin, _ in edges), end]
    assert all(begin < to for begin, to in edges)
    assert all(step.counted_ms == (step.to_ms - step.from_ms) * (step.why == "open") for step in steps)
    assert all(one.why != other.why for one, other in pairwise(steps))
    assert sum(step.counted_ms for step in steps) == hours.elapsed(start, end)


PERIODS = (
    (PARIS, date(2026, 3, 26)),  # 02:00 skipped on the 29th
    (PARIS, date(2026, 10, 22)),  # 02:00 repeated on the 25th
    (PARIS, date(2025, 12, 28)),  # a new year
    ("America/New_York", date(2026, 3, 5)),
    ("Australia/Lord_Howe", date(2026, 4, 2)),  # half an hour repeated
    ("America/Sao_Paulo", date(2018, 11, 1)),  # midnight skipped
    ("America/Sao_Paulo", date(2018, 2, 15)),  # the hour before midnight repeated
    ("America/Havana", date(2026, 10, 29)),  # midnight repeated
    ("America/St_Johns", date(2010, 11, 4)),  # 00:01 goes back to the day before
    ("Pacific/Apia", date(2011, 12, 27)),  # the 30th never was
    ("Asia/Kathmandu", date(2026, 5, 1)),
)


@st.composite
def day_windows(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edge = st.one_of(st.integers(0, 1439), st.sampled_from((0, 1, 60, 90, 120, 135, 165, 180, 1380, 1410, 1439)))
    edges = sorted(draw(st.sets(edge, max_size=5)))
    windows = list(zip(edges[::2], edges[1::2], strict=False))
    if len(edges) % 2:
        windows.append((edges[-1], draw(st.sampled_from((1440, 1441, 1500, 1560, 1800, edges[-1] + 1440)))))
    return tuple((opening, closing) for opening, closing in windows if opening < closing)


@st.composite
def situations(draw: st.DrawFn) -> tuple[CalendarSpec, date]:
    zone, first = draw(st.sampled_from(PERIODS))
    daily = draw(st.lists(day_windows(), min_size=1, max_size=3))
    week = tuple(draw(st.sampled_from(daily)) for _ in range(7))
    off = draw(st.sets(st.integers(-1, SPAN_DAYS), max_size=3))
    extra = tuple(first + timedelta(days=shift) for shift in off)
    return CalendarSpec("drawn", zone, week, extra=extra), first


@settings(max_examples=120, deadline=None)
@given(situations(), st.integers(0, SPAN_DAYS * 1440), st.integers(0, SPAN_DAYS * 1440), st.integers(1, 3000))
def test_add_and_elapsed_agree_with_a_walk_minute_by_minute(
    situation: tuple[CalendarSpec, date], start: int, end: int, budget: int
) -> None:
    spec, first = situation
    years = sorted({first.year, (first + timedelta(days=SPAN_DAYS)).year})
    hours = Calendar(spec, [compile_year(spec, year) for year in years])
    flags = open_minutes(spec, first)[1440:-1440]
    zero = ms(f"{first} 00:00", "UTC")
    assert hours.elapsed(zero + start * MINUTE, zero + end * MINUTE) == sum(flags[start:end]) * MINUTE
    counted = [minute for minute in range(start, len(flags)) if flags[minute]]
    if len(counted) >= budget:
        assert hours.add(zero + start * MINUTE, budget * MINUTE) == zero + (counted[budget - 1] + 1) * MINUTE
