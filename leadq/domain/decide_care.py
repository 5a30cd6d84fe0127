"""What may be done with an open lead beside working it: note, pause, snooze, give to somebody else."""

from __future__ import annotations

from leadq.domain import events as ev
from leadq.domain import verbs
from leadq.domain.contract import Duration
from leadq.domain.events import Draft
from leadq.domain.lead import Lead
from leadq.domain.pauses import Pause, allowed, within
from leadq.domain.situation import Outcome, Refused, Situation, texts, wrong_state


def note(lead: Lead, verb: verbs.Note, at: Situation) -> Outcome:
    """Something written down: always, on any lead."""
    if not verb.text.strip():
        return Refused("empty_note")
    return (Draft(ev.NOTED, at.now_ms, {}, {"note": verb.text}),)


def pause(lead: Lead, verb: verbs.Pause, at: Situation) -> Outcome:
    """The lead waits, for a reason and until a day that both teams accept."""
    if not lead.open:
        return wrong_state(lead, "pause")
    refused = _pause_needs(verb, at)
    if refused or verb.until_ms is None:
        return refused or Refused("needs_until")
    last_ms = _longest(Pause(at.now_ms, verb.until_ms, verb.reason), lead, at)
    if last_ms <= at.now_ms:
        return Refused("pauses_used_up", {"cap": _text(at.pause.max_total)})
    if last_ms < verb.until_ms:
        return Refused("pause_too_long", {"last_ms": last_ms, "zone": at.calendar.zone})
    data = {"reason": verb.reason, "until_ms": verb.until_ms}
    return (Draft(ev.PAUSED, at.now_ms, data, texts(evidence=verb.evidence)),)


def _longest(pause: Pause, lead: Lead, at: Situation) -> int:
    """Until when the caps of the contract let this pause count, after all that the lead has waited already."""
    spans = allowed((*lead.pauses, pause), at.pause, at.calendar)
    return max((to_ms for from_ms, to_ms in spans if from_ms <= at.now_ms), default=at.now_ms)


def _pause_needs(verb: verbs.Pause, at: Situation) -> Refused | None:
    rules, known = at.pause, {"known": ", ".join(at.pause.reasons)}
    if not rules.reasons:
        return Refused("no_pause")
    if verb.reason not in rules.reasons:
        return Refused(
            "unknown_pause_reason" if verb.reason else "needs_pause_reason", {"reason": verb.reason, **known}
        )
    if verb.until_ms is not None and verb.until_ms <= at.now_ms:
        return Refused("until_in_the_past", {"at_ms": verb.until_ms})
    if rules.needs_evidence and not verb.evidence.strip():
        return Refused("needs_evidence")
    return None


def _text(duration: Duration | None) -> str:
    return duration.text if duration else ""


def resume(lead: Lead, verb: verbs.Resume, at: Situation) -> Outcome:
    """Before its time."""
    if not lead.open:
        return wrong_state(lead, "resume")
    if not within([(pause.from_ms, pause.end_ms) for pause in lead.pauses], at.now_ms):
        return Refused("not_paused")
    return (Draft(ev.RESUMED, at.now_ms),)


def assign(lead: Lead, verb: verbs.Assign, at: Situation) -> Outcome:
    """Give an open lead to somebody of the team."""
    if not lead.open:
        return wrong_state(lead, "assign")
    if verb.to not in at.members:
        code = "not_a_member" if verb.to else "needs_member"
        return Refused(code, {"member": verb.to, "known": ", ".join(at.members)})
    return (Draft(ev.ASSIGNED, at.now_ms, {"to": verb.to}, texts(note=verb.note)),)


def snooze(lead: Lead, verb: verbs.Snooze, at: Situation) -> Outcome:
    """Out of sight until an instant, for a reason: what is put aside is put aside by somebody (field.md 1c)."""
    if not lead.open:
        return wrong_state(lead, "snooze")
    if verb.until_ms is None:
        return Refused("needs_until")
    if verb.until_ms <= at.now_ms:
        return Refused("until_in_the_past", {"at_ms": verb.until_ms})
    if not verb.why.strip():
        return Refused("needs_why")
    return (Draft(ev.SNOOZED, at.now_ms, {"until_ms": verb.until_ms}, texts(note=verb.why)),)
