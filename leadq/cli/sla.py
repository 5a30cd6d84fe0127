"""`sla due` and `sla elapsed`: the clock without a lead, under any contract, in the calendar's own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from leadq import sla as rules
from leadq.agreement import target_text
from leadq.cli.base import Group, Session, command, option
from leadq.cli.output import emit
from leadq.cli.reasoning import windows
from leadq.cli.versions import asked_for
from leadq.domain.pauses import Pause
from leadq.errors import Exit, LeadqError
from leadq.explain import step_shape
from leadq.i18n import N_, _
from leadq.saying import say_remaining, say_when
from leadq.when import BadWhen, parse_when
from leadq.words import CLOCKS, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.domain.calendar import Calendar, CalendarSpec
    from leadq.domain.contract import Contract

_contract = option("--contract", metavar="FILE", help=N_("Under this contract file (else the one in force)."))


@command("due", help=N_("Say when a clock would be due, and which time counts until then."))
@option("--policy", required=True, metavar="POLICY", help=N_("The policy, by its id."))
@option("--clock", required=True, metavar="CLOCK", help=N_("The clock: accept, first_touch, disposition..."))
@option("--start", required=True, metavar="WHEN", help=N_("When it starts."))
@option(
    "--pause", "pauses", multiple=True, metavar="FROM/TO", help=N_("A pause from one instant to another; repeatable.")
)
@_contract
def due(session: Session, policy: str, clock: str, start: str, pauses: Sequence[str], contract: str | None) -> None:
    """Print the due instant and the steps to it."""
    agreed = asked_for(session, contract)
    spec = agreed.calendars[rules.find_policy(agreed, policy).calendar]
    there = _There.of(session, spec)
    answer = rules.due(agreed, policy, clock, there(start), [_pause(text, there) for text in pauses])
    told = _due_told(answer, agreed, there, paused=bool(pauses))
    emit(_due_shape(answer, there), told, as_json=session.as_json)


@command("elapsed", help=N_("Say how much open time lies between two instants."))
@option("--calendar", required=True, metavar="CALENDAR", help=N_("The calendar, by its name."))
@option("--from", "from_", required=True, metavar="WHEN", help=N_("From when."))
@option("--to", required=True, metavar="WHEN", help=N_("Until when."))
@_contract
def elapsed(session: Session, calendar: str, from_: str, to: str, contract: str | None) -> None:
    """Print the open time and the wall time."""
    agreed = asked_for(session, contract)
    there = _There.of(session, rules.calendar_spec(agreed, calendar))
    found = rules.elapsed(agreed, calendar, there(from_), there(to))
    value = {"business_s": found.business_ms // 1000, "wall_s": found.wall_ms // 1000}
    told = _("{open} of opening hours, {wall} on the wall clock").format(
        open=say_remaining(found.business_ms), wall=say_remaining(found.wall_ms)
    )
    emit(value, [told], as_json=session.as_json)


sla = Group(
    "sla",
    help=N_("The clock without a lead: under the contract in force, or under any other."),
    lazy={"due": f"{__name__}:due", "elapsed": f"{__name__}:elapsed", "replay": "leadq.cli.replaying:replay"},
)


@dataclass(frozen=True, slots=True)
class _There:
    """Where a question is asked: the calendar's zone, in which instants are read and written."""

    now_ms: int
    zone: ZoneInfo
    calendar: Calendar

    @classmethod
    def of(cls, session: Session, spec: CalendarSpec) -> _There:
        now_ms = session.clock.now_ms()
        return cls(now_ms, ZoneInfo(spec.zone), rules.compiled(spec, now_ms, now_ms))

    def __call__(self, text: str) -> int:
        """Milliseconds UTC of what was typed. Raises BadWhen."""
        return parse_when(text, now_ms=self.now_ms, zone=self.zone, calendar=self.calendar).ms

    def iso(self, ms: int) -> str:
        """`2026-05-15T10:00:00+02:00`: cut to the second, with the calendar's offset."""
        return datetime.fromtimestamp(ms // 1000, UTC).astimezone(self.zone).isoformat()

    def say(self, ms: int) -> str:
        """An instant as people say it."""
        return say_when(ms, self.zone, self.now_ms)


def _pause(text: str, there: _There) -> Pause:
    """FROM/TO; a date may have strokes of its own, so each of them may be the one between.

    Raises LeadqError `bad_pause` (2).
    """
    for at in (index for index, char in enumerate(text) if char == "/"):
        try:
            from_ms, to_ms = there(text[:at]), there(text[at + 1 :])
        except BadWhen:
            continue
        if from_ms < to_ms:
            return Pause(from_ms, to_ms, "")
    raise LeadqError(
        "bad_pause",
        _("“{text}” is not a pause.").format(text=text),
        hint=_("Write two instants, the earlier first: 2026-05-19T17:00/2026-05-20T10:00."),
        exit_status=Exit.USAGE,
    )


def _due_shape(answer: rules.Answer, there: _There) -> dict[str, Any]:
    clock = answer.clock
    return {
        "due_at": None if clock.due_ms is None else there.iso(clock.due_ms),
        "at_risk_at": [there.iso(ms) for ms in clock.at_risk_ms],
        "zone": there.zone.key,
        "steps": [step_shape(step, there.iso) for step in answer.steps],
    }


def _due_told(answer: rules.Answer, agreed: Contract, there: _There, *, paused: bool) -> Iterator[str]:
    clock = answer.clock
    policy = rules.find_policy(agreed, clock.policy)
    yield labelled(_(CLOCKS[clock.kind]), target_text(policy.clocks[clock.kind]))
    yield _("  calendar {calendar} ({zone})").format(calendar=clock.calendar, zone=there.zone.key)
    yield _("  started {when}").format(when=there.say(clock.started_ms))
    yield from windows(answer.steps, there.zone, there.now_ms)
    if paused and not clock.pauses:
        yield _("  a pause does not stop this clock")
    if clock.at_risk_ms:
        yield _("  at risk from {instants}").format(instants=", ".join(map(there.say, clock.at_risk_ms)))
    if clock.due_ms is None:
        yield _("  never due: the calendar does not open within two years")
    else:
        yield _("  due {when}").format(when=there.say(clock.due_ms))
