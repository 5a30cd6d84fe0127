"""Dates and times as people type them: what is read, and what is refused rather than guessed."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadq.errors import Exit, LeadqError
from leadq.when import BadWhen, When, parse_when

PARIS = ZoneInfo("Europe/Paris")
NEW_YORK = ZoneInfo("America/New_York")


def ms(local: str, zone: ZoneInfo = PARIS) -> int:
    """The instant of an ISO local time, or of one with an offset."""
    moment = datetime.fromisoformat(local)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)


SUNDAY = ms("2026-11-22T10:00")


class Weekdays:
    """A calendar open from Monday to Friday, 09:00 to 18:00 in Paris."""

    def add_days(self, start_ms: int, days: int, /) -> int | None:
        moment = datetime.fromtimestamp(start_ms / 1000, PARIS)
        for _ in range(days):
            moment += timedelta(days=1)
            while moment.weekday() > 4:
                moment += timedelta(days=1)
        return int(moment.timestamp() * 1000)

    def next_opening(self, at_ms: int, /) -> int | None:
        moment = datetime.fromtimestamp(at_ms / 1000, PARIS)
        while moment.weekday() > 4 or moment.time() > time(9):
            moment = datetime.combine(moment.date() + timedelta(days=1), time(), PARIS)
        return int(datetime.combine(moment.date(), time(9), PARIS).timestamp() * 1000)


class NeverOpen:
    """A calendar of which nothing is known."""

    def add_days(self, _start_ms: int, _days: int, /) -> int | None:
        return None

    def next_opening(self, _ms: int, /) -> int | None:
        return None


INSTANTS = {
    "14h30": "2026-11-22T14:30",
    "14h": "2026-11-22T14:00",
    "14 h 30": "2026-11-22T14:30",
    "14\u00a0h\u00a030": "2026-11-22T14:30",
    "14:30": "2026-11-22T14:30",
    "10:00": "2026-11-22T10:00",
    "9:59": "2026-11-23T09:59",
    "0h05": "2026-11-23T00:05",
    "9am": "2026-11-23T09:00",
    "2:30pm": "2026-11-22T14:30",
    "2 P.M.": "2026-11-22T14:00",
    "12am": "2026-11-23T00:00",
    "12:15 pm": "2026-11-22T12:15",
    "à 14h": "2026-11-22T14:00",
    "demain 9h": "2026-11-23T09:00",
    "Demain à 9h": "2026-11-23T09:00",
    "tomorrow 9am": "2026-11-23T09:00",
    "tomorrow at 9:15 am": "2026-11-23T09:15",
    "2pm tomorrow": "2026-11-23T14:00",
    "aujourd'hui 17h": "2026-11-22T17:00",
    "aujourd’hui 17h": "2026-11-22T17:00",
    "today 5pm": "2026-11-22T17:00",
    "today 9am": "2026-11-22T09:00",
    "après-demain 8h": "2026-11-24T08:00",
    "lundi 14h": "2026-11-23T14:00",
    "lun. 8h30": "2026-11-23T08:30",
    "monday 2pm": "2026-11-23T14:00",
    "on monday at 2pm": "2026-11-23T14:00",
    "2pm, monday": "2026-11-23T14:00",
    "dimanche 14h": "2026-11-29T14:00",
    "vendredi prochain 9h": "2026-11-27T09:00",
    "25/12/2026 10h": "2026-12-25T10:00",
    "le 25/12 à 10h": "2026-12-25T10:00",
    "lundi 23/11 14h": "2026-11-23T14:00",
    "mon 23 november 2026 9:05am": "2026-11-23T09:05",
    "March 12, 2027 at 2pm": "2027-03-12T14:00",
    "30 novembre 14h": "2026-11-30T14:00",
    "in 2 days 9am": "2026-11-24T09:00",
    "2026-12-25T10:00": "2026-12-25T10:00",
    "2026-12-25 10:00:30": "2026-12-25T10:00:30",
    "2026-12-25 14h30": "2026-12-25T14:30",
    "2026-12-25T10:00Z": "2026-12-25T10:00+00:00",
    "2026-12-25t10:00z": "2026-12-25T10:00+00:00",
    "2026-12-25T10:00:00.5+05:30": "2026-12-25T10:00:00.500+05:30",
    "2026-12-25T10:00-0800": "2026-12-25T10:00-08:00",
    "in 3 hours": "2026-11-22T13:00",
    "in an hour": "2026-11-22T11:00",
    "dans 30 minutes": "2026-11-22T10:30",
    "dans une heure": "2026-11-22T11:00",
    "dans 1h30": "2026-11-22T11:30",
    "il y a 2 heures": "2026-11-22T08:00",
    "20 minutes ago": "2026-11-22T09:40",
    "+30m": "2026-11-22T10:30",
    "+2h": "2026-11-22T12:00",
    "+2h30": "2026-11-22T12:30",
    "+ 90 min": "2026-11-22T11:30",
    "+3d": "2026-11-25T10:00",
    "+3j": "2026-11-25T10:00",
    "+2bd": "2026-11-24T10:00",
    "+2jo": "2026-11-24T10:00",
    "hier 15h": "2026-11-21T15:00",
    "yesterday 3pm": "2026-11-21T15:00",
}

DAYS = {
    "today": "2026-11-22",
    "aujourd'hui": "2026-11-22",
    "tomorrow": "2026-11-23",
    "demain": "2026-11-23",
    "apres demain": "2026-11-24",
    "hier": "2026-11-21",
    "lundi": "2026-11-23",
    "Saturday": "2026-11-28",
    "sam.": "2026-11-28",
    "dimanche": "2026-11-29",
    "next friday": "2026-11-27",
    "vendredi prochain": "2026-11-27",
    "mardi dernier": "2026-11-17",
    "last sunday": "2026-11-15",
    "2026-12-01": "2026-12-01",
    "2026/12/01": "2026-12-01",
    "25/12": "2026-12-25",
    "22/11": "2026-11-22",
    "21/11": "2027-11-21",
    "3/4": "2027-04-03",
    "25.12.2026": "2026-12-25",
    "25-12-26": "2026-12-25",
    "29/02": "2028-02-29",
    "12 mars": "2027-03-12",
    "le 12 mars 2028": "2028-03-12",
    "1er avril": "2027-04-01",
    "29 février": "2028-02-29",
    "12 août": "2027-08-12",
    "24 déc.": "2026-12-24",
    "march 12": "2027-03-12",
    "the 1st of march": "2027-03-01",
    "12 mar": "2027-03-12",
    "vendredi 25 décembre": "2026-12-25",
    "dans 2 jours": "2026-11-24",
    "dans une semaine": "2026-11-29",
    "in 2 weeks": "2026-12-06",
    "dans 3 mois": "2027-02-22",
    "il y a 3 jours": "2026-11-19",
    "5 days ago": "2026-11-17",
}


@pytest.mark.parametrize(("typed", "local"), INSTANTS.items(), ids=INSTANTS)
def test_an_instant_is_read_to_the_second(typed: str, local: str) -> None:
    read = parse_when(typed, now_ms=SUNDAY, zone=PARIS, calendar=Weekdays(), opening=True)
    assert read == When(ms(local), date_only=False)


@pytest.mark.parametrize(("typed", "local"), DAYS.items(), ids=DAYS)
def test_a_bare_day_is_its_midnight_and_says_so(typed: str, local: str) -> None:
    assert parse_when(typed, now_ms=SUNDAY, zone=PARIS) == When(ms(f"{local}T00:00"), date_only=True)


@pytest.mark.parametrize(
    ("typed", "local"),
    {
        "14h30": "2026-11-21T14:30",
        "9h": "2026-11-22T09:00",
        "10:00": "2026-11-22T10:00",
        "lundi 14h": "2026-11-16T14:00",
        "dimanche 9h": "2026-11-15T09:00",
        "next monday 9h": "2026-11-23T09:00",
        "25/12 9h": "2025-12-25T09:00",
        "22/11 9h": "2026-11-22T09:00",
        "23 november 9am": "2025-11-23T09:00",
        "29/02 9h": "2024-02-29T09:00",
        "hier 15h": "2026-11-21T15:00",
        "demain 9h": "2026-11-23T09:00",
    }.items(),
)
def test_what_names_no_direction_is_behind_when_the_past_is_asked_for(typed: str, local: str) -> None:
    assert parse_when(typed, now_ms=SUNDAY, zone=PARIS, past=True) == When(ms(local), date_only=False)


@pytest.mark.parametrize(
    ("typed", "local"),
    {
        "lundi": "2026-11-23T09:00",
        "samedi": "2026-11-30T09:00",
        "25/12": "2026-12-25T09:00",
        "dans 2 jours": "2026-11-24T09:00",
        "2026-12-05": "2026-12-07T09:00",
        "lundi 7h": "2026-11-23T07:00",
    }.items(),
)
def test_a_bare_day_is_its_first_opening_when_one_is_asked_for(typed: str, local: str) -> None:
    read = parse_when(typed, now_ms=SUNDAY, zone=PARIS, calendar=Weekdays(), opening=True)
    assert read == When(ms(local), date_only=False)


def test_a_bare_day_without_a_known_opening_stays_a_bare_day() -> None:
    midnight = When(ms("2026-11-23T00:00"), date_only=True)
    for calendar in (None, NeverOpen()):
        assert parse_when("lundi", now_ms=SUNDAY, zone=PARIS, calendar=calendar, opening=True) == midnight


@pytest.mark.parametrize("calendar", [None, NeverOpen()])
def test_working_days_are_refused_without_a_calendar_that_knows_them(calendar: NeverOpen | None) -> None:
    with pytest.raises(BadWhen):
        parse_when("+2bd", now_ms=SUNDAY, zone=PARIS, calendar=calendar)


@pytest.mark.parametrize(
    ("now", "typed", "instant"),
    [
        # Spring: 02:00 to 03:00 does not exist on 28 March 2027.
        ("2027-03-27T10:00+01:00", "demain 2h30", "2027-03-28T03:00+02:00"),
        ("2027-03-28T01:30+01:00", "2h15", "2027-03-28T03:00+02:00"),
        ("2027-03-28T01:30+01:00", "+1h", "2027-03-28T03:30+02:00"),
        ("2027-03-27T02:30+01:00", "+1d", "2027-03-28T03:00+02:00"),
        ("2027-03-27T10:00+01:00", "+1d", "2027-03-28T10:00+02:00"),
        ("2027-03-27T10:00+01:00", "2027-03-28T02:59", "2027-03-28T03:00+02:00"),
        # Autumn: 02:00 to 03:00 comes twice on 25 October 2026.
        ("2026-10-24T10:00+02:00", "demain 2h30", "2026-10-25T02:30+02:00"),
        ("2026-10-24T10:00+02:00", "2026-10-25T02:30", "2026-10-25T02:30+02:00"),
        ("2026-10-24T10:00+02:00", "2026-10-25T02:30+01:00", "2026-10-25T02:30+01:00"),
        ("2026-10-25T02:30+02:00", "+1h", "2026-10-25T02:30+01:00"),
        ("2026-10-24T10:00+02:00", "+1d", "2026-10-25T10:00+01:00"),
    ],
)
def test_a_skipped_time_is_the_end_of_the_gap_and_a_repeated_one_is_the_first(
    now: str, typed: str, instant: str
) -> None:
    assert parse_when(typed, now_ms=ms(now), zone=PARIS) == When(ms(instant), date_only=False)


def test_a_day_whose_midnight_is_skipped_begins_when_the_gap_ends() -> None:
    santiago = ZoneInfo("America/Santiago")
    read = parse_when("2026-09-06", now_ms=SUNDAY, zone=santiago)
    assert read == When(ms("2026-09-06T01:00-03:00"), date_only=True)


def test_the_day_and_the_time_are_those_of_the_zone() -> None:
    late = ms("2026-11-22T23:30", NEW_YORK)
    assert parse_when("tomorrow 9am", now_ms=late, zone=NEW_YORK).ms == ms("2026-11-23T09:00", NEW_YORK)
    assert parse_when("demain 9h", now_ms=late, zone=PARIS).ms == ms("2026-11-24T09:00", PARIS)


REFUSED = [
    "",
    "   ",
    "bogus",
    "12",
    "930",
    "2026",
    "14h5",
    "24h",
    "24:00",
    "25:00",
    "14:60",
    "13pm",
    "0am",
    "14:30pm",
    "9 heures du matin",
    "demain 9",
    "demain 9h 7",
    "14h demain 15h",
    "lundi mardi",
    "mardi en huit",
    "next week",
    "next monday prochain",
    "fin du mois",
    "31/02",
    "31/11/2026",
    "12/25",
    "32 mars",
    "00/01",
    "2026-13-01",
    "2026-02-30T10:00",
    "2026-12-25T25:00",
    "25/12-2026",
    "25/12/206",
    "2206-01-01",
    "12 mars 14",
    "12 mars 2026 2027",
    "12 six",
    "12 five",
    "12 lundi",
    "14h 30 novembre",
    "mar 12",
    "lundi 24/11",
    "vendredi 12 mars 2028",
    "a may 2027",
    "dans 3 demain",
    "in 3 mon",
    "dans 2 m",
    "in 2 seconds",
    "dans 2 jours ouvrés",
    "3 days",
    "in 3 days ago",
    "+2",
    "+2w",
    "-2h",
    "+²h",
    "١٤h30",
    "１４h30",
    "14h30\x00",
    "demain 9h\x1b[31m",
    "[b]lundi[/b]",
    "lundi " * 1000,
    "9" * 5000,
]


@pytest.mark.parametrize("typed", REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_wholly_understood_is_refused(typed: str) -> None:
    with pytest.raises(BadWhen):
        parse_when(typed, now_ms=SUNDAY, zone=PARIS, calendar=Weekdays())


@pytest.mark.parametrize("typed", [*INSTANTS, *DAYS])
def test_a_digit_left_over_is_never_ignored(typed: str) -> None:
    for more in (f"{typed} 7", f"7 {typed}"):
        with pytest.raises(BadWhen):
            parse_when(more, now_ms=SUNDAY, zone=PARIS, calendar=Weekdays())


def test_a_refusal_is_a_usage_error_that_shows_what_was_typed_made_safe() -> None:
    with pytest.raises(LeadqError) as caught:
        parse_when("quand {tu} veux\x1b[2J", now_ms=SUNDAY, zone=PARIS)
    assert (caught.value.code, caught.value.exit_status) == ("bad_when", Exit.USAGE)
    assert "“quand {tu} veux\ufffd[2J”" in caught.value.message
    assert all(example in caught.value.message for example in ("14:30", "tomorrow 9am", "+2bd"))


PIECES = """
    14h30 9 9h 9am pm 12 2027 29 31/02 25/12 2026-12-25 T10:00 Z 2 +2bd +3d 99999 : h + - / . , a à at le on
    the in dans il y ago un une next prochain last lundi mon mar demain hier today mars may février jours days
    weeks mois hours minutes six decade ² ﬁ \u202e \x00
