"""Which contract of an offer is followed: signed by both teams for this very text, pinned, newest, on its day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadq.domain.agreed import Taken, begins_ms, choose, rank, unsigned_by
from tests.agreed import draft, read, signed
from tests.leads import NOW_MS

if TYPE_CHECKING:
    from leadq.domain.contract import Contract

SPRING, SUMMER, AUTUMN = (
    read(signed(version, day))
    for version, day in (("2026-05", "2026-05-01"), ("2026-07", "2026-07-01"), ("2026-10", "2026-10-01"))
)
DRAFT = read(draft("2026-05", "2026-05-01"))


def taken(*contracts: Contract) -> tuple[Taken, ...]:
    return tuple(Taken(one.hash, one.version, rank(one), number) for number, one in enumerate(contracts))


def test_a_signed_contract_whose_day_is_there_is_followed_and_the_next_is_announced() -> None:
    choice = choose([AUTUMN, SPRING, SUMMER], DRAFT, (), "", NOW_MS)
    assert (choice.now, choice.coming, choice.objection) == (SPRING, SUMMER, "")
    on_its_day = choose([AUTUMN, SPRING, SUMMER], SPRING, taken(SPRING), "", begins_ms(SUMMER))
    assert (on_its_day.now, on_its_day.coming) == (SUMMER, AUTUMN)


def test_a_day_begins_at_midnight_in_the_zone_of_the_contract() -> None:
    assert choose([SUMMER], DRAFT, (), "", begins_ms(SUMMER) - 1).now is None
    assert choose([SUMMER], DRAFT, (), "", begins_ms(SUMMER)).now == SUMMER


@pytest.mark.parametrize("role", ["marketing", "sales"])
def test_one_team_alone_signs_nothing_for_both(role: str) -> None:
    half = read(signed("2026-05", "2026-05-01", role))
    choice = choose([half], DRAFT, (), "", NOW_MS)
    assert (choice.now, choice.coming, choice.objection) == (None, None, "unsigned")
    assert len(unsigned_by(half)) == 1


def test_a_text_that_was_edited_after_it_was_signed_is_not_followed() -> None:
    edited = read(signed("2026-05", "2026-05-01").replace('target = "15m"', 'target = "90m"'))
    choice = choose([edited], DRAFT, (), "", NOW_MS)
    assert (choice.now, choice.objection, choice.about) == (None, "edited", edited)


def test_an_unsigned_next_one_is_said_and_keeps_no_signed_one_from_being_followed() -> None:
    choice = choose([SPRING, read(draft("2026-07", "2026-07-01"))], DRAFT, (), "", NOW_MS)
    assert (choice.now, choice.coming, choice.objection) == (SPRING, None, "unsigned")


def test_with_a_pin_only_that_one_is_followed_even_when_it_is_older() -> None:
    assert choose([SPRING], DRAFT, (), SUMMER.hash, NOW_MS).objection == "pin"
    assert choose([SPRING], DRAFT, (), SPRING.hash, NOW_MS).now == SPRING
    back = choose([SPRING, SUMMER], SUMMER, taken(SPRING, SUMMER), SPRING.hash, begins_ms(AUTUMN))
    assert (back.now, back.objection) == (SPRING, "")
    assert choose([read(draft("2026-05", "2026-05-01"))], SUMMER, (), DRAFT.hash, NOW_MS).objection == "unsigned"


def test_an_older_one_is_refused_and_so_is_the_same_day_once_more() -> None:
    later_ms = begins_ms(AUTUMN)
    assert choose([SPRING], SUMMER, (), "", later_ms).objection == "older"
    assert choose([SPRING], DRAFT, taken(SPRING, SUMMER), "", later_ms).objection == "older"
    corrected = read(signed("2026-05b", "2026-05-01", on="2026-05-02"))
    assert choose([corrected], SPRING, taken(SPRING), "", NOW_MS).now == corrected
    assert choose([SPRING], corrected, taken(SPRING, corrected), "", NOW_MS).objection == "older"


def test_what_somebody_prepares_here_is_let_be_until_the_source_has_something_newer() -> None:
    prepared = read(draft("2026-07", "2026-07-01"))
    assert choose([SPRING], prepared, taken(SPRING), "", NOW_MS).now is None
    assert choose([SPRING], prepared, taken(SPRING), "", NOW_MS).objection == ""
    assert choose([SUMMER], prepared, taken(SPRING), "", begins_ms(SUMMER)).now == SUMMER


def test_a_draft_here_is_older_than_whatever_both_teams_signed() -> None:
    assert choose([SPRING], read(draft("2027-01", "2027-01-01")), (), "", NOW_MS).now == SPRING
    assert choose([SPRING], None, (), "", NOW_MS).now == SPRING


def test_the_same_agreement_is_taken_again_only_for_its_signatures() -> None:
    assert DRAFT.hash == SPRING.hash
    assert choose([SPRING], DRAFT, (), "", NOW_MS).now == SPRING
    assert choose([SPRING], SPRING, taken(SPRING), "", NOW_MS).now is None


def test_nothing_on_offer_changes_nothing() -> None:
    assert choose([], SPRING, taken(SPRING), SUMMER.hash, NOW_MS) == choose([], None, (), "", NOW_MS)


@settings(max_examples=60)
@given(
    offered=st.lists(st.sampled_from([SPRING, SUMMER, AUTUMN, DRAFT]), max_size=4),
    ours=st.sampled_from([None, DRAFT, SPRING, SUMMER, AUTUMN]),
    pinned=st.booleans(),
    days=st.integers(-100, 300),
)
def test_what_is_followed_is_signed_by_both_has_begun_and_is_never_older(
    offered: list[Contract], ours: Contract | None, pinned: bool, days: int
) -> None:
    now_ms, pin = NOW_MS + days * 86_400_000, SPRING.hash if pinned else ""
    choice = choose(offered, ours, (), pin, now_ms)
    for one in filter(None, (choice.now, choice.coming)):
        assert not unsigned_by(one)
        assert pin in ("", one.hash)
    if choice.now:
        assert begins_ms(choice.now) <= now_ms
        assert pinned or ours is None or unsigned_by(ours) or rank(choice.now) > rank(ours)
        again = choose(offered, choice.now, taken(choice.now), pin, now_ms)
        assert (again.now, again.coming) == (None, choice.coming)
    if choice.coming:
        assert begins_ms(choice.coming) > now_ms


def test_a_signature_that_names_no_text_signs_none() -> None:
    blank = replace(SPRING, signatures=tuple(replace(one, hash="") for one in SPRING.signatures))
    assert choose([blank], DRAFT, (), "", NOW_MS).objection == "unsigned"
