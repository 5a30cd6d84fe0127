"""The contract between marketing and sales as frozen values.

`contract_file` reads it from TOML; nothing here can be wrong any more. The shape is the one of the complete
example file that the documentation shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from leadq.domain.dictionary import CUSTOM, DICTIONARIES
from leadq.domain.reasons import MISSING

if TYPE_CHECKING:
    from datetime import date

    from leadq.domain.calendar import CalendarSpec
    from leadq.domain.label import Label
    from leadq.domain.match import Match
    from leadq.domain.reasons import Reason
    from leadq.domain.team import Escalation, Governance, Member, Responsibility, RoutingRule

Fields = Mapping[str, Any]
"""What is known of a lead, by field name; unknown is None or absent."""

Unit = Literal["business", "wall", "bd"]

MATCH_FIELDS: Final = (
    "trigger",
    "score",
    "fit",
    "engagement",
    "source",
    "campaign",
    "country",
    "language",
    "sector",
    "company_size",
    "role",
    "product_line",
    "tier",
    "consent_basis",
    "title",
    "company",
    "segment",
)
"""The fields that a condition of the contract may look at."""

TIERS: Final = ("hot", "warm", "standard")
CLOCK_KINDS: Final = ("accept", "first_touch", "owner_touch", "reply", "next_touch", "disposition")

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: milliseconds, or business days; one of the two is None."""

    amount_ms: int | None = None
    days: int | None = None

    @property
    def text(self) -> str:
        """As the contract writes it: "15m", "4h", "2bd"."""
        if self.days is not None:
            return f"{self.days}bd"
        amount_ms = self.amount_ms or 0
        return f"{amount_ms // HOUR_MS}h" if amount_ms % HOUR_MS == 0 else f"{amount_ms // MINUTE_MS}m"


@dataclass(frozen=True, slots=True)
class Signature:
    """One team's consent to one text; `hash` is that of the contract signed, "" when not recorded."""

    role: str
    by: str
    on: date
    hash: str = ""


@dataclass(frozen=True, slots=True)
class MarketingPromise:
    """What marketing promises each month; rates from 0 to 1. `reference_rate` is a line, not a target."""

    monthly_handoffs: int | None = None
    target_qualified_rate: float | None = None
    reference_rate: float | None = None


@dataclass(frozen=True, slots=True)
class FirstTouchPromise:
    """The share of leads that sales touches `within` a delay counted in `unit`."""

    coverage: float
    within: Duration
    unit: Unit


@dataclass(frozen=True, slots=True)
class SalesPromise:
    """What sales promises; shares from 0 to 1."""

    first_touch: FirstTouchPromise | None = None
    documented_interactions: float | None = None
    feedback_complete: float | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """One term of the shared dictionary; `label` is set for a state that the company names itself."""

    term: str
    text: Label
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """A condition of a valid handoff, which a rejection cites by `id`."""

    id: str
    text: Label
    test: Match


@dataclass(frozen=True, slots=True)
class HandoffRules:
    """What must come with a lead ("email|phone": either); below `threshold` it is flagged, never dropped."""

    required: tuple[str, ...] = ()
    threshold: int | None = None


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """Points for a condition; `kind` keeps fit and engagement apart."""

    id: str
    kind: Literal["fit", "engagement"]
    when: Match
    points: int


