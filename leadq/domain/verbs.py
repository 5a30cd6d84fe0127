"""What a person can do to a lead: each verb as a value, and what it must carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Accept:
    """Take the lead on. `take`: also when it is somebody else's."""

    take: bool = False


@dataclass(frozen=True, slots=True)
class Touch:
    """A contact or an attempt at one. `at_ms`: when (None: now); `next_ms`: the promised next step."""

    channel: str
    outcome: str
    inbound: bool = False
    at_ms: int | None = None
    next_ms: int | None = None
    note: str = ""
    evidence: str = ""
    insight: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse the handoff before any human touch."""

    reason: str
    quality: int | None
    missing: tuple[str, ...] = ()
    criterion: str = ""
    into: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Disqualify:
    """Close after a human touch: the lead will not become business."""

    reason: str
    quality: int | None
    missing: tuple[str, ...] = ()
    criterion: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recycle:
    """Give back to marketing until `wake_ms`, or until `trigger` happens."""

    reason: str
    quality: int | None
    wake_ms: int | None = None
    trigger: str = ""
    track: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Qualify:
    """Pass on as a real opportunity. `need`, `budget`, `intent`: yes, no or unknown; `horizon`: months."""

    quality: int | None
    need: str = "unknown"
    budget: str = "unknown"
    intent: str = "unknown"
    horizon: int | None = None
    to: str = ""
    next_step: str = ""
    meeting_ms: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Free text on the lead."""

    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Let the lead wait until `until_ms`, for a reason of the contract; `evidence` is where it can be seen."""

    reason: str
    until_ms: int | None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """Take a lead up again before its pause ends by itself."""


@dataclass(frozen=True, slots=True)
class Assign:
    """Give the lead to the member `to`; `note` says why."""

    to: str
    note: str = ""


Verb = Accept | Touch | Reject | Disqualify | Recycle | Qualify | Note | Pause | Resume | Assign

CHANNELS: Final = ("call", "email", "linkedin", "sms", "meeting", "other")
FACTS: Final = ("yes", "no", "unknown")
INSIGHTS: Final = ("objection", "question", "expectation", "competitor", "quote", "signal")


def name_of(verb: Verb) -> str:
    """The verb's word, as typed."""
    return type(verb).__name__.lower()
