"""Which open lead loses its owner because a clock ran out: the `do =` steps of a contract's escalation.

Only who had the lead when the clock ran out loses it. The lead's own clocks never restart, so they would take it from
the next owner at once; what runs for a new owner is their own clock (`owner_touch`), and its run has steps of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadq.domain import events as ev
from leadq.domain.events import voided

if TYPE_CHECKING:
    from leadq.domain.calendar import Calendar
    from leadq.domain.clocks import Clock
    from leadq.domain.events import Event
    from leadq.domain.lead import Lead
    from leadq.domain.team import Escalation, EscalationStep

REASSIGN = "reassign"


@dataclass(frozen=True, slots=True)
class Due:
    """A step whose time has come, of which run of which clock; `at_ms`: since when, milliseconds UTC."""

    step: EscalationStep
    clock: str
    started_ms: int
    at_ms: int

    @property
    def key(self) -> str:
        """What it is done once by, for one lead."""
        return f"{self.clock}:{self.started_ms}:{name(self.step)}"


def name(step: EscalationStep) -> str:
    """A step as the contract writes its moment: `breach+1bd`."""
    return f"{step.at}+{step.after.text}" if step.after else step.at


def due(
    lead: Lead,
    clocks: Iterable[tuple[Clock, Escalation, Calendar | None]],
    times: int,
    between: tuple[int, int],
) -> Due | None:
    """The step that is due first, of those whose time came in `between` (after the first instant, up to the second).

    Each clock comes with the escalation of its contract and its calendar; `times`: how often the lead was reassigned so
    far. One step at a time: with the next owner, the others are about somebody who has it no more.
    """
    if not (lead.open and lead.owner) or lead.owner_ms is None:
        return None
    after_ms, now_ms = between
    found = [
        Due(step, clock.kind, clock.started_ms, at_ms)
        for clock, escalation, calendar in clocks
        for step in escalation.steps
        if step.action == REASSIGN and (step.limit is None or times < step.limit)
        if (at_ms := _moment(step, clock, calendar, lead.owner_ms, waits=escalation.only_in_calendar)) is not None
        if after_ms < at_ms <= now_ms
    ]
    return min(found, key=lambda one: (one.at_ms, one.clock, one.key), default=None)


def _moment(step: EscalationStep, clock: Clock, calendar: Calendar | None, owner_ms: int, *, waits: bool) -> int | None:
    """When the step is taken; None when it is not: the clock runs no more, or ran out under somebody else."""
    ran_out_ms = clock.due_ms if step.at == "breach" else min(clock.at_risk_ms, default=None)
    if not clock.running or ran_out_ms is None or ran_out_ms < owner_ms:
        return None
    at_ms: int | None = ran_out_ms + (step.at == "breach")  # a due instant is still in time
    if step.after and step.after.days is not None:
        at_ms = calendar.add_days(ran_out_ms, step.after.days) if calendar else None
    if at_ms is None or not (waits and calendar):
        return at_ms
    opens_ms = calendar.next_opening(at_ms)
    return at_ms if opens_ms is None else opens_ms


def times(events: Sequence[Event]) -> int:
    """How often a lead was reassigned by a step, and that stands."""
    gone = voided(list(events))
    return sum(1 for one in events if one.type == ev.ASSIGNED and "step" in one.data and one.uid not in gone)
