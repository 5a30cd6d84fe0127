"""`feedback export` and `feedback import`: what marketing fills in is read back as it would be typed."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from leadq import i18n
from tests.cli.runner import Leadq

SPAM = ("--reason", "rej.spam", "--quality", "1")


@pytest.fixture
def said(leadq: Leadq) -> Leadq:
    """Two verdicts that wait."""
    leadq("reject", "1", "2", *SPAM)
    return leadq


def beside(leadq: Leadq, name: str) -> Path:
    return leadq.folder.parent / name


def test_a_workbook_goes_out_is_filled_in_and_comes_back(said: Leadq) -> None:
    path = beside(said, "answers.xlsx")
    made = said("feedback", "export", "-o", str(path), "--lang", "fr", "--json")
    assert made.json == {"file": str(path), "format": "xlsx", "verdicts": 2, "disputed": 0}
    assert path.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["L2"], book.worksheets[0]["L3"] = "pris en note", "peut-être"
    book.save(path)
    rehearsed = said("feedback", "import", str(path), "--dry-run")
    assert (rehearsed.status, "Nothing was written" in rehearsed.err) == (4, True)
    done = said("feedback", "import", str(path), "--json")
    assert done.status == 4
    shape = done.json
    assert len(shape.pop("events")) == 2
    assert shape == {
        "file": "answers.xlsx", "read": 2, "empty": 0, "answered": 1, "same": 0, "overtaken": 0, "leads": [1],
        "rejected": [
            {"line": 3, "reason": "“peut-être” is no answer: choose one of taken note of, changed, declined"}
        ],
        "encoding": "xlsx", "delimiter": "",
    }  # fmt: skip
    assert said("show", "1", "--json").json["state"] == "archived"
    again = said("feedback", "import", str(path), "--lang", "fr")
    assert "déjà répondu ainsi" in again.out
    assert "« peut-être » n’est pas une réponse" in again.out.replace("\u00a0", " ")


def test_without_a_file_the_table_goes_to_standard_output_and_comes_from_standard_input(said: Leadq) -> None:
    text = said("feedback", "export").out
    assert text.splitlines()[0].startswith("Campaign,Lead,Name,")
    assert said("feedback", "export", "--json").json["csv"].splitlines() == text.splitlines()
    header, first, second = text.splitlines()
    filled = "\n".join([header, first.replace(",,,,,,", ",,,ack,seen,,"), second]).encode()
    done = said("feedback", "import", "-", stdin=filled)
    assert (done.status, "standard input: 2 rows read" in done.out) == (0, True)
    assert said("show", "1", "--json").json["feedback"]["answer"]["note"] == "seen"


def test_a_file_that_may_hold_answers_is_not_written_over(said: Leadq) -> None:
    path = beside(said, "answers.csv")
    said("feedback", "export", "-o", str(path))
    before = path.read_bytes()
    refused = said("feedback", "export", "-o", str(path), "--json")
    assert (refused.status, refused.code, path.read_bytes()) == (2, "file_exists", before)


def test_nothing_to_answer_makes_no_file(leadq: Leadq, empty: Leadq) -> None:
    for home in (leadq, empty):
        path = beside(home, "none.xlsx")
        done = home("feedback", "export", "-o", str(path))
        assert (done.status, done.out, path.exists()) == (0, "Nothing waits for an answer.\n", False)


def test_what_is_disputed_is_left_out_and_said(said: Leadq) -> None:
    said("dispute", "1", "--note", "look again")
    done = said("feedback", "export", "-o", str(beside(said, "answers.csv")))
    assert "1 verdict to answer" in done.out
    assert "1 more is disputed" in done.out


def test_a_file_that_is_none_of_ours_is_refused_and_one_that_is_no_table_is_said(said: Leadq) -> None:
    other = said("feedback", "import", said.file("leads.csv", "name,company\nA,B\n"), "--json")
    assert (other.status, other.code) == (2, "no_columns")
    broken = said("feedback", "import", said.file("broken.xlsx", b"PK\x03\x04"), "--json")
    assert (broken.status, len(broken.json["rejected"])) == (4, 1)
    assert said("feedback", "import", "/nowhere.csv", "--json").code == "no_file"


def test_an_answer_that_stands_already_is_no_second_event(said: Leadq) -> None:
    said("feedback", "answer", "1", "ack")
    again = said("feedback", "answer", "1", "ack")
    assert (again.status, again.err) == (0, "It was answered so already: nothing was written.\n")
    i18n.use("en")
    assert said("feedback", "answer", "1", "ack", "--json").json["events"] == []
