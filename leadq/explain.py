"""Why a lead is due when it is due, in this band and at this rank: the reasoning behind three numbers, step by step.

Nothing is worked out a second way here: the instants are the stored ones, the band and the rank come from the queue's
own SQL, and the steps are the windows of the calendar that the clock was computed with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq import read, views
from leadq.clock import iso
from leadq.domain.calendar import Step
from leadq.domain.contract import Duration
from leadq.domain.contract_file import read_contract
from leadq.domain.lead import fold
from leadq.i18n import N_, _, current
from leadq.ledger import history
from leadq.order import Filter

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from leadq.domain.calendar import Calendar
    from leadq.domain.clocks import Clock
    from leadq.domain.contract import Contract, Policy

WALL: Final = "wall"

BANDS: Final[Mapping[str, tuple[str, str]]] = {
    "B0": (
        N_("The prospect waits for an answer, or a promise is due within ten minutes."),
        N_("the waiting answer or the promise, whichever is earlier"),
    ),
    "B1": (N_("It is hot and its first touch is still in time."), N_("the due instant of the first touch")),
    "B2": (N_("One of its clocks is at risk."), N_("the earliest due instant")),
    "B3": (
        N_("It is late, but for less than a business day: it can still be saved."),
        N_("the earliest due instant, the newest first"),
    ),
    "B4": (N_("It is due today."), N_("the earliest due instant")),
    "B5": (N_("A promise is due today."), N_("the promise")),
    "B6": (N_("It is late for longer than a business day."), N_("the earliest due instant")),
    "B7": (N_("Nothing about it is due today."), N_("the earliest due instant")),
}
"""Band -> which of its rules applies, and what it is sorted by before score, handoff and number."""


@dataclass(frozen=True, slots=True)
class ClockReason:
    """One clock with what its due instant comes from: the target agreed, and the time that was counted or not."""

    clock: Clock
    target: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole reasoning about one lead.

    `rank` counts from 1 among the `of` open leads of all owners; with it go the `band` and the instant by which the
    band sorts. All three are empty for a closed lead.
    """

    lead_id: int
    rank: int | None
    of: int
    band: str
    sort_ms: int | None
    contract: Contract
    policy: Policy
    clocks: tuple[ClockReason, ...]


def explain(db: sqlite3.Connection, at: read.Moment, lead_id: int) -> Explanation:
    """The reasoning about the lead `lead_id` at one moment."""
    uid = db.execute("SELECT uid FROM lead WHERE id = ?", (lead_id,)).fetchone()[0]
    handoff = fold(history(db, uid)).handoff
    contract_id, contract = stored_contract(db, handoff.contract)
    policy = next(policy for policy in contract.policies if policy.id == handoff.policy)
    calendar = views.Calendars(db).named(contract_id, policy.calendar)
    clocks = tuple(_reason(clock, policy, calendar) for clock in views.clocks(db, lead_id))
    ids = read.queue_ids(db, at, Filter())
    if lead_id not in ids:
        return Explanation(lead_id, None, len(ids), "", None, contract, policy, clocks)
    line = read.lines(db, at, [lead_id])[lead_id]
    rank = ids.index(lead_id) + 1
    return Explanation(lead_id, rank, len(ids), line.band, _sort_ms(line, clocks), contract, policy, clocks)


def stored_contract(db: sqlite3.Connection, digest: str) -> tuple[int, Contract]:
    """The contract version with this hash, and its local id."""
    contract_id, text = db.execute("SELECT id, text FROM contract WHERE hash = ?", (digest,)).fetchone()
    contract = read_contract(text.encode("utf-8"), "contract", check_holidays=False).contract
    assert contract is not None, "a stored contract was valid when it was stored"
    return contract_id, contract


def _reason(clock: Clock, policy: Policy, calendar: Calendar | None) -> ClockReason:
    target = policy.clocks[clock.kind]
    return ClockReason(clock, Duration(target.amount_ms, target.days).text, _steps(clock, calendar))


def _steps(clock: Clock, calendar: Calendar | None) -> tuple[Step, ...]:
    if clock.due_ms is None:
        return ()
    if clock.unit == WALL or calendar is None:
        return (Step(clock.started_ms, clock.due_ms, clock.due_ms - clock.started_ms, WALL),)
    return calendar.steps(clock.started_ms, clock.due_ms)


def _sort_ms(line: read.Line, clocks: Sequence[ClockReason]) -> int | None:
    if line.band == "B0":
        return min((ms for ms in (line.reply_ms, line.promise_ms) if ms is not None), default=None)
    if line.band == "B1":
        return next((reason.clock.due_ms for reason in clocks if reason.clock.kind == "first_touch"), None)
    return line.promise_ms if line.band == "B5" else line.due_ms


def say_why(why: str) -> str:
    """Why a step counts or does not: `open` and `closed` as scripts know them, the rest in the user's language."""
    kind, _colon, names = why.partition(":")
    if kind == "holiday":
        english, _bar, french = names.partition("|")
        return french if current() == "fr" else english
    return _("every hour counts") if kind == WALL else kind


def as_shape(found: Explanation, at: read.Moment) -> dict[str, Any]:
    """The reasoning as `explain --json` prints it."""
    band = None
    if found.band:
        rule, sorted_by = BANDS[found.band]
        band = {"id": found.band, "rule": _(rule), "sorted_by": _(sorted_by), "sort_at": iso(found.sort_ms)}
    policy = {"id": found.policy.id, "match": found.policy.match.text, "tier": found.policy.tier}
    return {
        "lead": found.lead_id,
        "rank": found.rank,
        "of": found.of,
        "band": band,
        "policy": policy,
        "clocks": [_clock_shape(reason, found, at.now_ms) for reason in found.clocks],
    }


def _clock_shape(reason: ClockReason, found: Explanation, now_ms: int) -> dict[str, Any]:
    clock, contract = reason.clock, found.contract
    return {
        "kind": clock.kind,
        "state": clock.state(now_ms),
        "policy": clock.policy,
        "contract_version": contract.version,
        "calendar": clock.calendar,
        "zone": contract.calendars[clock.calendar].zone,
        "target": reason.target,
        "unit": clock.unit,
        "started_at": iso(clock.started_ms),
        "due_at": iso(clock.due_ms),
        "at_risk_at": [iso(ms) for ms in clock.at_risk_ms],
        "stopped_at": iso(clock.stopped_ms),
        "steps": [_step_shape(step) for step in reason.steps],
    }


def _step_shape(step: Step) -> dict[str, Any]:
    return {
        "from": iso(step.from_ms),
        "to": iso(step.to_ms),
        "counted_s": step.counted_ms // 1000,
        "why": say_why(step.why),
    }
