"""How instants and remaining times are said back, in both languages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadq import saying
from leadq.saying import say_remaining, say_when
from leadq.text import cell_width
from leadq.when import parse_when

PARIS = ZoneInfo("Europe/Paris")


def ms(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=PARIS).timestamp() * 1000)


NOW = ms("2026-11-22T10:00")


def speak(patch: pytest.MonkeyPatch, language: str) -> None:
    """Only the choice of language: these words do not come from the catalogue."""
    patch.setattr(saying, "current", lambda: language)


@pytest.mark.parametrize(
    ("local", "english", "french"),
    [
        ("2026-11-22T14:30", "today 14:30", "aujourd’hui 14 h 30"),
        ("2026-11-22T00:05", "today 00:05", "aujourd’hui 0 h 05"),
        ("2026-11-23T09:00", "tomorrow 09:00", "demain 9 h"),
        ("2026-11-21T15:00", "yesterday 15:00", "hier 15 h"),
        ("2026-11-30T09:00", "Mon 30 Nov 09:00", "lun. 30 nov. 9 h"),
        ("2026-12-01T09:15", "Tue 1 Dec 09:15", "mar. 1er déc. 9 h 15"),
        ("2026-08-05T18:45:59", "Wed 5 Aug 18:45", "mer. 5 août 18 h 45"),
        ("2027-01-04T09:00", "Mon 4 Jan 2027 09:00", "lun. 4 janv. 2027 9 h"),
        ("2025-12-31T09:00", "Wed 31 Dec 2025 09:00", "mer. 31 déc. 2025 9 h"),
    ],
)
def test_an_instant_is_said_by_its_local_day_and_minute(
    local: str, english: str, french: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    speak(monkeypatch, "en")
    assert say_when(ms(local), PARIS, NOW) == english
    speak(monkeypatch, "fr")
    assert say_when(ms(local), PARIS, NOW) == french


def test_today_is_a_day_of_the_zone() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert say_when(ms("2026-11-22T16:00"), tokyo, NOW) == "tomorrow 00:00"


@settings(deadline=None)  # the first one pays the import of dateparser
@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(PARIS)),
    st.sampled_from(["en", "fr"]),
)
def test_what_is_said_can_be_typed_back(moment: datetime, language: str) -> None:
    at_ms = int(moment.timestamp()) // 60 * 60_000
    with pytest.MonkeyPatch.context() as patch:
        speak(patch, language)
        said = say_when(at_ms, PARIS, NOW)
    first_ms = int(datetime.fromtimestamp(at_ms / 1000, PARIS).replace(fold=0).timestamp()) * 1000
    assert parse_when(said, now_ms=NOW, zone=PARIS, past=at_ms < NOW).ms == first_ms


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0:00"),
        (48, "0:48"),
        (108, "1:48"),
        (119.999, "1:59"),
        (120, "2m"),
        (599.999, "9m"),
        (14 * 60 + 59, "14m"),
        (3600, "1h00m"),
        (2 * 3600 + 5 * 60, "2h05m"),
        (86_399, "23h59m"),
        (86_400, "1d00h"),
        (2 * 86_400 + 4 * 3600, "2d04h"),
        (99 * 86_400, "99d00h"),
        (100 * 86_400, "100d"),
        (10**12, "99999d"),
        (-0.001, "-0:01"),
        (-48, "-0:48"),
        (-600, "-10m"),
        (-7500, "-2h05m"),
        (-99 * 86_400 - 23 * 3600, "-99d23h"),
    ],
)
def test_a_remaining_time_is_short_and_counts_seconds_under_two_minutes(seconds: float, said: str) -> None:
    assert say_remaining(int(seconds * 1000)) == said


def test_a_french_day_is_a_j(monkeypatch: pytest.MonkeyPatch) -> None:
    speak(monkeypatch, "fr")
    assert say_remaining((2 * 86_400 + 4 * 3600) * 1000) == "2j04h"
    assert say_remaining(7_500_000) == "2h05m"


@given(st.integers(-(10**18), 10**18))
def test_a_remaining_time_never_needs_more_than_seven_cells(left_ms: int) -> None:
    said = say_remaining(left_ms)
    assert cell_width(said) <= 7
    assert said.startswith("-") == (left_ms < 0)


@pytest.mark.parametrize(
    ("ms", "said"),
    [(588_000, "9m"), (59_000, "0m"), (-1_000, "-0m"), (-181_000, "-3m"), (600_000, "10m"), (-7_500_000, "-2h05m")],
)
def test_minutes_leave_the_seconds_to_the_countdown(ms: int, said: str) -> None:
    assert saying.say_minutes(ms) == said
