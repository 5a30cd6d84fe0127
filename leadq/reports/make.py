"""A report put together: page one, the sections of its ritual and of its reader, the trust lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.domain.metrics.catalogue import METRICS
from leadq.i18n import N_, _
from leadq.metric_shapes import coverage_shape, late_shape, trust_shape
from leadq.reports import alignment, delays, handoffs, learning, outlook, page_one
from leadq.reports.document import Report, Section
from leadq.reports.period import UNITS, name, reproduce
from leadq.reports.period import local as local_day
from leadq.reports.sources import Asked, Sources, read_sources
from leadq.reports.trusted import alone, trusted
from leadq.saying import say_date, say_lately

if TYPE_CHECKING:
    import sqlite3

    from leadq.progress import Progress

Part = Callable[[Sources], Section | None]


class Called(NamedTuple):
    """What a report is: its kind, its title, what a file of it is called, and the command that prints it again."""

    kind: str
    title: str
    stem: str
    command: str


TITLES: Final[Mapping[str, str]] = {
    "day": N_("The day"),
    "weekly": N_("The week of sales and marketing"),
    "monthly": N_("The month of sales and marketing"),
    "quarterly": N_("The quarter of sales and marketing"),
    "exec": N_("Promise and delivery"),
}
"""Report -> its title."""

FOR: Final[Mapping[str, str]] = {
    "team": "",
    "marketing": N_("edition for marketing"),
    "sales": N_("edition for sales"),
    "exec": N_("edition for the sponsor"),
}
"""Edition -> words."""

PAGE_ONE: Final[tuple[Part, ...]] = (page_one.volume, page_one.promises, page_one.over_time)
_SPONSOR: Final[tuple[Part, ...]] = (page_one.money, outlook.risk, outlook.to_come)
RITUALS: Final[Mapping[str, tuple[Part, ...]]] = {
    "day": (handoffs.bands, handoffs.waiting, handoffs.radar, handoffs.done),
    "weekly": (
        delays.waits, delays.kept, delays.breaches, handoffs.radar, handoffs.best_and_worst, handoffs.disputes,
        handoffs.listen,
    ),
    "monthly": (
        learning.conversions, learning.reasons, learning.missing, learning.coming_back, learning.calibration,
        learning.insights, handoffs.disputes,
    ),
    "quarterly": (
        outlook.cohorts, outlook.profile, outlook.compared, page_one.money, outlook.to_come, outlook.lost,
        learning.insights, alignment.survey,
    ),
    "exec": _SPONSOR,
}  # fmt: skip
"""Report -> its sections after page one, for both teams together."""

_MARKETING: Final[tuple[Part, ...]] = (learning.campaigns, learning.receipt, learning.quotes)
_SALES: Final[tuple[Part, ...]] = (delays.waits, delays.kept, delays.effort)
_ONLY_SALES: Final = frozenset({delays.waits, delays.kept, delays.breaches, delays.effort, handoffs.waiting})
_ONLY_MARKETING: Final = frozenset({learning.conversions, learning.missing, learning.insights, handoffs.listen})


def parts_of(kind: str, edition: str) -> tuple[Part, ...]:
    """The sections between page one and the trust lines: those of a reader first, then those of the ritual."""
    ritual = RITUALS[kind]
    if edition == "exec":
        return _SPONSOR
    if edition == "marketing":
        return tuple(dict.fromkeys((*_MARKETING, *(part for part in ritual if part not in _ONLY_SALES))))
    if edition == "sales":
        return tuple(dict.fromkeys((*_SALES, *(part for part in ritual if part not in _ONLY_MARKETING))))
    return ritual


def make(db: sqlite3.Connection, asked: Asked, progress: Progress = lambda done, total: None) -> Report:
    """The report that was asked for, from one consistent look at a home; what happens later changes nothing in it."""
    sources = read_sources(db, asked, progress)
    parts = (*PAGE_ONE, *parts_of(asked.kind, asked.edition), outlook.people)
    return assembled(sources, parts, Called(asked.kind, _(TITLES[asked.kind]), stem(asked), command(asked)))


def assembled(sources: Sources, parts: Sequence[Part], called: Called) -> Report:
    """A report of these parts and the trust lines, which end each one."""
    asked = sources.asked
    last, found = trusted(sources)
    own = [part(sources) for part in parts]
    covered = {"coverage": coverage_shape(found.coverage, sources.waiting)}
    data: dict[str, Any] = {
        **covered, "trust": trust_shape(found), "late_arrivals": late_shape(sources.facts.late),
    }  # fmt: skip
    return Report(
        kind=called.kind,
        edition=asked.edition,
        title=called.title,
        subtitle=_subtitle(sources, alone(found.coverage)),
        stem=called.stem,
        from_ms=asked.span.from_ms,
        to_ms=asked.span.to_ms,
        as_of_ms=asked.as_of_ms,
        zone=sources.facts.zone,
        command=called.command,
        sections=tuple(section for section in (*own, last) if section is not None),
        metrics={number: sources.metric(number) for number in METRICS},
        commands={number: sources.command(f"metrics {number}") for number in METRICS},
        data=data,
    )


def command(asked: Asked) -> str:
    """The command line that prints the same report again."""
    told = reproduce(f"report {asked.kind}", asked.span, asked.as_of_ms)
    told += "" if asked.edition == "team" else f" --for {asked.edition}"
    return told + (" --people" if asked.people else "")


def stem(asked: Asked) -> str:
    """What a file of the report is called, but for its ending: kind, edition and period."""
    period = name(UNITS[asked.kind], local_day(asked.span.from_ms, asked.zone))
    edition = "" if asked.edition == "team" else f"-{asked.edition}"
    return f"leadq-{asked.kind}{edition}-{period}"


def _subtitle(sources: Sources, alone_line: str) -> str:
    asked = sources.asked
    last_ms = asked.span.to_ms - 1
    begin, end = say_date(asked.span.from_ms, asked.zone), say_date(last_ms, asked.zone)
    template = _("Handed off from {begin} to {end}, as known on {day} at {when}.")
    if begin == end:
        template = _("Handed off on {begin}, as known on {day} at {when}.")
    said = template.format(
        begin=begin,
        end=end,
        day=say_date(asked.as_of_ms, asked.zone),
        when=say_lately(asked.as_of_ms, asked.zone, asked.as_of_ms),
    )
    words = _(FOR[asked.edition])
    return " ".join(filter(None, (said, words and f"({words})", alone_line)))
