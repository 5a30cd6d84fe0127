"""Which clocks a lead has, every instant at which one changes state, and its state at a given `now`.

Nothing here looks at the time of day: a clock is worked out once, when something happens to the lead, and from then on
its state is a comparison of stored instants with `now`. So a lead that nobody touches can never look fine because no
job ran (the defect that field.md 2g describes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from leadq.domain.calendar import Calendar
from leadq.domain.contract import ClockTarget, Duration, PauseRules, Policy
from leadq.domain.lead import Lead
from leadq.domain.pauses import Pause, Span, allowed, limit, put_off, within

ClockState = Literal["not_started", "running", "at_risk", "paused", "met", "breached_open", "met_late", "cancelled"]


class Clock(NamedTuple):
    """One promise of delay about one lead, as instants in milliseconds UTC.

    `due_ms` is inclusive: a touch at that millisecond is in time; None means that no opening comes within two years.
    `stale_ms` is one business day after the due instant: a breach younger than that can still be saved. `at_risk_ms`
    are the instants at which agreed shares of the budget are used up. `pauses` are the spans that put all of these off;
    `pause_limit_ms` is until when the newest may last without being too long.
    A tuple, as `_Life` is: a fold makes several of each, and frozen dataclasses of this size take four times as long.
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
    pauses: tuple[Span, ...] = ()
    pause_limit_ms: int | None = None

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
        if within(self.pauses, now_ms):
            return "paused"
        return "at_risk" if any(at <= now_ms for at in self.at_risk_ms) else "running"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the contract says of a lead's clocks: its policy, on which calendar, and what may pause them."""

    policy: Policy
    calendar: Calendar
    pause: PauseRules


class _Life(NamedTuple):
    """When a clock of some kind starts and stops for a lead; `cancelled` when it stopped for another reason.

    `due_ms` is an instant that somebody promised, instead of a budget; `step` is the cadence's budget of this life.
    """

    started_ms: int
    stopped_ms: int | None = None
    cancelled: bool = False
    due_ms: int | None = None
    step: Duration | None = None

    def ends_in(self, since_ms: int | None, until_ms: int | None) -> bool:
        """Whether it stopped after `since_ms`, and by `until_ms` at the latest; None for no bound."""
        if self.stopped_ms is None:
            return until_ms is None
        return (since_ms is None or self.stopped_ms > since_ms) and (until_ms is None or self.stopped_ms <= until_ms)


def clocks_of(lead: Lead, rules: Rules) -> tuple[Clock, ...]:
    """The lead's clocks under `rules`, in the order of the kinds below; a clock that never started is not there."""
    return tuple(_clocks(lead, rules, lead.handoff.contract, _lives(lead, rules.policy)).values())


def clocks_of_cycle(lead: Lead, rules_of: Callable[[str, str], Rules]) -> tuple[Clock, ...]:
    """The lead's clocks under all rules that its cycle has kept; `rules_of` takes a contract's hash and a policy's id.

    Other rules move clocks that run. One that had stopped by then stays what it was: met stays met, late stays late,
    and what nobody had promised when it happened is no clock.
    """
    handoff = lead.handoff
    if not lead.former:
        return clocks_of(lead, rules_of(handoff.contract, handoff.policy))
    found: dict[str, Clock] = {}
    since_ms = None
    for digest, policy, until_ms in (*lead.former, (handoff.contract, handoff.policy, None)):
        rules = rules_of(digest, policy)
        lives = {kind: life for kind, life in _lives(lead, rules.policy).items() if life.ends_in(since_ms, until_ms)}
        found |= _clocks(lead, rules, digest, lives)
        since_ms = until_ms
    return tuple(found[kind] for kind in _LIVES if kind in found)


def _lives(lead: Lead, policy: Policy) -> dict[str, _Life]:
    lives: dict[str, _Life] = {}
    for kind, life_of in _LIVES.items():  # a loop: two comprehensions cost a tenth of an import more
        if kind in policy.clocks and (life := life_of(lead, policy)):
            lives[kind] = life
    return lives


def _clocks(lead: Lead, rules: Rules, contract: str, lives: Mapping[str, _Life]) -> dict[str, Clock]:
    spans = allowed(lead.pauses, rules.pause, rules.calendar) if lead.pauses and lives else ()
    clocks = {kind: _clock(contract, rules, rules.policy.clocks[kind], life, spans) for kind, life in lives.items()}
    if lead.deadlines or lead.state == "merged" or lead.departure:
        return {kind: _beside_another(clock, lead) for kind, clock in clocks.items()}
    return clocks


