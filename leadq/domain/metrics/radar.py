"""What would otherwise be forgotten, of one cycle at an instant: the rule of leadq/order.py, on the values of its
row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from leadq.domain.bands import CLOCK_TOLERANCE_MS
from leadq.domain.metrics.cycle import NONE, Column, Cycle

GROUPS: Final = (
    "untouched", "ownerless", "paused_too_long", "missed_wake", "missed_promise", "no_due", "contradictory",
    "snoozed_late",
)  # fmt: skip
"""As on the screen, but for what is stuck in sync: that is known of now only, and figures can be of any instant."""


class Standing(NamedTuple):
    """The instants of a cycle that only the radar looks at, as `domain/ranking.Standing` names them."""

    promise_ms: int | None
    due_ms: int | None
    next_ms: int | None
    paused_ms: int | None
    paused_until_ms: int | None
    pause_limit_ms: int | None
    snoozed_until_ms: int | None
    opposed_ms: int | None


def groups(cycle: Cycle, at: Standing, clocks: Mapping[str, Column], now_ms: int) -> tuple[str, ...]:
    """The groups that the cycle is in, in the order of `GROUPS`."""
    if not cycle.open:
        return ("missed_wake",) if _before(cycle.wake_ms, now_ms) else ()
    holds = {
        "untouched": cycle.first_touch_ms is None and _before(at.due_ms, now_ms),
        "ownerless": not cycle.owner,
        "paused_too_long": _paused_too_long(at, now_ms),
        "missed_wake": _before(cycle.wake_ms, now_ms),
        "missed_promise": _before(at.promise_ms, now_ms),
        "no_due": (at.due_ms is None and at.next_ms is None) or _never_due(cycle, clocks),
        "contradictory": at.opposed_ms is not None or _impossible(cycle, now_ms),
        "snoozed_late": _after(at.snoozed_until_ms, now_ms) and _before(at.due_ms, now_ms),
    }
    return tuple(name for name in GROUPS if holds[name])


def _paused_too_long(at: Standing, now_ms: int) -> bool:
    if at.paused_ms is None or at.paused_until_ms is None or at.pause_limit_ms is None:
        return False
    return at.paused_ms <= now_ms < at.paused_until_ms and at.paused_until_ms > at.pause_limit_ms


def _never_due(cycle: Cycle, clocks: Mapping[str, Column]) -> bool:
    """Whether a clock runs that no opening ends."""
    index = cycle.index
    return any(
        column.started[index] != NONE
        and column.due[index] == column.stopped[index] == NONE
        and not column.cancelled[index]
        for column in clocks.values()
    )


def _impossible(cycle: Cycle, now_ms: int) -> bool:
    """Whether its times cannot be true: in the future, or worked before it was handed off."""
    latest = now_ms + CLOCK_TOLERANCE_MS
    earliest = cycle.handed_off_ms - CLOCK_TOLERANCE_MS
    late = any(_after(at, latest) for at in (cycle.handed_off_ms, cycle.accepted_ms, cycle.last_touch_ms))
    return late or any(_before(at, earliest) for at in (cycle.accepted_ms, cycle.first_touch_ms))


def _before(instant_ms: int | None, now_ms: int) -> bool:
    return instant_ms is not None and instant_ms < now_ms


def _after(instant_ms: int | None, now_ms: int) -> bool:
    return instant_ms is not None and instant_ms > now_ms
