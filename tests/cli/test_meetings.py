"""Actions and decisions on the command line: kept until they are done, and the same on every laptop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import Leadq

ADD = ("action", "add", "Ask for phone numbers", "--owner", "Karim", "--due", "friday", "--json")


def test_an_action_is_carried_over_until_somebody_closes_it(leadq: Leadq) -> None:
    added = leadq(*ADD).json["action"]
    assert (added["owner"], added["due_at"], added["late"]) == ("karim", "2026-05-15T21:59:59Z", False)
    later = replace(leadq, now="2026-06-01T08:00:00Z")
    (still,) = later("action", "list", "--json").json
    assert still == {**added, "late": True}
    closed = later("action", "close", added["id"], "--note", "done", "--json").json["action"]
    assert (closed["closed_at"], closed["note"], closed["late"]) == ("2026-06-01T08:00:00Z", "done", False)
    assert later("action", "list", "--json").json == []
    assert later("action", "list", "--all", "--json").json == [closed]


def test_an_action_has_the_same_number_on_another_laptop_and_can_be_closed_there(leadq: Leadq, tmp_path: Path) -> None:
    added = leadq(*ADD).json["action"]
    ops, file = Leadq(tmp_path / "ops"), str(tmp_path / "events.jsonl")
    assert leadq("events", "export", file, "--texts").status == 0
    assert ops("events", "import", file).status == 0
    assert ops("action", "list", "--json").json == [added]
    assert ops("action", "close", added["id"]).status == 0
    assert ops("events", "export", file).status == 0
    assert leadq("events", "import", file).status == 0
    assert leadq("action", "list", "--json").json == []


def test_what_was_agreed_on_is_nobodys_verb(leadq: Leadq) -> None:
    """An undo goes past it, and no lead changes for it."""
    assert leadq("accept", "1").status == 0
    before = leadq("list", "--json").json
    leadq(*ADD)
    assert leadq("list", "--json").json == before
    assert leadq("undo", "--json").json["leads"][0]["id"] == 1
    assert leadq("doctor", "--json").json["ok"]
    assert len(leadq("action", "list", "--json").json) == 1


@pytest.mark.parametrize(("words", "status", "code"), [
    (("action", "add", "x", "--owner", "nobody", "--due", "friday"), 2, "unknown_member"),
    (("action", "add", "x", "--owner", "zoe", "--due", "2026-05-12"), 2, "due_in_past"),
    (("action", "add", "x", "--owner", "zoe", "--due", "whenever"), 2, "bad_when"),
    (("action", "add", "  ", "--owner", "zoe", "--due", "friday"), 2, "no_text"),
    (("action", "close", "abcdef"), 6, "unknown_action"),
    (("decision", "add", ""), 2, "no_text"),
    (("decision", "add", "x", "--contract", "nowhere.toml"), 2, "no_file"),
])  # fmt: skip
def test_what_cannot_be_agreed_on_is_refused(leadq: Leadq, words: tuple[str, ...], status: int, code: str) -> None:
    result = leadq(*words, "--json")
    assert (result.status, result.code) == (status, code)


def test_an_action_is_closed_once(leadq: Leadq) -> None:
    number = leadq(*ADD).json["action"]["id"]
    assert leadq("action", "close", number).status == 0
    result = leadq("action", "close", number, "--json")
    assert (result.status, result.code) == (5, "action_closed")


def test_a_decision_keeps_what_differs_and_how_last_month_would_have_gone(leadq: Leadq) -> None:
    june = replace(leadq, now="2026-06-10T08:00:00Z")
    new = leadq.file("next.toml", leadq.home.contract.read_text("utf-8").replace('target = "15m"', 'target = "9h"'))
    decision: dict[str, Any] = june("decision", "add", "More time", "--contract", new, "--json").json["decision"]
    change = decision["contract"]
    assert change["diff"] == ['~ policy.hot.clock.accept.target: "15m" -> "9h"']
    replayed = june("sla", "replay", "--contract", new, "--json").json
    counted = [{key: row[key] for key in ("kind", "tier", "now", "then")} for row in replayed["clocks"]]
    assert counted
    assert change["replay"]["clocks"] == counted
    assert june("decision", "list", "--json").json == [decision]
    assert june("decision", "add", "Keep going", "--json").json["decision"]["contract"] is None
