"""What may happen to a cycle as a whole: it comes back, goes on in another, or a fact about it is taken back."""

from __future__ import annotations

from typing import Final

from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.consequences import ON_ANSWER, absorbed, contradicts
from leadq.domain.decide_touch import REOPENING
from leadq.domain.events import NEXT, Draft, Event, voided
from leadq.domain.lead import Lead
from leadq.domain.situation import Outcome, Refused, Situation, texts, wrong_state

VERDICTS: Final = ("rejected", "disqualified", "recycled", "qualified")
"""States that carry a rep's verdict, to which marketing may answer."""

_GOES: Final = {"archived": {"to": "archived"}, "recycled": {"to": "recycled", "trigger": "score"}}
CORRECTABLE: Final = frozenset(
    {
        ev.TOUCHED, ev.NOTED, ev.PAUSED, ev.RESUMED, ev.SNOOZED, ev.ASSIGNED, ev.DISPUTED, ev.ANSWERED, ev.DEBRIEFED,
        ev.AE_ACCEPTED,
    }
)  # fmt: skip
"""What may turn out not to have happened. A verdict that was wrong is followed by a new cycle instead."""


def reroute(lead: Lead, verb: verbs.Reroute, at: Situation) -> Outcome:
    """A rejected lead goes to whom it should have gone; its clocks have not stopped."""
    if lead.state != "rejected":
        return wrong_state(lead, "reroute")
    if verb.to and verb.to not in at.members:
        return Refused("not_a_member", {"member": verb.to, "known": ", ".join(at.members)})
    again = Draft(ev.REROUTED, at.now_ms, {"to": verb.to} if verb.to else {}, texts(note=verb.note))
    return _open_elsewhere(at) or (again,)


def resubmit(lead: Lead, verb: verbs.Resubmit, at: Situation) -> Outcome:
    """A new handoff of a lead that was refused for something that could be fixed: that is marketing's answer too."""
    if lead.state not in ("rejected", "disqualified"):
        return wrong_state(lead, "resubmit")
    if not verb.fixed.strip():
        return Refused("needs_fixed")
    begun = _begin(at.now_ms, "resubmit", fixed=verb.fixed)
    answered = Draft(ev.ANSWERED, at.now_ms, {"answer": "changed"}, texts(note=verb.fixed))
    return _open_elsewhere(at) or ((answered, begun) if not lead.answer else (begun,))


def reopen(lead: Lead, verb: verbs.Reopen, at: Situation) -> Outcome:
    """A new cycle of a closed lead."""
    if lead.state not in REOPENING:
        return wrong_state(lead, "reopen")
    if not verb.reason.strip():
        return Refused("needs_why")
    return _open_elsewhere(at) or (_begin(at.now_ms, "reopen", note=verb.reason),)


def _begin(now_ms: int, trigger: str, **said: str) -> Draft:
    return Draft(ev.HANDED_OFF, now_ms, {"trigger": trigger}, texts(**said), on=NEXT)


def _open_elsewhere(at: Situation) -> Refused | None:
    """One person has one open cycle on a product line (field.md, I2)."""
    return None if at.open_elsewhere is None else Refused("open_elsewhere", {"other": at.open_elsewhere})


def dispute(lead: Lead, verb: verbs.Dispute, at: Situation) -> Outcome:
    """Marketing does not agree with a verdict."""
    if lead.state not in VERDICTS:
        return wrong_state(lead, "dispute")
    if not verb.note.strip():
        return Refused("empty_note")
    return (Draft(ev.DISPUTED, at.now_ms, {}, texts(note=verb.note)),)


def answer(lead: Lead, verb: verbs.Answer, at: Situation) -> Outcome:
    """Marketing's answer to a verdict, or to a lead that the account executive gave back.

    Taking note of a rejection also sends the lead where its reason says. To disagree takes a few words: whoever owns
    the agreement has to decide on them.
    """
    if (lead.verdict is None and lead.returned_ms is None) or lead.state == "merged":
        return wrong_state(lead, "answer")
    if verb.answer not in verbs.ANSWERS:
        return Refused("unknown_answer", {"answer": verb.answer, "known": ", ".join(verbs.ANSWERS)})
    if verb.answer == "declined" and not verb.note.strip():
        return Refused("needs_note", {"reason": verb.answer})
    answered = Draft(ev.ANSWERED, at.now_ms, {"answer": verb.answer}, texts(note=verb.note, by=verb.by))
    reason = at.reasons.get(lead.verdict.reason) if lead.verdict else None
    to = ON_ANSWER.get(reason.next) if reason and lead.state == "rejected" and verb.answer != "declined" else None
    return (answered, Draft(ev.CLOSED, at.now_ms, _GOES[to])) if to else (answered,)


