"""Every rule that says no: exit 5, its code, and nothing changed."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from leadq.domain.situation import Refused
from leadq.domain.states import STATES
from leadq.refusals import SENTENCES, refusal
from tests.cli.runner import Leadq

_ACCEPTED = "accept 1"
_CALLED = "touch 1 --channel call --outcome no_answer"
_PAUSE = "pause 1 --reason prospect_asked_date"
_ZED = "zed@z.example"
_REJECT = "reject 1 --quality 2 --reason"

_LOST = "reject 1 --quality 2 --reason rej.spam"

REFUSALS = (
    ("wrong_state", [_ACCEPTED], "accept 1"),
    ("someone_elses", ["add --name Owned --email owned@zoe.example --owner zoe"], "accept owned@zoe.example"),
    ("has_touch", [_CALLED], f"{_REJECT} rej.spam"),
    ("no_touch", [_ACCEPTED], "disqualify 1 --quality 2 --reason dq.no_need"),
    ("needs_reason", [], "reject 1 --quality 2"),
    ("unknown_reason", [], f"{_REJECT} rej.nonsense"),
    ("wrong_class", [], f"{_REJECT} dq.no_need"),
    ("needs_quality", [], "reject 1 --reason rej.spam"),
    ("needs_quality", [], "reject 1 --reason rej.spam --quality 9"),
    ("needs_quality", [], "reject 1 --reason rej.spam --quality good"),
    ("needs_missing", [], f"{_REJECT} rej.incomplete"),
    ("unknown_missing", [], f"{_REJECT} rej.incomplete --missing shoe_size"),
    ("needs_criterion", [], f"{_REJECT} rej.off_icp"),
    ("unknown_criterion", [], f"{_REJECT} rej.off_icp --criterion colour"),
    ("needs_into", [], f"{_REJECT} rej.duplicate"),
    ("needs_note", [], f"{_REJECT} other"),
    ("needs_channel", [], "touch 1 --outcome no_answer"),
    ("unknown_channel", [], "touch 1 --channel pigeon --outcome no_answer"),
    ("needs_outcome", [], "touch 1 --channel call"),
    ("unknown_outcome", [], "touch 1 --channel call --outcome lunch"),
    ("unknown_insight", [], f"{_CALLED} --insight gossip:sails"),
    ("needs_next", [], "touch 1 --channel call --outcome callback_set"),
    ("next_in_the_past", [], f"{_CALLED} --next 2026-05-13T09:00"),
    ("in_the_future", [], f"{_CALLED} --at 2026-05-13T18:00"),
    ("before_handoff", [], f"{_CALLED} --at 2026-05-13T09:00"),
    ("needs_wake", [_ACCEPTED], "recycle 1 --quality 3 --reason rec.timing"),
    ("wake_in_the_past", [_ACCEPTED], "recycle 1 --quality 3 --reason rec.timing --wake 2026-05-01"),
    ("unknown_track", [_ACCEPTED], "recycle 1 --quality 3 --reason rec.timing --wake 2026-09-01 --track fast"),
    ("unknown_fact", [_ACCEPTED], "qualify 1 --quality 5 --need yes --budget maybe --intent yes"),
    ("unknown_fact", [_ACCEPTED], "qualify 1 --quality 5"),
    ("cadence_short", [_CALLED], "disqualify 1 --quality 2 --reason dq.unreachable"),
    ("needs_pause_reason", [], "pause 1 --until lundi"),
    ("unknown_pause_reason", [], "pause 1 --reason siesta --until lundi"),
    ("needs_until", [], f"{_PAUSE} --evidence x"),
    ("until_in_the_past", [], f"{_PAUSE} --until 2026-05-01"),
    ("needs_evidence", [], f"{_PAUSE} --until lundi"),
    ("pause_too_long", [], f"{_PAUSE} --evidence x --until 2026-06-30"),
    ("not_paused", [], "resume 1"),
    ("needs_member", [], "assign 1"),
    ("not_a_member", [], "assign 1 --to nobody"),
    ("empty_note", [], "note 1 --text '  '"),
    ("nothing_to_undo", [], "undo"),
    ("nothing_to_redo", [], "redo"),
    ("open_elsewhere", [f"{_REJECT} rej.spam", "reopen 1 --reason x"], "reopen 1 --reason x"),
    (
        "opposed",
        [
            "add --name Zed --email zed@z.example",
            f"{_CALLED.replace('1', _ZED)}",
            f"disqualify {_ZED} --quality 2 --reason dq.opt_out",
            f"reopen {_ZED} --reason x",
        ],
        _CALLED.replace("1", _ZED),
    ),
    ("needs_why", [], "snooze 1 --until lundi"),
    ("needs_fixed", [f"{_REJECT} rej.spam"], "resubmit 1"),
    (
        "already_taken",
        [_CALLED, "qualify 1 --quality 5 --need yes --budget yes --intent yes", "ae-accept 1"],
        "ae-accept 1",
    ),
    ("into_itself", [], "merge 1 --into 1"),
    ("into_a_merged_one", ["merge 1 --into 2"], "merge 3 --into 1"),
    ("into_a_closed_one", ["reject 2 --quality 2 --reason rej.spam"], "merge 1 --into 2"),
    ("needs_deal", [_LOST], "debrief 1 --with zoe --lesson a --action b"),
    ("needs_partner", [_LOST], "debrief 1 --outcome lost --lesson a --action b"),
    ("needs_lesson", [_LOST], "debrief 1 --outcome lost --with zoe --lesson a --action ' '"),
    ("no_meeting", [], "brief 1 --ics meeting.ics"),
    (
        "into_a_rejected_one",
        [f"{_REJECT} rej.spam", "touch 2 --channel call --outcome no_answer",
         "disqualify 2 --quality 2 --reason dq.no_need"],
        "merge 2 --into 1",
    ),
    ("other_line", [f"{_REJECT} rej.spam", "import FILE"], "merge 1 --into other@line.example"),
    ("no_such_event", [], "correct nothing --why x"),
    ("not_correctable", [_ACCEPTED], "correct EVENT --why x"),
    ("still_needed", [_CALLED, "disqualify 1 --quality 2 --reason dq.no_need"], "correct EVENT --why x"),
    (
        "somebody_went_on",
        ["init --me zoe", _CALLED, "init --me karim", "disqualify 1 --quality 2 --reason dq.no_need", "init --me zoe"],
        "undo",
    ),
    (
        "came_between",
        [_ACCEPTED, "undo", "add --name 'Jeanne Martin' --email jeanne@forges.example --phone +33199000001"],
        "redo",
    ),
)  # fmt: skip


_ELSEWHERE = {"no_pause", "pauses_used_up"}
"""Another contract, or another day: below."""

_IN_CYCLES = {"unknown_answer"}
"""What no command line can bring about: tests/test_cycles.py."""

_ON_LEAVE = {
    "needs_cover", "covers_themselves", "leave_reversed", "leave_past", "leave_twice", "cover_away", "too_many_leads",
    "no_leave", "leave_of_another",
}  # fmt: skip
"""What a leave may be refused for: tests/test_leaving.py."""


@pytest.mark.parametrize(("code", "before", "line"), REFUSALS)
def test_a_rule_refuses_with_its_code_and_changes_nothing(
    leadq: Leadq, code: str, before: list[str], line: str
) -> None:
    for gesture in before:
        assert leadq(*_words(leadq, gesture)).status == 0, gesture
    stood = leadq("list", "--json").out
    refused = leadq(*_words(leadq, line), "--json")
    assert (refused.status, refused.code) == (5, code)
    assert refused.json["error"]["message"]
    assert refused.json["error"]["hint"], "what is allowed now, and how"
    assert leadq("list", "--json").out == stood


def _words(leadq: Leadq, line: str) -> list[str]:
    """`FILE`: a lead of another product line; `EVENT`: the uid of what first happened to lead 1 after its handoff."""
    words = shlex.split(line)
    if "FILE" in words:
        file = leadq.file("line.csv", "name,email,product_line\nOther,other@line.example,other\n")
        words[words.index("FILE")] = file
    if "EVENT" in words:
        touched = [one for one in leadq("show", "1", "--json").json["events"] if one["type"] != "handed_off"]
        words[words.index("EVENT")] = touched[-2 if len(touched) > 2 else -1]["uid"]
    return words


@pytest.mark.parametrize("code", SENTENCES)
def test_a_refusal_says_what_is_allowed_and_how(code: str) -> None:
    sentence, hint = SENTENCES[code]
    assert sentence.endswith(".")
    assert code == "wrong_state" or hint.endswith(".")


@pytest.mark.parametrize("state", STATES)
def test_in_every_state_something_is_allowed(state: str) -> None:
    error = refusal(Refused("wrong_state", {"state": state, "verb": "x", "into": 7}), 1)
    assert error.exit_status == 5
    assert error.hint


def test_every_refusal_has_a_test() -> None:
    assert {code for code, _before, _line in REFUSALS} | _ELSEWHERE | _IN_CYCLES | _ON_LEAVE == set(SENTENCES)


def test_a_contract_without_pauses_lets_nobody_wait(empty: Leadq) -> None:
    empty("init")
    text = empty.home.contract.read_text("utf-8")
    begin, end = text.index("[pause]"), text.index("[feedback]")
    empty.home.contract.write_text(text[:begin] + text[end:], "utf-8")
    empty("add", "--name", "Ada", "--company", "Engines")
    assert empty("pause", "1", "--until", "lundi", "--json").code == "no_pause"


def test_a_lead_waits_for_twenty_days_in_all(leadq: Leadq) -> None:
    words = ("pause", "4", "--reason", "prospect_on_leave", "--evidence", "x", "--json", "--until")
    assert leadq(*words, "2026-05-28").status == 0
    later = replace(leadq, now="2026-06-01T08:00:00Z")
    assert later(*words, "2026-06-15").status == 0
    latest = replace(leadq, now="2026-07-01T08:00:00Z")
    assert latest(*words, "2026-07-03").code == "pause_too_long"
    assert latest(*words, "2026-07-02").status == 0
    assert replace(leadq, now="2026-07-03T08:00:00Z")(*words, "2026-07-06").code == "pauses_used_up"


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--at 2026-05-13T18:00", "Today 18:00 has not come yet: a touch is something that happened."),
        ("--at 2026-05-12T09:00", "Yesterday 09:00 is before the handoff of lead 1 (today 14:55)."),
        ("--next 2026-05-01T09:00Z", "Fri 1 May 11:00 is already past, so it cannot be the next step."),
    ],
    ids=["at", "before", "next"],
)
def test_an_instant_is_refused_as_it_is_seen_in_the_zone_of_the_contract(
    leadq: Leadq, option: str, sentence: str
) -> None:
    assert leadq(*_CALLED.split(), *option.split(), "--json").json["error"]["message"] == sentence
