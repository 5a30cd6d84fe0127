"""`touch --insight`, `insight list`, `debrief`, `listen-list`: what the market says is kept, and found again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leadq.domain.insights import told
from leadq.insights import link
from leadq.sqlite import Store
from tests.cli.runner import Leadq

CALL = ("--channel", "call", "--outcome", "connected")


def learnt(leadq: Leadq, *words: str) -> list[tuple[str, str]]:
    return [(one["kind"], one["text"]) for one in leadq("insight", "list", "--json", *words).json]


def test_a_touch_may_teach_several_things(leadq: Leadq) -> None:
    leadq("touch", "1", *CALL, "--insight", "objection:trop cher", "--insight", "competitor: Sage")
    assert learnt(leadq) == [("objection", "trop cher"), ("competitor", "Sage")]
    data: dict[str, Any] = leadq("show", "1", "--json").json["events"][-1]["data"]
    assert data["insights"] == [{"kind": "objection", "text": "trop cher"}, {"kind": "competitor", "text": "Sage"}]
    assert "objection: trop cher · competitor: Sage" in leadq("show", "1").out


def test_one_unknown_kind_refuses_the_whole_touch(leadq: Leadq) -> None:
    refused = leadq("touch", "1", *CALL, "--insight", "quote:yes", "--insight", "gossip:no", "--json")
    assert refused.code == "unknown_insight"
    assert learnt(leadq) == []


def test_a_touch_of_the_first_release_still_tells_what_it_taught() -> None:
    assert told({"insight": "quote"}, {"insight": "well"}) == (("quote", "well"),)


def test_a_verdict_that_teaches_something_counts_as_an_objection(leadq: Leadq) -> None:
    leadq("touch", "1", *CALL)
    leadq("disqualify", "1", "--reason", "dq.price", "--quality", "3", "--note", "double our budget")
    leadq("reject", "2", "--reason", "rej.spam", "--quality", "1", "--note", "nothing to learn")
    (one,) = leadq("insight", "list", "--json").json
    assert (one["kind"], one["text"], one["reason"], one["lead"]) == ("objection", "double our budget", "dq.price", 1)
    assert "Price · double our budget" in leadq("insight", "list").out


def test_insights_are_filtered_and_the_newest_come_first(leadq: Leadq) -> None:
    later = replace(leadq, now="2026-05-13T14:00:00Z")
    leadq("touch", "1", *CALL, "--insight", "quote:first")
    later("touch", "2", *CALL, "--insight", "question:second")
    assert learnt(later) == [("question", "second"), ("quote", "first")]
    assert learnt(later, "--kind", "quote") == [("quote", "first")]
    assert learnt(later, "--since", "2026-05-13T13:30:00Z") == [("question", "second")]
    assert learnt(later, "--limit", "1") == [("question", "second")]
    assert learnt(later, "--campaign", "none") == []


def test_each_kind_is_counted_first(leadq: Leadq) -> None:
    leadq("touch", "1", *CALL, "--insight", "quote:a", "--insight", "signal:b", "--insight", "quote:c")
    assert leadq("insight", "list").out.splitlines()[0] == "quote 2 · buying signal 1"
    assert leadq("insight", "list", "--lang", "fr").out.splitlines()[0] == "citation 2 · signal d’achat 1"


def test_what_was_taken_back_taught_nothing(leadq: Leadq) -> None:
    leadq("touch", "1", *CALL, "--insight", "quote:a", "--evidence", "https://rec.example/1")
    leadq("undo")
    assert learnt(leadq) == []
    assert leadq("listen-list", "--json").json == []


def test_a_debrief_is_two_people_an_outcome_a_lesson_and_an_action(leadq: Leadq) -> None:
    leadq("reject", "1", "--reason", "rej.spam", "--quality", "1")
    words = ("--outcome", "lost", "--lesson", "too late", "--action", "call sooner", "--audience", "product")
    assert leadq("debrief", "1", *words, "--with", "Zoé Lefèvre").status == 0
    (one,) = leadq("debrief", "1", "--json").json
    assert (one["by"], one["with"], one["outcome"]) == ("me", "zoe", "lost")
    assert (one["lesson"], one["action"], one["audience"]) == ("too late", "call sooner", "product")
    assert "lesson: too late" in leadq("debrief", "1").out
    leadq("undo")
    assert leadq("debrief", "1", "--json").json == []


def test_an_open_lead_is_no_deal_to_debrief(leadq: Leadq) -> None:
    words = ("--outcome", "won", "--with", "zoe", "--lesson", "a", "--action", "b")
    assert leadq("debrief", "1", *words, "--json").code == "wrong_state"
    leadq("accept", "1")
    leadq("qualify", "1", "--quality", "5", "--need", "yes", "--budget", "no", "--intent", "yes")
    assert leadq("debrief", "1", *words).status == 0


def test_nobody_debriefs_alone(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    leadq("reject", "1", "--reason", "rej.spam", "--quality", "1")
    words = ("--outcome", "won", "--lesson", "a", "--action", "b", "--json")
    assert leadq("debrief", "1", "--with", "zoe", *words).code == "needs_partner"
    assert leadq("debrief", "1", "--with", "nobody", *words).code == "not_a_member"


def test_only_web_addresses_can_be_listened_to(leadq: Leadq) -> None:
    for number, evidence in ((1, "https://rec.example/1"), (2, "javascript:alert(1)"), (3, "dialler call 7")):
        leadq("touch", str(number), *CALL, "--evidence", evidence)
    assert [one["url"] for one in leadq("listen-list", "--json").json] == ["https://rec.example/1"]
    said = ("http://a.b/c", " https://a.b ", "file:///etc", "https://", "https://a b", "http://[", "https://a/\x1b]8")
    assert [link(text) for text in said] == ["http://a.b/c", "https://a.b", "", "", "", "", ""]


def test_the_list_is_spread_over_reps_and_outcomes_and_the_newest_come_first(leadq: Leadq) -> None:
    calls = (("zoe", "connected"), ("zoe", "connected"), ("zoe", "no_answer"), ("karim", "connected"))
    for minute, (rep, outcome) in enumerate(calls):
        then = replace(leadq, now=f"2026-05-13T13:0{9 - minute}:00Z")
        then("init", "--me", rep)
        words = ("--channel", "call", "--outcome", outcome, "--evidence", f"https://rec.example/{minute}")
        then("touch", str(minute + 1), *words)
    later = replace(leadq, now="2026-05-13T14:00:00Z")
    heard = [one["url"][-1] for one in later("listen-list", "--n", "3", "--json").json]
    assert heard == ["0", "2", "3"]
    assert len(later("listen-list", "--json").json) == 4


def test_a_kind_that_a_newer_leadq_wrote_stands_for_itself(leadq: Leadq) -> None:
    leadq("touch", "1", *CALL, "--insight", "quote:so it is")
    with Store(leadq.home).transaction() as db:
        db.execute("UPDATE event SET data = replace(data, 'quote', 'rumour')")
    assert learnt(leadq) == [("rumour", "so it is")]
    for words in (("insight", "list"), ("show", "1"), ("brief", "1")):
        assert "rumour" in leadq(*words).out