def _beside_another(clock: Clock, lead: Lead) -> Clock:
    """Two leads became one: the tombstone's clocks end, and the survivor keeps the shorter of two live deadlines.

    Those of a lead that left for elsewhere end too: nobody here can keep them.
    """
    if not clock.running:
        return clock
    if lead.state == "merged" or lead.departure:
        return clock._replace(cancelled=True)
    due_ms = lead.deadlines.get(clock.kind)
    if due_ms is None or (clock.due_ms is not None and clock.due_ms <= due_ms):
        return clock
    return clock._replace(due_ms=due_ms, at_risk_ms=tuple(at for at in clock.at_risk_ms if at < due_ms))


def clocks_at(handed_off_ms: int, like: Sequence[Clock], rules: Rules) -> tuple[Clock, ...]:
    """The clocks of a lead handed off at another instant than one with the clocks `like`; to neither happened anything.

    So each of them begins with the handoff. Working out the whole lead costs twice as much.
    """
    life, targets = _Life(handed_off_ms), rules.policy.clocks
    return tuple([_clock(clock.contract, rules, targets[clock.kind], life, ()) for clock in like])


def clock_from(target: ClockTarget, rules: Rules, started_ms: int, pauses: Sequence[Pause]) -> Clock:
    """A clock without a lead: `target`, or the first step of its cadence, from `started_ms` on; it still runs."""
    spans = allowed(pauses, rules.pause, rules.calendar)
    step = target.cadence[0] if target.cadence else None
    return _clock("", rules, target, _Life(started_ms, step=step), spans)


def _clock(contract: str, rules: Rules, target: ClockTarget, life: _Life, spans: tuple[Span, ...]) -> Clock:
    if life.step:
        target = _with_step(target, life.step)
    calendar, started_ms = rules.calendar, life.started_ms
    paused = _felt(target, rules.pause, spans, life) if spans else ()
    budget_ends_ms = due(target, calendar, started_ms)
    stretch_ms = _stretch(target, calendar, started_ms)
    at_risk_ms = () if target.kind == "next_touch" else _at_risk(target, rules, started_ms, budget_ends_ms)
    if paused:
        own_time = None if target.unit == "wall" else calendar
        budget_ends_ms = _put(budget_ends_ms, paused, own_time)
        stretch_ms = _put(stretch_ms, paused, own_time)
        at_risk_ms = [_put(at, paused, own_time) for at in at_risk_ms]
    due_ms = life.due_ms if life.due_ms is not None else budget_ends_ms
    return Clock(  # by position: names would take a third of the time, and a fold makes several
        target.kind,
        rules.policy.id,
        contract,
        rules.policy.calendar,
        target.unit,
        started_ms,
        due_ms,
        None if due_ms is None else calendar.add_days(due_ms, 1),
        tuple([at for at in at_risk_ms if at is not None]),
        stretch_ms,
        life.stopped_ms,
        life.cancelled,
        paused,
        limit(spans[-1][0], rules.pause, calendar) if paused else None,
    )


def _felt(target: ClockTarget, rules: PauseRules, spans: Sequence[Span], life: _Life) -> tuple[Span, ...]:
    """The spans that this clock feels: none unless it is pausable, and only from its start to its stop."""
    if not target.pausable or (target.kind == "first_touch" and not rules.first_touch):
        return ()
    end_ms = life.stopped_ms
    clipped = ((max(a, life.started_ms), b if end_ms is None else min(b, end_ms)) for a, b in spans)
    return tuple((a, b) for a, b in clipped if a < b)


def _put(instant_ms: int | None, paused: Sequence[Span], own_time: Calendar | None) -> int | None:
    return None if instant_ms is None else put_off(instant_ms, paused, own_time)


def _with_step(target: ClockTarget, step: Duration) -> ClockTarget:
    unit = "bd" if step.days is not None else target.unit
    return replace(target, amount_ms=step.amount_ms, days=step.days, unit=unit, cadence=())


def due(target: ClockTarget, calendar: Calendar, started_ms: int) -> int | None:
    """The due instant of a clock that starts at `started_ms`; None when the calendar does not open in time."""
    if target.days is not None:
        return calendar.add_days(started_ms, target.days)
    return None if target.amount_ms is None else _after(target, calendar, started_ms, target.amount_ms)


def _after(target: ClockTarget, calendar: Calendar, started_ms: int, budget_ms: int) -> int | None:
    return started_ms + budget_ms if target.unit == "wall" else calendar.add(started_ms, budget_ms)


def _stretch(target: ClockTarget, calendar: Calendar, started_ms: int) -> int | None:
    return None if target.stretch_ms is None else _after(target, calendar, started_ms, target.stretch_ms)


