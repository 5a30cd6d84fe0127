"""What to do with an open lead now, and why: one suggestion, from rules that anybody can read, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from leadq.domain.bands import PROMISE_LEAD_MS
from leadq.domain.clocks import Clock
from leadq.domain.lead import WAYS, Lead, Touch
from leadq.domain.ranking import standing

_ORDER: Final = ("call", "email", "linkedin")
"""What to try first. LinkedIn needs nothing that could be missing."""


@dataclass(frozen=True, slots=True)
class Standpoint:
    """What a suggestion looks at: the lead, its clocks, and the time (milliseconds UTC).

    `day_end_ms` is the last instant of the day; `ways` are the ways to the person that are known (phone, email), good
    or not; `effort_made`: the contract's minimum of attempts, channels and days is met.
    """

    lead: Lead
    clocks: Sequence[Clock]
    ways: frozenset[str]
    effort_made: bool
    now_ms: int
    day_end_ms: int

    def due(self, kind: str) -> int | None:
        """The due instant of the clock of that kind while it runs."""
        return next((clock.due_ms for clock in self.clocks if clock.kind == kind and clock.running), None)

    def open_to(self, channel: str) -> bool:
        """Whether the channel leads to the person, as far as is known."""
        way = WAYS.get(channel)
        return way is None or (way in self.ways and way not in self.lead.invalid)

    @property
    def tried(self) -> frozenset[str]:
        """The channels of the attempts so far."""
        return frozenset(touch.channel for touch in self.lead.attempts)

    @property
    def last_attempt(self) -> Touch | None:
        """The newest one."""
        return max(self.lead.attempts, key=lambda touch: touch.at_ms, default=None)

    @property
    def channel(self) -> str:
        """The best channel: one that was not tried yet, else the first that is open."""
        ways = [channel for channel in _ORDER if self.open_to(channel)]
        return next((channel for channel in ways if channel not in self.tried), ways[0])


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`action` is one of ACTIONS; `why` are codes (`missing:phone` names what is missing); `until_ms`: nothing before.

    `detail` is the reason code that a verdict would carry.
    """

    action: str
    why: tuple[str, ...]
    channel: str = ""
    until_ms: int | None = None
    detail: str = ""


ACTIONS: Final = ("reply", "keep_promise", "touch", "accept", "ask", "wait", "reject", "disqualify", "verdict")
"""What may be suggested. `reply`, `keep_promise` and `ask` are touches too, `verdict` is any that fits."""

WHY: Final = (
    "opposed", "reply_waits", "promise_due", "paused", "phone_invalid", "email_invalid", "no_way_left", "hot_untouched",
    "not_accepted", "untouched", "step_due", "not_tried", "effort_made", "not_connected", "missing", "planned",
    "nothing_planned",
)  # fmt: skip
"""The codes of reasons."""


def suggest(at: Standpoint) -> Suggestion | None:
    """The first rule that has something to say; None for a closed lead.

    Who does not want to be contacted comes before everything: no rule may suggest what the verbs would refuse.
    """
    if not at.lead.open:
        return None
    return next(found for rule in _RULES if (found := rule(at)))


def _opposed(at: Standpoint) -> Suggestion | None:
    if at.lead.opposed_ms is None:
        return None
    if at.lead.attempts:
        return Suggestion("disqualify", ("opposed",), detail="dq.opt_out")
    return Suggestion("reject", ("opposed",), detail="rej.no_consent")


def _reply(at: Standpoint) -> Suggestion | None:
    """By the channel that they chose, if it is open."""
    if at.lead.reply_ms is None:
        return None
    heard = max((touch for touch in at.lead.touches if touch.inbound), key=lambda touch: touch.at_ms, default=None)
    same = heard.channel if heard and at.open_to(heard.channel) else at.channel
    return Suggestion("reply", ("reply_waits",), same)


def _promise(at: Standpoint) -> Suggestion | None:
    if at.lead.promise_ms is None or at.lead.promise_ms > at.now_ms + PROMISE_LEAD_MS:
        return None
    last = at.last_attempt
    same = last.channel if last and at.open_to(last.channel) else at.channel
    return Suggestion("keep_promise", ("promise_due",), same)


def _paused(at: Standpoint) -> Suggestion | None:
    """As the queue sees it: a lead with a clock that runs on is not out of sight."""
    rests = standing(at.lead, at.clocks)
    if rests.paused_ms is None or rests.paused_until_ms is None:
        return None
    within = rests.paused_ms <= at.now_ms < rests.paused_until_ms
    return Suggestion("wait", ("paused",), until_ms=rests.paused_until_ms) if within else None


def _wrong_way(at: Standpoint) -> Suggestion | None:
    """What was just tried leads nowhere: the next channel, or the verdict that says so once there is none."""
    last = at.last_attempt
    if last is None or at.open_to(last.channel) or at.lead.state == "connected":
        return None
    wrong = tuple(f"{way}_invalid" for way in at.lead.invalid)
    left = [channel for channel in _ORDER if at.open_to(channel) and channel not in at.tried]
    if left:
        return Suggestion("touch", wrong, left[0])
    if any(at.open_to(channel) for channel in ("call", "email")):
        return None
    return Suggestion("disqualify", (*wrong, "no_way_left"), detail="dq.bad_contact")


def _hot(at: Standpoint) -> Suggestion | None:
    hot = at.lead.handoff.tier == "hot" and not at.lead.attempts
    return Suggestion("touch", ("hot_untouched",), at.channel) if hot else None


def _accept(at: Standpoint) -> Suggestion | None:
    return Suggestion("accept", ("not_accepted",)) if at.lead.state == "handed_off" else None


def _step(at: Standpoint) -> Suggestion | None:
    """The first touch, then each step of the cadence: by a way that was not tried yet, if there is one."""
    if not at.lead.attempts:
        return Suggestion("touch", ("untouched",), at.channel)
    due_ms = at.due("next_touch")
    if due_ms is None or due_ms > at.day_end_ms:
        return None
    fresh = ("not_tried",) if at.channel not in at.tried else ()
    return Suggestion("touch", ("step_due", *fresh), at.channel)


def _unreachable(at: Standpoint) -> Suggestion | None:
    if at.lead.state != "working" or not at.effort_made:
        return None
    return Suggestion("disqualify", ("effort_made", "not_connected"), detail="dq.unreachable")


def _ask(at: Standpoint) -> Suggestion | None:
    missing = tuple(f"missing:{info}" for info in at.lead.handoff.missing)
    return Suggestion("ask", missing, at.channel) if missing and at.lead.state == "connected" else None


def _planned(at: Standpoint) -> Suggestion | None:
    planned = [ms for ms in (at.due("next_touch"), at.lead.promise_ms) if ms is not None]
    return Suggestion("wait", ("planned",), until_ms=min(planned)) if planned else None


def _else(at: Standpoint) -> Suggestion:
    """Somebody who talked to us and to whom nothing was promised is waited for by the verdict's clock alone."""
    if at.lead.state == "connected":
        return Suggestion("verdict", ("nothing_planned",))
    return Suggestion("touch", ("nothing_planned",), at.channel)


_RULES: Final[tuple[Callable[[Standpoint], Suggestion | None], ...]] = (
    _opposed, _reply, _promise, _paused, _wrong_way, _hot, _accept, _step, _unreachable, _ask, _planned, _else,
)  # fmt: skip
