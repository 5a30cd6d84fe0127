"""From facts to state: `fold` is the one way. It never refuses, because what happened has happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from leadq.domain import events as ev
from leadq.domain.events import Event
from leadq.domain.lead import WAYS, Departure, Former, Handoff, Lead, Touch, Verdict
from leadq.domain.pauses import Pause
from leadq.domain.states import OPEN_STATES

TWO_WAY: Final = frozenset({"connected", "callback_set", "replied", "meeting_set", "refused"})
"""Touch outcomes in which the prospect answered: the lead is connected from then on."""


def fold(events: Iterable[Event]) -> Lead:
    """The lead that `events` (one cycle, in recording order, handoff first) tell.

    Raises ValueError when there is no handoff: such a list is not a lead.
    """
    history = list(events)
    taken_back = ev.voided(history) if any(e.type in ev.TAKE_BACK for e in history) else frozenset()
    if not history or history[0].type != ev.HANDED_OFF:
        raise ValueError("a lead begins with its handoff")
    lead = _handed_off(history[0])
    for event in history[1:]:
        if event.uid not in taken_back and event.type in _STEPS:
            lead = _STEPS[event.type](lead, event)
    return _never_begun(lead) if history[0].uid in taken_back else lead


def _never_begun(lead: Lead) -> Lead:
    """A new cycle that was taken back: a tombstone that points to the one it would have gone on from."""
    return replace(lead, state="merged", merged_into=lead.handoff.previous, promise_ms=None, reply_ms=None)


def _handed_off(event: Event) -> Lead:
    data = event.data
    return Lead(
        uid=event.lead_uid,
        state="handed_off",
        cycle=data.get("cycle", 1),
        product_line=data.get("product_line", ""),
        owner=data.get("owner", ""),
        owner_ms=event.occurred_ms if data.get("owner") else None,
        opposed_ms=event.occurred_ms if data.get("opposed") else None,
        handoff=Handoff(
            at_ms=event.occurred_ms,
            policy=data["policy"],
            contract=data["contract"],
            tier=data.get("tier", ""),
            source=data.get("source", ""),
            campaign=data.get("campaign", ""),
            trigger=data.get("trigger", ""),
            score=data.get("score"),
            fit=data.get("fit"),
            engagement=data.get("engagement"),
            missing=tuple(data.get("missing", ())),
            criteria=data.get("criteria"),
            date_only=data.get("date_only", False),
            fields=data.get("fields"),
            previous=data.get("previous", ""),
            icp=data.get("icp", ""),
            flags=tuple(data.get("flags", ())),
        ),
    )


def _accepted(lead: Lead, event: Event) -> Lead:
    state = "accepted" if lead.state == "handed_off" else lead.state
    owner = event.data.get("owner", lead.owner)
    at_ms = event.occurred_ms if lead.accepted_ms is None else min(lead.accepted_ms, event.occurred_ms)
    return replace(_given(lead, owner, event.occurred_ms), state=state, accepted_ms=at_ms)


def _assigned(lead: Lead, event: Event) -> Lead:
    return replace(_given(lead, event.data["to"], event.occurred_ms), leaves=_standing_in(lead, event))


def _standing_in(lead: Lead, event: Event) -> tuple[str, ...]:
    """For which leaves the new owner has it: one more, those from before one that is over, or none. Given to who stood
    in already, it is theirs from then on."""
    begun, over = event.data.get("leave"), event.data.get("back")
    if begun:
        return (*(uid for uid in lead.leaves if uid != begun), begun)
    return lead.leaves[: lead.leaves.index(over)] if over in lead.leaves else ()


def _given(lead: Lead, owner: str, at_ms: int) -> Lead:
    """Another owner starts afresh; the same one goes on. The lead's own clocks never notice."""
    return lead if owner == lead.owner else replace(lead, owner=owner, owner_ms=at_ms if owner else None, leaves=())


def _paused(lead: Lead, event: Event) -> Lead:
    pause = Pause(event.occurred_ms, event.data["until_ms"], event.data.get("reason", ""))
    return replace(lead, pauses=(*lead.pauses, pause))


def _resumed(lead: Lead, event: Event) -> Lead:
    """Ends whatever pause is on; one that has ended by itself stays as it was."""
    at_ms = event.occurred_ms
    ended = (replace(p, resumed_ms=at_ms) if p.from_ms <= at_ms < p.end_ms else p for p in lead.pauses)
    return replace(lead, pauses=tuple(ended))


def _touched(lead: Lead, event: Event) -> Lead:
    data = event.data
    touch = Touch(
        uid=event.uid,
        at_ms=event.occurred_ms,
        channel=data["channel"],
        outcome=data["outcome"],
        inbound=data.get("inbound", False),
        human=data.get("human", event.actor_kind == "human"),
        pre_handoff=event.occurred_ms < lead.handoff.at_ms,
    )
    lead = _tried(replace(lead, touches=(*lead.touches, touch), snoozed_until_ms=None), touch)
    return _heard(lead, touch) if touch.inbound else _reached_out(lead, touch, data.get("next_ms"))


