"""The first thread from end to end: a file comes in, verdicts are given, each outcome goes out once."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.runner import Leadq

EXAMPLES = Path(__file__).parents[2] / "examples"


def outcomes(leadq: Leadq) -> list[dict[str, str]]:
    with (leadq.home.data / "outcomes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def worked(empty: Leadq) -> tuple[Leadq, list[int]]:
    """Three of nobody's leads of the example file: one accepted, one touched, one rejected."""
    empty = replace(empty, now="2026-06-01T09:00:00Z")  # when all of them were handed off
    assert empty("import", str(EXAMPLES / "leads-fr.csv")).status == 0
    free = [lead["id"] for lead in empty("list", "--owner", "", "--json").json if lead["state"] == "handed_off"][:3]
    first, second, third = map(str, free)
    verdict = ("--reason", "rej.off_icp", "--criterion", "size", "--quality", "2")
    assert empty("accept", first).status == 0
    assert empty("touch", second, "--channel", "call", "--outcome", "no_answer").status == 0
    assert empty("reject", third, *verdict).status == 0
    return empty, free


def test_each_outcome_is_written_once_however_often_sync_runs(worked: tuple[Leadq, list[int]]) -> None:
    leadq, _ids = worked
    assert [leadq("sync").status for _time in range(3)] == [0, 0, 0]
    rows = outcomes(leadq)
    assert sorted(row["verb"] for row in rows) == ["accept", "accept", "reject", "touch"]
    assert len({row["op_id"] for row in rows}) == 4


def test_the_outcome_says_what_marketing_needs(worked: tuple[Leadq, list[int]]) -> None:
    leadq, ids = worked
    leadq("sync")
    (row,) = [row for row in outcomes(leadq) if row["verb"] == "reject"]
    lead = leadq("show", str(ids[2]), "--json").json
    assert (row["reason"], row["quality"], row["email"]) == ("rej.off_icp", "2", lead["email"])
    assert row["lead_uid"] == lead["uid"]


def test_reading_twice_at_one_instant_gives_the_same_bytes(worked: tuple[Leadq, list[int]]) -> None:
    leadq, ids = worked
    for words in (["list"], ["next"], ["status"], ["prompt"], ["show", str(ids[1])], ["explain", str(ids[1])]):
        for manner in ([], ["--json"]):
            assert leadq(*words, *manner).out == leadq(*words, *manner).out != "", words


def test_every_lead_is_what_its_events_say_afterwards(worked: tuple[Leadq, list[int]]) -> None:
    leadq, _ids = worked
    leadq("sync")
    leadq("undo")
    checks = {check["id"]: check["ok"] for check in leadq("doctor", "--json").json["checks"]}
    assert checks["refold"]
    assert checks["integrity"]


def test_a_dry_sync_sends_nothing(worked: tuple[Leadq, list[int]]) -> None:
    leadq, _ids = worked
    report = leadq("sync", "--dry-run", "--json").json["connections"][0]
    assert (report["pushed"], report["pending"]) == (0, 4)
    assert not (leadq.home.data / "outcomes.csv").exists()


def test_an_undo_of_what_has_left_is_followed_by_a_compensation_and_said(worked: tuple[Leadq, list[int]]) -> None:
    leadq, ids = worked
    leadq("sync")
    done = leadq("undo", "--json").json
    assert [lead["id"] for lead in done["leads"]] == [ids[2]]
    assert (len(done["undone"]), len(done["compensated"])) == (1, 1)
    leadq("sync")
    assert [row["verb"] for row in outcomes(leadq)][-1] == "undo"


def test_an_undo_of_what_is_still_here_leaves_no_trace_outside(worked: tuple[Leadq, list[int]]) -> None:
    leadq, _ids = worked
    assert leadq("undo", "--json").json["compensated"] == []
    leadq("sync")
    assert "reject" not in {row["verb"] for row in outcomes(leadq)}


def test_status_counts_what_waits_and_forgets_what_went(worked: tuple[Leadq, list[int]]) -> None:
    leadq, _ids = worked
    before = leadq("status", "--json").json
    leadq("sync")
    after = leadq("status", "--json").json
    assert (before["waiting"], after["waiting"]) == (4, 0)
    assert [connection["name"] for connection in after["connections"]] == ["csv"]
    assert after["oldest_waiting_s"] is None
