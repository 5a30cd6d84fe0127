"""What went well, and what was learnt from deals: a win is the source's, the sales development rep's and the account
executive's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso
from leadq.domain import events as ev
from leadq.feedback import texts
from leadq.i18n import _, number
from leadq.reports import cells
from leadq.reports.agreed import member
from leadq.reports.document import Cell, Column, Section, table, text
from leadq.reports.handoffs import lead
from leadq.reports.sources import QUOTE
from leadq.saying import say_date
from leadq.text import clean
from leadq.words import DEALS, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadq.domain.metrics.cycle import Cycle, Deal
    from leadq.reports.sources import Called, Sources

_TOLD: Final = """SELECT uid, type, actor, actor_kind, data FROM event
    WHERE lead_uid = ? AND type IN (?, ?) AND recorded_ms <= ? AND occurred_ms <= ? ORDER BY occurred_ms, seq"""
_HELD: Final = """SELECT uid, lead_uid, data FROM event
    WHERE type = ? AND recorded_ms <= ? AND occurred_ms <= ? AND occurred_ms >= ? AND occurred_ms < ?
    ORDER BY occurred_ms, seq"""


def wins(sources: Sources) -> Section:
    """The deals won in the period, each with the three that brought it; a deal on two leads is told once."""
    found = _won(sources)
    who = sources.called([cycle for cycle, _deal in found])
    columns = (
        Column("lead", _("Lead")), Column("day", _("Won")), *cells.right(("amount", _("Amount"))),
        Column("source", _("Source")), Column("campaign", _("Campaign")), Column("rep", _("Called by")),
        Column("ae", _("Closed by")),
    )  # fmt: skip
    rows = [_win(cycle, deal, who, sources) for cycle, deal in found]
    nothing = _("No deal was won in this period, or no CRM has told of one.")
    return Section(
        "wins", _("Won together"), (table("wins", columns, rows, empty=nothing),),
        repeat=(sources.command("metrics M8"),),
    )  # fmt: skip


def _won(sources: Sources) -> list[tuple[Cycle, Deal]]:
    told: dict[str, tuple[Cycle, Deal]] = {}
    for cycle in sources.whole.counting:
        for deal in cycle.deals:
            if deal.state == "won" and sources.whole.within(deal.at_ms):
                told.setdefault(deal.id or cycle.uid, (cycle, deal))
    return sorted(told.values(), key=lambda one: (one[1].at_ms, one[0].id))


def _win(cycle: Cycle, deal: Deal, who: Mapping[str, Called], sources: Sources) -> list[Cell]:
    rep, executive = _brought(cycle, sources)
    return [
        lead(cycle, who), cells.coded(iso(deal.at_ms) or "", say_date(deal.at_ms, sources.asked.zone)), _amount(deal),
        text(clean(cycle.source, QUOTE) or "-"), text(clean(cycle.campaign, QUOTE) or "-"),
        _person(sources, rep), _person(sources, executive),
    ]  # fmt: skip


def _amount(deal: Deal) -> Cell:
    if deal.amount is None:
        return cells.nothing()
    said = f"{number(float(deal.amount), 0 if deal.amount == int(deal.amount) else 2)} {deal.currency}"
    return Cell({"value": format(deal.amount, "f"), "unit": deal.currency}, said, format(deal.amount, "f"))


def _person(sources: Sources, id_: str) -> Cell:
    said = member(sources, id_) if id_ else "-"
    return Cell(id_ or None, said, said)


def _brought(cycle: Cycle, sources: Sources) -> tuple[str, str]:
    """Who qualified the lead, and who took it on: by name in the verdict, or by saying so."""
    rep, executive = "", ""
    at_ms = sources.asked.as_of_ms
    for uid, kind, actor, actor_kind, data in sources.db.execute(
        _TOLD, (cycle.uid, ev.QUALIFIED, ev.AE_ACCEPTED, at_ms, at_ms)
    ):
        if uid in sources.gone:
            continue
        by = actor if actor_kind == "human" else ""
        if kind == ev.QUALIFIED:
            rep, executive = by, str(json.loads(data).get("to") or "")
        else:
            executive = by or executive
    return rep or cycle.owner, executive


def debriefs(sources: Sources) -> Section:
    """What was learnt from deals won and lost in the period."""
    held = _held(sources)
    cycles = {cycle.uid: cycle for cycle in sources.whole.cycles}
    who = sources.called([cycles[uid] for _event, uid, _data in held])
    words = texts(sources.db, [event for event, _uid, _data in held])
    columns = (
        Column("lead", _("Lead")), Column("outcome", _("Outcome")), Column("lesson", _("Lesson")),
        Column("action", _("Action")), Column("audience", _("Audience")),
    )  # fmt: skip
    rows = [
        [lead(cycles[uid], who), cells.coded(data.get("deal", ""), in_words(DEALS, data.get("deal", ""))),
         *(text(clean(words.get(event, {}).get(kind, ""), 2 * QUOTE)) for kind in ("lesson", "action", "audience"))]
        for event, uid, data in held
    ]  # fmt: skip
    nothing = _("No deal was talked over in this period: `leadq debrief LEAD` writes down what was learnt.")
    return Section("debriefs", _("Learnt from deals"), (table("debriefs", columns, rows, empty=nothing),))


def _held(sources: Sources) -> Sequence[tuple[str, str, dict[str, Any]]]:
    span, at_ms = sources.asked.span, sources.asked.as_of_ms
    known = {cycle.uid for cycle in sources.whole.cycles}
    rows: Iterable[tuple[str, str, str]] = sources.db.execute(
        _HELD, (ev.DEBRIEFED, at_ms, at_ms, span.from_ms, span.to_ms)
    )
    return [(event, uid, json.loads(data)) for event, uid, data in rows if event not in sources.gone and uid in known]