def _at_risk(target: ClockTarget, rules: Rules, started_ms: int, end_ms: int | None) -> Sequence[int | None]:
    """The instants at which each share of the budget is consumed; business time unless the clock is a wall clock."""
    shares, calendar = rules.policy.at_risk, rules.calendar
    if end_ms is None or not shares:
        return ()
    # What lies between the start and the end of a budget is the budget: only one in days is not known before.
    if target.days is None:
        budget_ms = target.amount_ms or 0
    else:
        budget_ms = _lasted(None if target.unit == "wall" else calendar, started_ms, end_ms)
    return [_after(target, calendar, started_ms, round(share * budget_ms)) for share in shares]


def budget_used(clock: Clock, calendar: Calendar | None, now_ms: int) -> float:
    """The share of the budget consumed at `now_ms`, or when the clock stopped; above 1 once overdue.

    `calendar` None counts wall time. Paused time consumes nothing.
    """
    if clock.due_ms is None:
        return 0.0
    end_ms = max(clock.started_ms, now_ms if clock.stopped_ms is None else clock.stopped_ms)
    own_time = None if clock.unit == "wall" else calendar
    spent = _consumed(clock, own_time, end_ms)
    budget = _consumed(clock, own_time, clock.due_ms)
    return spent / budget if budget else float(end_ms > clock.due_ms)


def _consumed(clock: Clock, own_time: Calendar | None, until_ms: int) -> int:
    paused = sum(_lasted(own_time, a, min(b, until_ms)) for a, b in clock.pauses)
    return _lasted(own_time, clock.started_ms, until_ms) - paused


def _lasted(own_time: Calendar | None, from_ms: int, to_ms: int) -> int:
    return max(0, to_ms - from_ms) if own_time is None else own_time.elapsed(from_ms, to_ms)


def _accept(lead: Lead, policy: Policy) -> _Life:
    """Runs from the handoff until the rep takes it or refuses it: both are an answer to the handoff."""
    answered = [at for at in (lead.accepted_ms, lead.first_touch_ms) if at is not None]
    if lead.verdict is not None:
        answered.append(lead.verdict.at_ms)
    return _Life(lead.handoff.at_ms, min(answered, default=None))


def _first_touch(lead: Lead, policy: Policy) -> _Life:
    """Runs from the handoff to the first human outbound touch; a lead refused before any has nothing to touch."""
    return _until_touch(lead, lead.handoff.at_ms, lead.first_touch_ms)


def starts_with_an_owner(policy: Policy) -> bool:
    """Whether a lead of `policy` has a clock more once somebody owns it; all the others are the same either way."""
    return "owner_touch" in policy.clocks


def _owner_touch(lead: Lead, policy: Policy) -> _Life | None:
    """Runs from the moment the owner has the lead; a new owner starts afresh, the lead's own clocks never do."""
    if lead.owner_ms is None:
        return None
    since_ms = lead.owner_ms
    first_ms = min((touch.at_ms for touch in lead.attempts if touch.at_ms >= since_ms), default=None)
    return _until_touch(lead, since_ms, first_ms)


def _until_touch(lead: Lead, started_ms: int, touched_ms: int | None) -> _Life:
    gone = touched_ms is None and lead.verdict is not None
    stopped_ms = lead.verdict.at_ms if gone and lead.verdict else touched_ms
    return _Life(started_ms, stopped_ms, cancelled=gone)


def _reply(lead: Lead, policy: Policy) -> _Life | None:
    """Runs from the first word of the prospect that nobody has answered to the answer: the newest such time."""
    episode = lead.last_reply
    return None if episode is None else _until_touch(lead, *episode)


def _next_touch(lead: Lead, policy: Policy) -> _Life | None:
    """Runs from the last attempt to the next one: to the instant promised, else by the cadence's next step."""
    tries = sorted(touch.at_ms for touch in lead.attempts)
    cadence = policy.clocks["next_touch"].cadence
    if not lead.open or not tries:
        return None
    if lead.promise_ms is not None:
        return _Life(tries[-1], due_ms=lead.promise_ms)
    return _Life(tries[-1], step=cadence[len(tries) - 1]) if len(tries) <= len(cadence) else None


def _disposition(lead: Lead, policy: Policy) -> _Life:
    """Runs from the handoff to the verdict: no lead ends without a coded reason, and none stays open for ever.

    A lead that the account executive gave back needs another verdict, from then on.
    """
    return _Life(lead.returned_ms or lead.handoff.at_ms, lead.verdict.at_ms if lead.verdict else None)


_LIVES: Final[Mapping[str, Callable[[Lead, Policy], _Life | None]]] = {
    "accept": _accept,
    "first_touch": _first_touch,
    "owner_touch": _owner_touch,
    "reply": _reply,
    "next_touch": _next_touch,
    "disposition": _disposition,
}
