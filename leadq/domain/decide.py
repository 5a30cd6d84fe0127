"""Whether a verb may be done to a lead now, and which facts it then records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from leadq.domain import events as ev
from leadq.domain import reasons as taxonomy
from leadq.domain import verbs
from leadq.domain.calendar import Calendar
from leadq.domain.contract import Cadence, Duration, PauseRules
from leadq.domain.events import Draft
from leadq.domain.lead import Lead
from leadq.domain.pauses import Pause, allowed, within
from leadq.domain.reasons import Reason
from leadq.domain.verbs import Verb

CLOCK_TOLERANCE_MS: Final = 2 * 60_000
"""How far ahead of us another clock may be before its times count as the future (field.md, E43)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a rule says no: a code of docs/cli.md, worded outside, with what the sentence needs."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision may look at beside the lead: who, when, and the rules that the cycle keeps.

    `infos` are the ids of what can be missing from a handoff: the standard ones and those that the contract requires.
    `members` are the people of the contract in force, because nobody gives a lead to somebody who has left.
    """

    now_ms: int
    actor: str
    reasons: Mapping[str, Reason]
    criteria: tuple[str, ...]
    infos: tuple[str, ...]
    cadence: Cadence
    pause: PauseRules
    calendar: Calendar
    members: tuple[str, ...]


Outcome = tuple[Draft, ...] | Refused


def decide(lead: Lead, verb: Verb, situation: Situation) -> Outcome:
    """The events that `verb` adds to `lead`, or the rule that refuses it. Nothing is changed here."""
    return _RULES[type(verb)](lead, verb, situation)


def _accept(lead: Lead, verb: verbs.Accept, at: Situation) -> Outcome:
    if lead.state != "handed_off":
        return _wrong_state(lead, "accept")
    if lead.owner not in ("", at.actor) and not verb.take:
        return Refused("someone_elses", {"owner": lead.owner})
    return (Draft(ev.ACCEPTED, at.now_ms, {"owner": at.actor}),)


def _touch(lead: Lead, verb: verbs.Touch, at: Situation) -> Outcome:
    when = at.now_ms if verb.at_ms is None else verb.at_ms
    refused = _unknown_touch(verb) or _impossible_instant(lead, when, at) or _touch_needs(lead, verb, at)
    if refused:
        return refused
    touched = Draft(ev.TOUCHED, when, _touch_data(verb), _texts(verb.note, verb.evidence, verb.insight))
    implied_accept = lead.state == "handed_off" and not verb.inbound
    owner = lead.owner or at.actor
    return (Draft(ev.ACCEPTED, when, {"owner": owner}), touched) if implied_accept else (touched,)


def _unknown_touch(verb: verbs.Touch) -> Refused | None:
    if verb.channel not in verbs.CHANNELS:
        code = "unknown_channel" if verb.channel else "needs_channel"
        return Refused(code, {"channel": verb.channel, "known": ", ".join(verbs.CHANNELS)})
    if verb.outcome not in taxonomy.OUTCOMES:
        code = "unknown_outcome" if verb.outcome else "needs_outcome"
        return Refused(code, {"outcome": verb.outcome, "known": ", ".join(taxonomy.OUTCOMES)})
    if verb.insight and verb.insight.partition(":")[0] not in verbs.INSIGHTS:
        return Refused("unknown_insight", {"known": ", ".join(verbs.INSIGHTS)})
    return None


def _impossible_instant(lead: Lead, when: int, at: Situation) -> Refused | None:
    if when > at.now_ms + CLOCK_TOLERANCE_MS:
        return Refused("in_the_future", {"at_ms": when})
    if when < lead.handoff.at_ms - CLOCK_TOLERANCE_MS:
        return Refused("before_handoff", {"at_ms": when, "handed_off_ms": lead.handoff.at_ms})
    return None


def _touch_needs(lead: Lead, verb: verbs.Touch, at: Situation) -> Refused | None:
    if not lead.open and not (verb.inbound or lead.state == "qualified"):
        return _wrong_state(lead, "touch")
    if verb.outcome == "callback_set" and verb.next_ms is None:
        return Refused("needs_next")
    if verb.next_ms is not None and verb.next_ms <= at.now_ms:
        return Refused("next_in_the_past", {"at_ms": verb.next_ms})
    return None


def _touch_data(verb: verbs.Touch) -> dict[str, Any]:
    data: dict[str, Any] = {"channel": verb.channel, "outcome": verb.outcome}
    if verb.inbound:
        data["inbound"] = True
    if verb.next_ms is not None:
        data["next_ms"] = verb.next_ms
    if verb.insight:
        data["insight"] = verb.insight.partition(":")[0]
    return data


def _texts(note: str, evidence: str = "", insight: str = "") -> dict[str, str]:
    said = {"note": note, "evidence": evidence, "insight": insight.partition(":")[2].strip()}
    return {kind: text for kind, text in said.items() if text}


def _reject(lead: Lead, verb: verbs.Reject, at: Situation) -> Outcome:
    if lead.attempts and lead.open:
        return Refused("has_touch", {"state": lead.state})
    if lead.state not in ("handed_off", "accepted"):
        return _wrong_state(lead, "reject")
    refused = _feedback(verb.reason, "rejected", verb.quality, at) or _reason_needs(verb, at)
    return refused or (Draft(ev.REJECTED, at.now_ms, _verdict_data(verb), _texts(verb.note)),)


def _disqualify(lead: Lead, verb: verbs.Disqualify, at: Situation) -> Outcome:
    if lead.open and not lead.attempts:
        return Refused("no_touch", {"state": lead.state})
    if lead.state not in ("working", "connected"):
        return _wrong_state(lead, "disqualify")
    refused = _feedback(verb.reason, "disqualified", verb.quality, at) or _reason_needs(verb, at)
    if refused is None and verb.reason == "dq.unreachable":
        refused = _cadence_short(lead, at)
    return refused or (Draft(ev.DISQUALIFIED, at.now_ms, _verdict_data(verb), _texts(verb.note)),)


def _recycle(lead: Lead, verb: verbs.Recycle, at: Situation) -> Outcome:
    if lead.state not in ("accepted", "working", "connected"):
        return _wrong_state(lead, "recycle")
    refused = _feedback(verb.reason, "recycled", verb.quality, at) or _reason_needs(verb, at)
    if refused:
        return refused
    if verb.wake_ms is None and not verb.trigger:
        return Refused("needs_wake")
    if verb.wake_ms is not None and verb.wake_ms <= at.now_ms:
        return Refused("wake_in_the_past", {"at_ms": verb.wake_ms})
    if verb.track and verb.track not in taxonomy.TRACKS:
        return Refused("unknown_track", {"track": verb.track, "known": ", ".join(taxonomy.TRACKS)})
    return (Draft(ev.RECYCLED, at.now_ms, _verdict_data(verb), _texts(verb.note)),)


def _qualify(lead: Lead, verb: verbs.Qualify, at: Situation) -> Outcome:
    if lead.state not in ("accepted", "working", "connected"):
        return _wrong_state(lead, "qualify")
    refused = _quality(verb.quality)
    if refused:
        return refused
    for name in ("need", "budget", "intent"):
        if getattr(verb, name) not in verbs.FACTS:
            return Refused("unknown_fact", {"name": name, "known": ", ".join(verbs.FACTS)})
    texts = _texts(verb.note) | ({"next_step": verb.next_step} if verb.next_step else {})
    return (Draft(ev.QUALIFIED, at.now_ms, _verdict_data(verb), texts),)


def _note(lead: Lead, verb: verbs.Note, at: Situation) -> Outcome:
    if not verb.text.strip():
        return Refused("empty_note")
    return (Draft(ev.NOTED, at.now_ms, {}, {"note": verb.text}),)


def _pause(lead: Lead, verb: verbs.Pause, at: Situation) -> Outcome:
    if not lead.open:
        return _wrong_state(lead, "pause")
    refused = _pause_needs(verb, at)
    if refused or verb.until_ms is None:
        return refused or Refused("needs_until")
    last_ms = _longest(Pause(at.now_ms, verb.until_ms, verb.reason), lead, at)
    if last_ms <= at.now_ms:
        return Refused("pauses_used_up", {"cap": _text(at.pause.max_total)})
    if last_ms < verb.until_ms:
        return Refused("pause_too_long", {"last_ms": last_ms, "zone": at.calendar.zone})
    data = {"reason": verb.reason, "until_ms": verb.until_ms}
    return (Draft(ev.PAUSED, at.now_ms, data, _texts("", verb.evidence)),)


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


def _resume(lead: Lead, verb: verbs.Resume, at: Situation) -> Outcome:
    if not lead.open:
        return _wrong_state(lead, "resume")
    if not within([(pause.from_ms, pause.end_ms) for pause in lead.pauses], at.now_ms):
        return Refused("not_paused")
    return (Draft(ev.RESUMED, at.now_ms),)


def _assign(lead: Lead, verb: verbs.Assign, at: Situation) -> Outcome:
    if not lead.open:
        return _wrong_state(lead, "assign")
    if verb.to not in at.members:
        code = "not_a_member" if verb.to else "needs_member"
        return Refused(code, {"member": verb.to, "known": ", ".join(at.members)})
    return (Draft(ev.ASSIGNED, at.now_ms, {"to": verb.to}, _texts(verb.note)),)


def _wrong_state(lead: Lead, verb: str) -> Refused:
    return Refused("wrong_state", {"state": lead.state, "verb": verb})


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
    tries = lead.attempts
    channels = {touch.channel for touch in tries}
    wanted = at.cadence
    if len(tries) >= wanted.attempts and len(channels) >= wanted.channels and _long_enough(lead, at):
        return None
    return Refused(
        "cadence_short",
        {
            "attempts": len(tries),
            "min_attempts": wanted.attempts,
            "channels": len(channels),
            "min_channels": wanted.channels,
            "span": wanted.span_text,
        },
    )


def _long_enough(lead: Lead, at: Situation) -> bool:
    first = min(touch.at_ms for touch in lead.attempts)
    last = max(touch.at_ms for touch in lead.attempts)
    span = at.cadence.span
    if span is None:
        return True
    end = at.calendar.add_days(first, span.days) if span.days else first + (span.amount_ms or 0)
    return end is None or last >= end


def _verdict_data(verb: Verb) -> dict[str, Any]:
    """The coded part of a verdict; its free text goes apart, where it can be erased."""
    names = (name for name in verb.__dataclass_fields__ if name not in ("note", "next_step"))
    found = ((name, getattr(verb, name)) for name in names)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in found if value not in (None, "", ())
    }


_RULES: Final[Mapping[type, Callable[[Lead, Any, Situation], Outcome]]] = {
    verbs.Accept: _accept,
    verbs.Touch: _touch,
    verbs.Reject: _reject,
    verbs.Disqualify: _disqualify,
    verbs.Recycle: _recycle,
    verbs.Qualify: _qualify,
    verbs.Note: _note,
    verbs.Pause: _pause,
    verbs.Resume: _resume,
    verbs.Assign: _assign,
}
