"""Whether a verb may be done to a lead now, and which facts it then records.

One file for each kind of verb: decide_touch, decide_verdict, decide_care (pause, snooze, note, assign) and decide_cycle
(what happens to a cycle as a whole).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from leadq.domain import decide_care, decide_cycle, decide_verdict, verbs
from leadq.domain import events as ev
from leadq.domain.decide_touch import touch
from leadq.domain.events import Draft
from leadq.domain.lead import Lead
from leadq.domain.situation import Outcome, Refused, Situation, wrong_state
from leadq.domain.verbs import Verb

__all__ = ["Outcome", "Refused", "Situation", "decide"]


def decide(lead: Lead, verb: Verb, situation: Situation) -> Outcome:
    """The events that `verb` adds to `lead`, or the rule that refuses it. Nothing is changed here."""
    return _RULES[type(verb)](lead, verb, situation)


def _accept(lead: Lead, verb: verbs.Accept, at: Situation) -> Outcome:
    if lead.state != "handed_off":
        return wrong_state(lead, "accept")
    if lead.owner not in ("", at.actor) and not verb.take:
        return Refused("someone_elses", {"owner": lead.owner})
    return (Draft(ev.ACCEPTED, at.now_ms, {"owner": at.actor}),)


_RULES: Final[Mapping[type, Callable[[Lead, Any, Situation], Outcome]]] = {
    verbs.Accept: _accept,
    verbs.Touch: touch,
    verbs.Reject: decide_verdict.reject,
    verbs.Disqualify: decide_verdict.disqualify,
    verbs.Recycle: decide_verdict.recycle,
    verbs.Qualify: decide_verdict.qualify,
    verbs.Note: decide_care.note,
    verbs.Pause: decide_care.pause,
    verbs.Resume: decide_care.resume,
    verbs.Assign: decide_care.assign,
    verbs.Snooze: decide_care.snooze,
    verbs.Reroute: decide_cycle.reroute,
    verbs.Resubmit: decide_cycle.resubmit,
    verbs.Reopen: decide_cycle.reopen,
    verbs.Dispute: decide_cycle.dispute,
    verbs.Answer: decide_cycle.answer,
    verbs.Debrief: decide_cycle.debrief,
    verbs.AeAccept: decide_cycle.ae_accept,
    verbs.AeReturn: decide_cycle.ae_return,
    verbs.Merge: decide_cycle.merge,
    verbs.Correct: decide_cycle.correct,
}
