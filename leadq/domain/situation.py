"""What a decision may look at, and how a rule says no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leadq.domain.calendar import Calendar
from leadq.domain.contract import Cadence, PauseRules
from leadq.domain.events import Draft, Event
from leadq.domain.lead import Lead
from leadq.domain.reasons import Reason


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
    `open_elsewhere` is the local id of the open cycle that the same person has on the same product line. For a merge or
    a duplicate, `into` is the lead that goes on and `deadlines` are the due instants of this one's running clocks, by
    kind; for a correction, `history` are the lead's events.
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
    open_elsewhere: int | None = None
    into: Lead | None = None
    deadlines: Mapping[str, int] = field(default_factory=dict)
    history: tuple[Event, ...] = ()


Outcome = tuple[Draft, ...] | Refused


def wrong_state(lead: Lead, verb: str) -> Refused:
    """A verb that the lead's state does not allow."""
    return Refused("wrong_state", {"state": lead.state, "verb": verb, "into": lead.merged_into})


def texts(**said: str) -> dict[str, str]:
    """Free text by kind, what is empty left out: it may hold personal data, so it goes apart from the event."""
    return {kind: text for kind, text in said.items() if text.strip()}
