"""Numbers, dates, e-mails and phones as people write them in French and English files."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.values import normal_email, normal_phone, parse_date, parse_number, tel

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("82", 82),
        (" 82 ", 82),
        ("-3", -3),
        ("+3", 3),
        ("12,5", 12.5),
        ("0,5", 0.5),
        (",5", 0.5),
        ("0,125", 0.125),
        ("1 234,5", 1234.5),
        ("1\u202f234\u202f567,8", 1234567.8),
        ("1\u00a0234", 1234),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1,234", 1234),
        ("1.234", 1.234),
        ("1.234.567", 1234567),
        ("1,234,567", 1234567),
        ("12,345,678.9", 12345678.9),
        ("1'234.50", 1234.5),
        ("1’234", 1234),
        ("82 %", 82),
        ("82\u00a0%", 82),
    ],
)
def test_numbers_of_every_usage(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", ".", "n/a", "nan", "inf", "1e5", "1_000", "82/100", "50-99", "06 12 34", "1,2,3", "1.2.3",
     "1,234.567,8", "٣", "9" * 400, "12 €"],
)  # fmt: skip
def test_what_is_no_number_is_none(text):
    assert parse_number(text) is None


@given(st.integers(-(10**12), 10**12))
def test_an_integer_is_read_back_with_any_thousands_mark(n):
    for mark in ("", "\u202f", "\u00a0", " "):
        assert parse_number(f"{n:,}".replace(",", mark)) == n


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=2))
def test_two_decimals_are_read_back_in_french_and_english(value):
    english = f"{value:,}"
    assert parse_number(english) == float(value)
    assert parse_number(english.replace(",", "\u202f").replace(".", ",")) == float(value)


@given(st.text(alphabet="0123456789.,' \u00a0+-%", max_size=20))
def test_a_number_is_read_or_refused_never_an_error(text):
    value = parse_number(text)
    assert value is None or isinstance(value, float)


def at(*parts):
    return int(datetime(*parts, tzinfo=PARIS).timestamp()) * 1000


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-05-13T15:00:00Z", at(2026, 5, 13, 17)),
        ("2026-05-13T15:00:00+00:00", at(2026, 5, 13, 17)),
        ("2026-05-13T15:00:00", at(2026, 5, 13, 15)),
        ("2026-05-13 15:00", at(2026, 5, 13, 15)),
        ("13/05/2026 14:30", at(2026, 5, 13, 14, 30)),
        ("13/05/2026 14:30:15", at(2026, 5, 13, 14, 30, 15)),
        ("13/05/2026  9:05", at(2026, 5, 13, 9, 5)),
        ("13/05/2026 14h30", at(2026, 5, 13, 14, 30)),
        ("13.05.2026 14:30", at(2026, 5, 13, 14, 30)),
        ("2026/05/13 14:30", at(2026, 5, 13, 14, 30)),
        (" 3/5/2026 08:00 ", at(2026, 5, 3, 8)),
    ],
)
def test_a_date_with_a_time_is_an_instant(text, ms):
    assert parse_date(text, PARIS) == (ms, False)


@pytest.mark.parametrize("text", ["2026-05-13", "13/05/2026", "13.05.2026", "13-05-2026", "2026/05/13", "2026/5/13"])
def test_a_date_without_time_is_local_midnight_and_says_so(text):
    assert parse_date(text, PARIS) == (at(2026, 5, 13), True)


def test_milliseconds_are_floored():
    assert parse_date("1970-01-01T00:00:00.001999Z", PARIS) == (1, False)


@pytest.mark.parametrize(
    "text",
    ["", "demain", "31/02/2026", "29/02/2026", "05/13/2026", "13/05/26", "13-05-26", "2026-13-01",
     "2026-02-30", "13/05-2026", "13/05/2026 24:30", "13/05/2026 14:60", "13/05/2026 14", "2026-05-13x15:00",
     "20260513", "2026-W20-3", "0001-01-01", "01/01/1900", "9999-12-31T23:59:59-23:00", "46155",
     "00/00/0000", "２０２６-05-13"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert parse_date(text, ZoneInfo("Asia/Tokyo")) is None


@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)))
def test_the_same_moment_is_read_from_iso_and_from_french(moment):
    moment = moment.replace(microsecond=0)
    assert parse_date(moment.isoformat(), PARIS) == parse_date(f"{moment:%d/%m/%Y %H:%M:%S}", PARIS)


@given(st.text(alphabet="0123456789/-.:T hZ+", max_size=25))
def test_a_date_is_read_or_refused_never_an_error(text):
    parsed = parse_date(text, PARIS)
    assert parsed is None or isinstance(parsed[0], int)


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("anne@acme.example", "anne@acme.example"),
        (" Anne.Lefèvre@ACME.Example\u00a0", "anne.lefèvre@acme.example"),
        ("\u200bo'neil+demo@mail.acme.example\ufeff", "o'neil+demo@mail.acme.example"),
        ("zoé@société.example", "zoé@société.example"),
    ],
)
def test_an_email_is_trimmed_and_lower_case(text, email):
    assert normal_email(text) == email


@pytest.mark.parametrize(
    "text",
    ["", "anne", "anne@", "@acme.example", "anne@acme", "anne@acme.", "anne@.example", "anne@acme..example",
     "an ne@acme.example", "a@b@acme.example", "a@acme.example;b@acme.example", "Anne <anne@acme.example>",
     "an\u200bne@acme.example", "anne@acme.example\x00", "a" * 250 + "@acme.example"],
)  # fmt: skip
def test_what_is_no_email_is_none(text):
    assert normal_email(text) is None


@pytest.mark.parametrize(
    ("text", "country", "phone"),
    [
        ("+33199000001", "FR", "+33199000001"),
        ("01 99 00 00 01", "FR", "+33199000001"),
        ("01.99.00.00.01", "fr", "+33199000001"),
        ("01-99-00-00-01", "FR", "+33199000001"),
        ("06\u202f39\u00a098 00 01", "FR", "+33639980001"),
        ("+33 (0)1 99 00 00 01", "FR", "+33199000001"),
        ("+33 01 99 00 00 01", "FR", "+33199000001"),
        ("0033 1 99 00 00 01", "FR", "+33199000001"),
        ("0033 (0) 1 99 00 00 01", "FR", "+33199000001"),
        ("199000001", "FR", "+33199000001"),
        ("33199000001", "FR", "+33199000001"),
        ("02 555 12 34", "BE", "+3225551234"),
        ("0470 12 34 56", "BE", "+32470123456"),
        ("044 668 18 00", "CH", "+41446681800"),
        ("26 20 20 20", "LU", "+35226202020"),
        ("621 123 456", "LU", "+352621123456"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("+44 (0)20 7946 0123", "FR", "+442079460123"),
        ("(212) 555-0142", "US", "+12125550142"),
        ("1-212-555-0142", "US", "+12125550142"),
        ("030 23125 001", "DE", "+493023125001"),
        ("912 34 56 78", "ES", "+34912345678"),
        ("02 1234 5678", "IT", "+390212345678"),
        ("+39 (0)2 1234 5678", "IT", "+390212345678"),
        ("340 123 4567", "IT", "+393401234567"),
        ("+351 21 123 4567", "", "+351211234567"),
        ("+351 (0)21 123 4567", "XX", "+351211234567"),
    ],
)
def test_phones_become_e164(text, country, phone):
    assert normal_phone(text, country) == phone


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("", "FR"),
        ("+", "FR"),
        ("-", "FR"),
        ("non communiqué", "FR"),
        ("01 99 00 00", "FR"),
        ("01 99 00 00 01 / 06 39 98 00 01", "FR"),
        ("01 99 00 00 01 poste 12", "FR"),
        ("01 99 00 00 01", "JP"),
        ("01 99 00 00 01", ""),
        ("212 555 0142", "GB"),
        ("112 555 0142", "US"),
        ("+12345", "FR"),
        ("+1234567890123456", "FR"),
        ("+0199000001", "FR"),
        ("٠١٩٩٠٠٠٠٠١", "FR"),
    ],
)
def test_what_is_no_phone_is_none(text, country):
    assert normal_phone(text, country) is None


@given(st.sampled_from(["FR", "CH"]), st.integers(100_000_000, 999_999_999), st.sampled_from([" ", ".", "-", ""]))
def test_a_national_number_and_its_international_form_are_one_phone(country, number, mark):
    code = {"FR": "33", "CH": "41"}[country]
    national = mark.join(["0" + str(number)[0], *[str(number)[i : i + 2] for i in range(1, 9, 2)]])
    assert normal_phone(national, country) == f"+{code}{number}"
    assert normal_phone(f"+{code}{number}", country) == f"+{code}{number}"


@given(st.text(alphabet="+0123456789 ().-/", max_size=24), st.sampled_from(["FR", "GB", "IT", "DE", ""]))
def test_normalising_a_phone_twice_changes_nothing(text, country):
    phone = normal_phone(text, country)
    assert phone is None or normal_phone(phone, country) == phone


@pytest.mark.parametrize(
    ("text", "country", "uri"),
    [
        ("01 99 00 11 22", "FR", "tel:+33199001122"),
        ("+33 (0)1 99 00 11 22", "", "tel:+33199001122"),
        ("555-0100", "JP", "tel:5550100"),
        ("+33199001122;isub=1", "FR", ""),
        ("call me", "FR", ""),
        ("٠١٢٣٤٥٦", "", ""),
        ("1" * 16, "", ""),
        ("", "FR", ""),
    ],
)
def test_only_digits_are_ever_dialled(text: str, country: str, uri: str) -> None:
    assert tel(text, country) == uri
