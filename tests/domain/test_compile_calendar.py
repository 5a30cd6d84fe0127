"""Compiling a calendar: windows as written, days off by place, and a form that can be stored."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from leadq.domain.compile_calendar import CalendarSpec, CalendarYear, compile_year, parse_windows

ALWAYS = ("00:00-24:00",) * 7
WORK = ("09:00-18:00",) * 5 + ("", "")
LUNCH = ("09:00-12:30,14:00-18:00",) * 4 + ("09:00-12:30,14:00-17:00", "", "")


def spec_of(week: tuple[str, ...], zone: str = "Europe/Paris", **more: object) -> CalendarSpec:
    windows = tuple(parse_windows(text) if text else () for text in week)
    return CalendarSpec("test", zone, windows, **more)  # type: ignore[arg-type]


FR_2026 = "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"


def days_off(**more: object) -> list[str]:
    """Month and day of the days off of 2026."""
    return [day[5:] for day, _, _ in compile_year(spec_of(WORK, "Europe/Paris", **more), 2026).days_off]


def test_the_french_days_off_of_2026() -> None:
    assert days_off(country="FR") == FR_2026.split()


@pytest.mark.parametrize("subdivision", ["57", "6AE"])
def test_alsace_moselle_adds_good_friday_and_saint_stephen(subdivision: str) -> None:
    assert days_off(country="FR", subdivision=subdivision) == sorted([*FR_2026.split(), "04-03", "12-26"])


def test_days_off_carry_english_and_french_names() -> None:
    names = {day: (en, fr) for day, en, fr in compile_year(spec_of(WORK, country="FR"), 2026).days_off}
    assert names["2026-05-14"] == ("Ascension Day", "Ascension")
    spanish = compile_year(spec_of(WORK, country="ES"), 2026).days_off
    assert all(en == fr for _, en, fr in spanish)


def test_extra_and_except_dates_change_the_days_off() -> None:
    extra = (date(2026, 12, 24), date(2027, 12, 24), date(2026, 5, 8), date(2026, 5, 1))
    worked = (date(2026, 5, 25), date(2026, 5, 8))
    expected = sorted({*FR_2026.split(), "12-24"} - {"05-25"})
    assert days_off(country="FR", extra=extra, except_=worked) == expected
    assert ("2026-12-24", "Day off", "Jour de fermeture") in compile_year(spec_of(WORK, extra=extra), 2026).days_off


def test_a_country_without_known_holidays_is_named() -> None:
    with pytest.raises(ValueError, match="for XX: check"):
        compile_year(spec_of(WORK, country="XX"), 2026)
    with pytest.raises(ValueError, match="for FR, subdivision 99: check"):
        compile_year(spec_of(WORK, country="FR", subdivision="99"), 2026)


def test_only_a_country_makes_the_holidays_library_load() -> None:
    code = (
        "import sys; from leadq.domain.calendar import *; "
        "compile_year(CalendarSpec('x', 'UTC', (((0, 1440),),) * 7), 2026); "
        "sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("09:00-12:30,14:00-18:00", ((540, 750), (840, 1080))),
        (" 14:00-18:00 , 9:00-12:30 ", ((540, 750), (840, 1080))),
        ("22:00-06:00", ((1320, 1800),)),
        ("00:00-24:00", ((0, 1440),)),
        ("22:00-00:00", ((1320, 1440),)),
        ("09:00-12:00,12:00-13:00", ((540, 720), (720, 780))),
    ],
)
def test_windows_as_people_write_them(text: str, windows: tuple[tuple[int, int], ...]) -> None:
    assert parse_windows(text) == windows


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("09:00-25:00", "'25:00' is not a time of day"),
        ("09:00-24:01", "'24:01' is not a time of day"),
        ("09:60-10:00", "'09:60' is not a time of day"),
        ("", "'' is not a window"),
        ("09:00-12:00,", "'' is not a window"),
        ("9h-12h", "'9h-12h' is not a window"),
        ("09:00-09:00", "lasts no time"),
        ("24:00-06:00", "opens at 24:00"),
        ("09:00-12:00,11:59-13:00", "overlap"),
        ("22:00-06:00,23:00-23:30", "overlap"),
    ],
)
def test_a_wrong_window_is_one_plain_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_windows(text)


def test_the_digest_is_of_the_content_and_not_of_the_name() -> None:
    one = spec_of(WORK, extra=(date(2026, 1, 2), date(2026, 1, 5)))
    other = spec_of(WORK, extra=(date(2026, 1, 5), date(2026, 1, 2)))
    renamed = CalendarSpec("other", other.zone, other.week, extra=other.extra)
    assert one.digest() == renamed.digest()
    assert len({spec.digest() for spec in (one, spec_of(WORK), spec_of(LUNCH), spec_of(WORK, "UTC"))}) == 4
    stored_by_an_earlier_release = "5dfb91a417ef5541c5472021aa45f16259a9b94c4609e718a8c6793054484472"
    assert spec_of(ALWAYS, "UTC").digest() == stored_by_an_earlier_release


def test_a_year_survives_storage() -> None:
    year = compile_year(spec_of(LUNCH, country="FR"), 2026)
    assert CalendarYear.from_bytes(2026, year.to_bytes(), year.days_off_json) == year
    first_opening = int(datetime(2026, 1, 2, 8, tzinfo=UTC).timestamp()) * 1000
    assert year.to_bytes()[:8] == first_opening.to_bytes(8, "little")
    with pytest.raises(ValueError):
        CalendarYear.from_bytes(2026, year.to_bytes()[:-1], year.days_off_json)
