"""The clock without a lead: when would it be due, how much open time lies between, under any contract file.

No home is needed: the calendar is compiled for the question and forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leadq.domain.calendar import Calendar, CalendarSpec, Step, compile_year
from leadq.domain.clocks import Clock, Rules, clock_from
from leadq.domain.compile_calendar import years_around
from leadq.domain.contract import Contract, Policy
from leadq.domain.pauses import Pause
from leadq.errors import Exit, LeadqError
from leadq.i18n import _


@dataclass(frozen=True, slots=True)
class Answer:
    """A clock as it would run, and the time that was counted or not on the way to its due instant."""

    clock: Clock
    calendar: Calendar
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Open time and wall time between two instants, in milliseconds."""

    business_ms: int
    wall_ms: int


def due(contract: Contract, policy_id: str, kind: str, start_ms: int, pauses: Sequence[Pause] = ()) -> Answer:
    """When the clock `kind` of a policy is due if it starts at `start_ms` and its lead is paused so.

    Raises LeadqError `unknown_policy` or `unknown_clock` (2).
    """
    policy = find_policy(contract, policy_id)
    if kind not in policy.clocks:
        message = _("Policy {policy} has no clock “{name}”.").format(policy=policy.id, name=kind)
        raise LeadqError("unknown_clock", message, hint=_there_is(policy.clocks), exit_status=Exit.USAGE)
    end_ms = max((pause.end_ms for pause in pauses), default=start_ms)
    calendar = compiled(contract.calendars[policy.calendar], start_ms, end_ms)
    clock = clock_from(policy.clocks[kind], Rules(policy, calendar, contract.pause), start_ms, pauses)
    return Answer(clock, calendar, steps(clock, calendar))


def elapsed(contract: Contract, name: str, from_ms: int, to_ms: int) -> Elapsed:
    """Open and wall time between two instants on the calendar `name`. Raises LeadqError `unknown_calendar` (2)."""
    calendar = compiled(calendar_spec(contract, name), from_ms, to_ms)
    return Elapsed(calendar.elapsed(from_ms, to_ms), max(0, to_ms - from_ms))


def steps(clock: Clock, calendar: Calendar | None) -> tuple[Step, ...]:
    """The way from a clock's start to its due instant, cut where something begins or stops to count."""
    if clock.due_ms is None:
        return ()
    if clock.unit == "wall" or calendar is None:
        whole: tuple[Step, ...] = (Step(clock.started_ms, clock.due_ms, clock.due_ms - clock.started_ms, "wall"),)
    else:
        whole = calendar.steps(clock.started_ms, clock.due_ms)
    for from_ms, to_ms in clock.pauses:
        whole = tuple(piece for step in whole for piece in _without(step, from_ms, to_ms))
    return whole


def _without(step: Step, from_ms: int, to_ms: int) -> tuple[Step, ...]:
    """A step with a pause cut out of it; what does not count anyway is left whole."""
    begin, end = max(step.from_ms, from_ms), min(step.to_ms, to_ms)
    if begin >= end or not step.counted_ms:
        return (step,)
    pieces = (
        Step(step.from_ms, begin, begin - step.from_ms, step.why),
        Step(begin, end, 0, "paused"),
        Step(end, step.to_ms, step.to_ms - end, step.why),
    )
    return tuple(piece for piece in pieces if piece.to_ms > piece.from_ms)


def compiled(spec: CalendarSpec, from_ms: int, to_ms: int) -> Calendar:
    """A calendar over the years that a question about these instants can reach."""
    return Calendar(spec, [compile_year(spec, year) for year in years_around(from_ms, to_ms)])


def everybodys(contract: Contract, now_ms: int) -> Calendar:
    """The calendar of the contract's last policy, which is everybody's, around now."""
    return compiled(contract.calendars[contract.policies[-1].calendar], now_ms, now_ms)


def calendar_spec(contract: Contract, name: str) -> CalendarSpec:
    """The calendar `name` of a contract. Raises LeadqError `unknown_calendar` (2)."""
    if name not in contract.calendars:
        message = _("There is no calendar “{name}”.").format(name=name)
        raise LeadqError("unknown_calendar", message, hint=_there_is(contract.calendars), exit_status=Exit.USAGE)
    return contract.calendars[name]


def find_policy(contract: Contract, policy_id: str) -> Policy:
    """The policy `policy_id` of a contract. Raises LeadqError `unknown_policy` (2)."""
    policies = {policy.id: policy for policy in contract.policies}
    if policy_id not in policies:
        message = _("There is no policy “{name}”.").format(name=policy_id)
        raise LeadqError("unknown_policy", message, hint=_there_is(policies), exit_status=Exit.USAGE)
    return policies[policy_id]


def _there_is(known: Iterable[str]) -> str:
    return _("There is: {known}.").format(known=", ".join(known))
