"""The agendas of the meetings of two teams (field.md 11): open actions first, then both teams' figures, then what the
meeting is for; numbered, so that one can go through them."""

from __future__ import annotations

from dataclasses import replace
from itertools import starmap
from typing import TYPE_CHECKING, Final

from leadq.i18n import N_, _
from leadq.reports import agreed, alignment, delays, handoffs, learning, outlook, review, wins
from leadq.reports.make import PAGE_ONE, Called, assembled
from leadq.reports.period import UNITS, exact, local, name
from leadq.reports.sources import read_sources

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from leadq.progress import Progress
    from leadq.reports.document import Report, Section
    from leadq.reports.make import Part
    from leadq.reports.sources import Asked

TITLES: Final[Mapping[str, str]] = {
    "weekly": N_("Agenda of the week: sales and marketing, 30 minutes"),
    "monthly": N_("Agenda of the month: what we learn, and what we change"),
    "quarterly": N_("Agenda of the quarter: what we make together"),
}
"""Ritual -> its title."""

PACKS: Final[Mapping[str, tuple[Part, ...]]] = {
    "weekly": (
        delays.waits, delays.kept, delays.breaches, handoffs.radar, handoffs.best_and_worst,
        handoffs.disputes, handoffs.listen,
    ),
    "monthly": (
        learning.conversions, learning.reasons, learning.missing, learning.coming_back,
        learning.calibration, learning.insights, handoffs.disputes, review.proposals,
    ),
    "quarterly": (
        outlook.cohorts, outlook.profile, review.checklist, learning.insights, wins.debriefs,
        alignment.survey, review.goals, review.responsibilities, outlook.compared, outlook.to_come,
    ),
}  # fmt: skip
"""Ritual -> what it alone is for: the blocks between the deals won and the decisions."""

_FIRST: Final[tuple[Part, ...]] = (agreed.open_actions, *PAGE_ONE, wins.wins)
_LAST: Final[tuple[Part, ...]] = (agreed.decided, agreed.closed_actions)


def pack(db: sqlite3.Connection, asked: Asked, progress: Progress = lambda done, total: None) -> Report:
    """The agenda of the ritual that `asked.kind` names, about its last whole week, month or quarter."""
    sources = read_sources(db, asked, progress)
    unit = name(UNITS[asked.kind], local(asked.span.from_ms, asked.zone))
    called = Called(
        f"ritual-{asked.kind}", _(TITLES[asked.kind]), f"leadq-ritual-{asked.kind}-{unit}",
        f"leadq ritual {asked.kind} --as-of {exact(asked.as_of_ms)}",
    )  # fmt: skip
    made = assembled(sources, (*_FIRST, *PACKS[asked.kind], *_LAST), called)
    return replace(made, sections=tuple(starmap(_numbered, enumerate(made.sections, start=1))))


def _numbered(place: int, section: Section) -> Section:
    """A block with its number. The promises are not drawn, so that both teams' figures stay on the first sheet."""
    plain = section.id == "promises"
    tables = tuple(replace(one, drawn="") for one in section.tables) if plain else section.tables
    return replace(section, title=f"{place}. {section.title}", tables=tables)
