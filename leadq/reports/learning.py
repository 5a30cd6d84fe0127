"""What marketing learns from it: conversion by every cut, why leads end, what they lacked, what prospects said."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from leadq.domain.metrics.conversion import WINDOW, funnel, grouped, in_time
from leadq.domain.metrics.exits import KINDS, late_rejections
from leadq.domain.metrics.figures import Figure, share, share_of
from leadq.i18n import N_, _, number
from leadq.metric_words import NOTES, figure_name, row_name
from leadq.reports import cells
from leadq.reports.document import Cell, Column, Section, Table, table, text
from leadq.reports.handoffs import lead, reason_words, verdict
from leadq.reports.sources import QUOTE, most_common
from leadq.text import clean
from leadq.words import INSIGHTS, VERDICTS, in_words, missing_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.domain.metrics.cycle import Cycle
    from leadq.domain.metrics.scope import Scope
    from leadq.reports.sources import Sources

CUTS: Final[Mapping[str, str]] = {
    "segment": N_("By segment"),
    "profile": N_("By profile (role / size / sector)"),
    "source": N_("By source"),
    "campaign": N_("By campaign"),
}
"""Dimension -> the heading of its table."""

_STAGES: Final = ("accepted", "connected", "qualified", "won")
_QUOTES: Final = 5
_DECILES: Final = 10
_CAMPAIGNS: Final = 15


def conversions(sources: Sources) -> Section:
    """M5 by each cut: every stage over the same handoffs."""
    return Section(
        "conversion", _("Conversion within {days} days").format(days=WINDOW),
        tuple(_by(sources.whole, dimension) for dimension in CUTS),
        (_("{mark} fewer than 30: little to go by.").format(mark=cells.FEW), _so_far(sources)),
        (sources.command("metrics M5"), *(sources.command(f"metrics M5 --by {dimension}") for dimension in CUTS)),
    )  # fmt: skip


def _so_far(sources: Sources) -> str:
    return _(NOTES["so_far"]) if "so_far" in sources.metric("M5").notes else ""


def _by(scope: Scope, dimension: str) -> Table:
    columns = (Column("value", _(CUTS[dimension])), *stage_columns())
    rows = [
        [coded_value(value), *stages(part)] for value, part in grouped(scope, dimension).items()
    ]  # fmt: skip
    return table(f"by_{dimension}", columns, rows, empty=_("No handoffs."), drawn="bars", over=("qualified",))


def coded_value(value: str) -> Cell:
    """A value of a cut: a name of somebody's own, or the words for the rest and for what is not known."""
    return cells.coded(value, clean(row_name(value), QUOTE))


def stage_columns() -> tuple[Column, ...]:
    """Handoffs, and how many of them came how far."""
    return cells.right(("leads", _("handed off")), *((name, figure_name(name)) for name in _STAGES))


def stages(part: Scope) -> list[Cell]:
    """What `stage_columns` are of a part."""
    return [cells.count(len(part.cohort.cycles)), *map(cells.brief, funnel(part))]


def reasons(sources: Sources) -> Section:
    """Why leads ended, kind by kind, against the period before; and what should have been seen at the door."""
    now, before = _ends(sources.whole), _ends(sources.earlier)
    columns = (
        Column("kind", _("Verdict")), Column("reason", _("Reason")),
        *cells.right(("now", _("This period")), ("before", _("The one before")), ("change", _("Change"))),
    )  # fmt: skip
    rows = []
    for kind in KINDS:
        codes = dict.fromkeys([code for code, _n in most_common(now[kind])] + sorted(set(before[kind])))
        rows += [_reason(sources, kind, code, now[kind], before[kind]) for code in codes]
    metric = sources.metric("M6")
    aside = cells.vertical([one for one in metric.figures if one.name in ("late_filter", "untouched")])
    late = late_rejections(sources.whole, [one for one in sources.cohort if one.rejected])
    aside.append(
        [
            cells.coded("late_rejections", _("rejected after the time to accept")),
            cells.count(len(late)),
        ]
    )
    return Section(
        "reasons", _("Why leads end"),
        (
            table("reasons", columns, rows, empty=_("No lead of the period has ended without being qualified."),
                  drawn="bars", over=("now",), label="reason"),
            table("filter", (Column("figure", _("Figure")), *cells.right(("now", _("This period")))), aside,
                  title=_("Filtered late")),
        ),
        repeat=(sources.command("metrics M6"), sources.command("metrics M6", earlier=True)),
    )  # fmt: skip


