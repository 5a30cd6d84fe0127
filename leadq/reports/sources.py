"""What a report is made of: the facts of a home at an instant, its metrics, and the words that people wrote."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from leadq import feedback, insights
from leadq.domain import events as ev
from leadq.domain.metrics.catalogue import METRICS
from leadq.domain.metrics.scope import Scope, scope
from leadq.facts import read_facts
from leadq.facts.live import waiting
from leadq.facts.told import taken_back
from leadq.reports.period import UNITS, Span, preceding, reproduce
from leadq.text import clean
from leadq.words import person

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from leadq.domain.metrics.cycle import Cycle, Facts
    from leadq.domain.metrics.figures import Figure, Metric
    from leadq.domain.metrics.trust import Waiting
    from leadq.progress import Progress

QUOTE: Final = 240
"""Characters of a note that a report repeats."""

_LEARNT: Final = ("insight", "product insight")
"""The next steps of reasons that say what should be learnt."""

_CHUNK: Final = 500
_SAID: Final = """SELECT e.uid, e.lead_uid, t.text FROM event e JOIN event_text t ON t.event_uid = e.uid
    WHERE e.type IN ({types}) AND t.kind = 'note' AND e.recorded_ms <= ? AND e.occurred_ms <= ? AND e.lead_uid IN ({})
    ORDER BY e.occurred_ms, e.seq"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants: which report for whom, over which time, as known when.

    `edition` is team, marketing, sales or exec. `live`: the instant is now, so that what only now knows is said too.
    `told`: that, as it was when the report was begun, for one that may have to be written again to the letter.
    `people`: figures by person; of all of them for who `sees_all`, else of `me` alone.
    """

    kind: str
    edition: str
    span: Span
    as_of_ms: int
    zone: ZoneInfo
    live: bool = False
    me: str = ""
    sees_all: bool = False
    people: bool = False
    told: Waiting | None = None

    @property
    def short(self) -> bool:
        """Whether it is to fit on one page, for the sponsor."""
        return "exec" in (self.kind, self.edition)


class Called(NamedTuple):
    """Who a lead is about, and its number."""

    id: int
    name: str


@dataclass
class Sources:
    """A home while a report is made of it; metrics are worked out once, when a section first asks."""

    db: sqlite3.Connection
    asked: Asked
    facts: Facts
    whole: Scope
    earlier: Scope
    _known: dict[tuple[str, bool], Metric] = field(default_factory=dict)

    def metric(self, name: str, *, earlier: bool = False) -> Metric:
        """A metric of the period, or of the one before."""
        key = name, earlier
        if key not in self._known:
            self._known[key] = METRICS[name](self.earlier if earlier else self.whole)
        return self._known[key]

    def figure(self, metric: str, name: str, *, earlier: bool = False) -> Figure | None:
        """One figure of a metric; None when it has none of that name."""
        return next((one for one in self.metric(metric, earlier=earlier).figures if one.name == name), None)

    def command(self, what: str, *, earlier: bool = False) -> str:
        """The command that prints a metric or a view again, such as `metrics M3 --by tier`."""
        of = self.earlier if earlier else self.whole
        name, _by, cut = what.partition(" --by ")
        told = reproduce(name, Span(of.from_ms, of.to_ms), self.asked.as_of_ms)
        return f"{told} --by {cut}" if cut else told

    @property
    def unit(self) -> str:
        """What the report covers one of: a day, a week, a month or a quarter."""
        return UNITS[self.asked.kind]

    @property
    def cohort(self) -> Sequence[Cycle]:
        """The cycles handed off in the period."""
        return self.whole.cohort.cycles

    @cached_property
    def gone(self) -> Collection[str]:
        """Uids of the events that somebody had taken back by then."""
        return taken_back(self.db, self.asked.as_of_ms)

    @cached_property
    def waiting(self) -> Waiting | None:
        """What the CRM does not have yet; None for another instant than now, of which nobody knows it."""
        return self.asked.told or (waiting(self.db) if self.asked.live else None)

    def called(self, cycles: Iterable[Cycle]) -> dict[str, Called]:
        """Who these leads are about, by uid."""
        found = feedback.who(self.db, [cycle.uid for cycle in cycles])
        shown = ("name", "company", "email", "phone")
        return {
            uid: Called(who.id, clean(person({name: getattr(who, name) for name in shown}), QUOTE))
            for uid, who in found.items()
        }

    def notes(self, cycles: Sequence[Cycle], types: Collection[str]) -> dict[str, str]:
        """The newest note of an event of these types on each lead that has one, by uid; cut to what is repeated."""
        told: dict[str, str] = {}
        kinds, at_ms = ", ".join(map(repr, sorted(types))), self.asked.as_of_ms
        uids = [cycle.uid for cycle in cycles]
        for start in range(0, len(uids), _CHUNK):
            page = uids[start : start + _CHUNK]
            query = _SAID.format(", ".join("?" * len(page)), types=kinds)
            for event, lead, note in self.db.execute(query, (at_ms, at_ms, *page)):
                if event not in self.gone:
                    told[lead] = clean(note, QUOTE)
        return told

    def verdict_notes(self, cycles: Sequence[Cycle]) -> dict[str, str]:
        """What the reps wrote with their verdicts, by uid of the lead."""
        return self.notes(cycles, ev.VERDICTS)

    @cached_property
    def learnt(self) -> Sequence[insights.Insight]:
        """What was learnt in the period, the newest first."""
        contract = self.facts.contract
        codes = [one.code for one in contract.reasons if one.next in _LEARNT] if contract else []
        span = self.asked.span
        found = insights.listing(self.db, codes, since_ms=span.from_ms, as_of_ms=self.asked.as_of_ms)
        return [one for one in found if one.at_ms < span.to_ms]

    def recordings(self, count: int) -> Sequence[insights.Recording]:
        """Touches of the period to listen to."""
        span = self.asked.span
        return insights.recordings(self.db, count, span.from_ms, span.to_ms, as_of_ms=self.asked.as_of_ms)


def read_sources(db: sqlite3.Connection, asked: Asked, progress: Progress) -> Sources:
    """The home of `db` as it was known at the as-of instant; `progress` hears how many events were read."""
    facts = read_facts(db, asked.as_of_ms, progress=progress)
    now, then = asked.span, preceding(UNITS[asked.kind], asked.span, asked.zone)
    whole = scope(facts, now.from_ms, now.to_ms)
    return Sources(db, asked, facts, whole, scope(facts, then.from_ms, then.to_ms))


def most_common(codes: Iterable[str]) -> list[tuple[str, int]]:
    """How often each is there, the most frequent first, then by name: the same at any time."""
    return sorted(Counter(codes).items(), key=lambda one: (-one[1], one[0]))


def named(who: Mapping[str, Called], cycle: Cycle) -> str:
    """`12 Jeanne Martin · Forges`."""
    one = who.get(cycle.uid)
    return f"{one.id} {one.name}" if one else str(cycle.id)
