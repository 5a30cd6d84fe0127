"""Where a lead stands in the queue: bands first, then the due instant (field.md 6.4).

Sorting by «most overdue first» would starve fresh hot leads; bands keep what can still be saved on top. What the order
needs is worked out once per change, as a few instants on the lead (`Standing`); the queue is then one `CASE` over them
against one `now` (read.py). `band` and `rank` below are that rule in Python; a test holds the two to the same order.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from leadq.domain.bands import PROMISE_LEAD_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.domain.clocks import Clock
    from leadq.domain.lead import Lead

PLANNED: Final = "next_touch"
"""The kind of clock that is a plan: it has its own band, and is never at risk before its time."""

_NEVER: Final = 1 << 62
_FIRST: Final = itemgetter(0)


class Standing(NamedTuple):
    """The instants (milliseconds UTC, None: never) from which an open lead's band follows at any `now`.

    Over the running clocks: `due_ms` and `last_due_ms` are the earliest and the latest due instant, `mid_due_ms` the
    latest one between them (None: two clocks or fewer), `risk_ms` the earliest at-risk instant and `last_risk_ms` that
    of the clock due last, `stale_ms` when the breach of the clock due first gets older than a business day.
    `hot_due_ms` is the due instant of a hot lead's first touch, `next_ms` the next planned touch: promised, or by the
    cadence; a plan is not a budget, so it is in none of the others. From `paused_ms` to `paused_until_ms` nothing runs,
    which is too long after `pause_limit_ms`.
    Until `snoozed_until_ms` somebody put it out of sight: its clocks run on, and one at risk brings it back. None of
    these instants moves until an event does.
    """

    reply_ms: int | None = None
    promise_ms: int | None = None
    hot_due_ms: int | None = None
    risk_ms: int | None = None
    due_ms: int | None = None
    mid_due_ms: int | None = None
    last_due_ms: int | None = None
    last_risk_ms: int | None = None
    stale_ms: int | None = None
    next_ms: int | None = None
    paused_ms: int | None = None
    paused_until_ms: int | None = None
    pause_limit_ms: int | None = None
    snoozed_until_ms: int | None = None


def standing(lead: Lead, clocks: Sequence[Clock]) -> Standing:
    """The instants of an open lead; a closed one has no place in the queue."""
    if not lead.open:
        return Standing()
    counted = [c for c in clocks if c.running and c.kind != PLANNED]
    running = sorted([(c.due_ms, c) for c in counted if c.due_ms is not None], key=_FIRST)
    planned = [c.due_ms for c in clocks if c.running and c.kind == PLANNED]
    paused_ms, paused_until_ms, pause_limit_ms = _pause(counted)
    hot = [due_ms for due_ms, c in running if c.kind == "first_touch" and lead.handoff.tier == "hot"]
    return Standing(
        reply_ms=lead.reply_ms,
        promise_ms=lead.promise_ms,
        hot_due_ms=hot[0] if hot else None,
        risk_ms=min([c.at_risk_ms[0] for _due, c in running if c.at_risk_ms], default=None),
        due_ms=running[0][0] if running else None,
        mid_due_ms=running[-2][0] if len(running) > 2 else None,
        last_due_ms=running[-1][0] if running else None,
        last_risk_ms=running[-1][1].at_risk_ms[0] if running and running[-1][1].at_risk_ms else None,
        stale_ms=running[0][1].stale_ms if running else None,
        next_ms=planned[0] if planned else lead.promise_ms,
        paused_ms=paused_ms,
        paused_until_ms=paused_until_ms,
        pause_limit_ms=pause_limit_ms,
        snoozed_until_ms=lead.snoozed_until_ms,
    )


def _pause(running: Sequence[Clock]) -> tuple[int | None, int | None, int | None]:
    """The newest span in which every running clock is paused, and its limit.

    A lead with one that runs on is not out of sight.
    """
    for clock in running:
        if not clock.pauses:
            return None, None, None
    if not running:
        return None, None, None
    return (
        max(clock.pauses[-1][0] for clock in running),
        min(clock.pauses[-1][1] for clock in running),
        min((clock.pause_limit_ms for clock in running if clock.pause_limit_ms is not None), default=None),
    )


def band(at: Standing, clocks: Sequence[Clock], now_ms: int, day_end_ms: int) -> str:
    """The band of an open lead at `now_ms`; `day_end_ms` is the last instant of the day in the contract's zone."""
    late = at.due_ms is not None and now_ms > at.due_ms
    fresh = at.stale_ms is not None and now_ms <= at.stale_ms
    at_risk = any(_in_risk(clock, now_ms) for clock in clocks if clock.kind != PLANNED)
    rules = (
        ("B0", at.reply_ms is not None or _by(at.promise_ms, now_ms + PROMISE_LEAD_MS)),
        ("B7", _by(at.paused_ms, now_ms) and at.paused_until_ms is not None and now_ms < at.paused_until_ms),
        ("B1", at.hot_due_ms is not None and now_ms <= at.hot_due_ms),
        ("B2", at_risk and (fresh or not late)),
        ("B7", at.snoozed_until_ms is not None and now_ms < at.snoozed_until_ms),
        ("B3", late and fresh),
        ("B4", not late and _by(at.due_ms, day_end_ms)),
        ("B5", _by(at.next_ms, day_end_ms)),
        ("B6", late),
    )
    return next((name for name, holds in rules if holds), "B7")


def _in_risk(clock: Clock, now_ms: int) -> bool:
    """Between its first at-risk instant and its due one, by the instants alone."""
    if not clock.running or clock.due_ms is None or not clock.at_risk_ms:
        return False
    return clock.at_risk_ms[0] <= now_ms <= clock.due_ms


def _by(instant_ms: int | None, limit_ms: int) -> bool:
    return instant_ms is not None and instant_ms <= limit_ms


def rank(
    at: Standing, band_name: str, score: float | None, handed_off_ms: int, lead_id: int
) -> tuple[str, int, float, int, int]:
    """The sort key of the whole queue: a total order, so that two screens never disagree."""
    return (band_name, _instant(at, band_name), -(score or 0), handed_off_ms, lead_id)


def _instant(at: Standing, band_name: str) -> int:
    """What the band sorts by. In B3 the newest breach comes first: it is the one most likely to be saved."""
    if band_name == "B0":
        return min(_or_never(at.reply_ms), _or_never(at.promise_ms))
    if band_name == "B1":
        return _or_never(at.hot_due_ms)
    if band_name == "B3":
        return -_or_never(at.due_ms)
    return _or_never(at.next_ms if band_name == "B5" else at.due_ms)


def _or_never(instant_ms: int | None) -> int:
    return _NEVER if instant_ms is None else instant_ms
