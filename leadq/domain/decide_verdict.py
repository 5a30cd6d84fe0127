"""Whether a verdict may be given now: no lead ends without a coded reason that marketing can use."""

from __future__ import annotations

from typing import Any

from leadq.domain import events as ev
from leadq.domain import reasons as taxonomy
from leadq.domain import verbs
from leadq.domain.calendar import Calendar
from leadq.domain.consequences import consequences, contradicts, wakes
from leadq.domain.contract import Cadence, Duration
from leadq.domain.events import Draft
from leadq.domain.lead import Lead
from leadq.domain.situation import Outcome, Refused, Situation, texts, wrong_state
from leadq.domain.verbs import Verb


def reject(lead: Lead, verb: verbs.Reject, at: Situation) -> Outcome:
    """Before any human touch: the handoff itself is not right."""
    if lead.attempts and lead.open:
        return Refused("has_touch", {"state": lead.state})
    if lead.state not in ("handed_off", "accepted"):
        return wrong_state(lead, "reject")
    refused = (
        _feedback(verb.reason, "rejected", verb.quality, at) or _reason_needs(verb, at) or _no_duplicate(lead, verb, at)
    )
    return refused or _given(ev.REJECTED, lead, verb, at)


def _no_duplicate(lead: Lead, verb: verbs.Reject, at: Situation) -> Refused | None:
    """The original of a duplicate is another lead that still goes on or has ended, not a tombstone."""
    if not verb.into or at.into is None:
        return None
    if at.into.uid == lead.uid:
        return Refused("into_itself")
    if at.into.state == "merged":
        return Refused("into_a_merged_one", {"into": at.into.merged_into})
    return Refused("into_a_rejected_one") if contradicts(lead, at.into) else None


def disqualify(lead: Lead, verb: verbs.Disqualify, at: Situation) -> Outcome:
    """After a human touch: this will not become business."""
    if lead.open and not lead.attempts:
        return Refused("no_touch", {"state": lead.state})
    if lead.state not in ("working", "connected"):
        return wrong_state(lead, "disqualify")
    refused = _feedback(verb.reason, "disqualified", verb.quality, at) or _reason_needs(verb, at)
    if refused is None and verb.reason == "dq.unreachable":
        refused = _cadence_short(lead, at)
    return refused or _given(ev.DISQUALIFIED, lead, verb, at)


def recycle(lead: Lead, verb: verbs.Recycle, at: Situation) -> Outcome:
    """Back to marketing, until a day or until something happens."""
    if lead.state not in ("accepted", "working", "connected"):
        return wrong_state(lead, "recycle")
    refused = _feedback(verb.reason, "recycled", verb.quality, at) or _reason_needs(verb, at)
    if refused:
        return refused
    if verb.wake_ms is None and not verb.trigger:
        return Refused("needs_wake")
    if verb.wake_ms is not None and verb.wake_ms <= at.now_ms:
        return Refused("wake_in_the_past", {"at_ms": verb.wake_ms})
    if verb.track and verb.track not in taxonomy.TRACKS:
        return Refused("unknown_track", {"track": verb.track, "known": ", ".join(taxonomy.TRACKS)})
    return _given(ev.RECYCLED, lead, verb, at)


def qualify(lead: Lead, verb: verbs.Qualify, at: Situation) -> Outcome:
    """On to the account executive, as a real opportunity."""
    if lead.state not in ("accepted", "working", "connected"):
        return wrong_state(lead, "qualify")
    refused = _quality(verb.quality)
    if refused:
        return refused
    for name in ("need", "budget", "intent"):
        if getattr(verb, name) not in verbs.FACTS:
            return Refused("unknown_fact", {"name": name, "known": ", ".join(verbs.FACTS)})
    said = texts(note=verb.note, next_step=verb.next_step)
    return (Draft(ev.QUALIFIED, at.now_ms, _verdict_data(verb), said),)


