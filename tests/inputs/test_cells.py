"""Money, currencies, days and months as people write them: what may mean two things is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.inputs.cells import BadCell, currency, instant, money, month
from tests.domain.builders import at

PARIS = ZoneInfo("Europe/Paris")


@given(st.integers(0, 10**12), st.sampled_from(["", "€", " €", " EUR", " eur"]))
def test_an_amount_is_the_same_in_every_spelling(cents: int, beside: str) -> None:
    amount = Decimal(cents) / 100
    english = f"{amount:,.2f}"
    swapped = english.translate(str.maketrans(",.", ".,"))
    french = swapped.replace(".", "\u202f")
    for text in (english, swapped, french, f"{amount:.2f}", f"{amount:.2f}".replace(".", ",")):
        digits, code = money("amount", text + beside)
        assert (Decimal(digits), code) == (amount, "EUR" if beside else "")


@pytest.mark.parametrize(("text", "digits"), [
    ("1,234", "1234"), ("12 000", "12000"), ("1'234.50", "1234.50"), ("0", "0"), ("-0", "0"), ("€ 5", "5"),
    (".5", "0.5"), ("1200.1000000000001", "1200.1"), ("1033.333", "1033.333"), ("0.125", "0.125"),
])  # fmt: skip
def test_an_amount_keeps_its_digits(text: str, digits: str) -> None:
    assert money("amount", text)[0] == digits


@pytest.mark.parametrize("text", [
    "-5", "1.234", "12.345", "abc", "", "12 €  €", "1e5", "nan", "inf", "12%", "(500)", "1,2,3", "=1+1", "1 2", "€",
    "12k", "1.000.000.000.000.000.000", "\u0661\u0662",
])  # fmt: skip
def test_what_is_no_amount_or_may_be_two_is_refused(text: str) -> None:
    with pytest.raises(BadCell):
        money("amount", text)


def test_what_may_be_two_numbers_says_which() -> None:
    with pytest.raises(BadCell, match=r"may mean 1\.234 or 1234"):
        money("amount", "1.234")


@given(st.text(max_size=12))
def test_no_amount_is_ever_below_zero_or_no_number(text: str) -> None:
    try:
        digits, code = money("amount", text)
    except BadCell:
        return
    assert 0 <= Decimal(digits) < 10**15
    assert code == "" or (len(code) == 3 and code.isascii() and code.isupper())


def test_a_currency_is_three_letters_or_one_of_two_signs() -> None:
    assert [currency("currency", text) for text in ("eur", " CHF ", "€", "£", "")] == ["EUR", "CHF", "EUR", "GBP", ""]
    for text in ("EURO", "$", "E1R", "éur"):
        with pytest.raises(BadCell):
            currency("currency", text)


@pytest.mark.parametrize("text", [
    "2026-02", "02/2026", "2/2026", "2026/02", "février 2026", "Févr. 2026", "February 2026", "feb-26", "2026-02-01",
    "01/02/2026", "2026-02-01 00:00:00",
])  # fmt: skip
def test_a_month_is_its_first_and_last_day(text: str) -> None:
    assert month("month", text) == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize("text", ["jui 2026", "2026-13", "2026-00", "2026", "2026-02-15", "2026-2-1-1", "moi 2026", ""])
def test_what_is_no_month_or_may_be_two_is_refused(text: str) -> None:
    with pytest.raises(BadCell):
        month("month", text)


def test_an_instant_is_of_the_zone_and_a_day_alone_is_its_beginning() -> None:
    assert instant("closed", "31/05/2026", PARIS) == (at("2026-05-30T22:00"), date(2026, 5, 31))
    assert instant("closed", "2026-05-31T23:30:00Z", PARIS) == (at("2026-05-31T23:30"), date(2026, 6, 1))
    with pytest.raises(BadCell):
        instant("closed", "30/02/2026", PARIS)
