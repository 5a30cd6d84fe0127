"""The trust lines: what the figures cover, how touches were entered, what looks like playing the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.clock import iso
from leadq.domain.metrics.trust import trust
from leadq.i18n import _, ngettext, number
from leadq.metric_words import NOT_KNOWN, figure_name
from leadq.reports import cells
from leadq.reports.document import Cell, Column, Section, Table, table, text
from leadq.reports.sources import QUOTE
from leadq.saying import say_date, say_when
from leadq.text import clean
from leadq.words import EVENTS, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.domain.metrics.trust import Coverage, Trust
    from leadq.reports.sources import Sources

_LATE_SHOWN: Final = 10
_NAMES: Final = ("cherry_pick", "late_rejection", "paused", "expired")


def trusted(sources: Sources) -> tuple[Section, Trust]:
    """The section, and the values that the JSON repeats."""
    found = trust(sources.whole)
    lines = (*_covers(sources, found.coverage), *_live(sources))
    tables = [_touches(found), *_late(sources)]
    if not sources.asked.short:
        tables = [_devices(sources, found.coverage), *tables, _segments(found)]
    return Section(
        "trust", _("How far these figures can be trusted"), tuple(tables), lines, (sources.command("metrics trust"),)
    ), found


def alone(covered: Coverage) -> str:
    """What a home with one member's leads says on its first page; "" for a team's."""
    return said_alone(covered.scoped) if covered.alone else ""


def said_alone(scoped: bool) -> str:
    """That the figures are not the team's, and where those are; see `Coverage` for `scoped`."""
    if scoped:
        return _("These are my leads only: the hub tells this laptop of its rep’s, and its managers of the team’s.")
    return _("These are my leads only: no other laptop’s events are here (`leadq events import` brings them).")


def _covers(sources: Sources, covered: Coverage) -> Iterator[str]:
    if covered.alone:
        yield alone(covered)
    newest_ms = max((one.newest_ms for one in covered.devices), default=None)
    if newest_ms is not None:
        n, when = len(covered.devices), say_when(newest_ms, sources.asked.zone, sources.asked.as_of_ms)
        yield ngettext(
            "The events of {count} device, the newest {when}.", "The events of {count} devices, the newest {when}.", n
        ).format(count=number(n), when=when)
    versions = ", ".join(f"{clean(one.version, QUOTE)} ({number(one.cycles)})" for one in covered.versions)
    if versions:
        yield _("Contract versions (leads): {versions}.").format(versions=versions)
    if len(covered.zones) > 1:
        yield _("The contract’s zone changed: {zones}. Days are those of the last one.").format(
            zones=", ".join(covered.zones)
        )
    if any(one.date_only for one in sources.cohort):
        yield _("Handoffs of which only the day is known are in no figure that counts minutes.")


def _live(sources: Sources) -> Iterator[str]:
    waiting = sources.waiting
    if waiting is None:
        yield _("What was not in the CRM at that instant is not known any more.")
        return
    yield ngettext(
        "When this was written, {count} change was not in the CRM yet.",
        "When this was written, {count} changes were not in the CRM yet.",
        waiting.unsynced,
    ).format(count=number(waiting.unsynced))
    for name, pulled_ms in waiting.connections:
        when = _("never") if pulled_ms is None else say_when(pulled_ms, sources.asked.zone, sources.asked.as_of_ms)
        yield _("Connection {name}: last fetched {when}.").format(name=clean(name, QUOTE), when=when)


def _devices(sources: Sources, covered: Coverage) -> Table:
    columns = (
        Column("device", _("Device")), *cells.right(("events", _("Events"))),
        Column("newest", _("The newest recorded")),
    )  # fmt: skip
    rows = [
        [
            text(clean(one.id, QUOTE)), cells.count(one.events),
            cells.coded(_at(one.newest_ms), say_when(one.newest_ms, sources.asked.zone, sources.asked.as_of_ms)),
        ]
        for one in covered.devices
    ]  # fmt: skip
    return table("devices", columns, rows, title=_("Devices seen"), empty=_("No event of any laptop is here yet."))


def _at(ms: int) -> str:
    return iso(ms) or ""


def _touches(found: Trust) -> Table:
    columns = (Column("figure", _("Figure")), *cells.right(("now", _("This period"))))
    return table("touches", columns, cells.vertical((found.doubtful,)))


def _segments(found: Trust) -> Table:
    columns = (
        Column("segment", _("Segment")),
        *cells.right(
            ("cherry_pick", _("out of order")), ("late_rejection", figure_name("late_rejection")),
            ("paused", figure_name("paused")), ("expired", figure_name("expired")),
        ),
    )  # fmt: skip
    rows = [
        [cells.coded(one.segment, clean(one.segment, QUOTE) or _(NOT_KNOWN)),
         *(cells.brief(getattr(one, name)) for name in _NAMES)]
        for one in found.segments
    ]  # fmt: skip
    return table("segments", columns, rows, title=_("By segment, never by person"), empty=_("No handoffs."))


def _late(sources: Sources) -> Iterator[Table]:
    late = sources.facts.late
    if not late:
        return
    columns = (Column("lead", _("Lead")), Column("event", _("Event")), Column("day", _("Happened")))
    rows: list[list[Cell]] = [
        [
            Cell(one.lead_id, str(one.lead_id or "-"), one.lead_id),
            cells.coded(one.type, in_words(EVENTS, one.type)),
            cells.coded(_at(one.occurred_ms), say_date(one.occurred_ms, sources.asked.zone)),
        ]
        for one in late[:_LATE_SHOWN]
    ]
    title = ngettext(
        "{count} event came too late to count; it is in no figure:",
        "{count} events came too late to count; they are in no figure:",
        len(late),
    ).format(count=number(len(late)))
    yield table("late_arrivals", columns, rows, title=title)
