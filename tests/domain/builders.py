"""Small worlds for rules: a calendar, a policy and events, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from leadq.domain import events as ev
from leadq.domain.calendar import Calendar, CalendarSpec, compile_year, parse_windows
from leadq.domain.clocks import Rules
from leadq.domain.contract import Cadence, ClockTarget, Duration, PauseRules, Policy
from leadq.domain.decide import Situation
from leadq.domain.events import Event
from leadq.domain.match import compile_match
from leadq.domain.reasons import MISSING, REASONS

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE

_DAY = parse_windows("09:00-18:00")
PARIS: Final = Calendar(
    spec := CalendarSpec("paris", "Europe/Paris", (_DAY, _DAY, _DAY, _DAY, _DAY, (), ()), country="FR"),
    [compile_year(spec, year) for year in (2026, 2027, 2028)],
)
POLICY: Final = Policy(
    id="hot",
    match=compile_match("true", ()),
    calendar="paris",
    tier="hot",
    at_risk=(0.5, 0.8),
    clocks={
        "accept": ClockTarget("accept", 15 * MINUTE, None, "business"),
        "first_touch": ClockTarget("first_touch", 30 * MINUTE, None, "business", stretch_ms=5 * MINUTE),
        "disposition": ClockTarget("disposition", None, 10, "bd", pausable=True),
    },
)
PAUSE: Final = PauseRules(("prospect_asked_date",), max_each=Duration(days=5), max_total=Duration(days=8))
RULES: Final = Rules(POLICY, PARIS, PAUSE)

_numbers = count(1)


def at(text: str) -> int:
    """An instant in milliseconds UTC, from ISO text without an offset."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


HANDOFF_MS: Final = at("2026-05-12T08:00")
"""Tuesday 12 May 2026, 10:00 in Paris."""


def event(kind: str, when_ms: int = HANDOFF_MS, *, actor_kind: str = "human", uid: str = "", **data: Any) -> Event:
    """An event with an identity of its own."""
    return Event(uid or f"e{next(_numbers)}", "lead-1", kind, when_ms, when_ms, "zoe", actor_kind, data)


def handoff(when_ms: int = HANDOFF_MS, *, tier: str = "hot", **data: Any) -> Event:
    """The event that begins a lead."""
    return event(ev.HANDED_OFF, when_ms, actor_kind="adapter", policy="hot", contract="c1", tier=tier, **data)


def touch(when_ms: int, outcome: str = "no_answer", channel: str = "call", **data: Any) -> Event:
    """A human outbound touch, unless told otherwise."""
    kind = data.pop("actor_kind", "human")
    return event(ev.TOUCHED, when_ms, actor_kind=kind, channel=channel, outcome=outcome, **data)


def situation(now_ms: int = HANDOFF_MS + HOUR, actor: str = "zoe") -> Situation:
    """A rep's situation under a contract with three criteria and a minimum cadence of 3 tries on 2 channels, 2 days."""
    return Situation(
        now_ms=now_ms,
        actor=actor,
        reasons={reason.code: reason for reason in REASONS},
        criteria=("size", "role", "action"),
        infos=(*MISSING, "company"),
        cadence=Cadence(3, 2, Duration(days=2)),
        pause=PAUSE,
        calendar=PARIS,
        members=("zoe", "karim"),
    )