def _tried(lead: Lead, touch: Touch) -> Lead:
    """A wrong number or a bounce is a fact about the way tried; it holds until the source corrects it."""
    way = WAYS.get(touch.channel, "") if touch.outcome in _WRONG else ""
    return replace(lead, invalid=tuple(sorted({*lead.invalid, way}))) if way else lead


def _heard(lead: Lead, touch: Touch) -> Lead:
    """An inbound touch waits for an answer, from the first one that nobody answered."""
    waiting_since = touch.at_ms if lead.reply_ms is None else min(lead.reply_ms, touch.at_ms)
    answered = any(t.at_ms > touch.at_ms for t in lead.attempts)
    state = "connected" if lead.state == "working" else lead.state
    return replace(lead, state=state, reply_ms=lead.reply_ms if answered else waiting_since)


def _reached_out(lead: Lead, touch: Touch, next_ms: int | None) -> Lead:
    """A human touch keeps the promise that stood, answers what waited, and may promise the next step."""
    if not touch.human:
        return lead
    newest = all(other.at_ms <= touch.at_ms for other in lead.attempts)
    answered = lead.reply_ms is not None and touch.at_ms >= lead.reply_ms
    return replace(
        lead,
        state=_after_touch(lead, touch),
        promise_ms=next_ms if newest else lead.promise_ms,
        reply_ms=None if answered else lead.reply_ms,
    )


def _after_touch(lead: Lead, touch: Touch) -> str:
    if not lead.open or lead.state == "connected":
        return lead.state
    return "connected" if touch.outcome in TWO_WAY else "working"


def _verdict(lead: Lead, event: Event) -> Lead:
    data = event.data
    verdict = Verdict(
        verb=ev.VERDICTS[event.type],
        at_ms=event.occurred_ms,
        by=event.actor,
        quality=data.get("quality"),
        reason=data.get("reason", ""),
        missing=tuple(data.get("missing", ())),
        data=data,
    )
    return replace(
        lead, state=event.type, verdict=verdict, promise_ms=None, reply_ms=None, snoozed_until_ms=None, answer=""
    )


def _contract_moved(lead: Lead, event: Event) -> Lead:
    """The cycle goes on under other rules; what had stopped by then stays under those that it stopped under.

    A lead whose policy was matched again keeps the tier that it was handed off with: figures are cut by it.
    """
    before = lead.handoff
    rules = replace(before, contract=event.data["contract"], policy=event.data.get("policy", before.policy))
    left = Former(before.contract, before.policy, event.occurred_ms)
    return replace(lead, handoff=rules, former=(*lead.former, left))


def _snoozed(lead: Lead, event: Event) -> Lead:
    return replace(lead, snoozed_until_ms=event.data["until_ms"]) if lead.open else lead


def _rerouted(lead: Lead, event: Event) -> Lead:
    """The same cycle goes on, and so do the lead's own clocks: a wrong address is not the prospect's fault."""
    lead = replace(lead, state="handed_off", verdict=None, accepted_ms=None, answer="", disputed_ms=None)
    return _given(lead, event.data.get("to", ""), event.occurred_ms)


def _disputed(lead: Lead, event: Event) -> Lead:
    return replace(lead, disputed_ms=event.occurred_ms)


def _answered(lead: Lead, event: Event) -> Lead:
    """Marketing that declines a verdict disputes it; any other answer settles what was disputed."""
    answer = event.data["answer"]
    return replace(lead, answer=answer, disputed_ms=event.occurred_ms if answer == "declined" else None)


def _closed(lead: Lead, event: Event) -> Lead:
    """Marketing has taken note of a rejection: the rep's verdict stands, the lead goes where its reason sends it."""
    return replace(lead, state=event.data["to"])


def _ae_accepted(lead: Lead, event: Event) -> Lead:
    return replace(lead, ae_ms=event.occurred_ms)


def _ae_returned(lead: Lead, event: Event) -> Lead:
    """Back to the rep, in contact: the verdict was one too early, and another one is due from here on."""
    return replace(lead, state="connected", verdict=None, ae_ms=None, answer="", returned_ms=event.occurred_ms)


def _merged(lead: Lead, event: Event) -> Lead:
    into = event.data["into"]
    return replace(lead, state="merged", merged_into=into, promise_ms=None, reply_ms=None, snoozed_until_ms=None)


