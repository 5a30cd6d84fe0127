"""`explain` as text: the rank, the rules behind it, and for each clock one line a day of what was counted."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from leadq.explain import BANDS, say_why
from leadq.i18n import _
from leadq.saying import say_day, say_remaining, say_when
from leadq.words import CLOCKS, clock_state, labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from leadq.domain.calendar import Step
    from leadq.explain import ClockReason, Explanation
    from leadq.read import Moment


def told(found: Explanation, at: Moment) -> Iterator[str]:
    """The lines of one explanation."""
    yield from _rank(found, at)
    policy, contract = found.policy, found.contract
    yield _("Policy {policy} of contract {version}, because: {match}").format(
        policy=policy.id, version=contract.version, match=policy.match.text
    )
    for reason in found.clocks:
        yield ""
        yield from _clock(reason, found, at)


def _rank(found: Explanation, at: Moment) -> Iterator[str]:
    if found.rank is None:
        yield _("Lead {id} is closed: it has no rank.").format(id=found.lead_id)
        return
    rule, sorted_by = BANDS[found.band]
    yield _("Lead {id}: rank {rank} of {of} open leads, band {band}.").format(
        id=found.lead_id, rank=found.rank, of=found.of, band=found.band
    )
    yield labelled(found.band, _(rule))
    when = "" if found.sort_ms is None else f" ({say_when(found.sort_ms, at.zone, at.now_ms)})"
    yield _("Inside it: by {instant}{when}, then score, then handoff, then number.").format(
        instant=_(sorted_by), when=when
    )


def _clock(reason: ClockReason, found: Explanation, at: Moment) -> Iterator[str]:
    clock = reason.clock
    zone = found.contract.calendars[clock.calendar].zone
    yield labelled(_(CLOCKS[clock.kind]), f"{clock_state(clock.state(at.now_ms))} · {_target(reason)}")
    yield _("  calendar {calendar} ({zone})").format(calendar=clock.calendar, zone=zone)
    yield _("  started {when}").format(when=say_when(clock.started_ms, at.zone, at.now_ms))
    for day, steps in groupby(reason.steps, lambda step: _day(step, at)):
        yield from _counted(day, list(steps), at)
    if clock.at_risk_ms:
        instants = ", ".join(say_when(ms, at.zone, at.now_ms) for ms in clock.at_risk_ms)
        yield _("  at risk from {instants}").format(instants=instants)
    if clock.due_ms is None:
        yield _("  never due: the calendar does not open within two years")
    else:
        yield _("  due {when}").format(when=say_when(clock.due_ms, at.zone, at.now_ms))


def _target(reason: ClockReason) -> str:
    if reason.clock.unit == "wall":
        return _("{target}, every hour counts").format(target=reason.target)
    if reason.clock.unit == "bd":
        return _("{target}: business days, at the same time of day").format(target=reason.target)
    return _("{target} of opening hours").format(target=reason.target)


def _day(step: Step, at: Moment) -> date:
    return datetime.fromtimestamp(step.from_ms // 1000, UTC).astimezone(at.zone).date()


def _counted(day: date, steps: list[Step], at: Moment) -> Iterator[str]:
    """One local day: what was counted in it, or the reason why nothing was."""
    counted = [step for step in steps if step.counted_ms]
    if counted:
        begin, end = (
            say_when(counted[0].from_ms, at.zone, at.now_ms),
            say_when(counted[-1].to_ms, at.zone, at.now_ms),
        )
        length = say_remaining(sum(step.counted_ms for step in counted))
        yield "    " + labelled(f"{begin} - {end}", f"{length}{_why(counted)}")
    for step in steps:
        if step.why.startswith("holiday"):
            begin = say_day(step.from_ms, at.zone, at.now_ms)
            yield _("    {begin}: {why}, not counted").format(begin=begin, why=say_why(step.why))


def _why(steps: Iterable[Step]) -> str:
    return "".join(f" ({say_why(step.why)})" for step in steps if step.why == "wall")
