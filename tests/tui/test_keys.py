"""Keys, palette and what a state allows agree with the registry and with the rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadq.actions import ACTIONS
from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.decide import Refused, decide
from leadq.domain.folding import fold
from leadq.domain.states import STATES
from leadq.tui.commands import matching
from leadq.tui.legal import VERDICTS, allows
from leadq.tui.screens.queue import QueueScreen
from tests.domain.builders import HANDOFF_MS, HOUR, event, handoff, situation, touch
from tests.tui.test_lead_list import line

VERBS: dict[str, verbs.Verb] = {
    "accept": verbs.Accept(),
    "take": verbs.Accept(take=True),
    "touch": verbs.Touch("call", "no_answer"),
    "reject": verbs.Reject("rej.spam", 1),
    "disqualify": verbs.Disqualify("dq.price", 1),
    "recycle": verbs.Recycle("rec.timing", 3, trigger="asks again"),
    "qualify": verbs.Qualify(4),
    "note": verbs.Note("x"),
    "pause": verbs.Pause("prospect_asked_date", HANDOFF_MS + 2 * HOUR),
    "snooze": verbs.Snooze(HANDOFF_MS + 2 * HOUR, "x"),
    "assign": verbs.Assign("karim"),
    "reopen": verbs.Reopen("x"),
    "dispute": verbs.Dispute("x"),
    "reroute": verbs.Reroute("karim"),
    "resubmit": verbs.Resubmit("x"),
}
HISTORIES = {
    "handed_off": (),
    "accepted": (event(ev.ACCEPTED),),
    "working": (event(ev.ACCEPTED), touch(HANDOFF_MS)),
    "connected": (event(ev.ACCEPTED), touch(HANDOFF_MS, "connected")),
    "qualified": (event(ev.ACCEPTED), event(ev.QUALIFIED, quality=4)),
    "disqualified": (touch(HANDOFF_MS), event(ev.DISQUALIFIED, quality=1)),
    "recycled": (event(ev.ACCEPTED), event(ev.RECYCLED, quality=1)),
    "rejected": (event(ev.REJECTED, quality=1),),
    "archived": (event(ev.REJECTED, quality=1), event(ev.CLOSED, to="archived")),
    "merged": (event(ev.MERGED, into="lead-2"),),
}


@pytest.mark.parametrize("state", HISTORIES)
def test_what_a_state_allows_is_what_the_rules_allow(state: str) -> None:
    lead = fold([handoff(), *HISTORIES[state]])
    assert lead.state == state
    for name, verb in VERBS.items():
        refused = isinstance(decide(lead, verb, situation(HANDOFF_MS + HOUR)), Refused)
        assert allows(state, name) is not refused, name
    refused = decide(lead, verbs.Resume(), situation(HANDOFF_MS + HOUR))
    assert isinstance(refused, Refused)
    assert allows(state, "resume") is (refused.code == "not_paused")
    assert allows(state, "merge") is (state != "merged")
    assert allows(state, "verdict") is (state in VERDICTS)
    assert allows(state, "search")
    noted = event(ev.NOTED)
    correction = decide(lead, verbs.Correct(noted.uid, "x"), replace(situation(HANDOFF_MS + HOUR), history=(noted,)))
    assert allows(state, "correct") is not isinstance(correction, Refused)
    answered = isinstance(decide(lead, verbs.Answer("ack"), situation(HANDOFF_MS + HOUR)), Refused)
    assert allows(state, "answer") is (
        not answered or state == "connected"
    )  # an account executive may have returned it


def test_every_action_of_the_queue_is_done_somewhere() -> None:
    for action in ACTIONS:
        if action.scope not in ("call", "verdict", "dialog", "outbox", "log"):
            assert callable(getattr(QueueScreen, f"action_{action.id}")), action.id


def test_every_state_has_an_answer() -> None:
    for state in STATES:
        assert allows(state, "note")


def test_the_palette_finds_actions_by_any_words_possible_ones_first() -> None:
    found = matching("lead take", line(1, state="handed_off", label="MQL"))
    assert [command.action.id for command in found][:2] == ["accept", "take"] or found[0].action.id in (
        "accept",
        "take",
    )
    closed = matching("", line(1, state="rejected", label="Rejected"))
    assert [bool(command.why_not) for command in closed] == sorted(bool(command.why_not) for command in closed)
    assert next(c for c in closed if c.action.id == "touch").why_not == "not while it is Rejected"
    assert next(c for c in matching("", None) if c.action.id == "accept").why_not == "no lead is selected"
    assert matching("zzz", None) == []


@pytest.mark.parametrize("scope", ["queue", "outbox"])
def test_the_palette_has_every_action_and_says_why_those_of_other_screens_cannot_be_done(scope: str) -> None:
    found = {command.action.id: command.why_not for command in matching("", line(1, state="handed_off"), scope)}
    assert set(found) == {action.id for action in ACTIONS} - {"palette"}
    assert bool(found["retry"]) is (scope != "outbox")
    assert found["dial"] == "only during a call"
    assert found["sync"] == ""