def debrief(lead: Lead, verb: verbs.Debrief, at: Situation) -> Outcome:
    """What two people learnt from a deal that was won or lost."""
    if lead.open or lead.state == "merged":
        return wrong_state(lead, "debrief")
    if verb.outcome not in verbs.DEALS:
        return Refused("needs_deal")
    if verb.partner in ("", at.actor):
        return Refused("needs_partner")
    if verb.partner not in at.members:
        return Refused("not_a_member", {"member": verb.partner, "known": ", ".join(at.members)})
    if not verb.lesson.strip() or not verb.action.strip():
        return Refused("needs_lesson")
    said = texts(lesson=verb.lesson, action=verb.action, audience=verb.audience)
    return (Draft(ev.DEBRIEFED, at.now_ms, {"deal": verb.outcome, "with": verb.partner}, said),)


def ae_accept(lead: Lead, verb: verbs.AeAccept, at: Situation) -> Outcome:
    """The account executive takes a qualified lead on."""
    if lead.state != "qualified":
        return wrong_state(lead, "ae-accept")
    return Refused("already_taken") if lead.ae_ms is not None else (Draft(ev.AE_ACCEPTED, at.now_ms),)


def ae_return(lead: Lead, verb: verbs.AeReturn, at: Situation) -> Outcome:
    """The account executive gives a qualified lead back, for a reason of the taxonomy."""
    if lead.state != "qualified":
        return wrong_state(lead, "ae-return")
    reason = at.reasons.get(verb.reason)
    if reason is None or reason.klass not in ("returned", "other"):
        known = ", ".join(one.code for one in at.reasons.values() if one.klass in ("returned", "other"))
        return Refused("unknown_reason" if verb.reason else "needs_reason", {"reason": verb.reason, "known": known})
    if "note" in reason.needs and not verb.note.strip():
        return Refused("needs_note", {"reason": verb.reason})
    returned = Draft(ev.AE_RETURNED, at.now_ms, {"reason": verb.reason}, texts(note=verb.note))
    return _open_elsewhere(at) or (returned,)


def merge(lead: Lead, verb: verbs.Merge, at: Situation) -> Outcome:
    """This lead ends as a tombstone, and another one goes on with all that happened here."""
    into = at.into
    if lead.state == "merged":
        return wrong_state(lead, "merge")
    if into is None or into.uid == lead.uid:
        return Refused("into_itself")
    if into.state == "merged":
        return Refused("into_a_merged_one", {"into": into.merged_into})
    if into.product_line != lead.product_line:
        return Refused("other_line", {"line": lead.product_line, "other": into.product_line})
    if lead.open and not into.open:
        return Refused("into_a_closed_one", {"state": into.state})
    if contradicts(lead, into):
        return Refused("into_a_rejected_one")
    return Draft(ev.MERGED, at.now_ms, {"into": into.uid}), absorbed(lead, into, at)


def correct(lead: Lead, verb: verbs.Correct, at: Situation) -> Outcome:
    """Take one fact back that did not happen; nothing is edited or deleted.

    Not on a tombstone: what happened there was told to the lead that goes on, which would never hear of it.
    """
    if lead.state == "merged":
        return wrong_state(lead, "correct")
    event = next((event for event in at.history if event.uid == verb.event), None)
    if event is None or event.uid in voided(list(at.history)):
        return Refused("no_such_event", {"event": verb.event})
    if event.type not in CORRECTABLE:
        return Refused("not_correctable", {"type": event.type})
    if not verb.why.strip():
        return Refused("needs_why")
    refused = _still_needed(lead, event)
    return refused or (Draft(ev.CORRECTED, at.now_ms, {"events": [event.uid]}, texts(note=verb.why)),)


def _still_needed(lead: Lead, event: Event) -> Refused | None:
    """A verdict after contact stands on a contact: without it the verdict would say what never was (field.md, I13)."""
    stands_on = event.type == ev.TOUCHED and lead.state == "disqualified"
    left = [touch for touch in lead.attempts if touch.uid != event.uid]
    return Refused("still_needed", {"state": lead.state}) if stands_on and not left else None