def _ends(scope: Scope) -> dict[str, list[str]]:
    return {kind: [one.reason for one in scope.cohort.cycles if one.verdict == kind] for kind in KINDS}


def _reason(sources: Sources, kind: str, code: str, now: Sequence[str], before: Sequence[str]) -> list[Cell]:
    this, last = (share_of("share", list(ended).count(code), len(ended)) for ended in (now, before))
    change = None if this.value is None or last.value is None else float(this.value) - float(last.value)
    said = "-" if change is None else _("{points} points").format(points=f"{100 * change:+.1f}")
    moved = None if change is None else round(change, 6)
    return [
        cells.coded(kind, verdict(kind)), cells.coded(code, reason_words(sources, code) or _("(no reason)")),
        cells.brief(this), cells.brief(last), Cell(moved, said, moved),
    ]  # fmt: skip


def missing(sources: Sources) -> Section:
    """What the leads lacked: as handed off, and as the reps said in the end."""
    lacked = Counter(name for one in sources.cohort for name in one.lacks)
    said = Counter(name for one in sources.cohort for name in one.missing)
    names = sorted({*lacked, *said}, key=lambda name: (-(lacked[name] + said[name]), name))
    columns = (
        Column("info", _("Information")),
        *cells.right(("lacked", _("missing at the handoff")), ("said", _("missed by the reps"))),
    )
    n = len(sources.cohort)
    rows = [
        [cells.coded(name, clean(missing_word(name), QUOTE)), cells.brief(share_of("lacked", lacked[name], n)),
         cells.count(said[name])]
        for name in names
    ]  # fmt: skip
    return Section(
        "missing", _("What was missing"),
        (table("missing", columns, rows, empty=_("Nothing was missing."), drawn="bars", over=("lacked",)),),
        repeat=(sources.command("metrics M11"),),
    )  # fmt: skip


def coming_back(sources: Sources) -> Section:
    """M12: what comes back from recycling."""
    columns = (Column("figure", _("Figure")), *cells.right(("now", _("This period"))))
    rows = cells.vertical(sources.metric("M12").figures)
    return Section(
        "recycling",
        _("What comes back"),
        (table("recycling", columns, rows),),
        repeat=(sources.command("metrics M12"),),
    )


def calibration(sources: Sources) -> Section:
    """Does a higher score mean more? Handoffs in ten parts by score, each with its conversion; and M17."""
    scored = sorted((one for one in sources.cohort if one.score is not None), key=lambda one: (one.score, one.id))
    columns = (
        Column("score", _("Score")),
        *cells.right(("leads", _("handed off")), ("accepted", figure_name("accepted")),
                     ("qualified", figure_name("qualified"))),
    )  # fmt: skip
    rows = [_decile(part) for part in _parts(scored, _DECILES)]
    disagree = cells.vertical(sources.metric("M17").figures)
    return Section(
        "calibration", _("Does the score tell?"),
        (
            table("deciles", columns, rows, title=_("Ten parts by score, the lowest first"),
                  empty=_("No handoff has a score."), drawn="bars", over=("qualified",)),
            table("disagreement", (Column("figure", _("Figure")), *cells.right(("now", _("This period")))), disagree),
        ),
        cells.needed(sources.metric("M17").needs), (sources.command("metrics M17"),),
    )  # fmt: skip


def _parts(scored: Sequence[Cycle], count: int) -> list[Sequence[Cycle]]:
    """As many parts as there are leads for, as equal as can be."""
    ends = [place * len(scored) // count for place in range(count + 1)]
    return [scored[first:last] for first, last in pairwise(ends) if first < last]


def _decile(part: Sequence[Cycle]) -> list[Cell]:
    low, high = part[0].score or 0.0, part[-1].score or 0.0
    said = number(low) if low == high else f"{number(low)}-{number(high)}"
    accepted = share("accepted", [one for one in part if one.accepted], part)
    qualified = share("qualified", [one for one in part if in_time(one, one.qualified_ms, WINDOW)], part)
    return [Cell([low, high], said, said), cells.count(len(part)), cells.brief(accepted), cells.brief(qualified)]


def insights(sources: Sources) -> Section:
    """What prospects said: how often each kind, and the newest words of each."""
    columns = (
        Column("kind", _("Kind")), *cells.right(("times", _("Times"))),
        Column("quote", _("In their words, newest first")),
    )  # fmt: skip
    by_kind = sorted(sources.learnt, key=lambda one: one.kind)
    groups = {kind: list(own) for kind, own in groupby(by_kind, key=lambda one: one.kind)}
    rows = []
    for kind, own in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0])):
        words = [clean(one.text or reason_words(sources, one.reason), QUOTE) for one in own[:_QUOTES]]
        said = " · ".join(f"“{one}”" for one in words if one)
        rows.append([cells.coded(kind, in_words(INSIGHTS, kind)), cells.count(len(own)), Cell(words, said, said)])
    nothing = _("Nothing was learnt yet: `leadq touch --insight KIND:TEXT` writes it down.")
    return Section("insights", _("What prospects said"), (table("insights", columns, rows, empty=nothing),))


