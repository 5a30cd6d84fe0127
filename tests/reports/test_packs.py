"""The agendas of the meetings: what is still to be done first, both teams' figures next, and who won together."""

from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from leadq.cli.ritual import FORMATS, RITUALS
from leadq.reports.packs import PACKS
from tests import example
from tests.cli.runner import Leadq

JULY: Final = "2026-07-06T08:00:00Z"
"""A Monday: the week, the month and the quarter before it are whole."""


@pytest.fixture(scope="module")
def _june(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, then an action, a decision about the contract, and a debrief."""
    june = replace(example.live(Leadq(tmp_path_factory.mktemp("june") / "home")), now="2026-07-02T08:00:00Z")
    assert june("action", "add", "Ask for phone numbers", "--owner", "marie", "--due", "2026-07-03").status == 0
    text = june.home.contract.read_text("utf-8")
    new = june.file("next.toml", text.replace('target = "1h"', 'target = "3h"'))
    assert june("decision", "add", "Three hours to accept", "--contract", new).status == 0
    lesson = ("--outcome", "won", "--with", "nora", "--lesson", "they came by the demo", "--action", "more demos")
    assert replace(june, now="2026-06-30T10:00:00Z")("debrief", "csv:A1", *lesson).status == 0
    assert june("ae-accept", "csv:A1").status == 0
    return june.folder


@pytest.fixture
def june(_june: Path, tmp_path: Path) -> Leadq:
    return Leadq(Path(shutil.copytree(_june, tmp_path / "home")), now=JULY)


def sections(leadq: Leadq, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = leadq("ritual", kind, "--json").json["sections"]
    return found


def test_each_agenda_has_its_blocks_and_begins_with_what_is_to_be_done(june: Leadq) -> None:
    blocks = {
        "weekly": {"delays", "attainment", "breaches", "radar", "handoffs", "disputes", "listen"},
        "monthly": {"conversion", "reasons", "missing", "recycling", "calibration", "insights", "proposals"},
        "quarterly": {"cohorts", "profile", "review", "insights", "debriefs", "survey", "goals", "raci", "pilots"},
    }
    assert set(PACKS) == set(RITUALS) == set(blocks)
    for kind, wanted in blocks.items():
        found = list(sections(june, kind))
        assert found[:3] == ["actions", "volume", "promises"]
        assert wanted | {"wins", "decisions"} <= set(found)
        assert found[-1] == "trust"


def test_an_action_is_on_every_agenda_until_it_is_closed_and_then_once_more_as_closed(june: Leadq) -> None:
    (still,) = sections(june, "weekly")["actions"]["open"]
    assert (still["text"], still["whose"], still["state"]) == ("Ask for phone numbers", "marie", "late")
    assert june("action", "close", still["id"]).status == 0
    later = replace(june, now="2026-07-13T08:00:00Z")
    assert sections(later, "weekly")["actions"]["open"] == []
    assert [one["id"] for one in sections(later, "weekly")["closed"]["closed"]] == [still["id"]]
    assert "closed" not in sections(replace(june, now="2026-07-20T08:00:00Z"), "weekly")


def test_a_decision_comes_with_what_it_changes_and_last_month_under_it(june: Leadq) -> None:
    told = sections(june, "monthly")["decisions"]
    assert [one["text"] for one in told["decisions"]] == ["Three hours to accept"]
    assert [one["change"] for one in told["changes"]] == ['~ policy.hot.clock.accept.target: "1h" -> "3h"']
    hot = next(row for row in told["replay"] if (row["clock"], row["tier"]) == ("accept", "hot"))
    assert hot["now"] == {"met": 3, "late": 2, "open": 0}
    assert hot["then"] == {"met": 4, "late": 1, "open": 0}


def test_a_win_is_the_sources_the_reps_and_the_account_executives(june: Leadq) -> None:
    (win,) = sections(june, "quarterly")["wins"]["wins"]
    assert (win["source"], win["campaign"], win["rep"], win["ae"]) == ("web", "spring", "zoe", "zoe")
    assert win["amount"] == {"value": "12000", "unit": "EUR"}
    assert "Zoé Lefèvre" in june("ritual", "monthly").out
    assert sections(june, "weekly")["wins"]["wins"] == []


def test_what_was_learnt_from_a_deal_is_told_without_who_said_it(june: Leadq) -> None:
    (one,) = sections(june, "quarterly")["debriefs"]["debriefs"]
    assert (one["outcome"], one["lesson"], one["action"]) == ("won", "they came by the demo", "more demos")
    assert not {"by", "with"} & one.keys()


def test_criteria_that_leads_were_ended_for_are_proposed(june: Leadq) -> None:
    told = sections(june, "monthly")["proposals"]["proposals"]
    assert [(one["kind"], one["which"], one["figure"]["hits"]) for one in told] == [("criterion", "size", 1)]


def test_an_unsigned_contract_is_to_be_signed(june: Leadq) -> None:
    told = {one["what"]: one["state"] for one in sections(june, "quarterly")["review"]["review"]}
    assert (told["signature_marketing"], told["signature_sales"], told["contract"]) == ("due", "due", "undated")


@pytest.mark.parametrize("kind", RITUALS)
def test_an_agenda_says_how_to_make_it_again_to_the_letter(june: Leadq, kind: str) -> None:
    shown = june("ritual", kind, "--json", "--as-of", JULY)
    assert shown.json["kind"] == f"ritual-{kind}"
    later = replace(june, now="2026-08-01T08:00:00Z")
    assert later("action", "add", "Later", "--owner", "zoe", "--due", "friday").status == 0
    again = later(*shlex.split(shown.json["command"])[1:], "--json")
    assert again.out == shown.out


def test_an_agenda_is_said_in_every_format_and_numbered(june: Leadq, tmp_path: Path) -> None:
    for format_, begins in zip(FORMATS, ("# Agenda of the week", "<!doctype html>", "{"), strict=True):
        path = tmp_path / f"agenda.{format_}"
        assert june("ritual", "weekly", "-o", str(path)).status == 0
        assert path.read_text("utf-8").startswith(begins)
    assert "## 1. What is to be done" in june("ritual", "weekly").out
    assert "## 1. Ce qui est à faire" in june("ritual", "weekly", "--lang", "fr").out
    assert json.loads((tmp_path / "agenda.json").read_text("utf-8"))["zone"] == "Europe/Paris"


@pytest.mark.parametrize("kind", RITUALS)
def test_an_agenda_of_nothing_says_so_and_makes_no_home(empty: Leadq, kind: str) -> None:
    result = empty("ritual", kind)
    assert (result.status, empty.folder.exists()) == (0, False)
    assert "No action is open." in result.out
    assert "Nothing was handed off in this period." in result.out
    assert "NaN" not in result.out


@pytest.mark.parametrize(("words", "status", "code"), [
    (("yearly",), 6, "unknown_ritual"),
    (("weekly", "--as-of", "2027-05-01"), 2, "bad_period"),
    (("weekly", "--format", "csv"), 2, "usage"),
    (("weekly", "-o", "agenda.csv"), 2, "usage"),
])  # fmt: skip
def test_what_is_no_agenda_is_refused(empty: Leadq, words: tuple[str, ...], status: int, code: str) -> None:
    result = empty("ritual", *words, "--json")
    assert (result.status, result.code) == (status, code)
