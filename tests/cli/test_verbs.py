"""The verbs: several leads are one gesture, times are understood where the lead lives, undo takes back the whole."""

from __future__ import annotations

import shlex

import pytest

from tests.cli.runner import Leadq


def test_a_verb_answers_with_the_leads_as_they_now_are(leadq: Leadq) -> None:
    done = leadq("accept", "1", "--json").json
    assert done["ok"] is True
    assert [(lead["id"], lead["state"], lead["owner"]) for lead in done["leads"]] == [(1, "accepted", "me")]
    assert len(done["events"]) == 1


def test_a_touch_on_a_lead_just_handed_off_accepts_it_in_the_same_gesture(leadq: Leadq) -> None:
    done = leadq("touch", "1", "--channel", "call", "--outcome", "no_answer", "--json").json
    assert (done["leads"][0]["state"], len(done["events"])) == ("working", 2)
    undone = leadq("undo", "--json").json
    assert undone["leads"][0]["state"] == "handed_off"
    assert undone["undone"] == done["events"]


def test_several_leads_are_one_gesture_and_one_undo(leadq: Leadq) -> None:
    done = leadq("accept", "1", "karl@meyer.example", "3", "1", "--json").json
    assert [lead["id"] for lead in done["leads"]] == [1, 2, 3]
    assert {lead["state"] for lead in leadq("undo", "--json").json["leads"]} == {"handed_off"}
    assert leadq("undo").status == 5


def test_one_lead_that_cannot_stops_all_of_them(leadq: Leadq) -> None:
    leadq("accept", "2")
    before = leadq("list", "--json").out
    assert leadq("accept", "1", "2", "3").status == 5
    assert leadq("accept", "1", "99").status == 6
    assert leadq("list", "--json").out == before


def test_the_text_says_what_is_due_next(leadq: Leadq) -> None:
    assert leadq("accept", "1").out == "1  Jeanne Martin · Forges d’Ardèche: SQL · first touch due today 15:25 (25m)\n"


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("16h", "2026-05-13T14:00:00Z"),
        ("demain 9h", "2026-05-14T07:00:00Z"),
        ("friday 9am", "2026-05-15T07:00:00Z"),
        ("+2bd", "2026-05-18T13:00:00Z"),
        ("2026-05-20T10:00+00:00", "2026-05-20T10:00:00Z"),
    ],
)
def test_a_next_step_is_understood_in_the_contracts_zone_and_calendar(leadq: Leadq, typed: str, instant: str) -> None:
    done = leadq("touch", "1", "--channel", "call", "--outcome", "callback_set", "--next", typed, "--json").json
    assert done["leads"][0]["promise_at"] == instant


def test_when_it_happened_is_behind_not_ahead(leadq: Leadq) -> None:
    done = leadq("touch", "3", "--channel", "call", "--outcome", "no_answer", "--at", "10h", "--json").json
    stopped = {clock["kind"]: clock["stopped_at"] for clock in done["leads"][0]["clocks"]}
    assert stopped["first_touch"] == "2026-05-13T08:00:00Z"


def test_a_bare_day_to_wake_on_is_its_first_opening(leadq: Leadq) -> None:
    """A day that is closed wakes at the opening after it: Ascension Thursday is Friday 9:00."""
    leadq("accept", "1", "2")
    for lead, day, opening in (("1", "monday", "2026-05-18T07:00:00Z"), ("2", "demain", "2026-05-15T07:00:00Z")):
        leadq("recycle", lead, "--reason", "rec.timing", "--quality", "3", "--wake", day)
        assert f"wakes {SAID[opening]}" in leadq("show", lead).out


SAID = {"2026-05-18T07:00:00Z": "Mon 18 May 09:00", "2026-05-15T07:00:00Z": "Fri 15 May 09:00"}


def test_a_time_that_is_none_is_usage(leadq: Leadq) -> None:
    result = leadq("touch", "1", "--channel", "call", "--outcome", "no_answer", "--next", "soonish", "--json")
    assert (result.status, result.code) == (2, "bad_when")


def test_every_verdict_closes_with_what_marketing_needs(leadq: Leadq) -> None:
    leadq("touch", "1", "2", "3", "--channel", "call", "--outcome", "connected")
    verdicts = (
        ["disqualify", "1", "--reason", "dq.no_budget", "--quality", "3"],
        ["recycle", "2", "--reason", "rec.too_early", "--quality", "2", "--trigger", "budget", "--track", "interest"],
        ["qualify", "3", "--quality", "5", "--need", "yes", "--budget", "unknown", "--intent", "yes", "--horizon", "3",
         "--to", "ana", "--next-step", "demo on site", "--meeting", "monday 10:00"],
        ["reject", "4", "--reason", "rej.incomplete", "--quality", "2", "--missing", "phone, need"],
    )  # fmt: skip
    for words in verdicts:
        done = leadq(*words, "--json")
        assert done.status == 0, done.json
        feedback = leadq("show", words[1], "--json").json["feedback"]
        assert feedback["verb"] == words[0]
    assert leadq("show", "4", "--json").json["feedback"]["missing"] == ["phone", "need"]
    assert leadq.ids() == []


