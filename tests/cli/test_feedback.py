"""`feedback`: what sales said reaches marketing, and the answer reaches the rep."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leadq.feedback import answers_since
from leadq.sqlite import Store
from tests.cli.runner import Leadq
from tests.leads import NOW_MS

OFF_TARGET = ("--reason", "rej.off_icp", "--criterion", "size", "--quality", "2")
SPAM = ("--reason", "rej.spam", "--quality", "1")


def listed(leadq: Leadq, *words: str) -> list[Any]:
    found: list[Any] = leadq("feedback", "list", "--json", *words).json
    return found


def test_feedback_waits_oldest_first_with_all_that_was_said(leadq: Leadq) -> None:
    replace(leadq, now="2026-05-13T13:30:00Z")("reject", "1", *OFF_TARGET, "--note", "too small")
    leadq("reject", "2", "--reason", "rej.incomplete", "--missing", "phone,budget", "--quality", "3")
    second, first = listed(replace(leadq, now="2026-05-13T14:00:00Z"))
    assert (second["lead"], second["missing"], first["lead"]) == (2, ["phone", "budget"], 1)
    assert (first["verb"], first["reason"], first["reason_text"]) == (
        "reject", "rej.off_icp", "Outside ICP (sector/size/role/geo)",
    )  # fmt: skip
    assert (first["criterion"], first["quality"], first["note"]) == ("size", 2, "too small")
    assert (first["waits_for"], first["answer"], first["disputed"]) == ("marketing", None, False)


def test_each_feedback_says_what_it_asks_for_and_how(leadq: Leadq) -> None:
    leadq("reject", "1", "--reason", "rej.routing", "--quality", "4")
    (one,) = listed(leadq)
    assert one["next"]["step"] == "reroute"
    assert leadq(*one["next"]["command"].removeprefix("leadq ").replace("MEMBER", "zoe").split()).status == 0
    assert listed(leadq) == []
    assert "leadq reroute 1 --to" not in leadq("feedback", "list").out


def test_reasons_are_in_the_readers_language(leadq: Leadq) -> None:
    leadq("reject", "1", *OFF_TARGET)
    said = leadq("feedback", "list", "--lang", "fr").out
    assert "Hors cible" in said
    assert "critère size" in said


def test_what_is_answered_waits_no_more_and_stays_on_the_whole_list(leadq: Leadq) -> None:
    leadq("reject", "1", *SPAM)
    done = leadq("feedback", "answer", "1", "ack", "--note", "seen", "--json")
    assert (done.status, done.json["leads"][0]["state"]) == (0, "archived")
    assert listed(leadq) == []
    (one,) = listed(leadq, "--all")
    assert (one["answer"]["answer"], one["answer"]["note"], one["waits_for"], one["next"]) == (
        "ack",
        "seen",
        None,
        None,
    )


def test_the_rep_sees_the_answer_where_the_lead_is_shown(leadq: Leadq) -> None:
    leadq("reject", "1", *SPAM)
    assert leadq("show", "1", "--json").json["feedback"]["answer"] is None
    leadq("feedback", "answer", "1", "ack", "--note", "seen")
    answer = leadq("show", "1", "--json").json["feedback"]["answer"]
    assert answer == {"answer": "ack", "note": "seen", "by": "me", "at": "2026-05-13T13:00:00Z"}
    assert "answered by marketing · taken note of · note: seen" in leadq("show", "1").out


def test_to_decline_takes_a_note_and_leaves_it_to_whoever_owns_the_contract(leadq: Leadq) -> None:
    leadq("reject", "1", *OFF_TARGET)
    assert leadq("feedback", "answer", "1", "declined", "--json").code == "needs_note"
    leadq("feedback", "answer", "1", "declined", "--note", "they are 300")
    (one,) = listed(leadq)
    assert (one["state"], one["waits_for"], one["disputed"]) == ("rejected", "governance", True)
    assert (one["dispute"]["decides"], one["dispute"]["note"]) == ("revops@example.test", "they are 300")
    assert "disputed: revops@example.test decides" in leadq("feedback", "list").out
    leadq("feedback", "answer", "1", "ack", "--note", "agreed")
    assert listed(leadq) == []


def test_a_dispute_waits_too(leadq: Leadq) -> None:
    leadq("reject", "1", *OFF_TARGET)
    leadq("dispute", "1", "--note", "look again")
    (one,) = listed(leadq)
    assert (one["waits_for"], one["dispute"]["note"], one["answer"]) == ("governance", "look again", None)


def test_handing_a_lead_over_again_is_the_answer(leadq: Leadq) -> None:
    leadq("reject", "1", "--reason", "rej.incomplete", "--missing", "phone", "--quality", "3")
    leadq("resubmit", "1", "--fixed", "phone found")
    (one,) = listed(leadq, "--all")
    assert (one["answer"]["answer"], one["answer"]["note"], one["waits_for"]) == ("changed", "phone found", None)


def test_what_was_taken_back_was_not_said(leadq: Leadq) -> None:
    leadq("reject", "1", *SPAM)
    leadq("undo")
    assert listed(leadq, "--all") == []
    assert leadq("feedback", "list", "--all").out == "Nobody said anything yet.\n"


def test_an_account_executives_return_waits_for_an_answer(leadq: Leadq) -> None:
    leadq("accept", "1")
    leadq("qualify", "1", "--quality", "5", "--need", "yes", "--budget", "no", "--intent", "yes")
    assert listed(leadq) == []
    leadq("ae-return", "1", "--reason", "ret.no_show")
    (one,) = listed(leadq)
    assert (one["verb"], one["quality"], one["next"]["step"]) == ("ae-return", None, "back to connected")
    assert leadq("feedback", "answer", "1", "ack").status == 0
    assert listed(leadq) == []


@pytest.mark.parametrize(
    ("words", "wanted"),
    [([], [1, 2]), (["--reason", "rej.spam"], [2]), (["--campaign", "salon"], []), (["--campaign", "expo"], [5])],
)
def test_the_list_is_filtered(leadq: Leadq, words: list[str], wanted: list[int]) -> None:
    leadq("add", "--name", "Eva", "--company", "E", "--campaign", "expo")
    leadq("reject", "1", *OFF_TARGET)
    leadq("reject", "2", *SPAM)
    if "expo" in words:
        leadq("reject", "5", *SPAM)
    assert [one["lead"] for one in listed(leadq, *words)] == wanted


def test_a_lead_merged_away_waits_for_nobody(leadq: Leadq) -> None:
    leadq("reject", "1", *SPAM)
    leadq("merge", "1", "--into", "2")
    assert listed(leadq) == []


def test_the_rep_hears_once_what_marketing_has_answered(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    leadq("reject", "1", *SPAM)
    leadq("init", "--me", "karim")
    leadq("reject", "2", *SPAM)
    later = replace(leadq, now="2026-05-13T13:30:00Z")
    later("feedback", "answer", "1", "ack", "--note", "seen")
    later("feedback", "answer", "2", "ack")
    with Store(leadq.home).read() as db:
        (heard,) = answers_since(db, "zoe", NOW_MS)
        assert (heard.lead.id, heard.verb, heard.reason, heard.answer, heard.note, heard.by) == (
            1, "reject", "rej.spam", "ack", "seen", "karim",
        )  # fmt: skip
        assert answers_since(db, "zoe", heard.at_ms) == []


def test_nothing_waits_in_a_home_that_does_not_exist(empty: Leadq) -> None:
    assert listed(empty) == []
    assert empty("feedback", "list").out == "Nothing waits for an answer.\n"
    assert not empty.home.exists


def test_answers_are_found_by_their_index(leadq: Leadq) -> None:
    """So that the start of a day does not read every event there ever was."""
    asked: list[str] = []
    with Store(leadq.home).read() as db:
        db.set_trace_callback(asked.append)
        answers_since(db, "zoe", NOW_MS)
        db.set_trace_callback(None)
        (plan,) = db.execute(f"EXPLAIN QUERY PLAN {asked[0]}").fetchall()
    assert "USING INDEX event_answered" in plan[3]
