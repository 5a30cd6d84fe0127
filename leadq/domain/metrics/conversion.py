"""M4 and M5: what becomes of handoffs, and where the good ones come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from leadq.domain.metrics.cycle import Cycle
from leadq.domain.metrics.figures import Figure, Metric, ratio, share
from leadq.domain.metrics.scope import Scope
from leadq.domain.metrics.statistics import CENSORED, COMPETING, EVENT, aalen_johansen, by_then

DAY_MS: Final = 86_400_000
WINDOWS: Final = (30, 90, 180)
"""Days after the handoff within which a cycle has to qualify, for each of the rates."""

WINDOW: Final = 90
"""Days within which each stage of M5 is counted."""

OTHERS: Final = "*"
"""The row of the small sources together."""

_SHOWN: Final = 12


def conversion(scope: Scope) -> Metric:
    """M4, field.md 10: from handoff to qualified.

    For each window W of 30, 90 and 180 days: `within` = qualified within W of the handoff / handed off at least W ago.
    While some of the cohort are younger, beside it `so_far` = qualified within W so far / all of the cohort, and
    `estimate`, the incidence of Aalen and Johansen at W: open cycles are censored, other ends compete. `flow` =
    qualified in the period / handed off in the period: of other leads, so no conversion, and it may exceed 100 %.
    `target` and `reference` are the contract's lines.
    """
    cohort = scope.cohort.cycles
    curve = aalen_johansen([_wait(cycle, scope.as_of_ms) for cycle in cohort])
    figures = [figure for days in WINDOWS for figure in _window(scope, cohort, days, curve)]
    flowing = [cycle for cycle in scope.counting if scope.within(cycle.qualified_ms)]
    flow = Figure("flow", "share", len(flowing) / len(cohort) if cohort else None, len(flowing), len(cohort))
    return Metric("M4", "cohort", scope.cohort.counted, (*figures, flow, *_lines(scope)))


def _lines(scope: Scope) -> Iterator[Figure]:
    promised = scope.facts.contract.marketing if scope.facts.contract else None
    yield Figure("target", "share", promised.target_qualified_rate if promised else None)
    yield Figure("reference", "share", promised.reference_rate if promised else None)


def _window(scope: Scope, cohort: Sequence[Cycle], days: int, curve: Sequence[tuple[int, float]]) -> Iterator[Figure]:
    mature = [cycle for cycle in cohort if scope.as_of_ms - cycle.handed_off_ms >= days * DAY_MS]
    yield share(f"within_{days}", _qualified(mature, days), mature, keep=scope.keep)
    if len(mature) < len(cohort):
        yield share(f"so_far_{days}", _qualified(cohort, days), cohort, keep=scope.keep, note="so_far")
        yield ratio(f"estimate_{days}", by_then(curve, days * DAY_MS), 1)


def _qualified(cycles: Sequence[Cycle], days: int) -> list[Cycle]:
    return [cycle for cycle in cycles if in_time(cycle, cycle.qualified_ms, days)]


def in_time(cycle: Cycle, instant_ms: int | None, days: int) -> bool:
    """Whether something had happened within so many days of the handoff."""
    return instant_ms is not None and instant_ms - cycle.handed_off_ms <= days * DAY_MS


def _wait(cycle: Cycle, as_of_ms: int) -> tuple[int, int]:
    """How long until it qualified, or ended otherwise, or until now."""
    if cycle.qualified_ms is not None:
        return max(0, cycle.qualified_ms - cycle.handed_off_ms), EVENT
    if cycle.open or cycle.closed_ms is None:
        return max(0, as_of_ms - cycle.handed_off_ms), CENSORED
    return max(0, cycle.closed_ms - cycle.handed_off_ms), COMPETING


STAGES: Final[Mapping[str, Callable[[Cycle], int | None]]] = {
    "accepted": lambda cycle: cycle.accepted_at_ms,
    "connected": lambda cycle: cycle.connected_ms,
    "qualified": lambda cycle: cycle.qualified_ms,
    "won": lambda cycle: cycle.won_ms,
}
"""Stage of the way to a customer -> when a cycle reached it."""


def funnel(scope: Scope) -> tuple[Figure, ...]:
    """Each stage over the same cohort and the same window: reached within `WINDOW` days of the handoff / handed off."""
    cohort = scope.cohort.cycles
    return tuple(
        share(name, [one for one in cohort if in_time(one, reached(one), WINDOW)], cohort, keep=scope.keep)
        for name, reached in STAGES.items()
    )


def by_source(scope: Scope) -> Metric:
    """M5, field.md 10: conversion by the source of the handoff (`first_source` in a cut: where somebody first came
    from).

    Stages H -> accepted -> connected -> qualified -> won, each within 90 days / the same H, with Wilson's interval.
    Past a dozen sources the smallest are one row, `*`: none is dropped, and the rows add up to the total. While some of
    the cohort are younger than the window, that is noted.
    """
    cohort = scope.cohort.cycles
    young = any(scope.as_of_ms - cycle.handed_off_ms < WINDOW * DAY_MS for cycle in cohort)
    rows = {name: funnel(part) for name, part in grouped(scope, "source").items()}
    notes = ("so_far",) if young else ()
    return Metric("M5", "cohort", scope.cohort.counted, funnel(scope), rows, notes=notes)


def grouped(scope: Scope, dimension: str) -> dict[str, Scope]:
    """The parts of a cut that have a cohort; past a dozen the smallest together, as `OTHERS`."""
    parts = {value: part for value, part in scope.cut(dimension).items() if part.cohort.cycles}
    if len(parts) <= _SHOWN and OTHERS not in parts:
        return parts
    shown = [value for value in parts if value != OTHERS][: _SHOWN - 1]
    rest = [cycle for value, part in parts.items() if value not in shown for cycle in part.cycles]
    return {**{value: parts[value] for value in shown}, OTHERS: scope.of(rest, (dimension, OTHERS))}


def crossed(scope: Scope, one: str, other: str) -> dict[tuple[str, str], tuple[Figure, ...]]:
    """The same stages by two dimensions at once, such as country x channel: each pair that has a cohort."""
    return {
        (value, second): funnel(part)
        for value, whole in grouped(scope, one).items()
        for second, part in grouped(whole, other).items()
    }
