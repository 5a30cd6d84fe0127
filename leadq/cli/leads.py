"""`list`, `next`, `show` and `explain`: what is in the queue, and why it stands where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq import config, members, read, refs, saved_views
from leadq.cli.base import OneOf, Session, Whole, argument, command, option
from leadq.cli.output import emit, say
from leadq.cli.tables import Column, table
from leadq.domain.bands import BANDS
from leadq.domain.states import OPEN_STATES, STATES
from leadq.glance import glance
from leadq.i18n import N_, _
from leadq.order import Filter
from leadq.saved_views import BUILT_IN
from leadq.text import fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

_PAGE: Final = 500
"""Leads read at a time: enough to make a query cheap, few enough to stay small."""


@command("list", help=N_("List leads in rank order.\n\nOpen ones of all owners, unless an option says otherwise."))
@option(
    "--view",
    default="all",
    metavar="mine|all|radar|needs-you|NAME",
    shell_complete=lambda ctx, param, text: [name for name in BUILT_IN if name.startswith(text)],
    help=N_("Which part of the queue, or a view that was saved under a name."),
)
@option(
    "--state",
    "states",
    type=OneOf(STATES),
    multiple=True,
    metavar="STATE",
    help=N_("Only this state; may be repeated."),
)
@option("--band", type=OneOf(BANDS), help=N_("Only this band."))
@option("--owner", metavar="MEMBER", help=N_("Only leads of this member (id, name or e-mail); '' for nobody's."))
@option("--search", default="", help=N_("Only leads whose name, company or e-mail has these words."))
@option("--source", default="", help=N_("Only leads of this source."))
@option("--campaign", default="", help=N_("Only leads of this campaign."))
@option("--limit", type=Whole(0), metavar="N", help=N_("At most so many."))
def list_(
    session: Session,
    view: str,
    states: Sequence[str],
    band: str | None,
    owner: str | None,
    search: str,
    source: str,
    campaign: str,
    limit: int | None,
) -> None:
    """Print the leads that match, in the order of the queue."""
    known = saved_views.named(session.home, view, config.load(session.home).me)
    wanted = known._replace(
        states=tuple(states) or known.states,
        band=band or known.band,
        owner=known.owner if owner is None else owner,
        search=f"{known.search} {fold(search)}".strip(),
        source=source or known.source,
        campaign=campaign or known.campaign,
    )
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        if wanted.owner:
            wanted = wanted._replace(owner=members.named(db)(wanted.owner))
        ids = read.queue_ids(db, at, wanted, -1 if limit is None else limit)
        if session.as_json:
            emit(shapes(db, at, ids), (), as_json=True)
        elif ids:
            emit(None, text_table(db, at, ids), as_json=False)
        elif not session.quiet:
            say(_nothing(session))


@command("next", help=N_("Show the lead to work on now: the first of mine and unowned."))
def next_(session: Session) -> None:
    """Print the first lead of the queue, or `null`."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        ids = read.queue_ids(db, at, Filter(view="mine", me=config.load(session.home).me), limit=1)
        if session.as_json:
            emit(next(shapes(db, at, ids), None), (), as_json=True)
        else:
            emit(None, text_table(db, at, ids) if ids else [_("Nothing waits for you.")], as_json=False)


@command("show", help=N_("Show one lead whole: what came with it, its clocks, what happened."))
@argument("LEAD")
def show(session: Session, lead: str) -> None:
    """Print one lead."""
    from leadq import outlook, views
    from leadq.cli.card import card

    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        shape = views.lead(db, at, refs.find(db, lead))
        ahead = outlook.outlook(db, at, shape["id"])
        emit(shape | outlook.as_shape(ahead), card(db, at, shape, ahead), as_json=session.as_json)


@command("explain", help=N_("Say why a lead is due when it is due, in this band, at this rank."))
@argument("LEAD")
def explain(session: Session, lead: str) -> None:
    """Print the reasoning, step by step."""
    from leadq import explain as reasoning
    from leadq.cli.reasoning import told

    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        found = reasoning.explain(db, at, refs.find(db, lead))
        emit(reasoning.as_shape(found, at), told(found, at), as_json=session.as_json)


def shapes(db: sqlite3.Connection, at: read.Moment, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """The leads as JSON prints them, read a page at a time."""
    from leadq import views

    for start in range(0, len(ids), _PAGE):
        yield from views.leads(db, at, ids[start : start + _PAGE])


def text_table(db: sqlite3.Connection, at: read.Moment, ids: Sequence[int]) -> Iterator[str]:
    """The leads as a table, read a page at a time."""
    columns = (
        Column("#", 6, right=True),
        Column(_("Band"), 5),
        Column(_("Clock"), 11),
        Column(_("Left"), 7, right=True),
        Column(_("Name"), 12, share=3),
        Column(_("Company"), 10, share=2),
        Column(_("Trigger"), 10),
        Column(_("Owner"), 8),
    )
    return table(columns, _rows(db, at, ids))


def _rows(db: sqlite3.Connection, at: read.Moment, ids: Sequence[int]) -> Iterator[Sequence[object]]:
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        found = read.lines(db, at, page)
        for lead_id in page:
            line = found[lead_id]
            state = glance(line, at.now_ms, at.day_end_ms)
            band = line.band if line.state in OPEN_STATES else ""
            sign = f"{state.glyph} {state.word}" if band else f"{state.glyph} {line.label}"
            name = line.name or ("" if line.company else _("(no name)"))
            yield (lead_id, band, sign, state.time, name, line.company, line.trigger, line.owner)


def _nothing(session: Session) -> str:
    if session.home.exists:
        return _("No lead matches.")
    return _("There is no lead yet: `leadq import FILE` brings some in, `leadq demo` shows some.")
