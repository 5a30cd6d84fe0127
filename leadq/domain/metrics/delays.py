"""M2: how long the prospect waits, and where: in our systems, or for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from leadq.domain.metrics.cycle import Cycle
from leadq.domain.metrics.figures import Figure, Metric, ranks, share
from leadq.domain.metrics.scope import Scope
from leadq.domain.metrics.statistics import CENSORED, COMPETING, EVENT, aalen_johansen, median

Instant = Callable[[Cycle], int | None]

_HANDED_OFF: Final[Instant] = lambda cycle: cycle.handed_off_ms  # noqa: E731 - one of three of a kind
_ASSIGNED: Final[Instant] = lambda cycle: cycle.assigned_ms  # noqa: E731
_TOUCHED: Final[Instant] = lambda cycle: cycle.first_touch_ms  # noqa: E731

DELAYS: Final[tuple[tuple[str, Instant, Instant], ...]] = (
    ("systems", _HANDED_OFF, _ASSIGNED),
    ("human", _ASSIGNED, _TOUCHED),
    ("total", _HANDED_OFF, _TOUCHED),
)
"""The delay, from what, to what."""


class _Wait(NamedTuple):
    cycle: Cycle
    wall_ms: int
    business_ms: int | None
    end: int


def delays(scope: Scope) -> Metric:
    """M2, field.md 10: delays, in wall and in business time.

    systems = handed off -> first assigned; human = first assigned -> first human touch; total = handed off -> first
    human touch. p50 and p90 (nearest rank) of those that are over; beside them the median over all, by the incidence of
    Aalen and Johansen: what still waits is censored, what ended without a touch (rejected) competes and is not; without
    such ends it is the median of Kaplan and Meier. `within` = first touches in time / (those, and those late by now).
    Handoffs of which only the day is known are left out and counted aside.
    """
    cohort = scope.cohort.cycles
    timed = [cycle for cycle in cohort if not cycle.date_only]
    rows = {name: tuple(_figures(list(_waits(scope, timed, begin, end)), scope)) for name, begin, end in DELAYS}
    undated = Figure("date_only", "count", len(cohort) - len(timed))
    figures = (*(figure for figure in rows["total"] if figure.name.startswith("wall")), _within(scope, timed), undated)
    return Metric("M2", "cohort", scope.cohort.counted, figures, rows)


def _waits(scope: Scope, cycles: Sequence[Cycle], begin: Instant, end: Instant) -> Iterator[_Wait]:
    for cycle in cycles:
        from_ms = begin(cycle)
        if from_ms is None:
            continue
        to_ms, how = end(cycle), EVENT
        if to_ms is None:
            to_ms, how = (scope.as_of_ms, CENSORED) if cycle.open else (cycle.closed_ms or scope.as_of_ms, COMPETING)
        to_ms = max(from_ms, to_ms)  # who reaches out first and takes the lead then has not waited
        calendar = scope.calendar(cycle)
        yield _Wait(cycle, to_ms - from_ms, calendar.elapsed(from_ms, to_ms) if calendar else None, how)


def _figures(waits: Sequence[_Wait], scope: Scope) -> Iterator[Figure]:
    yield from _of("wall", waits, [(wait.wall_ms, wait.end) for wait in waits], scope)
    known = [wait for wait in waits if wait.business_ms is not None]
    yield from _of("business", known, [(wait.business_ms or 0, wait.end) for wait in known], scope)


def _of(name: str, waits: Sequence[_Wait], lengths: Sequence[tuple[int, int]], scope: Scope) -> Iterator[Figure]:
    over = [(wait.cycle, length) for wait, (length, end) in zip(waits, lengths, strict=True) if end == EVENT]
    behind = [cycle for cycle, _length in over] if scope.keep else ()
    base = [wait.cycle for wait in waits] if scope.keep else ()
    yield from ranks(name, [length for _cycle, length in over], behind=behind)
    middle = median(aalen_johansen(lengths))
    note = "not_reached" if lengths and middle is None else ""
    yield Figure(f"{name}_median", "duration", middle, len(over), len(lengths), note=note, behind=behind, base=base)


def _within(scope: Scope, cycles: Sequence[Cycle]) -> Figure:
    states = [(cycle, scope.state("first_touch", cycle)) for cycle in cycles]
    met = [cycle for cycle, state in states if state == "met"]
    due = [cycle for cycle, state in states if state in ("met", "met_late", "breached_open")]
    return share("within", met, due, keep=scope.keep)
