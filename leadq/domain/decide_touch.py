"""Whether a touch may be recorded now, and what it says: to log a call is never refused on a working day."""

from __future__ import annotations

from typing import Any, Final

from leadq.domain import events as ev
from leadq.domain import insights, verbs
from leadq.domain import reasons as taxonomy
from leadq.domain.bands import CLOCK_TOLERANCE_MS
from leadq.domain.events import NEXT, Draft
from leadq.domain.lead import Lead
from leadq.domain.situation import Outcome, Refused, Situation, texts, wrong_state

REOPENING: Final = ("disqualified", "recycled", "rejected", "archived")
"""Closed states in which a word from the prospect begins a new cycle."""


def touch(lead: Lead, verb: verbs.Touch, at: Situation) -> Outcome:
    """A contact or an attempt: on a lead just handed off it also accepts, from the prospect it may reopen."""
    when = at.now_ms if verb.at_ms is None else verb.at_ms
    refused = _unknown(verb) or _impossible_instant(lead, when, at) or _needs(lead, verb, at)
    if refused:
        return refused
    said = texts(note=verb.note, evidence=verb.evidence, **insights.texts(verb.insights))
    if lead.state in REOPENING:
        again = Draft(ev.HANDED_OFF, when, {"trigger": "reply"}, on=NEXT)
        return again, Draft(ev.TOUCHED, when, _data(verb), said, on=NEXT)
    touched = Draft(ev.TOUCHED, when, _data(verb), said)
    implied_accept = lead.state == "handed_off" and not verb.inbound
    owner = lead.owner or at.actor
    return (Draft(ev.ACCEPTED, when, {"owner": owner}), touched) if implied_accept else (touched,)


def _unknown(verb: verbs.Touch) -> Refused | None:
    if verb.channel not in verbs.CHANNELS:
        code = "unknown_channel" if verb.channel else "needs_channel"
        return Refused(code, {"channel": verb.channel, "known": ", ".join(verbs.CHANNELS)})
    if verb.outcome not in taxonomy.OUTCOMES:
        code = "unknown_outcome" if verb.outcome else "needs_outcome"
        return Refused(code, {"outcome": verb.outcome, "known": ", ".join(taxonomy.OUTCOMES)})
    if any(kind not in verbs.INSIGHTS for kind in insights.kinds(verb.insights)):
        return Refused("unknown_insight", {"known": ", ".join(verbs.INSIGHTS)})
    return None


def _impossible_instant(lead: Lead, when: int, at: Situation) -> Refused | None:
    if when > at.now_ms + CLOCK_TOLERANCE_MS:
        return Refused("in_the_future", {"at_ms": when})
    if when < lead.handoff.at_ms - CLOCK_TOLERANCE_MS:
        return Refused("before_handoff", {"at_ms": when, "handed_off_ms": lead.handoff.at_ms})
    return None


def _needs(lead: Lead, verb: verbs.Touch, at: Situation) -> Refused | None:
    refused = _closed(lead, verb, at)
    if refused:
        return refused
    if verb.outcome == "callback_set" and verb.next_ms is None:
        return Refused("needs_next")
    if verb.next_ms is not None and verb.next_ms <= at.now_ms:
        return Refused("next_in_the_past", {"at_ms": verb.next_ms})
    return None


def _closed(lead: Lead, verb: verbs.Touch, at: Situation) -> Refused | None:
    if lead.state == "merged" or (lead.state in REOPENING and not verb.inbound):
        return wrong_state(lead, "touch")
    if lead.state in REOPENING and at.open_elsewhere is not None:
        return Refused("open_elsewhere", {"other": at.open_elsewhere})
    if lead.opposed_ms is not None and not verb.inbound:
        return Refused("opposed")
    return None


def _data(verb: verbs.Touch) -> dict[str, Any]:
    data: dict[str, Any] = {"channel": verb.channel, "outcome": verb.outcome}
    if verb.inbound:
        data["inbound"] = True
    if verb.next_ms is not None:
        data["next_ms"] = verb.next_ms
    if verb.evidence.strip():
        data["evidence"] = True  # the link itself may name somebody, and can be erased: that there was one stays
    if verb.insights:
        data["insights"] = list(insights.kinds(verb.insights))
    return data