def _given(
    event: str, lead: Lead, verb: verbs.Reject | verbs.Disqualify | verbs.Recycle, at: Situation
) -> tuple[Draft, ...]:
    """The verdict, and what its reason does by itself."""
    reason, data = at.reasons[verb.reason], _verdict_data(verb)
    wake_ms = wakes(reason, at) if isinstance(verb, verbs.Disqualify) else None
    if wake_ms is not None:
        data["wake_ms"] = wake_ms
    return Draft(event, at.now_ms, data, texts(note=verb.note)), *consequences(lead, reason, at)


def _feedback(code: str, klass: str, quality: int | None, at: Situation) -> Refused | None:
    reason = at.reasons.get(code)
    if reason is None:
        return Refused("unknown_reason" if code else "needs_reason", {"reason": code, "known": _codes(code, klass, at)})
    if reason.klass not in (klass, "other"):
        return Refused("wrong_class", {"reason": code, "class": reason.klass, "wanted": klass})
    return _quality(quality)


def _codes(code: str, klass: str, at: Situation) -> str:
    """The codes that the verdict could carry, what resembles `code` first."""
    known = [reason.code for reason in at.reasons.values() if reason.klass in (klass, "other")]
    near = taxonomy.nearest(code) if code else ""
    return ", ".join(sorted(known, key=lambda candidate: candidate != near))


def _quality(quality: int | None) -> Refused | None:
    return None if quality in taxonomy.QUALITY else Refused("needs_quality")


def _reason_needs(verb: verbs.Reject | verbs.Disqualify | verbs.Recycle, at: Situation) -> Refused | None:
    """What the reason itself asks for: which info is missing, which criterion is not met, into which lead it goes."""
    criterion = getattr(verb, "criterion", "")
    for need in sorted(at.reasons[verb.reason].needs):
        if not getattr(verb, need, ""):
            return Refused(f"needs_{need}", {"reason": verb.reason, "known": ", ".join(_known(need, at))})
    if criterion and criterion not in at.criteria:
        return Refused("unknown_criterion", {"criterion": criterion, "known": ", ".join(at.criteria)})
    unknown = [info for info in getattr(verb, "missing", ()) if info not in at.infos]
    if unknown:
        return Refused("unknown_missing", {"info": unknown[0], "known": ", ".join(at.infos)})
    return None


def _known(need: str, at: Situation) -> tuple[str, ...]:
    return {"criterion": at.criteria, "missing": at.infos}.get(need, ())


def _cadence_short(lead: Lead, at: Situation) -> Refused | None:
    """`unreachable` is a claim about effort: it needs the attempts, channels and days that both teams agreed."""
    wanted = at.cadence
    if effort_made(lead, wanted, at.calendar):
        return None
    return Refused(
        "cadence_short",
        {
            "attempts": len(lead.attempts),
            "min_attempts": wanted.attempts,
            "channels": len({touch.channel for touch in lead.attempts}),
            "min_channels": wanted.channels,
            "span": wanted.span_text,
        },
    )


def effort_made(lead: Lead, wanted: Cadence, calendar: Calendar) -> bool:
    """Whether the attempts, their channels and the time between the first and the last are what was agreed."""
    tries = lead.attempts
    channels = {touch.channel for touch in tries}
    enough = len(tries) >= wanted.attempts and len(channels) >= wanted.channels
    return enough and bool(tries) and _long_enough(lead, wanted.span, calendar)


def _long_enough(lead: Lead, span: Duration | None, calendar: Calendar) -> bool:
    first = min(touch.at_ms for touch in lead.attempts)
    last = max(touch.at_ms for touch in lead.attempts)
    if span is None:
        return True
    end = calendar.add_days(first, span.days) if span.days else first + (span.amount_ms or 0)
    return end is None or last >= end


def _verdict_data(verb: Verb) -> dict[str, Any]:
    """The coded part of a verdict; its free text goes apart, where it can be erased."""
    names = (name for name in verb.__dataclass_fields__ if name not in ("note", "next_step"))
    found = ((name, getattr(verb, name)) for name in names)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in found if value not in (None, "", ())
    }
