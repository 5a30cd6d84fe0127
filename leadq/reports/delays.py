"""How long prospects waited, which promises of delay were kept, and why the others were not."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from leadq.domain.metrics.attainment import KINDS, attainment
from leadq.domain.metrics.cycle import NONE, Cycle
from leadq.domain.metrics.figures import Figure
from leadq.i18n import N_, _
from leadq.metric_words import row_name
from leadq.reports import cells
from leadq.reports.document import Column, Section, table, text
from leadq.reports.sources import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.domain.metrics.scope import Scope
    from leadq.reports.sources import Sources

CAUSES: Final[Mapping[str, str]] = {
    "data": N_("data: there was no way to reach them"),
    "routing": N_("routing: nobody’s when it was due"),
    "capacity": N_("capacity: the owner had more than they can work"),
    "order": N_("order: the owner worked later handoffs first"),
    "other": N_("none of these"),
}
"""Cause of a breach -> words; the first that applies counts."""

_UNREACHABLE: Final = frozenset({"rej.bad_data", "rej.incomplete", "dq.bad_contact"})
_CONTACTS: Final = frozenset({"phone", "email"})
_SHOWN: Final = 5


def waits(sources: Sources) -> Section:
    """M2: how long, in our systems and for a person."""
    names = ("wall_p50", "wall_p90", "wall_median", "business_p50", "business_p90")
    columns = (
        Column("delay", _("Delay")),
        *cells.right(
            ("wall_p50", _("Half within")), ("wall_p90", _("Nine in ten within")),
            ("wall_median", _("Median, with those that wait")), ("business_p50", _("Half (open hours)")),
            ("business_p90", _("Nine in ten (open hours)")),
        ),
    )  # fmt: skip
    metric = sources.metric("M2")
    rows = [
        [cells.coded(row, row_name(row)), *(cells.brief(_one(figures, name)) for name in names)]
        for row, figures in metric.rows.items()
    ]
    aside = [[cells.named(one), cells.full(one)] for one in metric.figures if one.name in ("within", "date_only")]
    return Section(
        "delays", _("How long they waited"),
        (table("delays", columns, rows), table("in_time", columns[:1] + cells.right(("now", _("This period"))), aside)),
        repeat=(sources.command("metrics M2"),),
    )  # fmt: skip


def _one(figures: Sequence[Figure], name: str) -> Figure | None:
    return next((one for one in figures if one.name == name), None)


def kept(sources: Sources) -> Section:
    """M3 by clock and tier, of what was due in the period."""
    parts = {value: part for value, part in sources.whole.cut("tier").items() if value}
    found = {value: attainment(part) for value, part in parts.items()}
    columns = (
        Column("clock", _("Clock")),
        *cells.right(("all", _("All")), *((value, value) for value in found)),
    )
    rows = [
        [
            cells.coded(kind, row_name(kind)),
            cells.full(_one(sources.metric("M3").rows[kind], "due")),
            *(cells.brief(_one(metric.rows[kind], "due")) for metric in found.values()),
        ]
        for kind in KINDS
    ]
    return Section(
        "attainment", _("Delays kept, of those due in the period"),
        (table("attainment", columns, rows, drawn="bars", over=("all",)),), (_few(),),
        (sources.command("metrics M3"), sources.command("metrics M3 --by tier")),
    )  # fmt: skip


def _few() -> str:
    return _("{mark} fewer than 30: little to go by.").format(mark=cells.FEW)


def breaches(sources: Sources) -> Section:
    """First touches that were due in the period and did not come in time, by cause."""
    found = causes(sources.whole)
    who = sources.called([one for cycles in found.values() for one in cycles[:_SHOWN]])
    columns = (
        Column("cause", _("Cause")), *cells.right(("leads", _("Leads"))), Column("which", _("Among them")),
    )  # fmt: skip
    rows = [
        [
            cells.coded(cause, _(CAUSES[cause])),
            cells.count(len(cycles)),
            text(", ".join(named(who, one) for one in cycles[:_SHOWN])),
        ]
        for cause, cycles in found.items()
        if cycles
    ]
    nothing = _("Every first touch that was due in the period came in time.")
    return Section(
        "breaches", _("First touches that came late, by cause"),
        (table("breaches", columns, rows, empty=nothing, drawn="bars", over=("leads",)),),
        repeat=(sources.command("metrics M3"),),
    )  # fmt: skip


def causes(scope: Scope) -> dict[str, list[Cycle]]:
    """The late first touches due in the period by their most likely cause, the oldest first.

    `data`: rejected or given up for its contact data, or handed off without a phone and an e-mail. `routing`: nobody's
    until it was due. `capacity`: its owner had more open leads at that instant than their capacity. `order`: its owner
    reached out, between its handoff and then, to a lead that was handed off later.
    """
    clock, desks = scope.clock("first_touch"), _Desks(scope)
    found: dict[str, list[Cycle]] = {cause: [] for cause in CAUSES}
    for cycle in scope.counting:
        due_ms = clock.due[cycle.index]
        late = clock.state(cycle.index, scope.as_of_ms) in ("met_late", "breached_open")
        if late and scope.within(due_ms):
            found[desks.cause(cycle, due_ms)].append(cycle)
    return {cause: sorted(cycles, key=lambda one: one.handed_off_ms) for cause, cycles in found.items()}


class _Desks:
    """What lay on each owner's desk when."""

    def __init__(self, scope: Scope) -> None:
        members = scope.facts.contract.members if scope.facts.contract else {}
        self._capacity = {one.id: one.capacity for one in members.values() if one.capacity}
        self._begun: dict[str, list[int]] = defaultdict(list)
        self._ended: dict[str, list[int]] = defaultdict(list)
        touched: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for cycle in scope.counting:
            self._begun[cycle.owner].append(cycle.handed_off_ms)
            if cycle.closed_ms is not None:
                self._ended[cycle.owner].append(cycle.closed_ms)
            if cycle.first_touch_ms is not None:
                touched[cycle.owner].append((cycle.first_touch_ms, cycle.handed_off_ms))
        for instants in (*self._begun.values(), *self._ended.values()):
            instants.sort()
        self._touched = {owner: sorted(pairs) for owner, pairs in touched.items()}

    def cause(self, cycle: Cycle, due_ms: int) -> str:
        """Why a lead was not called by `due_ms`."""
        if cycle.reason in _UNREACHABLE or _CONTACTS.issubset(cycle.lacks):
            return "data"
        if cycle.assigned_ms is None or cycle.assigned_ms >= due_ms or not cycle.owner:
            return "routing"
        capacity = self._capacity.get(cycle.owner)
        if capacity and self._open(cycle.owner, due_ms) > capacity:
            return "capacity"
        return "order" if self._passed_over(cycle, due_ms) else "other"

    def _open(self, owner: str, at_ms: int) -> int:
        return bisect_right(self._begun[owner], at_ms) - bisect_right(self._ended[owner], at_ms)

    def _passed_over(self, cycle: Cycle, due_ms: int) -> bool:
        touched = self._touched.get(cycle.owner, [])
        first = bisect_left(touched, (cycle.handed_off_ms, NONE))
        last = bisect_right(touched, (due_ms, NONE))
        return any(handed_off_ms > cycle.handed_off_ms for _at, handed_off_ms in touched[first:last])


def effort(sources: Sources) -> Section:
    """M13 to M15 and M18: how much was tried, in which order, what was put away, how full the desks are."""
    return cells.figures(sources, "effort", _("Attempts, order, pauses and load"), ("M13", "M14", "M15", "M18"))