def _absorbed(lead: Lead, event: Event) -> Lead:
    """All that happened to the other one happened to this one; what was promised first still holds (field.md, I11)."""
    data = event.data
    start_ms = min(lead.handoff.at_ms, data["handed_off_ms"])
    known = {touch.uid for touch in lead.touches}
    touches = lead.touches + tuple(_told(*row) for row in data["touches"] if row[0] not in known)
    lead = replace(
        lead,
        handoff=replace(lead.handoff, at_ms=start_ms),
        touches=tuple(replace(touch, pre_handoff=touch.at_ms < start_ms) for touch in touches),
        accepted_ms=_earlier(lead.accepted_ms, data.get("accepted_ms")),
        invalid=tuple(sorted({*lead.invalid, *data.get("invalid", ())})),
        opposed_ms=_earlier(lead.opposed_ms, data.get("opposed_ms")),
    )
    return _goes_on(lead, event) if lead.open else _sleeps_on(lead, data.get("wake_ms"))


def _sleeps_on(lead: Lead, wake_ms: int | None) -> Lead:
    """Of two recycled leads the one that goes on wakes on the earlier day."""
    if wake_ms is None or lead.verdict is None or lead.state != "recycled":
        return lead
    data = {**lead.verdict.data, "wake_ms": _earlier(lead.wake_ms, wake_ms)}
    return replace(lead, verdict=replace(lead.verdict, data=data), woken=False)


def _told(uid: str, at_ms: int, channel: str, outcome: str, inbound: bool, human: bool) -> Touch:
    return Touch(uid, at_ms, channel, outcome, inbound, human, pre_handoff=False)


def _goes_on(lead: Lead, event: Event) -> Lead:
    data = event.data
    state = max(lead.state, data["state"], key=OPEN_STATES.index) if data["state"] in OPEN_STATES else lead.state
    deadlines = {kind: min(due_ms, lead.deadlines.get(kind, due_ms)) for kind, due_ms in data["deadlines"].items()}
    lead = replace(
        lead,
        state=state,
        promise_ms=_earlier(lead.promise_ms, data.get("promise_ms")),
        reply_ms=_earlier(lead.reply_ms, data.get("reply_ms")),
        deadlines={**lead.deadlines, **deadlines},
    )
    return lead if lead.owner else _given(lead, data.get("owner", ""), event.occurred_ms)


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((at for at in (one, other) if at is not None), default=None)


def _woken(lead: Lead, event: Event) -> Lead:
    return replace(lead, woken=True)


def _departed(lead: Lead, event: Event) -> Lead:
    """It left our scope at the other end: nobody works it here, and no clock runs, until it comes back."""
    if not lead.open:
        return lead
    left = Departure(event.data["why"], event.occurred_ms, lead.state, lead.promise_ms, lead.reply_ms)
    return replace(lead, state="archived", departure=left, promise_ms=None, reply_ms=None, snoozed_until_ms=None)


def _returned(lead: Lead, event: Event) -> Lead:
    left = lead.departure
    if left is None:
        return lead
    return replace(lead, state=left.state, departure=None, promise_ms=left.promise_ms, reply_ms=left.reply_ms)


def _opposed(lead: Lead, event: Event) -> Lead:
    return replace(lead, opposed_ms=_earlier(lead.opposed_ms, event.occurred_ms))


def _remote_changed(lead: Lead, event: Event) -> Lead:
    """A difference that came from outside is a fact too; the handoff's package keeps what was handed off."""
    field = event.data.get("field")
    if field in lead.invalid:  # the source has another phone or e-mail now: that one has not been tried
        return replace(lead, invalid=tuple(way for way in lead.invalid if way != field))
    return _given(lead, event.data["new"], event.occurred_ms) if field == "owner" else lead


_WRONG: Final = frozenset({"wrong_number", "bounced"})
_STEPS: Final[Mapping[str, Callable[[Lead, Event], Lead]]] = {
    ev.ACCEPTED: _accepted,
    ev.TOUCHED: _touched,
    ev.ASSIGNED: _assigned,
    ev.PAUSED: _paused,
    ev.RESUMED: _resumed,
    ev.SNOOZED: _snoozed,
    ev.REROUTED: _rerouted,
    ev.DISPUTED: _disputed,
    ev.ANSWERED: _answered,
    ev.CLOSED: _closed,
    ev.AE_ACCEPTED: _ae_accepted,
    ev.AE_RETURNED: _ae_returned,
    ev.MERGED: _merged,
    ev.ABSORBED: _absorbed,
    ev.OPPOSED: _opposed,
    ev.ERASED: _opposed,  # nobody is left to be contacted, now or when a day has come
    ev.WOKEN: _woken,
    ev.DEPARTED: _departed,
    ev.RETURNED: _returned,
    ev.CONTRACT_MOVED: _contract_moved,
    ev.REMOTE_CHANGED: _remote_changed,
    **dict.fromkeys(ev.VERDICTS, _verdict),
}
