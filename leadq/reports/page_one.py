"""The first page of every report: how much came, what became of it, and both teams' promises side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadq.domain.metrics.conversion import in_time
from leadq.domain.metrics.figures import Figure, count, share
from leadq.i18n import N_, _
from leadq.reports import cells
from leadq.reports.document import Cell, Column, Section, table, text
from leadq.reports.kept import first_touches
from leadq.reports.period import Span, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.domain.metrics.cycle import Cycle
    from leadq.domain.metrics.scope import Scope
    from leadq.reports.sources import Sources

ROW_OF: Final = {"day": 7, "week": 8, "month": 6, "quarter": 4}
"""How many units the row over time has."""

WINDOWS: Final = {"day": 30, "week": 30, "month": 30, "quarter": 90}
"""Days within which a handoff of such a unit is expected to qualify, for the first page."""

MARKETING, SALES = N_("Marketing"), N_("Sales")
_KEPT: Final = {"kept": N_("+ kept"), "behind": N_("! behind"), "early": N_("· too early to say"), "none": N_("- n/a")}


def volume(sources: Sources) -> Section:
    """Handoffs, never without their acceptance and their conversion."""
    columns = (
        Column("figure", _("Figure")),
        *cells.right(("now", _("This period")), ("before", _("The one before"))),
    )
    now, before = _volume(sources, earlier=False), _volume(sources, earlier=True)
    rows = cells.vertical(now, before)
    rows[0][0] = cells.coded("leads", _("handed off"))
    return Section(
        "volume", _("How much came, and what became of it"),
        (table("volume", columns, rows),),
        _about(sources),
        (sources.command("metrics M1"), sources.command("metrics M4")),
    )  # fmt: skip


def _volume(sources: Sources, *, earlier: bool) -> list[Figure | None]:
    scope = sources.earlier if earlier else sources.whole
    window = WINDOWS[sources.unit]
    return [
        count("leads", scope.cohort.cycles),
        *(sources.figure("M1", name, earlier=earlier) for name in ("decided", "contract", "oblivion")),
        converted(sources, window, earlier=earlier),
        sources.figure("M4", f"estimate_{window}", earlier=earlier),
        count("open", [one for one in scope.cohort.cycles if one.open]),
    ]


def converted(sources: Sources, window: int, *, earlier: bool = False) -> Figure | None:
    """The share that qualified within the window; while some are younger, that of all so far, which says so."""
    so_far = sources.figure("M4", f"so_far_{window}", earlier=earlier)
    return so_far or sources.figure("M4", f"within_{window}", earlier=earlier)


def _about(sources: Sources) -> tuple[str, ...]:
    counted = sources.whole.cohort.counted
    left_out = sum(counted.excluded.values())
    return cells.said(
        "" if counted.n else _("Nothing was handed off in this period."),
        _("{n} more were left out: merged, spam or tests, or touched before the handoff.").format(n=left_out)
        if left_out else "",
    )  # fmt: skip


def over_time(sources: Sources) -> Section | None:
    """The units up to this one: handoffs, and of each how many were taken and have qualified."""
    if sources.asked.short:
        return None
    columns = (
        Column("unit", _("From")),
        *cells.right(
            ("leads", _("handed off")), ("decided", _("accepted, of those decided")),
            ("qualified", _("qualified so far")),
        ),
    )  # fmt: skip
    units = row_of(sources.unit, sources.asked.span, sources.asked.zone, ROW_OF[sources.unit])
    sorted_in = _sorted_in(sources.whole, [one for _name, one in units])
    rows = [
        [text(name), cells.count(len(cycles)), *map(cells.brief, _came(cycles, WINDOWS[sources.unit]))]
        for (name, _span), cycles in zip(units, sorted_in, strict=True)
    ]
    drawn = table("over_time", columns, rows, drawn="trend", over=("leads", "decided", "qualified"))
    return Section("over_time", _("Over time"), (drawn,))


def _sorted_in(scope: Scope, spans: Sequence[Span]) -> list[list[Cycle]]:
    """The cycles that count by the span they were handed off in; spans follow each other."""
    found: list[list[Cycle]] = [[] for _span in spans]
    ends = [one.to_ms for one in spans]
    for cycle in scope.counting:
        if spans[0].from_ms <= cycle.handed_off_ms < ends[-1]:
            place = next(at for at, end in enumerate(ends) if cycle.handed_off_ms < end)
            found[place].append(cycle)
    return found


def _came(cycles: Sequence[Cycle], window: int) -> Iterator[Figure]:
    accepted = [one for one in cycles if one.accepted]
    yield share("decided", accepted, [one for one in cycles if one.accepted or one.rejected])
    yield share("qualified", [one for one in cycles if in_time(one, one.qualified_ms, window)], cycles)


def promises(sources: Sources) -> Section:
    """What both teams promised each other, and what came of it."""
    columns = (
        Column("side", _("Who")),
        Column("promise", _("Promise")),
        *cells.right(("promised", _("Promised")), ("delivered", _("Delivered"))),
        Column("kept", _("Kept")),
    )
    rows = [*_of_marketing(sources), *_of_sales(sources)]
    contract = sources.facts.contract
    lines = [] if contract else [_("There is no contract here yet: nothing was promised.")]
    held = table("promises", columns, rows, drawn="against", over=("promised", "delivered"), label="promise")
    return Section(
        "promises", _("What both sides promised"), (held,), tuple(lines),
        tuple(sources.command(f"metrics {name}") for name in ("M11", "M4", "M2", "M7")),
    )  # fmt: skip


def _of_marketing(sources: Sources) -> Iterator[list[Cell]]:
    promised, on_criteria = sources.figure("M11", "promised"), sources.figure("M11", "on_criteria")
    yield _promise(MARKETING, _("handoffs that meet the criteria"), promised, on_criteria)
    yield _promise(MARKETING, _("qualified within 90 days"), sources.figure("M4", "target"), converted(sources, 90))
    yield _promise(MARKETING, _("verdicts answered"), None, sources.figure("M7", "answered"))


def _of_sales(sources: Sources) -> Iterator[list[Cell]]:
    contract = sources.facts.contract
    first = contract.sales.first_touch if contract else None
    told = _("first touch within {delay}").format(delay=first.within.text) if first else _("first touch")
    promised = Figure("coverage", "share", first.coverage) if first else None
    yield _promise(SALES, told, promised, first_touches(sources.whole, first) if first else None)
    for name, words in (("complete", _("complete feedback")), ("documented", _("documented touches"))):
        pledge = {"complete": "promised_feedback_complete", "documented": "promised_documented_interactions"}[name]
        yield _promise(SALES, words, sources.figure("M7", pledge), sources.figure("M7", name))


def _promise(side: str, what: str, promised: Figure | None, delivered: Figure | None) -> list[Cell]:
    aim = promised.value if promised else None
    got = delivered.value if delivered else None
    so_far = delivered is not None and delivered.note == "so_far"
    state = "none"
    if aim is not None and got is not None:
        state = "kept" if float(got) >= float(aim) else "early" if so_far else "behind"
    said = text("-") if aim is None else cells.full(promised)
    shown = cells.full(delivered)
    if so_far and got is not None:
        shown = replace(shown, text=f"{shown.text} · {_('so far')}")
    return [cells.coded(side.lower(), _(side)), text(what), said, shown, cells.coded(state, _(_KEPT[state]))]


def money(sources: Sources) -> Section:
    """What came of it in the end: revenue, closing, cost."""
    return cells.figures(sources, "money", _("Revenue and cost"), ("M8", "M9", "M10"))
