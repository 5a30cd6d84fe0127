"""The whole transition table (field.md 7.2): every verb in every state, what it leads to or which rule refuses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import pytest

from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.decide import Refused, decide
from leadq.domain.events import NEXT, Draft, Event
from leadq.domain.folding import fold
from leadq.domain.lead import Lead
from leadq.domain.states import STATES
from leadq.domain.verbs import Verb
from tests.domain.builders import HANDOFF_MS, HOUR, MINUTE, at, event, handoff, situation, touch

NOW_MS: Final = HANDOFF_MS + 3 * HOUR
LATER_MS: Final = at("2026-05-15T08:00")
_NOTE: Final = event(ev.NOTED, HANDOFF_MS, uid="a-note")
_PAUSE: Final = event(ev.PAUSED, HANDOFF_MS, until_ms=LATER_MS, reason="prospect_asked_date")
_ACCEPTED: Final = event(ev.ACCEPTED, HANDOFF_MS + MINUTE, owner="zoe")
_TRIED: Final = touch(HANDOFF_MS + 2 * MINUTE)
_ANSWERED: Final = touch(HANDOFF_MS + 3 * MINUTE, "connected")


def _verdict(kind: str, reason: str = "", **data: object) -> Event:
    return event(kind, HANDOFF_MS + HOUR, quality=2, reason=reason, **data)


_REJECTED: Final = _verdict(ev.REJECTED, "rej.spam")
HISTORIES: Final[Mapping[str, tuple[Event, ...]]] = {
    "handed_off": (),
    "accepted": (_ACCEPTED,),
    "working": (_ACCEPTED, _TRIED),
    "connected": (_ACCEPTED, _TRIED, _ANSWERED),
    "qualified": (_ACCEPTED, _ANSWERED, _verdict(ev.QUALIFIED)),
    "disqualified": (_ACCEPTED, _TRIED, _verdict(ev.DISQUALIFIED, "dq.no_need")),
    "recycled": (_ACCEPTED, _TRIED, _verdict(ev.RECYCLED, "rec.timing", wake_ms=LATER_MS)),
    "rejected": (_REJECTED,),
    "archived": (_REJECTED, event(ev.CLOSED, HANDOFF_MS + 2 * HOUR, to="archived")),
    "merged": (event(ev.MERGED, HANDOFF_MS + HOUR, into="other"),),
}
"""How a lead comes into each state. Each has a note that can be corrected and a pause that can be resumed."""

VERBS: Final[Mapping[str, tuple[Verb, str]]] = {
    "accept": (verbs.Accept(), "accepted"),
    "touch": (verbs.Touch("call", "no_answer"), "touched"),
    "connect": (verbs.Touch("call", "connected"), "touched"),
    "inbound": (verbs.Touch("email", "replied", inbound=True), "touched"),
    "reject": (verbs.Reject("rej.spam", 1), "rejected"),
    "disqualify": (verbs.Disqualify("dq.no_need", 2), "disqualified"),
    "recycle": (verbs.Recycle("rec.timing", 3, wake_ms=LATER_MS), "recycled"),
    "qualify": (verbs.Qualify(4), "qualified"),
    "note": (verbs.Note("x"), "noted"),
    "pause": (verbs.Pause("prospect_asked_date", LATER_MS), "paused"),
    "resume": (verbs.Resume(), "resumed"),
    "assign": (verbs.Assign("karim"), "assigned"),
    "snooze": (verbs.Snooze(LATER_MS, "x"), "snoozed"),
    "reroute": (verbs.Reroute("karim"), "rerouted"),
    "resubmit": (verbs.Resubmit("the phone"), "answered next:handed_off"),
    "reopen": (verbs.Reopen("x"), "next:handed_off"),
    "dispute": (verbs.Dispute("x"), "disputed"),
    "answer": (verbs.Answer("ack"), "answered"),
    "ae-accept": (verbs.AeAccept(), "ae_accepted"),
    "ae-return": (verbs.AeReturn("ret.no_show"), "ae_returned"),
    "merge": (verbs.Merge("other"), "merged other:absorbed"),
    "debrief": (verbs.Debrief("lost", "karim", "a lesson", "an action"), "debriefed"),
    "correct": (verbs.Correct("a-note", "x"), "corrected"),
}
"""A verb with all that it must carry, and the events that it records when it is allowed."""

TABLE: Final = """
             handed_off  accepted  working       connected     qualified  disqualified  recycled  rejected    archived  merged