def test_a_duplicate_names_its_original_in_any_form(leadq: Leadq) -> None:
    done = leadq("reject", "2", "--reason", "rej.duplicate", "--quality", "3", "--into", "jeanne@forges.example")
    assert done.status == 0


def test_a_note_stays_with_the_lead_and_out_of_the_rules(leadq: Leadq) -> None:
    before = leadq("list", "--json").json
    assert leadq("note", "1", "--text", "called twice").status == 0
    assert [lead["state"] for lead in leadq("list", "--json").json] == [lead["state"] for lead in before]
    assert "note: called twice" in leadq("show", "1").out


def test_a_leads_owner_can_be_overruled_on_purpose(leadq: Leadq) -> None:
    leadq("add", "--name", "Owned", "--email", "o@x.example", "--owner", "zoe")
    assert leadq("accept", "o@x.example").status == 5
    assert leadq("accept", "o@x.example", "--take", "--json").json["leads"][0]["owner"] == "me"


def test_undo_takes_back_ones_own_gestures_only(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    leadq("accept", "1")
    leadq("init", "--me", "karim")
    assert leadq("undo", "--json").code == "nothing_to_undo"


PAUSE = ("pause", "2", "--reason", "prospect_asked_date", "--evidence", "https://crm.example/7", "--json")


def test_a_pause_until_a_bare_day_ends_at_its_first_opening_and_stops_what_may_stop(leadq: Leadq) -> None:
    before = {clock["kind"]: clock for clock in leadq("show", "2", "--json").json["clocks"]}
    (lead,) = leadq(*PAUSE, "--until", "lundi").json["leads"]
    after = {clock["kind"]: clock for clock in lead["clocks"]}
    assert after["disposition"]["state"] == "paused"
    assert after["disposition"]["due_at"] > before["disposition"]["due_at"]
    assert after["first_touch"]["due_at"] == before["first_touch"]["due_at"]
    event = leadq("show", "2", "--json").json["events"][-1]
    assert event["data"]["until_ms"] == 1779087600000  # Monday 18 May, 09:00 in Paris
    assert event["data"]["evidence"] == "https://crm.example/7"
    assert "until Mon 18 May 09:00 · prospect_asked_date" in leadq("show", "2").out
    assert "paused, not counted" in leadq("explain", "2").out


def test_resume_gives_back_the_time_that_was_not_waited_and_undo_takes_both_back(leadq: Leadq) -> None:
    stood = leadq("show", "2", "--json").json["clocks"]
    leadq(*PAUSE, "--until", "lundi")
    (lead,) = leadq("resume", "2", "--json").json["leads"]
    assert "paused" not in {clock["state"] for clock in lead["clocks"]}
    assert leadq("undo").status == 0
    assert "paused" in {clock["state"] for clock in leadq("show", "2", "--json").json["clocks"]}
    assert leadq("undo").status == 0
    assert leadq("show", "2", "--json").json["clocks"] == stood


def test_a_lead_is_given_to_a_member_by_name_and_undo_gives_it_back(leadq: Leadq) -> None:
    (lead,) = leadq("assign", "1", "--to", "karim benali", "--reason", "sector", "--json").json["leads"]
    assert lead["owner"] == "karim"
    assert "assigned · to karim · note: sector" in leadq("show", "1").out
    assert leadq("undo", "--json").json["leads"][0]["owner"] == ""


def test_waiting_and_giving_away_reach_the_crm(leadq: Leadq) -> None:
    leadq(*PAUSE, "--until", "lundi")
    leadq("resume", "2")
    leadq("assign", "2", "--to", "karim")
    assert leadq("sync").status == 0
    rows = (leadq.home.data / "outcomes.csv").read_text("utf-8").splitlines()[1:]
    assert [tuple(row.split(",")[4:6]) for row in rows] == [
        ("pause", "prospect_asked_date"),
        ("resume", ""),
        ("assign", "karim"),
    ]


@pytest.mark.parametrize(
    ("before", "line", "said"),
    [
        ("", "touch 1 --channel call --outcome callback_set --next 'demain 9h'", "next tomorrow 09:00"),
        ("", "snooze 1 --until lundi --reason x", "snoozed until Mon 18 May 09:00"),
        ("", "pause 1 --reason prospect_on_leave --evidence x --until lundi", "paused until Mon 18 May 09:00"),
        ("accept 1", "recycle 1 --quality 3 --reason rec.timing --wake 2026-09-01", "wakes Tue 1 Sep 09:00"),
        ("accept 1", "qualify 1 --quality 5 --need yes --budget yes --intent yes --meeting 'friday 2pm'",
         "meeting Fri 15 May 14:00"),
    ],
    ids=["next", "snooze", "pause", "wake", "meeting"],
)  # fmt: skip
def test_a_time_that_was_typed_is_said_back_as_it_was_understood(
    leadq: Leadq, before: str, line: str, said: str
) -> None:
    if before:
        leadq(*before.split())
    assert f" · {said}" in leadq(*shlex.split(line)).out
