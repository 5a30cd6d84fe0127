"""What a search may have meant: letters in order, from the beginning of a word, not far apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.near import cost
from leadq.text import fold


@pytest.mark.parametrize(
    ("typed", "name", "near"),
    [
        ("hlne", "Hélène Lefebvre", True),
        ("frgs", "Zoé Forges d’Ardèche", True),
        ("jmartin", "Jeanne Martin", True),
        ("lefbvre hln", "Hélène Lefebvre", True),
        ("lefebvre", "Hélène Lefebvre", True),
        ("enlh", "Hélène Lefebvre", False),
        ("bvre", "Hélène Lefebvre", True),  # a part of it, as the search finds it
        ("bvr", "Hélène Lefebvre", True),
        ("bre", "Hélène Lefebvre", False),  # no word begins with a b
        ("hre", "Hélène Lefebvre", False),  # too far apart: nearly every name has three letters
        ("hlne zz", "Hélène Lefebvre", False),
    ],
)
def test_letters_in_order_are_near_when_a_word_begins_with_them(typed: str, name: str, near: bool) -> None:
    assert (cost(fold(typed).split(), fold(name)) is not None) is near


def test_the_closer_the_letters_the_nearer_the_name() -> None:
    costs = [cost(["acme"], text) for text in ("acme ltd", "ac me ltd", "a c m e")]
    assert costs == [0, 1, 3]


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.text(st.characters(codec="utf-8"), max_size=200))
def test_whatever_is_typed_and_stored_costs_nothing_or_a_number(typed: str, stored: str) -> None:
    found = cost(fold(typed).split(), fold(stored))
    assert found is None or found >= 0
