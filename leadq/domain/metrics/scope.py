"""Which cycles a figure is about: a period, the cohort handed off in it, and what is left out of every cohort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.metrics.cycle import Column, Cycle, Facts
from leadq.domain.metrics.figures import Counted

if TYPE_CHECKING:
    from leadq.domain.calendar import Calendar

DIMENSIONS: Final[Mapping[str, Callable[[Cycle], str]]] = {
    "source": lambda cycle: cycle.source,
    "first_source": lambda cycle: cycle.first_source,
    "campaign": lambda cycle: cycle.campaign,
    "tier": lambda cycle: cycle.tier,
    "country": lambda cycle: cycle.country,
    "channel": lambda cycle: cycle.channel,
    "profile": lambda cycle: cycle.profile,
    "segment": lambda cycle: cycle.segment,
    "owner": lambda cycle: cycle.owner,
    "product_line": lambda cycle: cycle.product_line,
}
"""What figures can be cut by; "" is the value of a cycle of which it is not known."""

EXCLUDED: Final = ("merged", "spam", "pre_handoff")
"""What is in no cohort: tombstones, spam and tests, and leads that somebody had reached out to before they were handed
off. The first that applies counts."""


NO_TIME: Final = "rec.sdr_capacity"
"""The reason that says nothing about the lead: nobody had time for it."""


def why_excluded(cycle: Cycle) -> str:
    """Why a cycle is in no cohort; "" when it is in."""
    if cycle.state == "merged":
        return "merged"
    if cycle.reason == "rej.spam":
        return "spam"
    return "pre_handoff" if cycle.early else ""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The cycles handed off in a period less those left out, in the order of `Facts.cycles`."""

    cycles: Sequence[Cycle]
    excluded: Mapping[str, int]

    @property
    def counted(self) -> Counted:
        """How many there are."""
        return Counted(len(self.cycles), sum(cycle.open for cycle in self.cycles), self.excluded)


@dataclass(frozen=True)
class Scope:
    """Facts, a period [`from_ms`, `to_ms`), and the cycles that are looked at, all of them or one part of a cut.

    `part` is that part as (dimension, value), None for all. `keep`: figures keep the cycles behind them. `shared` is
    what was worked out once for all parts.
    """

    facts: Facts
    from_ms: int
    to_ms: int
    cycles: Sequence[Cycle]
    part: tuple[str, str] | None = None
    keep: bool = False
    shared: dict[str, Any] = field(default_factory=dict)

    @property
    def as_of_ms(self) -> int:
        """What happened or was recorded after it is not known."""
        return self.facts.as_of_ms

    @cached_property
    def cohort(self) -> Cohort:
        """The cycles handed off in the period."""
        excluded = dict.fromkeys(EXCLUDED, 0)
        kept: list[Cycle] = []
        for cycle in self.cycles:
            if self.from_ms <= cycle.handed_off_ms < self.to_ms:
                why = why_excluded(cycle)
                if why:
                    excluded[why] += 1
                else:
                    kept.append(cycle)
        return Cohort(kept, excluded)

    @cached_property
    def counting(self) -> Sequence[Cycle]:
        """All cycles that count, whenever they were handed off: for figures of what happened in the period."""
        return [cycle for cycle in self.cycles if not why_excluded(cycle)]

    def within(self, instant_ms: int | None) -> bool:
        """Whether an instant lies in the period."""
        return instant_ms is not None and self.from_ms <= instant_ms < self.to_ms

    def clock(self, kind: str) -> Column:
        """A kind of clock of all cycles."""
        return self.facts.clocks[kind]

    def state(self, kind: str, cycle: Cycle) -> str:
        """What became of a cycle's clock, as `Column.state`; "" when it has none of that kind.

        What was given back because nobody had time was not kept (field.md 9: `rec.sdr_capacity` counts as a breach).
        """
        state = self.facts.clocks[kind].state(cycle.index, self.as_of_ms)
        if state and cycle.reason == NO_TIME and (kind == "disposition" or state == "cancelled"):
            return "met_late"
        return state

    def calendar(self, cycle: Cycle) -> Calendar | None:
        """The business hours that the cycle's clocks run on."""
        return self.facts.calendars[cycle.calendar] if cycle.calendar >= 0 else None

    def cut(self, dimension: str) -> dict[str, Scope]:
        """The same by each value of a dimension, the largest cohort first, then by name. The parts are disjoint and
        together whole. Raises KeyError for an unknown dimension."""
        value_of = DIMENSIONS[dimension]
        parts: dict[str, list[Cycle]] = {}
        for cycle in self.cycles:
            parts.setdefault(value_of(cycle), []).append(cycle)
        cut = {value: self.of(cycles, (dimension, value)) for value, cycles in parts.items()}
        return dict(sorted(cut.items(), key=lambda one: (-len(one[1].cohort.cycles), one[0])))

    def of(self, cycles: Sequence[Cycle], part: tuple[str, str] | None = None) -> Scope:
        """The same of other cycles."""
        return replace(self, cycles=cycles, part=part)


def scope(facts: Facts, from_ms: int, to_ms: int, *, keep: bool = False) -> Scope:
    """All that `facts` hold, over a period."""
    return Scope(facts, from_ms, to_ms, facts.cycles, keep=keep)
