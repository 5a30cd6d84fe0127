"""Who is who in a contract, and who does what: members, routing, escalation, responsibilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import date

    from leadq.domain.contract import Duration
    from leadq.domain.match import Match

ROLES: Final = ("sdr", "ae", "manager", "marketing", "ops")


@dataclass(frozen=True, slots=True)
class Leave:
    """Local dates, both included, and the member who covers ("" for nobody)."""

    from_: date
    to: date
    cover: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the team; `crm` maps a connection to their id there; `capacity` is open leads at once."""

    id: str
    name: str
    role: str
    email: str = ""
    calendar: str = ""
    capacity: int | None = None
    crm: Mapping[str, str] = field(default_factory=dict)
    leave: tuple[Leave, ...] = ()


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """To which members matching leads go, in turn and within their capacity."""

    id: str
    when: Match
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """What happens at a moment of a clock: "at_risk", "breach", or `after` the breach.

    `to` holds owner, manager, governance.owner, governance.sponsor or member ids; `action` is "" or
    "reassign", done at most `limit` times (None: no limit).
    """

    at: Literal["at_risk", "breach"]
    after: Duration | None = None
    to: tuple[str, ...] = ()
    action: str = ""
    limit: int | None = None
    exclude_last: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """The steps, in order, and whether they wait for the calendar to be open."""

    steps: tuple[EscalationStep, ...] = ()
    only_in_calendar: bool = True


@dataclass(frozen=True, slots=True)
class Responsibility:
    """Who leads and who supports a stage of the purchase."""

    lead: tuple[str, ...]
    supports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Governance:
    """Who owns the alignment of the two teams, and who stands behind it (addresses)."""

    owner: str = ""
    sponsor: str = ""
