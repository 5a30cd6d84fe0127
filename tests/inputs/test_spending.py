"""Rows about the same thing that share a day are refused, and no others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq.errors import LeadqError
from leadq.inputs.kept import keep
from leadq.inputs.tables import open_input
from leadq.inputs.taking import rehearse
from leadq.paths import find_home
from leadq.sqlite import Store

ROWS = st.lists(
    st.tuples(
        st.integers(0, 12), st.integers(0, 6), st.sampled_from(["web", "fair", ""]), st.sampled_from(["EUR", "GBP"])
    ),
    min_size=1, max_size=6,
)  # fmt: skip
Said = tuple[int, int, str, str]


@pytest.fixture
def nowhere(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with Store(find_home(str(tmp_path))).read() as db:
        yield db


def days(row: Said) -> set[int]:
    first, length, *_thing = row
    return set(range(first, first + length + 1))


def clash(one: Said, other: Said) -> bool:
    return one[2:] == other[2:] and bool(days(one) & days(other))


def as_csv(rows: list[Said]) -> bytes:
    day = date(2026, 6, 1)
    lines = ["from,to,amount,currency,source"]
    for first, length, source, currency in rows:
        begin, end = day + timedelta(days=first), day + timedelta(days=first + length)
        lines.append(f"{begin},{end},10,{currency},{source}")
    return "\n".join(lines).encode()


def told(db: sqlite3.Connection, rows: list[Said]) -> set[int]:
    """The lines that are refused; 2 is the first row."""
    file = open_input(
        BytesIO(as_csv(rows)), "s.csv", "spend", sheet=None, forced={}, currency_="", progress=lambda rows: None
    )  # fmt: skip
    try:
        rehearse(db, file, "Europe/Paris", 1)
    except LeadqError as refused:
        return {int(one["line"]) for one in refused.candidates}
    return set()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_a_file_is_refused_exactly_when_two_of_its_rows_share_a_day(
    nowhere: sqlite3.Connection, rows: list[Said]
) -> None:
    clashing = {
        line for pair in combinations(enumerate(rows, 2), 2) if clash(pair[0][1], pair[1][1]) for line, _ in pair
    }
    refused = told(nowhere, rows)
    assert refused <= clashing
    assert bool(refused) == bool(clashing)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(ROWS, ROWS)
def test_a_file_is_refused_exactly_when_it_clashes_with_what_was_given(
    nowhere: sqlite3.Connection, before: list[Said], rows: list[Said]
) -> None:
    if told(nowhere, before) or told(nowhere, rows):
        return
    nowhere.execute("SAVEPOINT before")
    file = open_input(
        BytesIO(as_csv(before)), "b.csv", "spend", sheet=None, forced={}, currency_="", progress=lambda rows: None
    )  # fmt: skip
    keep(nowhere, "spend", "b.csv", "", 0, rehearse(nowhere, file, "Europe/Paris", 1).fresh)
    try:
        fresh = [(line, row) for line, row in enumerate(rows, 2) if row not in before]
        assert told(nowhere, rows) == {line for line, row in fresh if any(clash(row, other) for other in before)}
    finally:
        nowhere.execute("ROLLBACK TO before")