@dataclass(frozen=True, slots=True)
class Icp:
    """The ideal customer profile, stamped on each handoff with its version."""

    version: str
    on_icp: Match
    review_by: date | None = None
    personas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """Something to send."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Whom it concerns, what to say to them and with what."""

    id: str
    when: Match
    talk_track: Label | None = None
    assets: tuple[Asset, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockTarget:
    """The budget of one clock: `amount_ms` counted in `unit`, or `days` business days, or a `cadence` of next
    steps.

    `stretch_ms` is an ambition below the target, in the same unit; `pausable`: a pause of the lead stops the
    clock.
    """

    kind: str
    amount_ms: int | None
    days: int | None
    unit: Unit
    stretch_ms: int | None = None
    pausable: bool = False
    cadence: tuple[Duration, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Which clocks a lead gets, on which calendar; `at_risk` are ascending shares of the budget in (0, 1)."""

    id: str
    match: Match
    calendar: str
    tier: str
    at_risk: tuple[float, ...]
    clocks: Mapping[str, ClockTarget]


@dataclass(frozen=True, slots=True)
class Cadence:
    """The effort that makes `unreachable` a fact; `span` goes from the first attempt to the last."""

    attempts: int = 0
    channels: int = 0
    span: Duration | None = None

    @property
    def span_text(self) -> str:
        """The span as the contract writes it, "" when there is none."""
        return self.span.text if self.span else ""


@dataclass(frozen=True, slots=True)
class PauseRules:
    """Why and how long a lead may wait. `first_touch`: whether that clock may be paused at all."""

    reasons: tuple[str, ...] = ()
    max_each: Duration | None = None
    max_total: Duration | None = None
    first_touch: bool = False
    needs_evidence: bool = False


@dataclass(frozen=True, slots=True)
class FeedbackRules:
    """What a verdict must carry, and for which reasons the missing information must be named."""

    required: tuple[str, ...] = ("quality", "reason")
    missing_required_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recompute:
    """What a new version does to clocks that already run; closed cycles never change."""

    on_policy_change: str = "new_handoffs_only"
    on_calendar_change: str = "open_clocks"
    on_match_change: str = "keep"


@dataclass(frozen=True, slots=True)
class Pilot:
    """A part of the leads that is tried out and compared with another part."""

    id: str
    when: Match
    compare_to: str = "rest"


@dataclass(frozen=True, slots=True)
class Contract:
    """A whole contract, valid.

    `hash` identifies the text whatever its layout and signatures: sha256 of the canonical JSON of the file
    without `signed`. `text` is the file as it was read. `reasons` are the standard ones less those switched
    off, plus own ones.
    """

    schema: int
    name: str
    version: str
    effective_from: date
    review_by: date | None
    zone: str
    dictionary: str
    source: str
    signatures: tuple[Signature, ...]
    marketing: MarketingPromise
    sales: SalesPromise
    definitions: Mapping[str, Definition]
    criteria: tuple[Criterion, ...]
    handoff: HandoffRules
    score: tuple[ScoreRule, ...]
    icp: Icp | None
    segments: tuple[Segment, ...]
    calendars: Mapping[str, CalendarSpec]
    policies: tuple[Policy, ...]
    cadence: Cadence
    pause: PauseRules
    feedback: FeedbackRules
    reasons: tuple[Reason, ...]
    members: Mapping[str, Member]
    routing: tuple[RoutingRule, ...]
    escalation: Escalation
    recompute: Recompute
    pilots: tuple[Pilot, ...]
    raci: Mapping[str, Responsibility]
    governance: Governance
    hash: str
    text: str = field(repr=False)

    def label(self, state: str, language: str = "en") -> str:
        """What this company calls a neutral state; KeyError for an unknown state."""
        own = self.definitions.get(state)
        if self.dictionary == CUSTOM and own and own.label:
            return own.label.say(language)
        return DICTIONARIES[self.dictionary][state].say(language)

    def calendar(self, name: str) -> CalendarSpec:
        """The calendar of that name; KeyError when there is none."""
        return self.calendars[name]

    def policy_for(self, fields: Fields) -> Policy:
        """The first policy that matches; there is always one, because the last is a catch-all."""
        for policy in self.policies:  # a generator would cost more than the test, and this runs for each lead
            if policy.match.holds(fields):
                return policy
        raise ValueError("a contract ends with a policy that matches every lead")

    def criteria_met(self, fields: Fields) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Ids of the handoff criteria that the lead meets, and of those that it does not."""
        met: list[str] = []
        unmet: list[str] = []
        for criterion in self.criteria:
            (met if criterion.test.holds(fields) else unmet).append(criterion.id)
        return tuple(met), tuple(unmet)

    def points(self, fields: Fields) -> tuple[tuple[str, str, int], ...]:
        """The score rules that hold, as (id, kind, points): their sums by kind are `fit` and `engagement`."""
        return tuple((rule.id, rule.kind, rule.points) for rule in self.score if rule.when.holds(fields))

    def objections(self, fields: Fields) -> tuple[str, ...]:
        """What speaks against this handoff: off_icp, below_threshold. It is flagged and counted, never dropped.

        A lead without a score is not below any.
        """
        found = []
        if self.icp is not None and not self.icp.on_icp.holds(fields):
            found.append("off_icp")
        score, least = fields.get("score"), self.handoff.threshold
        if least is not None and isinstance(score, int | float) and score < least:
            found.append("below_threshold")
        return tuple(found)

    @property
    def infos(self) -> tuple[str, ...]:
        """Ids of what a rep may report as missing: the standard ones, then what this contract requires."""
        required = (name for names in _alternatives(self.handoff.required) for name in names)
        return tuple(dict.fromkeys((*MISSING, *required)))

    def missing_info(self, fields: Fields) -> tuple[str, ...]:
        """What should have come with the lead; "email|phone" is missing, as "email", when both are absent."""
        required = _alternatives(self.handoff.required)
        # A first name with a text is nearly every one, and asking for it here spares a call for each.
        doubted = [names for names in required if type(text := fields.get(names[0])) is not str or not text.strip()]
        return tuple([names[0] for names in doubted if _all_absent(names, fields)])


@cache
def _alternatives(required: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(names.split("|")) for names in required)


def _all_absent(names: tuple[str, ...], fields: Fields) -> bool:
    for name in names:
        value = fields.get(name)
        if value is not None and (not isinstance(value, str) or value.strip()):
            return False
    return True