accept       accepted    -         -             -             -          -             -         -           -         -
touch        working     working   working       connected     =          -             -         -           -         -
connect      connected   connected connected     connected     =          -             -         -           -         -
inbound      =           =         connected     =             =          =             =         =           =         -
reject       rejected    rejected  has_touch     has_touch     -          -             -         -           -         -
disqualify   no_touch    no_touch  disqualified  disqualified  -          -             -         -           -         -
recycle      -           recycled  recycled      recycled      -          -             -         -           -         -
qualify      -           qualified qualified     qualified     -          -             -         -           -         -
note         =           =         =             =             =          =             =         =           =         =
pause        =           =         =             =             -          -             -         -           -         -
resume       =           =         =             =             -          -             -         -           -         -
assign       =           =         =             =             -          -             -         -           -         -
snooze       =           =         =             =             -          -             -         -           -         -
reroute      -           -         -             -             -          -             -         handed_off  -         -
resubmit     -           -         -             -             -          =             -         =           -         -
reopen       -           -         -             -             -          =             =         =           =         -
dispute      -           -         -             -             =          =             =         =           -         -
answer       -           -         -             -             =          =             =         archived    =         -
ae-accept    -           -         -             -             =          -             -         -           -         -
ae-return    -           -         -             -             connected  -             -         -           -         -
merge        merged      merged    merged        merged        merged     merged        merged    merged      merged    -
debrief      -           -         -             -             =          =             =         =           =         -
correct      =           =         =             =             =          =             =         =           =         -
"""  # noqa: E501
"""The state afterwards; `=` the same one, `-` refused with `wrong_state`, any other word: another refusal's code."""

_BESIDE: Final = {
    ("touch", "handed_off"): "accepted touched",
    ("connect", "handed_off"): "accepted touched",
    **{("inbound", state): "next:handed_off next:touched" for state in STATES[5:9]},
    ("answer", "rejected"): "answered rejection_closed",
}
"""Where the events are others than in `VERBS`: an implied accept, a new cycle, what an answer brings about."""


def _cells() -> Iterator[tuple[str, str, str]]:
    heading, *rows = TABLE.strip("\n").splitlines()
    assert tuple(heading.split()) == STATES
    for row in rows:
        verb, *cells = row.split()
        yield from ((verb, state, cell) for state, cell in zip(STATES, cells, strict=True))


def lead_in(state: str) -> tuple[list[Event], Lead]:
    events = [handoff(), _NOTE, _PAUSE, *HISTORIES[state]]
    lead = fold(events)
    assert lead.state == state
    return events, lead


def after(events: list[Event], drafts: tuple[Draft, ...]) -> Lead:
    own = [event(draft.type, draft.occurred_ms, **draft.data) for draft in drafts if not draft.on]
    return fold([*events, *own])


@pytest.mark.parametrize(("verb", "state", "cell"), _cells())
def test_the_transition_table(verb: str, state: str, cell: str) -> None:
    events, lead = lead_in(state)
    other = replace(fold([handoff()]), uid="other")
    here = replace(situation(NOW_MS), history=tuple(events), into=other)
    asked, recorded = VERBS[verb]
    outcome = decide(lead, asked, here)
    if isinstance(outcome, Refused):
        assert outcome.code == ("wrong_state" if cell == "-" else cell)
        return
    assert after(events, outcome).state == (state if cell == "=" else cell)
    where = {"": "", NEXT: "next:", "other": "other:"}
    assert " ".join(where[draft.on] + draft.type for draft in outcome) == _BESIDE.get((verb, state), recorded)


def test_the_table_has_every_verb() -> None:
    kinds = {type(verb) for verb, _events in VERBS.values()}
    assert kinds == set(verbs.Verb.__args__)
    assert {verb for verb, _state, _cell in _cells()} == set(VERBS)


def test_a_recycled_lead_wakes_once() -> None:
    events, lead = lead_in("recycled")
    assert lead.wake_ms == LATER_MS
    woken = fold([*events, event(ev.WOKEN, LATER_MS)])
    assert (woken.state, woken.wake_ms) == ("recycled", None)


def test_a_tombstone_never_wakes() -> None:
    events, _lead = lead_in("recycled")
    assert fold([*events, event(ev.MERGED, NOW_MS, into="other")]).wake_ms is None


def test_of_two_recycled_leads_the_one_that_goes_on_wakes_on_the_earlier_day() -> None:
    _events, lead = lead_in("recycled")
    for own_ms, wakes_ms in ((LATER_MS + HOUR, LATER_MS), (LATER_MS - HOUR, LATER_MS - HOUR)):
        into = [handoff(), _ACCEPTED, _verdict(ev.RECYCLED, "rec.timing", wake_ms=own_ms)]
        here = replace(situation(NOW_MS), into=replace(fold(into), uid="other"))
        outcome = decide(lead, verbs.Merge("other"), here)
        assert not isinstance(outcome, Refused)
        told = event(outcome[1].type, NOW_MS, **outcome[1].data)
        assert fold([*into, told]).wake_ms == wakes_ms


@pytest.mark.parametrize("state", ["working", "disqualified", "qualified"])
def test_a_contact_never_becomes_part_of_a_rejected_lead(state: str) -> None:
    _events, lead = lead_in(state)
    _events, rejected = lead_in("rejected" if not lead.open else "archived")
    outcome = decide(lead, verbs.Merge("other"), replace(situation(NOW_MS), into=replace(rejected, uid="other")))
    assert isinstance(outcome, Refused)
    assert outcome.code == ("into_a_closed_one" if lead.open else "into_a_rejected_one")