"""
WORDS = st.sampled_from(PIECES.split())
TYPED = st.one_of(st.text(), st.lists(WORDS, max_size=6).map(" ".join), st.lists(WORDS, max_size=4).map("".join))


@settings(deadline=None)  # the first one that needs dateparser pays its import
@given(TYPED, st.booleans(), st.booleans(), st.sampled_from([PARIS, NEW_YORK]))
@example("9999-12-31T23:59", False, False, NEW_YORK)
@example("+9999d", False, False, PARIS)
@example("in 999 decades", False, False, PARIS)
def test_whatever_is_typed_is_read_or_refused(typed: str, past: bool, opening: bool, zone: ZoneInfo) -> None:
    try:
        read = parse_when(typed, now_ms=SUNDAY, zone=zone, calendar=Weekdays(), opening=opening, past=past)
    except BadWhen:
        return
    assert isinstance(read.ms, int)
    local = datetime.fromtimestamp(read.ms / 1000, zone)
    assert not read.date_only or local.time() == time()


@given(st.integers(0, 23), st.integers(0, 59), st.booleans())
def test_a_bare_time_is_the_nearest_one_in_the_direction_asked_for(hour: int, minute: int, past: bool) -> None:
    readings = {
        parse_when(form.format(hour, minute), now_ms=SUNDAY, zone=PARIS, past=past)
        for form in ("{}h{:02}", "{:02}:{:02}", "{} H {:02}")
    }
    (read,) = readings
    distance = SUNDAY - read.ms if past else read.ms - SUNDAY
    assert 0 <= distance < 24 * 3_600_000
    assert datetime.fromtimestamp(read.ms / 1000, PARIS).time() == time(hour, minute)


def test_the_usual_words_are_read_without_importing_dateparser() -> None:
    program = (
        "import sys; from zoneinfo import ZoneInfo; from leadq.when import parse_when\n"
        "for typed in ('demain 9h', 'lundi', 'next friday 2pm', '25/12', '+2h', 'dans 30 minutes'):\n"
        "    parse_when(typed, now_ms=0, zone=ZoneInfo('Europe/Paris'))\n"
        "print('dateparser' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
