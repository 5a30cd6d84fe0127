"""A lead as its events tell it: `fold` is the one way from facts to state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from leadq.domain import events as ev
from leadq.domain.events import Event
from leadq.domain.pauses import Pause
from leadq.domain.states import OPEN_STATES

TWO_WAY: Final = frozenset({"connected", "callback_set", "replied", "meeting_set", "refused"})
"""Touch outcomes in which the prospect answered: the lead is connected from then on."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """The moment and the package: what marketing gave, and what the contract said of it at that moment.

    `criteria` maps a criterion id to whether the lead met it; `fields` are the values that policies look at, without
    personal data. `policy` and `contract` (a hash) name the rules that this cycle keeps to its end.
    """

    at_ms: int
    policy: str
    contract: str
    tier: str
    source: str = ""
    campaign: str = ""
    trigger: str = ""
    score: float | None = None
    fit: float | None = None
    engagement: float | None = None
    missing: tuple[str, ...] = ()
    criteria: Mapping[str, bool] | None = None
    date_only: bool = False
    fields: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact, or attempt at one. `pre_handoff`: before the handoff, kept but out of every speed figure."""

    uid: str
    at_ms: int
    channel: str
    outcome: str
    inbound: bool
    human: bool
    pre_handoff: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a cycle ended: the verb, and the coded feedback that marketing can use."""

    verb: str
    at_ms: int
    by: str
    quality: int | None
    reason: str
    missing: tuple[str, ...]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lead:
    """One cycle: one handoff of one person. Instants are milliseconds UTC; None means it has not happened.

    `owner_ms` is since when the owner has it; `reply_ms` is since when an inbound touch waits for an answer;
    `promise_ms` is the next step that the rep promised. `former` are the contracts (hashes) that the cycle kept before,
    each with the instant at which it left them.
    """

    uid: str
    state: str
    handoff: Handoff
    cycle: int = 1
    product_line: str = ""
    owner: str = ""
    owner_ms: int | None = None
    accepted_ms: int | None = None
    touches: tuple[Touch, ...] = ()
    promise_ms: int | None = None
    reply_ms: int | None = None
    verdict: Verdict | None = None
    pauses: tuple[Pause, ...] = ()
    former: tuple[tuple[str, int], ...] = ()

    @property
    def open(self) -> bool:
        """Whether the cycle still waits for a verdict."""
        return self.state in OPEN_STATES

    @property
    def attempts(self) -> tuple[Touch, ...]:
        """Human outbound touches since the handoff: the only ones that stop a clock."""
        if not self.touches:  # as for each lead of an import
            return ()
        return tuple(t for t in self.touches if t.human and not t.inbound and not t.pre_handoff)

    @property
    def first_touch_ms(self) -> int | None:
        """When a human first reached out: the earliest by occurrence, in whatever order the touches arrived."""
        if not self.touches:
            return None
        return min((touch.at_ms for touch in self.attempts), default=None)

    @property
    def last_reply(self) -> tuple[int, int | None] | None:
        """The newest time the prospect spoke and waited: since when, and when a human answered (None: not yet)."""
        episode: tuple[int, int | None] | None = None
        for touch in sorted(self.touches, key=lambda one: one.at_ms):
            answered = episode is not None and episode[1] is not None
            if touch.inbound and (episode is None or answered):
                episode = (touch.at_ms, None)
            elif episode is not None and not answered and touch.human and not touch.inbound:
                episode = (episode[0], touch.at_ms)
        return episode

    @property
    def last_touch_ms(self) -> int | None:
        """When anyone last touched, in either direction."""
        if not self.touches:
            return None
        return max((touch.at_ms for touch in self.touches), default=None)


def fold(events: Iterable[Event]) -> Lead:
    """The lead that `events` (one cycle, in recording order, handoff first) tell.

    Raises ValueError when there is no handoff: such a list is not a lead.
    """
    history = list(events)
    taken_back = ev.voided(history)
    lead: Lead | None = None
    for event in history:
        if event.uid in taken_back or event.type not in _STEPS:
            continue
        lead = _handed_off(event) if event.type == ev.HANDED_OFF else _step(lead, event)
    if lead is None:
        raise ValueError("a lead begins with its handoff")
    return lead


def _step(lead: Lead | None, event: Event) -> Lead:
    if lead is None:
        raise ValueError("a lead begins with its handoff")
    return _STEPS[event.type](lead, event)


def _handed_off(event: Event) -> Lead:
    data = event.data
    return Lead(
        uid=event.lead_uid,
        state="handed_off",
        cycle=data.get("cycle", 1),
        product_line=data.get("product_line", ""),
        owner=data.get("owner", ""),
        owner_ms=event.occurred_ms if data.get("owner") else None,
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
        ),
    )


def _accepted(lead: Lead, event: Event) -> Lead:
    state = "accepted" if lead.state == "handed_off" else lead.state
    owner = event.data.get("owner", lead.owner)
    at_ms = event.occurred_ms if lead.accepted_ms is None else min(lead.accepted_ms, event.occurred_ms)
    return replace(_given(lead, owner, event.occurred_ms), state=state, accepted_ms=at_ms)


def _assigned(lead: Lead, event: Event) -> Lead:
    return _given(lead, event.data["to"], event.occurred_ms)


def _given(lead: Lead, owner: str, at_ms: int) -> Lead:
    """Another owner starts afresh; the same one goes on. The lead's own clocks never notice."""
    return lead if owner == lead.owner else replace(lead, owner=owner, owner_ms=at_ms if owner else None)


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
        human=event.actor_kind == "human",
        pre_handoff=event.occurred_ms < lead.handoff.at_ms,
    )
    lead = replace(lead, touches=(*lead.touches, touch))
    return _heard(lead, touch) if touch.inbound else _reached_out(lead, touch, data.get("next_ms"))


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
        verb=_VERBS[event.type],
        at_ms=event.occurred_ms,
        by=event.actor,
        quality=data.get("quality"),
        reason=data.get("reason", ""),
        missing=tuple(data.get("missing", ())),
        data=data,
    )
    return replace(lead, state=event.type, verdict=verdict, promise_ms=None, reply_ms=None)


def _contract_moved(lead: Lead, event: Event) -> Lead:
    """The cycle goes on under another version; what had stopped by then stays under the one that it stopped under."""
    left = (*lead.former, (lead.handoff.contract, event.occurred_ms))
    return replace(lead, handoff=replace(lead.handoff, contract=event.data["contract"]), former=left)


def _unchanged(lead: Lead, event: Event) -> Lead:
    return lead


def _remote_changed(lead: Lead, event: Event) -> Lead:
    """A difference that came from outside is a fact too; the handoff's package keeps what was handed off."""
    changes_owner = event.data.get("field") == "owner"
    return _given(lead, event.data["new"], event.occurred_ms) if changes_owner else lead


_VERBS: Final = {
    ev.REJECTED: "reject",
    ev.DISQUALIFIED: "disqualify",
    ev.RECYCLED: "recycle",
    ev.QUALIFIED: "qualify",
}
_STEPS: Final[Mapping[str, Callable[[Lead, Event], Lead]]] = {
    ev.HANDED_OFF: _unchanged,
    ev.ACCEPTED: _accepted,
    ev.TOUCHED: _touched,
    ev.ASSIGNED: _assigned,
    ev.PAUSED: _paused,
    ev.RESUMED: _resumed,
    ev.NOTED: _unchanged,
    ev.CONTRACT_MOVED: _contract_moved,
    ev.REMOTE_CHANGED: _remote_changed,
    **dict.fromkeys(_VERBS, _verdict),
}
