"""A lead: one cycle of one person, as its events tell it (folding.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from leadq.domain.pauses import Pause
from leadq.domain.states import OPEN_STATES

WAYS: Final[Mapping[str, str]] = {"call": "phone", "sms": "phone", "email": "email"}
"""Channel -> the way to the person that it needs; the others need none that could be wrong."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """The moment and the package: what marketing gave, and what the contract said of it at that moment.

    `criteria` maps a criterion id to whether the lead met it; `fields` are the values that policies look at, without
    personal data. `policy` and `contract` (a hash) name the rules that this cycle keeps, to its end unless an
    event says that it goes on under others. `previous` is the uid of the cycle that this one goes on from; `flags` are
    what spoke against the handoff (off_icp, below_threshold), `icp` the version of the customer profile that said so.
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
    previous: str = ""
    icp: str = ""
    flags: tuple[str, ...] = ()


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


class Former(NamedTuple):
    """The rules that a cycle has left: a contract (its hash), a policy of it, and when it left them."""

    contract: str
    policy: str
    until_ms: int


class Departure(NamedTuple):
    """Why an open lead is no longer ours to work (`sdk.FoundState`), since when, and what it was like before."""

    why: str
    at_ms: int
    state: str
    promise_ms: int | None
    reply_ms: int | None


@dataclass(frozen=True, slots=True)
class Lead:
    """One cycle: one handoff of one person. Instants are milliseconds UTC; None means it has not happened.

    `owner_ms` is since when the owner has it; `reply_ms` is since when an inbound touch waits for an answer;
    `promise_ms` is the next step that the rep promised. `former` are the rules that the cycle kept before, oldest
    first. `deadlines` are due instants by kind of clock that a merged lead brought along: whatever was promised first
    still holds. `invalid` are the ways (phone, email) that trying showed to be wrong; `opposed_ms` is since when the
    person does not want to be contacted; `ae_ms` and `returned_ms` are when the account executive took the lead on or
    gave it back; `merged_into` is the uid of the lead that goes on instead; `woken`: the day on which it was to come
    back has come. `departure` is what became of it at the other end, None while it is there. `leaves` are the
    uids of the leaves for which the owner only stands in, oldest first.
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
    former: tuple[Former, ...] = ()
    deadlines: Mapping[str, int] = field(default_factory=dict)
    invalid: tuple[str, ...] = ()
    opposed_ms: int | None = None
    snoozed_until_ms: int | None = None
    disputed_ms: int | None = None
    answer: str = ""
    ae_ms: int | None = None
    returned_ms: int | None = None
    merged_into: str = ""
    woken: bool = False
    departure: Departure | None = None
    leaves: tuple[str, ...] = ()

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
    def wake_ms(self) -> int | None:
        """When it comes back by itself; a tombstone does not, and nothing comes back twice."""
        if self.verdict is None or self.woken or self.state == "merged":
            return None
        wake_ms: int | None = self.verdict.data.get("wake_ms")
        return wake_ms

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
