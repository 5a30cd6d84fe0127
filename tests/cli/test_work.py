"""Line mode: what is said, what is understood, and that nothing is lost or half-written on the way."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time

import pytest

from leadq import i18n
from leadq.actions import EVERY, LINE_ONLY
from leadq.cli.talk import Choice, Talk, matching
from leadq.cli.work import _HANDLERS, find
from leadq.clock import Clock
from leadq.domain.verbs import CHANNELS
from tests.cli.runner import Leadq, Result
from tests.cli.test_process import environment
from tests.leads import NOW_MS

MINUTE = 60_000


def work(leadq: Leadq, *typed: str, **variables: str) -> Result:
    """A whole sitting: these lines, then the end of the input."""
    result = leadq("work", stdin="".join(f"{line}\n" for line in typed).encode(), **variables)
    assert (result.status, result.err) == (0, "")
    return result


def events(leadq: Leadq, lead: int) -> list[str]:
    return [event["type"] for event in leadq("show", str(lead), "--json").json["events"]]


def test_it_reads_the_first_lead_out_one_field_a_line_and_ends_with_the_input(leadq: Leadq) -> None:
    lines = work(leadq).out.splitlines()
    assert lines[0] == "Open: 4"
    start = lines.index("Lead 1: Jeanne Martin")
    assert lines[start + 1] == "Company: Forges d’Ardèche"
    assert "Why now: It is hot and its first touch is still in time." in lines
    assert "Clock, first touch: in time, due today 15:25, 25m left" in lines
    assert any(line.startswith("Missing: ") for line in lines)
    assert lines[-1] == "Lead 1, what now?"


def test_what_it_says_has_no_colour_and_moves_no_cursor(leadq: Leadq) -> None:
    said = work(leadq, "?", "4", "show", "day", "radar", "n").out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", said)
    assert "[/] ACME" in said


def test_a_key_and_a_word_do_the_same(leadq: Leadq) -> None:
    for words in (("a",), ("u", "accept"), ("undo", "Accept")):
        work(leadq, *words)
        assert leadq("show", "1", "--json").json["state"] == "accepted"
    work(leadq, "undo", "accepter", LEADQ_LANG="fr")
    assert leadq("show", "1", "--json").json["state"] == "accepted"


def test_a_touch_asks_channel_outcome_note_and_next_step(leadq: Leadq) -> None:
    said = work(leadq, "t", "1", "6", "asked me to call again", "15h30", "q").out
    (touched,) = [e for e in leadq("show", "1", "--json").json["events"] if e["type"] == "touched"]
    assert (touched["data"]["channel"], touched["data"]["outcome"]) == ("call", "callback_set")
    assert touched["data"]["note"] == "asked me to call again"
    assert leadq("show", "1", "--json").json["promise_at"] == "2026-05-13T13:30:00Z"
    assert "6. Callback set" in said
    assert "next step: today 15:30" in said
    assert said.count("Lead 1: Jeanne Martin") == 1  # the next lead came by itself


def test_a_callback_asks_for_its_time_and_a_refusal_for_another(leadq: Leadq) -> None:
    said = work(leadq, "t", "c", "callback", "", "2026-05-13T10:00", "soonish", "16h", "q").out
    assert "Today 10:00 is already past, so it cannot be the next step." in said
    assert "“soonish” is not a date or a time" in said
    assert "Enter: none" not in said.partition("next step")[2].partition("?")[0]
    assert events(leadq, 1) == ["handed_off", "accepted", "touched"]


@pytest.mark.parametrize("typed", [["t", "1", "1"], ["r"], ["r", "2"], ["v"], ["m"], ["z", "demain"]])
def test_the_end_of_the_input_in_the_middle_of_a_gesture_writes_nothing(leadq: Leadq, typed: list[str]) -> None:
    work(leadq, *typed)
    assert events(leadq, 1) == ["handed_off"]


def test_a_full_stop_goes_back_one_question_and_from_the_first_leaves(leadq: Leadq) -> None:
    said = work(leadq, "t", "2", ".", "1", "1", "", "", "q").out
    assert events(leadq, 1) == ["handed_off", "accepted", "touched"]
    (touched,) = [e for e in leadq("show", "1", "--json").json["events"] if e["type"] == "touched"]
    assert touched["data"]["channel"] == "call"
    assert "Nothing was written." not in said
    for leaving in (".", ""):
        assert "Nothing was written." in work(leadq, "2", "t", leaving, "q").out
    assert events(leadq, 2) == ["handed_off"]


def test_a_reason_is_a_number_a_code_or_some_letters(leadq: Leadq) -> None:
    said = work(leadq, "r", "zzz", "o", "off_icp", "off", "1", "size", "", "q").out
    assert "“zzz” is none of them." in said
    assert "“off_icp” is none of them." not in said
    feedback = leadq("show", "1", "--json").json["feedback"]
    assert (feedback["verb"], feedback["reason"], feedback["quality"]) == ("reject", "rej.off_icp", 2)


def test_a_reason_asks_for_what_it_needs_and_only_for_that(leadq: Leadq) -> None:
    work(leadq, "r", "rej.incomplete", "1", "phone, 3", "", "q")
    feedback = leadq("show", "1", "--json").json["feedback"]
    assert (feedback["reason"], feedback["missing"]) == ("rej.incomplete", ["phone", "role"])
    work(leadq, "2", "r", "rej.duplicate", "1", "77", "2", "3", "", "q")
    assert leadq("show", "2", "--json").json["feedback"]["reason"] == "rej.duplicate"


def test_a_recycled_lead_has_a_day_or_something_that_brings_it_back(leadq: Leadq) -> None:
    work(leadq, "a", "w", "rec.timing", "3", "", "when the budget is voted", "", "q")
    last = leadq("show", "1", "--json").json["events"][-1]
    assert (last["type"], last["data"]["trigger"]) == ("recycled", "when the budget is voted")
    said = work(leadq, "accept 2", "recycle", "rec.went_silent", "3", "+60d", "", "q").out
    assert "wakes on, for example +60d" in said
    assert "wake_ms" in leadq("show", "2", "--json").json["events"][-1]["data"]


def test_a_qualified_lead_carries_the_facts_and_the_meeting(leadq: Leadq) -> None:
    work(leadq, "a", "Q", "5", "yes", "unk", "yes", "karim", "demo on site", "demain 10h", "", "q")
    last = leadq("show", "1", "--json").json["events"][-1]
    assert last["type"] == "qualified"
    assert {name: last["data"][name] for name in ("need", "budget", "intent", "to")} == {
        "need": "yes", "budget": "unknown", "intent": "yes", "to": "karim"
    }  # fmt: skip
    assert last["data"]["next_step"] == "demo on site"


def test_a_verdict_offers_what_the_rules_would_take(leadq: Leadq) -> None:
    def offered(said: str) -> list[str]:
        return re.findall(r"(?m)^\d\. (Reject|Disqualify|Recycle|Qualify)$", said)

    assert offered(work(leadq, "v", ".", "q").out) == ["Reject"]
    assert offered(work(leadq, "a", "v", ".", "q").out) == ["Reject", "Recycle", "Qualify"]
    work(leadq, "1", "t", "1", "1", "", "", "q")
    assert offered(work(leadq, "1", "v", ".", "q").out) == ["Disqualify", "Recycle", "Qualify"]


def test_what_may_not_be_done_is_refused_before_any_question(leadq: Leadq) -> None:
    said = work(leadq, "d", "q").out
    assert "Nobody has contacted lead 1 yet, so it cannot be disqualified. Use reject" in said
    assert "reason (number" not in said


def test_next_puts_the_lead_aside_for_an_hour_and_says_so_in_an_event(leadq: Leadq) -> None:
    said = work(leadq, "n", "next", "skip", "q").out
    order = re.findall(r"(?m)^Lead (\d+): ", said)
    assert order[0] == "1"
    assert len(set(order)) == 4
    last = leadq("show", "1", "--json").json["events"][-1]
    assert (last["type"], last["data"]["note"]) == ("snoozed", "skipped")
    assert leadq("show", "1", "--json").json["snoozed_until"] == "2026-05-13T14:00:00Z"


def test_after_the_last_one_the_first_comes_again(leadq: Leadq) -> None:
    said = work(leadq, "n", "n", "n", "n", "q").out
    assert "That was all of them; from the top again." in said
    assert re.findall(r"(?m)^Lead (\d+): ", said)[-1] == "1"


def test_undo_comes_back_to_the_lead_and_redo_does_it_again(leadq: Leadq) -> None:
    said = work(leadq, "r", "spam", "1", "", "u", "redo", "q").out
    assert "taken back" in said
    assert re.findall(r"(?m)^Lead (\d+), what now", said)[-1] == "1"
    assert leadq("show", "1", "--json").json["state"] == "rejected"


def test_an_unknown_word_names_the_nearest_and_asks_again(leadq: Leadq) -> None:
    assert work(leadq, "9" * 5000, "t", "9" * 5000, "q").status == 0
    said = work(leadq, "acept", "xyzzy", "99", "show 98", "nobody@x.example", "a", "q").out
    assert "There is no word “acept” here. Did you mean accept?" in said
    assert "There is no word “xyzzy” here. “?” lists them." in said
    assert said.count("There is no lead “") == 3
    assert leadq("show", "1", "--json").json["state"] == "accepted"


def test_a_lead_is_turned_to_by_its_number_or_its_address(leadq: Leadq) -> None:
    said = work(leadq, "3", "karl@meyer.example", "accept 4", "undo 3", "q").out
    assert re.findall(r"(?m)^Lead (\d+): ", said) == ["1", "3", "2"]
    assert leadq("show", "4", "--json").json["state"] == "accepted"
    assert "“3” is one word too many." in said


def test_an_inbound_word_from_the_prospect_is_a_gesture_of_its_own(leadq: Leadq) -> None:
    work(leadq, "inbound", "email", "replied", "yes please", "q")
    lead = leadq("show", "1", "--json").json
    assert (lead["band"], lead["events"][-1]["data"]["inbound"]) == ("B0", True)


def test_somebody_else_s_lead_says_the_word_that_takes_it(leadq: Leadq) -> None:
    leadq("assign", "1", "--to", "karim")
    assert leadq("init", "--me", "zoe").status == 0
    said = work(leadq, "1", "a", "take", "q").out
    assert "Lead 1 belongs to karim. Type “take” to take it over." in said
    assert leadq("show", "1", "--json").json["owner"] == "zoe"


def test_pause_and_snooze_ask_what_they_need(leadq: Leadq) -> None:
    said = work(leadq, "t", "1", "5", "", "", "1", "pause", "on_leave", "2027-01-01", "https://x.example", "demain")
    assert "The contract does not let lead 1 wait that long. The last day allowed is 2026-05-29" in said.out
    assert said.out.count("where it can be seen") == 1  # what was answered stays answered
    assert events(leadq, 1)[-1] == "paused"
    work(leadq, "1", "resume", "z", "lundi", "fair stand", "q")
    assert events(leadq, 1)[-2:] == ["resumed", "snoozed"]


def test_sync_sends_and_says_so(leadq: Leadq) -> None:
    said = work(leadq, "a", "s", "q").out
    assert "csv: 1 sent" in said
    assert leadq("status", "--json").json["waiting"] == 0


def test_a_promise_within_ten_minutes_is_said_and_comes_first(leadq: Leadq) -> None:
    leadq("touch", "3", "--channel", "call", "--outcome", "callback_set", "--next", "15h10")
    lines = work(leadq, "q").out.splitlines()
    assert "Promise, lead 3: Zoé Durand, today 15:10, 10m left" in lines
    assert next(line for line in lines if line.startswith("Lead ")) == "Lead 3: Zoé Durand"
    assert "\a" not in "".join(lines)


def test_a_promise_that_becomes_due_meanwhile_is_said_once_and_its_lead_comes_next(
    leadq: Leadq, monkeypatch: pytest.MonkeyPatch
) -> None:
    leadq("touch", "3", "--channel", "call", "--outcome", "callback_set", "--next", "15h20")
    heard: list[str] = []  # four minutes pass with every line
    hear = Talk.hear
    monkeypatch.setattr(Talk, "hear", lambda self, question: heard.append(hear(self, question)) or heard[-1])
    monkeypatch.setattr(Clock, "now_ms", lambda _self: NOW_MS + len(heard) * 4 * MINUTE)
    lines = work(leadq, "a", "4", "note", "before the call", "n", "q").out.splitlines()
    (rung,) = [number for number, line in enumerate(lines) if line.startswith("Promise, lead 3: Zoé Durand")]
    turned = [(number, line) for number, line in enumerate(lines) if re.match(r"Lead \d+: ", line)]
    assert [line for number, line in turned if number < rung] == ["Lead 1: Jeanne Martin", "Lead 4: [/] ACME"]
    assert [line for number, line in turned if number > rung] == ["Lead 3: Zoé Durand"]
    assert lines[rung + 1] == "Lead 4, what now?"


def test_an_empty_home_and_a_missing_one_have_nothing_to_work(empty: Leadq) -> None:
    said = work(empty, "a", "t", "u", "redo", "day", "radar", "n", "", "?", "q").out
    assert "Nothing waits for you." in said
    assert "There is nothing of yours to undo." in said
    assert not empty.folder.exists()


def test_bytes_that_are_no_text_are_a_word_that_is_not_understood(leadq: Leadq) -> None:
    result = leadq("work", stdin=b"\xef\xbb\xbfaccept\n\xff\xfe\x00\n")
    assert (result.status, result.err) == (0, "")
    assert "There is no word “" in result.out
    assert leadq("show", "1", "--json").json["state"] == "accepted"


def test_a_conversation_is_no_json_document(leadq: Leadq) -> None:
    refused = leadq("work", "--json")
    assert (refused.status, refused.code) == (2, "usage")


def test_every_word_of_line_mode_is_in_the_registry_and_means_one_thing() -> None:
    assert {action.id for action in LINE_ONLY} < set(_HANDLERS)
    assert set(_HANDLERS) <= {action.id for action in EVERY}
    for language in i18n.LANGUAGES:
        i18n.use(language)
        for action in EVERY:
            if action.id in _HANDLERS:
                for word in (action.id, i18n._(action.title), i18n._(action.title).lower()):
                    found = find(word)
                    assert found is not None
                    assert found.id == action.id, word


def test_zero_is_the_tenth_choice_as_on_a_row_of_keys() -> None:
    ten = [Choice(str(n), f"label {n}") for n in range(1, 11)]
    assert [matching(word, ten)[0].value for word in ("1", "9", "0", "10")] == ["1", "9", "10", "10"]
    assert matching("11", ten) == []
    assert len({name[0] for name in CHANNELS}) == len(CHANNELS)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX")
def test_on_a_terminal_the_answer_follows_its_question_and_a_promise_rings(leadq: Leadq) -> None:
    leadq("touch", "3", "--channel", "call", "--outcome", "callback_set", "--next", "15h10")
    parent, child = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "leadq", "work"], stdin=child, stdout=child, stderr=child,
        env=environment(leadq.folder, TERM="dumb"),
    )  # fmt: skip
    os.close(child)
    os.write(parent, b"a\nacept\nq\n")
    said, deadline = b"", time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        if select.select([parent], [], [], 0.05)[0]:
            try:
                said += os.read(parent, 4096)
            except OSError:
                break
    assert process.wait(5) == 0
    os.close(parent)
    assert b"\a" in said
    assert b"Lead 3, what now? " in said
    assert b"\x1b" not in said


def test_a_call_says_whether_there_is_a_number_and_asks_how_it_ended(leadq: Leadq) -> None:
    said = work(leadq, "c", "5", "16h", "buys in June", "6", "the director", "q").out
    shown = leadq("show", "1", "--json").json
    (touched,) = [event for event in shown["events"] if event["type"] == "touched"]
    assert "Phone: no phone is known" in said
    assert (touched["data"]["channel"], touched["data"]["outcome"]) == ("call", "connected")
    assert touched["data"]["insights"] == [{"kind": "signal", "text": "buys in June"}]
    assert (touched["data"]["note"], shown["promise_at"]) == ("the director", "2026-05-13T14:00:00Z")
    assert said.count("Lead 1: Jeanne Martin") == 1  # the next lead came by itself


def test_whoever_does_not_want_to_be_contacted_is_not_called(leadq: Leadq) -> None:
    leadq("touch", "3", "--channel", "call", "--outcome", "connected")
    leadq("disqualify", "3", "--reason", "dq.opt_out", "--quality", "1")
    said = work(leadq, "c 3", "q").out
    assert "does not want to be contacted" in said.partition("what now?")[2]
    assert "outcome" not in said
