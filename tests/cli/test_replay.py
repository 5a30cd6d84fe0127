"""`sla replay`: the same leads and events under another contract, counted by clock and tier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leadq.rulebook import template_text
from tests.cli.runner import Leadq

PME = template_text("pme-fr")
JUNE = "2026-06-10T08:00:00Z"


@pytest.fixture
def june(leadq: Leadq) -> Leadq:
    """The four leads of May, one of them touched 20 minutes of opening hours after its handoff, seen from June."""
    replace(leadq, now="2026-05-13T13:15:00Z")("touch", "1", "--channel", "call", "--outcome", "no_answer")
    return replace(leadq, now=JUNE)


def other(leadq: Leadq, *changes: tuple[str, str]) -> list[str]:
    text = PME
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return ["sla", "replay", "--contract", leadq.file("other.toml", text)]


def row(found: dict[str, Any], kind: str, tier: str) -> tuple[dict[str, int], dict[str, int]]:
    (one,) = (one for one in found["clocks"] if (one["kind"], one["tier"]) == (kind, tier))
    return one["now"], one["then"]


def test_the_same_contract_gives_the_same_figures_twice(june: Leadq) -> None:
    found = june(*other(june), "--json").json
    assert (found["from"], found["to"]) == ("2026-05-01T00:00:00+02:00", "2026-06-01T00:00:00+02:00")
    assert [(one["kind"], one["tier"]) for one in found["clocks"]] == [
        (kind, tier) for kind in ("accept", "first_touch", "disposition") for tier in ("hot", "warm", "standard")
    ]
    assert all(one["now"] == one["then"] for one in found["clocks"])
    assert row(found, "first_touch", "hot")[0] == {"met": 1, "late": 0, "open": 0}
    assert row(found, "first_touch", "warm")[0] == {"met": 0, "late": 2, "open": 0}
    assert row(found, "disposition", "hot")[0] == {"met": 0, "late": 1, "open": 0}


def test_a_shorter_delay_would_have_been_late(june: Leadq) -> None:
    words = other(june, ('clock.first_touch = { target = "30m"', 'clock.first_touch = { target = "10m"'))
    assert row(june(*words, "--json").json, "first_touch", "hot") == (
        {"met": 1, "late": 0, "open": 0},
        {"met": 0, "late": 1, "open": 0},
    )
    assert "first touch" in june(*words).out


def test_a_lead_gets_the_policy_that_the_other_contract_would_have_given_it(june: Leadq) -> None:
    """Everything is standard there, with 90 working days for a verdict: the hot lead's verdict is still open."""
    words = other(
        june, ("trigger in ['demo', 'pricing', 'contact'] or score >= 80", "score >= 99"), ('"15bd"', '"90bd"')
    )
    now, then = row(june(*words, "--json").json, "disposition", "hot")
    assert (now["late"], then["open"]) == (1, 1)


def test_the_title_of_a_person_may_decide_too(june: Leadq) -> None:
    words = other(
        june,
        ("trigger == 'event'", "company == 'Meyer GmbH'"),
        ('"1bd" }\nclock.disposition', '"30bd" }\nclock.disposition'),
    )
    now, then = row(june(*words, "--json").json, "first_touch", "standard")
    assert (now["late"], then["open"]) == (1, 1)


def test_a_period_is_from_included_to_excluded(june: Leadq) -> None:
    words = (*other(june), "--from", "2026-05-13T09:00Z", "--to", "2026-05-13T12:55Z", "--json")
    found = june(*words).json
    assert {one["tier"] for one in found["clocks"]} == {"standard"}
    assert june(*other(june), "--from", "2026-05-14", "--json").json["clocks"] == []
    assert june(*other(june), "--from", "2026-05-14", "--json").json["to"] == "2026-06-10T10:00:00+02:00"
    assert "No lead was handed off" in june(*other(june), "--from", "2026-05-14").out


def test_a_period_that_ends_before_it_begins_is_refused(june: Leadq) -> None:
    refused = june(*other(june), "--from", "2026-05-14", "--to", "2026-05-13", "--json")
    assert (refused.status, refused.code) == (2, "bad_period")


def test_nothing_is_written(june: Leadq) -> None:
    before = june("list", "--json", "--view", "all").out
    june(*other(june, ('"30m"', '"10m"')))
    assert june("list", "--json", "--view", "all").out == before


def test_no_home_is_made(empty: Leadq) -> None:
    assert empty(*other(empty), "--json").json["clocks"] == []
    assert not empty.folder.exists()
