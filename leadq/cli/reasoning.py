"""`explain` as text: the rank, the rules behind it, and for each clock one line a day of what was counted."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from leadq.agreement import signed
from leadq.explain import BANDS, say_why
from leadq.i18n import _
from leadq.saying import say_day, say_remaining, say_span, say_when
from leadq.words import ALERTS, CLOCKS, clock_state, labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

    from leadq.domain.calendar import Step
    from leadq.domain.contract import Contract
    from leadq.explain import ClockReason, Explanation, Left
    from leadq.read import Moment


def told(found: Explanation, at: Moment) -> Iterator[str]:
    """The lines of one explanation."""
    yield from _rank(found, at)
    policy, contract = found.policy, found.contract
    yield _("Policy {policy} of contract {version}, because: {match}").format(
        policy=policy.id, version=contract.version, match=policy.match.text
    )
    yield signed(contract)
    for left in found.former:
        yield _former(left, found, at)
    for reason in found.clocks:
        yield ""
        yield from _clock(reason, found.contract, at)


def _former(left: Left, found: Explanation, at: Moment) -> str:
    when = say_when(left.until_ms, at.zone, at.now_ms)
    if left.policy == found.policy.id:
        return _("Until {when} it was under contract {version}.").format(when=when, version=left.contract.version)
    return _("Until {when} it was under policy {policy} of contract {version}: this one is shorter.").format(
        when=when, policy=left.policy, version=left.contract.version
    )


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


def _clock(reason: ClockReason, kept: Contract, at: Moment) -> Iterator[str]:
    clock = reason.clock
    zone = reason.contract.calendars[clock.calendar].zone
    yield labelled(_(CLOCKS[clock.kind]), f"{clock_state(clock.state(at.now_ms))} · {_target(reason)}")
    if reason.contract.hash != kept.hash:
        yield _("  stopped under contract {version}, which it keeps").format(version=reason.contract.version)
    yield _("  calendar {calendar} ({zone})").format(calendar=clock.calendar, zone=zone)
    yield _("  started {when}").format(when=say_when(clock.started_ms, at.zone, at.now_ms))
    yield from windows(reason.steps, at.zone, at.now_ms)
    if clock.at_risk_ms:
        instants = ", ".join(say_when(ms, at.zone, at.now_ms) for ms in clock.at_risk_ms)
        yield _("  at risk from {instants}").format(instants=instants)
    if clock.due_ms is None:
        yield _("  never due: the calendar does not open within two years")
    else:
        yield _("  due {when}").format(when=say_when(clock.due_ms, at.zone, at.now_ms))
    for alert in reason.alerts:
        said = _("  alerted {when}: {level}") if alert.rescinded_ms is None else _(
            "  alerted {when}: {level}, but in time after all"
        )  # fmt: skip
        yield said.format(when=say_when(alert.at_ms, at.zone, at.now_ms), level=_(ALERTS[alert.level]))


def _target(reason: ClockReason) -> str:
    if reason.clock.unit == "wall":
        return _("{target}, every hour counts").format(target=reason.target)
    if reason.clock.unit == "bd":
        return _("{target}: business days, at the same time of day").format(target=reason.target)
    return _("{target} of opening hours").format(target=reason.target)


def windows(steps: Iterable[Step], zone: ZoneInfo, now_ms: int) -> Iterator[str]:
    """One line for each local day on which time was counted, was paused, or was off by name."""

    def day(step: Step) -> date:
        return datetime.fromtimestamp(step.from_ms // 1000, UTC).astimezone(zone).date()

    for _date, of_day in groupby(steps, day):
        yield from _of_day(list(of_day), zone, now_ms)


def _of_day(steps: list[Step], zone: ZoneInfo, now_ms: int) -> Iterator[str]:
    counted = [step for step in steps if step.counted_ms]
    day = say_day(steps[0].from_ms, zone, now_ms)
    if counted:
        length = say_remaining(sum(step.counted_ms for step in counted))
        yield "    " + labelled(f"{day} {_spans(counted, zone, now_ms)}", f"{length}{_why(counted)}")
    paused = [step for step in steps if step.why == "paused"]
    if paused:
        yield _("    {when}: paused, not counted").format(when=f"{day} {_spans(paused, zone, now_ms)}")
    for step in steps:
        if step.why.startswith("holiday"):
            yield _("    {begin}: {why}, not counted").format(begin=day, why=say_why(step.why))


def _spans(steps: Iterable[Step], zone: ZoneInfo, now_ms: int) -> str:
    return ", ".join(say_span(step.from_ms, step.to_ms, zone, now_ms) for step in steps)


def _why(steps: Iterable[Step]) -> str:
    return f" ({say_why('wall')})" if any(step.why == "wall" for step in steps) else ""
