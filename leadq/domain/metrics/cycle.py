"""What is known of each cycle at one instant: the only thing that figures are made of.

Whoever reads a home fills these (leadq/facts.py); the rules beside this file only look at them. One row is kept for
each cycle, a hundred thousand at a time, so it has slots, holds instants as plain integers and shares its texts.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leadq.domain.pauses import Pause
from leadq.domain.together import Answer

if TYPE_CHECKING:
    from leadq.domain.calendar import Calendar
    from leadq.domain.contract import Contract

NONE: Final = -(1 << 63)
"""In a column of instants: there is none."""

KINDS: Final = ("accept", "first_touch", "owner_touch", "reply", "next_touch", "disposition")
"""The clocks that a cycle may have (domain/clocks.py)."""

OPEN: Final = frozenset({"handed_off", "accepted", "working", "connected"})


@dataclass(frozen=True, slots=True)
class Deal:
    """What became of a lead at the other end, as it was last told: `state` is open, won or lost."""

    id: str
    state: str
    at_ms: int
    amount: Decimal | None = None
    currency: str = ""


@dataclass(slots=True, eq=False)
class Cycle:
    """One handoff of one person, as known at the as-of instant. Instants are milliseconds UTC; None: it has not
    happened.

    `index` is its place in `Facts.cycles` and in every column of a clock; `calendar` is its place in `Facts.calendars`
    (-1: none is stored). `verdict` is the verb that stands (reject, qualify, disqualify, recycle, "" for none) and
    `closed_ms` its instant, or that of a departure. `attempts` counts human outbound touches since the handoff,
    `documented` those with evidence that reached the CRM, `doubtful` those that were entered over a quarter of an hour
    late or without evidence. `criteria` says whether all criteria were met (None: the contract had none). `previous` is
    the uid of the cycle before it; `early`: a human reached out before the handoff (pre_handoff).
    """

    index: int
    id: int
    uid: str
    state: str
    handed_off_ms: int
    cycle: int = 1
    product_line: str = ""
    owner: str = ""
    source: str = ""
    campaign: str = ""
    tier: str = ""
    country: str = ""
    channel: str = ""
    profile: str = ""
    segment: str = ""
    score: float | None = None
    date_only: bool = False
    early: bool = False
    criteria: bool | None = None
    flags: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    pilots: tuple[str, ...] = ()
    calendar: int = -1
    contract: int = 0
    assigned_ms: int | None = None
    accepted_ms: int | None = None
    first_touch_ms: int | None = None
    second_touch_ms: int | None = None
    last_touch_ms: int | None = None
    connected_ms: int | None = None
    attempts: int = 0
    ways: int = 0
    last_attempt_ms: int | None = None
    documented: int = 0
    doubtful: int = 0
    verdict: str = ""
    closed_ms: int | None = None
    quality: int | None = None
    reason: str = ""
    missing: tuple[str, ...] = ()
    criterion: str = ""
    answer: str = ""
    answered_ms: int | None = None
    disputed_ms: int | None = None
    returned: int = 0
    wake_ms: int | None = None
    woken_ms: int | None = None
    previous: str = ""
    first_source: str = ""
    pauses: tuple[Pause, ...] = ()
    deals: tuple[Deal, ...] = ()
    radar: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """How many channels its attempts used: `ways` has a bit for each."""
        return self.ways.bit_count()

    @property
    def open(self) -> bool:
        """Whether it waits for a verdict."""
        return self.state in OPEN

    @property
    def rejected(self) -> bool:
        """Whether the rep refused the handoff, whatever marketing did with it then."""
        return self.verdict == "reject"

    @property
    def accepted(self) -> bool:
        """Whether the rep took it: by saying so, by reaching out, or by any verdict but a rejection."""
        return self.accepted_at_ms is not None

    @property
    def accepted_at_ms(self) -> int | None:
        """When the rep took it; None for what was rejected in the end."""
        if self.verdict == "reject":
            return None
        told = self.accepted_ms if self.accepted_ms is not None else self.first_touch_ms
        return told if told is not None or not self.verdict else self.closed_ms

    @property
    def qualified_ms(self) -> int | None:
        """When it became an opportunity; None again once the account executive gave it back."""
        return self.closed_ms if self.verdict == "qualify" else None

    @property
    def won_ms(self) -> int | None:
        """When the first of its deals was won."""
        return min((deal.at_ms for deal in self.deals if deal.state == "won"), default=None)


def _instants() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Column:
    """One kind of clock of all cycles, by `Cycle.index`; NONE where there is no such clock or no such instant."""

    started: array[int] = field(default_factory=_instants)
    due: array[int] = field(default_factory=_instants)
    stopped: array[int] = field(default_factory=_instants)
    risk: array[int] = field(default_factory=_instants)
    stale: array[int] = field(default_factory=_instants)
    cancelled: bytearray = field(default_factory=bytearray)

    def state(self, index: int, as_of_ms: int) -> str:
        """`met`, `met_late`, `breached_open`, `pending`, `cancelled`, `no_due`, or "" when there is no such clock.

        A due instant is inclusive, as in domain/clocks.py.
        """
        if self.started[index] == NONE:
            return ""
        if self.cancelled[index]:
            return "cancelled"
        due_ms, stopped_ms = self.due[index], self.stopped[index]
        if due_ms == NONE:
            return "no_due"
        if stopped_ms != NONE:
            return "met" if stopped_ms <= due_ms else "met_late"
        return "breached_open" if as_of_ms > due_ms else "pending"

    def extend(self, count: int) -> None:
        """Room for `count` cycles more, without this clock."""
        none = array("q", (NONE,)) * count
        for name in ("started", "due", "stopped", "risk", "stale"):
            getattr(self, name).extend(none)
        self.cancelled.extend(bytes(count))


@dataclass(frozen=True, slots=True)
class Spend:
    """What marketing spent from `from_ms` on, to before `to_ms`; "" for a source or a campaign: on no one in
    particular."""

    from_ms: int
    to_ms: int
    amount: Decimal
    currency: str
    source: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """What a customer is worth over time, as somebody worked it out; leadq never does. `lead_uid` is one of its
    cycles."""

    lead_uid: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Late:
    """An event that happened by the as-of instant and was recorded later: it is in no figure, and it is listed."""

    uid: str
    lead_id: int | None
    type: str
    occurred_ms: int
    recorded_ms: int


@dataclass(frozen=True, slots=True)
class Device:
    """A laptop (or a hub) whose events are here: how many that figures count, and when it recorded the newest."""

    id: str
    events: int
    newest_ms: int


@dataclass(frozen=True, slots=True)
class Version:
    """A contract version that was in force by the as-of instant, and under which how many cycles were handed off."""

    id: int
    version: str
    hash: str
    zone: str
    applied_ms: int
    cycles: int = 0


@dataclass(slots=True)
class Facts:
    """A home as known at `as_of_ms`: events that happened by then and were recorded by then, and nothing else.

    `contract` is the one in force then, None in a home without one; `zone` is its zone, in which days begin. `spend`
    and `values` are None where nobody has given any, which is not the same as none. `answers` are those to the survey.
    `scoped`: a hub tells this home of its member's leads only, whoever else's events are among them.
    """

    as_of_ms: int
    zone: str
    contract: Contract | None = None
    cycles: list[Cycle] = field(default_factory=list)
    clocks: Mapping[str, Column] = field(default_factory=lambda: {kind: Column() for kind in KINDS})
    calendars: Sequence[Calendar] = ()
    working_days: Calendar | None = None
    following: Mapping[str, Cycle] = field(default_factory=dict)
    late: tuple[Late, ...] = ()
    devices: tuple[Device, ...] = ()
    scoped: bool = False
    versions: tuple[Version, ...] = ()
    spend: Sequence[Spend] | None = None
    values: Sequence[CustomerValue] | None = None
    answers: Sequence[Answer] = ()
