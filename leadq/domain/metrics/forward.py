"""What is still to come of the leads that are open: how many of their like have qualified, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from leadq.domain.metrics.conversion import DAY_MS
from leadq.domain.metrics.figures import Figure, count, share
from leadq.domain.metrics.scope import Scope

HISTORY_DAYS: Final = 365
MATURE_DAYS: Final = 90
"""How old a cycle is to be for its like: of young ones only the quick ends are known."""


@dataclass(frozen=True, slots=True)
class Forward:
    """`open_accepted` x `rate` = `expected`, whose low and high follow from the rate's interval."""

    open_accepted: Figure
    rate: Figure
    expected: Figure


def forward(scope: Scope) -> Forward:
    """Forward view (field.md 1e, no. 76): open accepted cycles x the historical rate, with its interval.

    The rate is that of accepted cycles handed off between 90 and 365 days before the as-of instant: qualified / all of
    them. What still runs after so long counts as not qualified. The interval is that of the rate (Wilson, 95 %): it
    says how well the rate is known, not how chance will fall.
    """
    now_ms = scope.as_of_ms
    open_now = [one for one in scope.counting if one.open and one.accepted]
    earliest, latest = now_ms - HISTORY_DAYS * DAY_MS, now_ms - MATURE_DAYS * DAY_MS
    like = [one for one in scope.counting if one.accepted and earliest <= one.handed_off_ms <= latest]
    rate = share("rate", [one for one in like if one.qualified_ms is not None], like, keep=scope.keep)
    expected = Figure("expected", "number", None, note="no_history")
    if rate.value is not None and rate.low is not None and rate.high is not None:
        n = len(open_now)
        expected = Figure(
            "expected", "number", round(n * float(rate.value), 1), low=round(n * rate.low, 1),
            high=round(n * rate.high, 1), of=len(like),
        )  # fmt: skip
    return Forward(count("open_accepted", open_now, keep=scope.keep), rate, expected)
