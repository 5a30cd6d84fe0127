"""Further than the period: cohorts that have grown up, the customer profile, pilots, risk, what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain.metrics.catalogue import METRICS
from leadq.domain.metrics.conversion import conversion
from leadq.domain.metrics.forward import forward
from leadq.domain.metrics.leak import leaks
from leadq.domain.metrics.pilot import pilots
from leadq.domain.metrics.scope import Scope, scope
from leadq.i18n import _, number
from leadq.metric_words import LOST, NOT_KNOWN, NOTES, figure_name
from leadq.reports import cells
from leadq.reports.document import Cell, Column, Section, table, text
from leadq.reports.handoffs import reason_words
from leadq.reports.learning import stage_columns, stages
from leadq.reports.period import row_of
from leadq.reports.sources import QUOTE
from leadq.text import clean
from leadq.words import in_words

if TYPE_CHECKING:
    from leadq.domain.metrics.figures import Figure, Metric
    from leadq.reports.sources import Sources

_COHORTS: Final = 5
_LEAKS: Final = 12
_COMPARED: Final = (("M1", "decided"), ("M2", "wall_p50"), ("M3", "cohort"), ("M4", "so_far_90"), ("M4", "within_90"))
_PEOPLE: Final = (("M1", "decided"), ("M2", "wall_p50"), ("M3", "cohort"), ("M7", "complete"), ("M18", "open"))


def cohorts(sources: Sources) -> Section:
    """M4 of the quarters up to this one: by now the older ones have had their 90 and 180 days."""
    columns = (
        Column("cohort", _("Handed off in")),
        *cells.right(
            ("leads", _("handed off")),
            *((name, figure_name(name)) for name in ("within_90", "within_180", "estimate_180")),
        ),
    )  # fmt: skip
    rows = []
    for name, span in row_of(sources.unit, sources.asked.span, sources.asked.zone, _COHORTS):
        part = scope(sources.facts, span.from_ms, span.to_ms)
        found = conversion(part)
        grown = [_grown(found, days) for days in (90, 180)]
        rows.append([text(name), cells.count(len(part.cohort.cycles)), *grown, cells.brief(_of(found, "estimate_180"))])
    return Section(
        "cohorts", _("Cohorts: how many had qualified after 90 and 180 days"),
        (table("cohorts", columns, rows, drawn="bars", over=("within_90",)),),
        (_("“So far” counts all of a cohort of which some are younger than the time allowed."),),
        (sources.command("metrics M4"),),
    )  # fmt: skip


def _grown(found: Metric, days: int) -> Cell:
    so_far = _of(found, f"so_far_{days}")
    if so_far is None:
        return cells.brief(_of(found, f"within_{days}"))
    cell = cells.brief(so_far)
    return Cell(cell.value, f"{cell.text} {_('so far')}" if so_far.value is not None else cell.text, cell.plain)


def _of(metric: Metric, name: str) -> Figure | None:
    return next((one for one in metric.figures if one.name == name), None)


def profile(sources: Sources) -> Section:
    """Conversion of what is on the customer profile and of what is not."""
    sides = {
        "on_icp": (_("on the customer profile"), [one for one in sources.whole.cycles if "off_icp" not in one.flags]),
        "off_icp": (_("outside the customer profile"), [one for one in sources.whole.cycles if "off_icp" in one.flags]),
    }
    rows = [[cells.coded(side, words), *stages(sources.whole.of(cycles))] for side, (words, cycles) in sides.items()]
    columns = (Column("side", _("Handoffs")), *stage_columns())
    return Section(
        "profile", _("On and outside the customer profile"),
        (table("profile", columns, rows, drawn="bars", over=("qualified",)),), repeat=(sources.command("metrics M5"),),
    )  # fmt: skip


def compared(sources: Sources) -> Section:
    """Each pilot against what it is compared to."""
    columns = (
        Column("pilot", _("Pilot")), Column("side", _("Leads")), *cells.right(("leads", _("handed off"))),
        *cells.right(*((f"{metric}_{name}", figure_name(name)) for metric, name in _COMPARED)),
    )  # fmt: skip
    rows = []
    for one in pilots(sources.whole):
        for side, part in ((one.id, one.pilot), (one.compare_to, one.other)):
            figures = (cells.brief(_of(METRICS[metric](part), name)) for metric, name in _COMPARED)
            rows.append([text(one.id), text(side), cells.count(len(part.cohort.cycles)), *figures])
    return Section(
        "pilots", _("Pilots against the rest"),
        (table("pilots", columns, rows, empty=_("The contract has no pilot.")),),
        repeat=(sources.command("metrics pilots"),),
    )  # fmt: skip


def to_come(sources: Sources) -> Section:
    """What the open leads let expect, as a range."""
    found = forward(sources.whole)
    expected = found.expected
    line = _(NOTES["no_history"])
    if expected.value is not None:
        line = _("Of them {expected} can be expected to qualify ({low} to {high}).").format(
            expected=_tenths(expected.value), low=_tenths(expected.low), high=_tenths(expected.high)
        )
    columns = (Column("figure", _("Figure")), *cells.right(("now", _("As of the instant"))))
    rows = cells.vertical((found.open_accepted, found.rate))
    edges = {"value": expected.value, "low": expected.low, "high": expected.high}
    shown = _("n/a") if expected.value is None else f"{_tenths(expected.low)} - {_tenths(expected.high)}"
    plain = None if expected.value is None else float(expected.value)
    rows.append([cells.named(expected), Cell(edges, shown, plain)])
    return Section(
        "forward", _("What is to come"), (table("forward", columns, rows),), (line,),
        (sources.command("metrics forward"),),
    )  # fmt: skip


def _tenths(value: object) -> str:
    return number(float(str(value)), 1)


def risk(sources: Sources) -> Section:
    """What may go wrong: leads that nobody answers, the radar, the load."""
    rows = [
        [cells.named(one), cells.full(one)]
        for one in (sources.figure("M1", "oblivion"), sources.figure("M19", "leads"), sources.figure("M19", "oldest"),
                    sources.figure("M18", "load"), sources.figure("M18", "unowned"))
        if one is not None
    ]  # fmt: skip
    rows[1][0] = cells.coded("radar", _("leads on the radar"))
    columns = (Column("figure", _("Figure")), *cells.right(("now", _("As of the instant"))))
    return Section(
        "risk", _("Risk"), (table("risk", columns, rows),),
        cells.needed(sources.metric("M18").needs),
        tuple(sources.command(f"metrics {name}") for name in ("M1", "M18", "M19")),
    )  # fmt: skip


def lost(sources: Sources) -> Section:
    """Where leads are lost: stage, reason and source, the largest first."""
    columns = (
        Column("stage", _("Where")), Column("reason", _("Reason")), Column("source", _("Source")),
        *cells.right(("share", _("Of all handoffs"))),
    )  # fmt: skip
    rows = [
        [
            cells.coded(one.stage, in_words(LOST, one.stage)),
            cells.coded(one.reason, reason_words(sources, one.reason) or "-"),
            cells.coded(one.source, clean(one.source, QUOTE) or _(NOT_KNOWN)),
            cells.brief(one.share),
        ]
        for one in leaks(sources.whole)[:_LEAKS]
    ]
    return Section(
        "leaks", _("Where leads are lost"),
        (table("leaks", columns, rows, empty=_("No lead of the period was lost.")),),
        repeat=(sources.command("metrics leaks"),),
    )  # fmt: skip


def people(sources: Sources) -> Section | None:
    """Figures by person: all of them for a manager, one's own for anybody else; only when they are asked for."""
    if not sources.asked.people:
        return None
    columns = (
        Column("owner", _("Owner")), *cells.right(("leads", _("handed off"))),
        *cells.right(*((f"{metric}_{name}", figure_name(name)) for metric, name in _PEOPLE)),
    )  # fmt: skip
    shown = _shown(sources)
    rows = [
        [text(clean(owner, QUOTE)), cells.count(len(part.cohort.cycles)),
         *(cells.brief(_of(METRICS[metric](part), name)) for metric, name in _PEOPLE)]
        for owner, part in shown.items()
    ]  # fmt: skip
    line = "" if sources.asked.sees_all else _("Only your own: all of them are for the manager.")
    return Section(
        "people", _("By person"), (table("people", columns, rows, empty=_("No leads of yours in this period.")),),
        cells.said(line), (sources.command("metrics --by owner"),),
    )  # fmt: skip


def _shown(sources: Sources) -> dict[str, Scope]:
    parts = {owner: part for owner, part in sources.whole.cut("owner").items() if owner}
    if sources.asked.sees_all:
        return parts
    return {owner: part for owner, part in parts.items() if owner == sources.asked.me}