def campaigns(sources: Sources) -> Section:
    """Campaign by verdict and missing information, for marketing."""
    parts = sorted(grouped(sources.whole, "campaign").items(), key=lambda one: (-len(one[1].cohort.cycles), one[0]))
    columns = (
        Column("campaign", _("Campaign")), *cells.right(("leads", _("handed off"))),
        *cells.right(*((verb, verdict(verb)) for verb in VERDICTS)),
        *cells.right(("decided", _("accepted, of those decided"))), Column("reason", _("Most frequent reason")),
        Column("missing", _("Most often missing")),
    )  # fmt: skip
    rows = [_campaign(sources, value, part.cohort.cycles) for value, part in parts[:_CAMPAIGNS]]
    return Section(
        "campaigns", _("Campaigns: verdicts and what was missing"),
        (table("campaigns", columns, rows, empty=_("No handoffs."), drawn="bars", over=("decided",)),),
        repeat=(sources.command("metrics M1 --by campaign"), sources.command("metrics M6 --by campaign")),
    )  # fmt: skip


def _campaign(sources: Sources, value: str, cycles: Sequence[Cycle]) -> list[Cell]:
    accepted = [one for one in cycles if one.accepted]
    decided = share("decided", accepted, [one for one in cycles if one.accepted or one.rejected])
    reason = next(iter(most_common(one.reason for one in cycles if one.reason)), ("", 0))
    lacked = next(iter(most_common(name for one in cycles for name in {*one.missing, *one.lacks})), ("", 0))
    return [
        coded_value(value), cells.count(len(cycles)),
        *(cells.count(sum(one.verdict == verb for one in cycles)) for verb in VERDICTS), cells.brief(decided),
        cells.coded(reason[0], f"{reason_words(sources, reason[0])} ({reason[1]})" if reason[1] else "-"),
        cells.coded(lacked[0], f"{clean(missing_word(lacked[0]), QUOTE)} ({lacked[1]})" if lacked[1] else "-"),
    ]  # fmt: skip


def receipt(sources: Sources) -> Section:
    """What the handoffs came with, and how fast the reps' verdicts were answered."""
    figures: list[Figure] = [
        *(one for one in sources.metric("M11").figures if one.name not in ("promised", "delivered")),
        *(one for one in sources.metric("M7").figures if one.name.startswith("answer")),
    ]
    columns = (Column("figure", _("Figure")), *cells.right(("now", _("This period"))))
    return Section(
        "receipt", _("Receipt: what the handoffs came with, and our answers"),
        (table("receipt", columns, cells.vertical(figures)),),
        repeat=(sources.command("metrics M11"), sources.command("metrics M7")),
    )  # fmt: skip


def quotes(sources: Sources) -> Section:
    """The newest words that reps wrote with their verdicts."""
    ended = [one for one in sources.whole.counting if one.verdict and sources.whole.within(one.closed_ms)]
    newest = sorted(ended, key=lambda one: (-(one.closed_ms or 0), one.id))
    notes = sources.verdict_notes(newest[: 40 * _QUOTES])
    said = [one for one in newest if notes.get(one.uid)][: 2 * _QUOTES]
    who = sources.called(said)
    columns = (
        Column("lead", _("Lead")), Column("campaign", _("Campaign")), Column("verdict", _("Verdict")),
        Column("quote", _("What the rep wrote")),
    )  # fmt: skip
    rows = [
        [lead(one, who), text(one.campaign), cells.coded(one.verdict, verdict(one.verdict)), text(notes[one.uid])]
        for one in said
    ]
    return Section(
        "quotes", _("In the reps’ words"), (table("quotes", columns, rows, empty=_("No verdict has a note.")),)
    )
