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
    """A contact or an attempt at one. `at_ms`: when (None: now); `next_ms`: the promised next step.

    `insights`: what marketing should know, each as KIND:TEXT.
    """

    channel: str
    outcome: str
    inbound: bool = False
    at_ms: int | None = None
    next_ms: int | None = None
    note: str = ""
    evidence: str = ""
    insights: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Snooze:
    """Put the lead out of sight until `until_ms`; its clocks run on. `why` is said in words."""

    until_ms: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Reroute:
    """Send a rejected lead to whom it should have gone: the member `to`, or nobody yet."""

    to: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resubmit:
    """Hand a lead over again after what was wrong with it is `fixed`."""

    fixed: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """Marketing does not agree with a verdict: whoever owns the agreement decides."""

    note: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Marketing's answer to a verdict: ack, changed or declined. `by` gave it, where somebody else writes it down."""

    answer: str
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Debrief:
    """What two people learnt from a deal that was won or lost; `partner` is the other one, `audience` whom it helps."""

    outcome: str
    partner: str
    lesson: str
    action: str
    audience: str = ""


@dataclass(frozen=True, slots=True)
class AeAccept:
    """The account executive takes a qualified lead on."""


@dataclass(frozen=True, slots=True)
class AeReturn:
    """The account executive gives a qualified lead back."""

    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reopen:
    """Begin a new cycle of a closed lead; `reason` is said in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Merge:
    """This lead is the same as the one whose uid is `into`, which goes on with all that happened here."""

    into: str


@dataclass(frozen=True, slots=True)
class Correct:
    """What the event with this uid says did not happen; `why` is said in words."""

    event: str
    why: str


Verb = (
    Accept | Touch | Reject | Disqualify | Recycle | Qualify | Note | Pause | Resume | Assign | Snooze | Reroute
    | Resubmit | Dispute | Answer | Debrief | AeAccept | AeReturn | Reopen | Merge | Correct
)  # fmt: skip

CHANNELS: Final = ("call", "email", "linkedin", "sms", "meeting", "other")
FACTS: Final = ("yes", "no", "unknown")
ANSWERS: Final = ("ack", "changed", "declined")
DEALS: Final = ("won", "lost")
INSIGHTS: Final = ("objection", "question", "expectation", "competitor", "quote", "signal")


def name_of(verb: Verb) -> str:
    """The verb's word, as typed."""
    return _NAMES.get(type(verb), type(verb).__name__.lower())


_NAMES: Final = {AeAccept: "ae-accept", AeReturn: "ae-return"}
