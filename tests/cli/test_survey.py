"""The survey on the command line: one answer for each form, by hand or by file, and nobody's name anywhere."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Final

import openpyxl
import pytest

from leadq import survey
from leadq.domain.together import TOGETHER
from tests.cli.runner import Leadq

QUARTER: Final = "2026-Q2"
ANSWER: Final = ("survey", "answer", "--team", "sales", "--scores")


def forms(leadq: Leadq, *rows: str, quarter: str = QUARTER) -> str:
    """A file of new forms filled in as `team,4,3,5`."""
    lines = [",".join((survey.new_form(quarter), quarter, row)) for row in rows]
    return leadq.file("forms.csv", "form,quarter,team,communication,trust,their work\n" + "\n".join(lines) + "\n")


def stored(leadq: Leadq, tmp_path: Path) -> list[dict[str, object]]:
    """The answers as a file of events has them."""
    leadq("events", "export", str(tmp_path / "events.jsonl"))
    lines = map(json.loads, (tmp_path / "events.jsonl").read_text("ascii").splitlines())
    return [line for line in lines if line.get("lead_uid") == TOGETHER]


def test_a_second_answer_of_a_home_replaces_the_first_and_has_no_author(empty: Leadq, tmp_path: Path) -> None:
    empty("init", "--me", "zoe")
    assert empty(*ANSWER, "4,3,5", "--json").json == {
        "ok": True, "quarter": QUARTER, "team": "sales", "new": True,
        "scores": {"communication": 4, "trust": 3, "perception": 5},
    }  # fmt: skip
    assert empty(*ANSWER, "4,3,5", "--json").json["new"] is False
    assert empty(*ANSWER, "2,2,2", "--json").json["new"] is True
    assert empty("metrics", "M16", "--json").json["metrics"]["M16"]["n"] == 1
    events = stored(empty, tmp_path)
    assert len(events) == 2
    assert {event["actor"] for event in events} == {""}


def test_a_file_of_forms_that_comes_twice_changes_nothing(empty: Leadq) -> None:
    file = forms(empty, "sales,4,3,5", "marketing,5,5,5", "sales,,,")
    first = {"quarter": QUARTER, "read": 3, "added": 2, "unchanged": 0, "blank": 1, "rejected": []}
    assert empty("survey", "import", file, "--json").json == first
    assert empty("survey", "import", file, "--json").json == {**first, "added": 0, "unchanged": 2}
    assert empty("metrics", "M16", "--json").json["metrics"]["M16"]["n"] == 2


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_forms_are_filled_in_and_taken_in_either_language(empty: Leadq, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"forms.{ending}"
    assert empty("--lang", "fr", "survey", "export", "-o", str(path), "--forms", "2", "--team", "sales").status == 0
    if ending == "xlsx":
        book = openpyxl.load_workbook(path)
        for column in "DEF":
            book.worksheets[0][f"{column}2"] = 4
        book.save(path)
    else:
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
        rows[1][3:] = ["4", "4", "4"]
        path.write_text("".join(";".join(row) + "\n" for row in rows), "utf-8")
    taken = empty("survey", "import", str(path), "--json").json
    assert (taken["added"], taken["blank"], taken["rejected"]) == (1, 1, [])


def test_a_row_that_cannot_be_an_answer_is_named_and_the_others_are_taken(empty: Leadq) -> None:
    good, other = survey.new_form(QUARTER), survey.new_form("2026-Q1")
    rows = (
        f"{good},{QUARTER},sales,4,3,5", f"{other},2026-Q1,sales,4,3,5", f"{other},{QUARTER},sales,4,3,5",
        f"{survey.new_form(QUARTER)},{QUARTER},sales,4,6,5", f"{survey.new_form(QUARTER)},{QUARTER},,4,3,5",
        f"{survey.new_form(QUARTER)},{QUARTER},sales,4,,5", f"{good.upper()},{QUARTER},sales,1,1,1",
    )  # fmt: skip
    header = "form,quarter,team,communication,trust,their work\n"
    result = empty("survey", "import", empty.file("f.csv", header + "\n".join(rows) + "\n"), "--json")
    assert (result.status, result.json["added"]) == (4, 1)
    reasons = {one["line"]: one["reason"] for one in result.json["rejected"]}
    assert list(reasons) == [3, 4, 5, 6, 7, 8]
    assert reasons[3] == "This form is of 2026-Q1, not of 2026-Q2."
    assert "edited" in reasons[4]
    assert "from 1 to 5" in reasons[5]
    assert "sales or marketing" in reasons[6]
    assert "trust" in reasons[7]
    assert "twice" in reasons[8]


@pytest.mark.parametrize(("words", "code"), [
    ((*ANSWER, "4,3,6"), "bad_scores"),
    ((*ANSWER, "4,3"), "bad_scores"),
    ((*ANSWER, "4,3,5", "--quarter", "2026-Q3"), "bad_quarter"),
    ((*ANSWER, "4,3,5", "--quarter", "spring"), "bad_quarter"),
    (("survey", "answer", "--team", "finance", "--scores", "4,3,5"), "usage"),
    (("survey", "import", "nowhere.csv"), "no_file"),
])  # fmt: skip
def test_what_is_no_answer_is_refused_and_makes_no_home(empty: Leadq, words: tuple[str, ...], code: str) -> None:
    result = empty(*words, "--json")
    assert (result.status, result.code, empty.folder.exists()) == (2, code, False)


def test_a_file_of_something_else_is_refused(empty: Leadq) -> None:
    result = empty("survey", "import", empty.file("x.csv", "name,company\na,b\n"), "--json")
    assert (result.status, result.code) == (2, "no_forms")


def test_forms_with_answers_are_never_written_over(empty: Leadq, tmp_path: Path) -> None:
    path = tmp_path / "forms.csv"
    path.write_text("answers", "utf-8")
    result = empty("survey", "export", "-o", str(path), "--json")
    assert (result.status, result.code, path.read_text("utf-8")) == (2, "file_exists", "answers")


def test_answers_travel_with_the_events_of_a_home(empty: Leadq, tmp_path: Path) -> None:
    assert empty("survey", "import", forms(empty, *["sales,4,3,5"] * 3, *["marketing,2,2,2"] * 3)).status == 0
    empty("events", "export", str(tmp_path / "events.jsonl"))
    ops = Leadq(tmp_path / "ops")
    for expected in (6, 0):
        told = ops("events", "import", str(tmp_path / "events.jsonl"), "--json")
        assert (told.status, told.json["added"]) == (0, expected)
    here, there = (home("metrics", "M16", "--json").json["metrics"] for home in (empty, ops))
    assert here == there
    assert there["M16"]["figures"]["gap"]["value"] == 50.0
    assert ops("doctor", "--json").json["ok"]


def test_the_quarterly_report_has_the_quarters_in_a_row(empty: Leadq) -> None:
    empty("survey", "import", forms(empty, *["sales,4,4,4"] * 3))
    empty("survey", "import", forms(empty, *["sales,5,5,5"] * 3, quarter="2026-Q1"), "--quarter", "2026-Q1")
    shown = empty("report", "quarterly", "--from", "2026-04-01", "--json").json["sections"]["survey"]
    told = {row["quarter"]: row["perceived_sales"]["value"] for row in shown["quarters"]}
    assert told == {"2025-Q3": None, "2025-Q4": None, "2026-Q1": 100.0, "2026-Q2": 75.0}
    assert [row["about"] for row in shown["dimensions"]] == ["communication", "trust", "perception"]


def test_m16_is_cut_by_nothing(empty: Leadq) -> None:
    empty("survey", "import", forms(empty, "sales,4,3,5"))
    shown = empty("metrics", "--by", "source", "--json").json
    assert all("M16" not in part for part in shown["parts"].values())
