"""`leadq radar`: what would otherwise be forgotten, by the reason for which it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq import read
from leadq.cli.base import Session, command
from leadq.cli.output import emit
from leadq.cli.tables import page_width
from leadq.domain.states import OPEN_STATES
from leadq.glance import glance
from leadq.i18n import N_, _, ngettext
from leadq.text import cell_width, clean, fit
from leadq.words import RADAR, labelled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

FIRST: Final = 5
"""How many leads of a group are named; the count says how many there are."""


@command(
    "radar",
    help=N_("Show what would otherwise be forgotten, by group.\n\nLeads of everybody: no option hides any of it."),
)
def radar(session: Session) -> None:
    """Print the groups; a lead may be in several, and counts once in the total."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        groups = read.radar(db, at)
        emit(_shape(groups), told(db, at, groups), as_json=session.as_json)


def _shape(groups: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    return {"total": _total(groups), "groups": dict(groups)}


def _total(groups: Mapping[str, Sequence[int]]) -> int:
    return len({lead_id for ids in groups.values() for lead_id in ids})


def told(db: sqlite3.Connection, at: read.Moment, groups: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """The total, then each group that holds a lead with its count and its first leads."""
    total = _total(groups)
    if not total:
        yield _("Nothing is on the radar.")
        return
    yield ngettext("{n} lead on the radar", "{n} leads on the radar", total).format(n=total)
    for name, ids in groups.items():
        if ids:
            yield labelled(_(RADAR[name]), str(len(ids)))
            yield from first_leads(db, at, ids)


def first_leads(db: sqlite3.Connection, at: read.Moment, ids: Sequence[int]) -> Iterator[str]:
    """One line for each of the first leads, and how many more there are."""
    lines = read.lines(db, at, ids[:FIRST])
    for lead_id in ids[:FIRST]:
        yield lead_line(lines[lead_id], at)
    if len(ids) > FIRST:
        more = len(ids) - FIRST
        yield "  " + ngettext("and {n} more", "and {n} more", more).format(n=more)


def lead_line(line: read.Line, at: read.Moment, ending: str | None = None) -> str:
    """Number, who, and how it stands (or `ending`), cut to the width of the page where the name is too long."""
    state = glance(line, at.now_ms, at.day_end_ms)
    word = state.word if line.state in OPEN_STATES else line.label
    after = f"{word} {state.time}".rstrip() if ending is None else ending
    who = " · ".join(filter(None, (clean(line.name), clean(line.company))))
    head = f"  {line.id:>5}  "
    return f"{head}{fit(who, page_width() - len(head) - cell_width(after) - 2)}  {after}"
