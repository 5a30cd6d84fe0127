"""When a lead waits for a reason that both teams accept, and how much of that waiting counts.

A pause is never accumulated: it is derived from events each time, so a policy that changes while a lead is paused
cannot forget it (field.md, E15). It is counted in the clock's own time, so a pause over a week-end credits nothing to a
clock of business hours (E17).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.domain.calendar import Calendar
    from leadq.domain.contract import Duration, PauseRules

Span = tuple[int, int]

TOO_LONG_MS: Final = 10 * 86_400_000
"""After ten days in a row, whatever the contract allows, a pause is on the radar (field.md 1c)."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What a rep asked for: from one instant to another at the latest, or until somebody resumed. Milliseconds UTC."""

    from_ms: int
    until_ms: int
    reason: str
    resumed_ms: int | None = None

    @property
    def end_ms(self) -> int:
        """When it ended or will end by itself; never before it began."""
        end_ms = self.until_ms if self.resumed_ms is None else min(self.until_ms, self.resumed_ms)
        return max(self.from_ms, end_ms)


def allowed(pauses: Sequence[Pause], rules: PauseRules, calendar: Calendar) -> tuple[Span, ...]:
    """The spans that count, in order: overlaps once, each capped, and all of them together capped.

    What a rep asked for beyond a cap is time that runs: the clock goes on at the cap, by itself.
    """
    left = rules.max_total.days if rules.max_total else None
    spans: list[Span] = []
    for from_ms, to_ms in _merged(pauses, rules, calendar):
        if left is not None:
            to_ms = min(to_ms, _after(calendar, from_ms, left) or to_ms)
            left -= calendar.days_between(from_ms, to_ms)
        if to_ms > from_ms:
            spans.append((from_ms, to_ms))
    return tuple(spans)


def _merged(pauses: Sequence[Pause], rules: PauseRules, calendar: Calendar) -> list[Span]:
    merged: list[Span] = []
    for pause in sorted(pauses, key=lambda one: one.from_ms):
        span = (pause.from_ms, _capped(pause, rules.max_each, calendar))
        if merged and span[0] <= merged[-1][1]:
            span = (merged[-1][0], max(merged.pop()[1], span[1]))
        merged.append(span)
    return merged


def _capped(pause: Pause, cap: Duration | None, calendar: Calendar) -> int:
    if cap is None or cap.days is None:
        return pause.end_ms
    limit_ms = _after(calendar, pause.from_ms, cap.days)
    return pause.end_ms if limit_ms is None else min(pause.end_ms, limit_ms)


def _after(calendar: Calendar, from_ms: int, days: int) -> int | None:
    return calendar.add_days(from_ms, days) if days > 0 else from_ms


def put_off(instant_ms: int, spans: Sequence[Span], calendar: Calendar | None) -> int | None:
    """An instant that a clock would reach without pauses, put off by the paused time before it.

    Paused time is counted on `calendar` (None: wall time). A pause that begins after the instant, as it already was put
    off, changes nothing. None when the calendar does not open in time.
    """
    moved: int | None = instant_ms
    for from_ms, to_ms in spans:
        if moved is None or from_ms >= moved:
            break
        moved = moved + to_ms - from_ms if calendar is None else calendar.add(moved, calendar.elapsed(from_ms, to_ms))
    return moved


def limit(from_ms: int, rules: PauseRules, calendar: Calendar) -> int:
    """Until when a pause that began at `from_ms` may go on quietly: ten days, or the contract's longest if shorter.

    One pause is never longer than the contract says, but the next can begin before it ends, and so on.
    """
    days = rules.max_each.days if rules.max_each else None
    longest_ms = None if days is None else _after(calendar, from_ms, days)
    return from_ms + TOO_LONG_MS if longest_ms is None else min(from_ms + TOO_LONG_MS, longest_ms)


def within(spans: Sequence[Span], now_ms: int) -> bool:
    """Whether `now_ms` lies in one of the spans; its end does not."""
    return any(from_ms <= now_ms < to_ms for from_ms, to_ms in spans)
