"""The few estimators that the figures need, over plain numbers: the standard library has none of them.

Tests hold them to lifelines and statsmodels, and to definitions in fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Final

Z95: Final = 1.959963984540054
"""The normal deviate of a 95 % interval."""

CENSORED, EVENT, COMPETING = 0, 1, 2
"""How a wait ended: not yet, with what was waited for, or with something after which that cannot happen any more."""


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share of `hits` in `n` > 0 (Wilson, 1927): it stays within 0 and 1 for small n."""
    p, z2 = hits / n, Z95 * Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def nearest_rank(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest of the sorted values that at least `percent` % do not exceed; None when there are none."""
    return ordered[max(0, ceil(percent * len(ordered) / 100) - 1)] if ordered else None


def aalen_johansen(waits: Sequence[tuple[int, int]]) -> list[tuple[int, float]]:
    """The cumulative incidence of EVENT: (time, probability that it has happened by then) at each time of an event.

    `waits` are pairs of how long and how it ended. At each time: F += S * d_event / n, then S *= 1 - d / n, where n are
    still waiting, d of them end (Aalen and Johansen, 1978). Who is censored at a time still waits at it. Without
    competing ends it is 1 - Kaplan-Meier (1958).
    """
    ordered = sorted(waits)
    left, survival, incidence = len(ordered), 1.0, 0.0
    curve: list[tuple[int, float]] = []
    at = 0
    while at < len(ordered):
        time, ends = ordered[at][0], [0, 0, 0]
        while at < len(ordered) and ordered[at][0] == time:
            ends[ordered[at][1]] += 1
            at += 1
        if ends[EVENT]:
            incidence += survival * ends[EVENT] / left
            curve.append((time, incidence))
        survival *= 1 - (ends[EVENT] + ends[COMPETING]) / left
        left -= sum(ends)
    return curve


def kaplan_meier(waits: Sequence[tuple[int, int]]) -> list[tuple[int, float]]:
    """The survival curve S(t) at each time of an EVENT; anything else counts as censored (Kaplan and Meier, 1958)."""
    alone = [(time, EVENT if end == EVENT else CENSORED) for time, end in waits]
    return [(time, 1 - incidence) for time, incidence in aalen_johansen(alone)]


def by_then(curve: Sequence[tuple[int, float]], time: int) -> float:
    """The value of an incidence curve at `time`: that of its last step up to then, 0 before the first."""
    value = 0.0
    for at, incidence in curve:
        if at > time:
            break
        value = incidence
    return value


_HALF: Final = 0.5 - 1e-12
"""Half of a sum of fractions that binary numbers cannot hold."""


def median(curve: Sequence[tuple[int, float]]) -> int | None:
    """The first time by which an incidence curve has reached one half; None when it never does ("not reached")."""
    return next((time for time, incidence in curve if incidence >= _HALF), None)
