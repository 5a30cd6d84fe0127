"""The figures as lines: the whole, then its parts, and at the end what they cover and how to get them again."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from leadq.cli.metric_views import VIEWS, reason_name
from leadq.cli.tables import page_width
from leadq.domain.metrics.trust import coverage
from leadq.i18n import _, ngettext
from leadq.metric_words import EXCLUDED, NEEDS, NOT_KNOWN, NOTES, TITLES, figure_name, row_name, say_figure
from leadq.reports.trusted import alone
from leadq.saying import say_when
from leadq.words import EVENTS, in_words, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.cli.metrics import Asked, Found
    from leadq.domain.metrics.figures import Figure, Metric
    from leadq.domain.metrics.scope import Scope

_LATE_SHOWN: Final = 10
_REASONS: Final = "M6"


def told(found: Found, asked: Asked) -> Iterator[str]:
    """All of the answer, line by line."""
    whole = found.whole.facts
    begin, end, as_of = (
        say_when(ms, asked.zone, whole.as_of_ms) for ms in (asked.from_ms, asked.to_ms, asked.as_of_ms)
    )
    yield _("Handed off from {begin} to before {end}, as known {as_of}.").format(begin=begin, end=end, as_of=as_of)
    if found.view:
        yield ""
        yield from VIEWS[found.view].lines(found.whole)
    for name, metric in found.metrics.items():
        yield ""
        yield from _metric(name, metric, found.whole)
        for value, part in found.parts.items():
            if name in part:
                yield from _part(value, part[name])
    yield ""
    yield from _covered(found, asked)


def _metric(name: str, metric: Metric, whole: Scope) -> Iterator[str]:
    yield f"{name} {_(TITLES[name])} · {_counted(metric)}"
    for figure in metric.figures:
        yield f"  {labelled(figure_name(figure.name), say_figure(figure))}"
        yield from _behind(figure, "    ")
    for row, figures in metric.rows.items():
        yield from _row(reason_name(whole, row) if name == _REASONS else row_name(row), figures)
    for code in metric.needs:
        yield f"  {_(NEEDS[code])}"
    for code in metric.notes:
        yield f"  {_(NOTES[code])}"


def _counted(metric: Metric) -> str:
    counted = metric.counted
    if metric.basis == "survey":
        return ngettext("{n} answer", "{n} answers", counted.n).format(n=counted.n)
    leads = ngettext("{n} lead, {open} open", "{n} leads, {open} open", counted.n).format(
        n=counted.n, open=counted.open
    )
    excluded = ", ".join(f"{_(EXCLUDED[why])} {n}" for why, n in counted.excluded.items() if n)
    return leads + (_(" · left out: {excluded}").format(excluded=excluded) if excluded else "")


def _behind(figure: Figure, margin: str) -> Iterator[str]:
    if figure.behind:
        ids = " ".join(str(number) for number in sorted(cycle.id for cycle in figure.behind))
        yield from _wrapped(labelled(_("leads"), ids), margin)


def _row(row: str, figures: Sequence[Figure]) -> Iterator[str]:
    """All figures of a row in a few lines, without the counts that are nothing."""
    shown = [figure for figure in figures if figure.value != 0 or figure.kind != "count"]
    yield f"  {row}"
    yield from _wrapped(" · ".join(labelled(figure_name(one.name), say_figure(one)) for one in shown), "    ")
    for figure in shown:
        yield from _behind(figure, "      ")


def _part(value: str, metric: Metric) -> Iterator[str]:
    yield f"  {value or _(NOT_KNOWN)} · {_counted(metric)}"
    shown = [figure for figure in metric.figures if figure.value is not None]
    yield from _wrapped(" · ".join(labelled(figure_name(one.name), say_figure(one)) for one in shown), "    ")
    for figure in shown:
        yield from _behind(figure, "      ")


def _wrapped(text: str, margin: str) -> Iterator[str]:
    return iter(
        textwrap.wrap(
            text, page_width(), initial_indent=margin, subsequent_indent=margin, break_long_words=False,
            break_on_hyphens=False,
        )
    )  # fmt: skip


def _covered(found: Found, asked: Asked) -> Iterator[str]:
    """What the figures cover, and the command that prints them again."""
    covered = coverage(found.whole)
    if covered.alone:
        yield alone(covered)
    for one in covered.devices:
        newest = say_when(one.newest_ms, asked.zone, asked.as_of_ms)
        events = ngettext("{count} event", "{count} events", one.events).format(count=one.events)
        yield _("Device {id}: {events}, the newest {when}.").format(id=one.id, events=events, when=newest)
    versions = ", ".join(f"{one.version} ({one.cycles})" for one in covered.versions)
    if versions:
        yield _("Contract versions (leads): {versions}.").format(versions=versions)
    if len(covered.zones) > 1:
        yield _("The contract’s zone changed: {zones}. Days are those of the last one.").format(
            zones=", ".join(covered.zones)
        )
    if found.waiting:
        yield from _unsynced(found)
    yield from _late(found, asked)
    yield labelled(_("The same figures again"), found.command)


def _unsynced(found: Found) -> Iterator[str]:
    waiting = found.waiting
    if waiting and waiting.unsynced:
        yield ngettext(
            "{count} change is not in the CRM yet.", "{count} changes are not in the CRM yet.", waiting.unsynced
        ).format(count=waiting.unsynced)


def _late(found: Found, asked: Asked) -> Iterator[str]:
    late = found.whole.facts.late
    if not late:
        return
    yield ngettext(
        "{count} event came too late to count; it is in no figure:",
        "{count} events came too late to count; they are in no figure:",
        len(late),
    ).format(count=len(late))
    for one in late[:_LATE_SHOWN]:
        when = say_when(one.occurred_ms, asked.zone, asked.as_of_ms)
        yield f"  {one.lead_id or '-'}  {in_words(EVENTS, one.type)} · {when}"
    if len(late) > _LATE_SHOWN:
        yield _("  and {count} more (--json lists all)").format(count=len(late) - _LATE_SHOWN)
