"""Which clocks a lead has, every instant at which one changes state, and its state at a given `now`.

Nothing here looks at the time of day: a clock is worked out once, when something happens to the lead, and from then on
its state is a comparison of stored instants with `now`. So a lead that nobody touches can never look fine because no
job ran (the defect that field.md 2g describes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadq.domain.calendar import Calendar
    from leadq.domain.contract import ClockTarget, Policy
    from leadq.domain.lead import Lead

ClockState = Literal["not_started", "running", "at_risk", "paused", "met", "breached_open", "met_late", "cancelled"]


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise of delay about one lead, as instants in milliseconds UTC.

    `due_ms` is inclusive: a touch at that millisecond is in time; None means that no opening comes within two years.
    `stale_ms` is one business day after the due instant: a breach younger than that can still be saved. `at_risk_ms`
    are the instants at which agreed shares of the budget are used up.
    """

    kind: str
    policy: str
    contract: str
    calendar: str
    unit: str
    started_ms: int
    due_ms: int | None
    stale_ms: int | None
    at_risk_ms: tuple[int, ...] = ()
    stretch_ms: int | None = None
    stopped_ms: int | None = None
    cancelled: bool = False

    @property
    def running(self) -> bool:
        """Whether the clock still counts."""
        return self.stopped_ms is None and not self.cancelled

    def state(self, now_ms: int) -> ClockState:
        """Its state at `now_ms`."""
        if self.cancelled:
            return "cancelled"
        if self.stopped_ms is not None:
            return "met" if self.due_ms is None or self.stopped_ms <= self.due_ms else "met_late"
        if now_ms < self.started_ms:
            return "not_started"
        if self.due_ms is not None and now_ms > self.due_ms:
            return "breached_open"
        return "at_risk" if any(at <= now_ms for at in self.at_risk_ms) else "running"


@dataclass(frozen=True, slots=True)
class _Life:
    """When a clock of some kind starts and stops for a lead; `cancelled` when it stopped for another reason."""

    started_ms: int
    stopped_ms: int | None = None
    cancelled: bool = False


def clocks_of(lead: Lead, policy: Policy, calendar: Calendar) -> tuple[Clock, ...]:
    """The lead's clocks under `policy`, in the order of the kinds below."""
    return tuple(
        _clock(lead, policy, policy.clocks[kind], calendar, life(lead))
        for kind, life in _LIVES.items()
        if kind in policy.clocks
    )


def _clock(lead: Lead, policy: Policy, target: ClockTarget, calendar: Calendar, life: _Life) -> Clock:
    due_ms = due(target, calendar, life.started_ms)
    return Clock(
        kind=target.kind,
        policy=policy.id,
        contract=lead.handoff.contract,
        calendar=policy.calendar,
        unit=target.unit,
        started_ms=life.started_ms,
        due_ms=due_ms,
        stale_ms=None if due_ms is None else calendar.add_days(due_ms, 1),
        at_risk_ms=() if due_ms is None else at_risk(target, calendar, life.started_ms, due_ms, policy.at_risk),
        stretch_ms=None if target.stretch_ms is None else _after(target, calendar, life.started_ms, target.stretch_ms),
        stopped_ms=life.stopped_ms,
        cancelled=life.cancelled,
    )


def due(target: ClockTarget, calendar: Calendar, started_ms: int) -> int | None:
    """The due instant of a clock that starts at `started_ms`; None when the calendar does not open in time."""
    if target.days is not None:
        return calendar.add_days(started_ms, target.days)
    return None if target.amount_ms is None else _after(target, calendar, started_ms, target.amount_ms)


def _after(target: ClockTarget, calendar: Calendar, started_ms: int, budget_ms: int) -> int | None:
    return started_ms + budget_ms if target.unit == "wall" else calendar.add(started_ms, budget_ms)


def at_risk(
    target: ClockTarget, calendar: Calendar, started_ms: int, due_ms: int, shares: tuple[float, ...]
) -> tuple[int, ...]:
    """The instants at which each share of the budget is consumed; business time unless the clock is a wall clock."""
    if target.unit == "wall":
        return tuple(started_ms + round(share * (due_ms - started_ms)) for share in shares)
    budget_ms = calendar.elapsed(started_ms, due_ms)
    instants = (calendar.add(started_ms, round(share * budget_ms)) for share in shares)
    return tuple(at for at in instants if at is not None)


def budget_used(clock: Clock, calendar: Calendar | None, now_ms: int) -> float:
    """The share of the budget consumed at `now_ms`, or when the clock stopped; above 1 once overdue."""
    if clock.due_ms is None:
        return 0.0
    end_ms = max(clock.started_ms, now_ms if clock.stopped_ms is None else clock.stopped_ms)
    if clock.unit == "wall" or calendar is None:
        spent, budget = end_ms - clock.started_ms, clock.due_ms - clock.started_ms
    else:
        spent = calendar.elapsed(clock.started_ms, end_ms)
        budget = calendar.elapsed(clock.started_ms, clock.due_ms)
    return spent / budget if budget else float(end_ms > clock.due_ms)


def _accept(lead: Lead) -> _Life:
    """Runs from the handoff until the rep takes it or refuses it: both are an answer to the handoff."""
    answered = [at for at in (lead.accepted_ms, lead.first_touch_ms) if at is not None]
    if lead.verdict is not None:
        answered.append(lead.verdict.at_ms)
    return _Life(lead.handoff.at_ms, min(answered, default=None))


def _first_touch(lead: Lead) -> _Life:
    """Runs from the handoff to the first human outbound touch; a lead refused before any has nothing to touch."""
    untouched_end = not lead.open and lead.first_touch_ms is None
    stopped_ms = lead.verdict.at_ms if untouched_end and lead.verdict else lead.first_touch_ms
    return _Life(lead.handoff.at_ms, stopped_ms, cancelled=untouched_end)


def _disposition(lead: Lead) -> _Life:
    """Runs from the handoff to the verdict: no lead ends without a coded reason, and none stays open for ever."""
    return _Life(lead.handoff.at_ms, lead.verdict.at_ms if lead.verdict else None)


_LIVES: Final[Mapping[str, Callable[[Lead], _Life]]] = {
    "accept": _accept,
    "first_touch": _first_touch,
    "disposition": _disposition,
}
