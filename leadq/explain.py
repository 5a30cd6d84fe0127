"""Why a lead is due when it is due, in this band and at this rank: the reasoning behind three numbers, step by step.

Nothing is worked out a second way here: the instants are the stored ones, the band and the rank come from the queue's
own SQL, and the steps are the windows of the calendar that the clock was computed with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq import read, views
from leadq.clock import iso
from leadq.domain import events as ev
from leadq.domain.calendar import Step
from leadq.domain.contract import Duration
from leadq.domain.folding import fold
from leadq.domain.signatures import standing
from leadq.i18n import N_, _, current
from leadq.ledger import history
from leadq.order import Filter
from leadq.rulebook import stored
from leadq.sla import steps

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadq.domain.clocks import Clock
    from leadq.domain.contract import ClockTarget, Contract, Policy
    from leadq.domain.events import Event

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
    "B5": (N_("The next touch is planned for today."), N_("the planned touch")),
    "B6": (N_("It is late for longer than a business day."), N_("the earliest due instant")),
    "B7": (N_("Nothing about it is due today, or it is paused."), N_("the earliest due instant")),
}
"""Band -> which of its rules applies, and what it is sorted by before score, handoff and number."""


@dataclass(frozen=True, slots=True)
class Alert:
    """When the rep was told of a clock, how it stood then, and when that turned out to be untrue (None: it did not)."""

    level: str
    at_ms: int
    rescinded_ms: int | None


@dataclass(frozen=True, slots=True)
class ClockReason:
    """One clock with what its due instant comes from: the target agreed, and the time that was counted or not."""

    clock: Clock
    contract: Contract
    target: str
    steps: tuple[Step, ...]
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """Rules that the lead no longer follows, and when it left them, in milliseconds UTC."""

    contract: Contract
    policy: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole reasoning about one lead.

    `rank` counts from 1 among the `of` open leads of all owners; with it go the `band` and the instant by which the
    band sorts. All three are empty for a closed lead. `former` are the rules it followed before, oldest first.
    """

    lead_id: int
    rank: int | None
    of: int
    band: str
    sort_ms: int | None
    contract: Contract
    policy: Policy
    clocks: tuple[ClockReason, ...]
    former: tuple[Left, ...]


def explain(db: sqlite3.Connection, at: read.Moment, lead_id: int) -> Explanation:
    """The reasoning about the lead `lead_id` at one moment."""
    uid = db.execute("SELECT uid FROM lead WHERE id = ?", (lead_id,)).fetchone()[0]
    events = history(db, uid)
    lead = fold(events)
    handoff = lead.handoff
    former = tuple(Left(stored_contract(db, one.contract)[1], one.policy, one.until_ms) for one in lead.former)
    contract = stored_contract(db, handoff.contract)[1]
    policy = next(policy for policy in contract.policies if policy.id == handoff.policy)
    calendars = views.Calendars(db)
    clocks = tuple(_reason(db, calendars, clock, events) for clock in views.clocks(db, lead_id))
    ids = read.queue_ids(db, at, Filter())
    if lead_id not in ids:
        return Explanation(lead_id, None, len(ids), "", None, contract, policy, clocks, former)
    line = read.lines(db, at, [lead_id])[lead_id]
    rank = ids.index(lead_id) + 1
    return Explanation(lead_id, rank, len(ids), line.band, _sort_ms(line, clocks), contract, policy, clocks, former)


def stored_contract(db: sqlite3.Connection, digest: str) -> tuple[int, Contract]:
    """The contract version with this hash, and its local id."""
    contract_id, text = db.execute("SELECT id, text FROM contract WHERE hash = ?", (digest,)).fetchone()
    return contract_id, stored(text)


def _reason(db: sqlite3.Connection, calendars: views.Calendars, clock: Clock, events: Sequence[Event]) -> ClockReason:
    """One clock, by the contract under which it runs or has stopped: a cycle may have moved on since."""
    contract_id, contract = stored_contract(db, clock.contract)
    target = next(policy for policy in contract.policies if policy.id == clock.policy).clocks[clock.kind]
    walked = steps(clock, calendars.named(contract_id, clock.calendar))
    return ClockReason(clock, contract, _target(target), walked, tuple(_alerts(clock, events)))


def _alerts(clock: Clock, events: Sequence[Event]) -> Iterator[Alert]:
    gone = ev.voided(list(events))
    untrue = {e.data["alert"]: e.recorded_ms for e in events if e.type == ev.RESCINDED and e.uid not in gone}
    for event in events:
        if event.type == ev.ALERTED and (event.data["clock"], event.data["contract"]) == (clock.kind, clock.contract):
            yield Alert(event.data["level"], event.recorded_ms, untrue.get(event.uid))


def _target(target: ClockTarget) -> str:
    return " ".join(step.text for step in target.cadence or (Duration(target.amount_ms, target.days),))


def _sort_ms(line: read.Line, clocks: Sequence[ClockReason]) -> int | None:
    if line.band == "B0":
        return min((ms for ms in (line.reply_ms, line.promise_ms) if ms is not None), default=None)
    if line.band == "B1":
        return next((reason.clock.due_ms for reason in clocks if reason.clock.kind == "first_touch"), None)
    return line.next_ms if line.band == "B5" else line.due_ms


def say_why(why: str) -> str:
    """Why a step counts or not: `open`, `closed`, `paused` as scripts know them, the rest in the user's language."""
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
        "contract": contract_shape(found.contract),
        "former": [
            {"policy": left.policy, "contract_version": left.contract.version, "until": iso(left.until_ms)}
            for left in found.former
        ],
        "clocks": [_clock_shape(reason, at.now_ms) for reason in found.clocks],
    }


def contract_shape(contract: Contract) -> dict[str, Any]:
    """Which text it was, and who agreed to it."""
    return {"version": contract.version, "hash": contract.hash, "signatures": signatures_shape(contract)}


def signatures_shape(contract: Contract) -> list[dict[str, Any]]:
    """Who signed; `valid` when it is this very text that they signed."""
    return [
        {"role": one.role, "by": one.by, "on": str(one.on), "valid": standing(contract, one) == "valid"}
        for one in contract.signatures
    ]


def _clock_shape(reason: ClockReason, now_ms: int) -> dict[str, Any]:
    clock, contract = reason.clock, reason.contract
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
        "steps": [step_shape(step) for step in reason.steps],
        "alerts": [
            {"level": alert.level, "at": iso(alert.at_ms), "rescinded_at": iso(alert.rescinded_ms)}
            for alert in reason.alerts
        ],
    }


def step_shape(step: Step, say: Callable[[int], str | None] = iso) -> dict[str, Any]:
    """A step as JSON prints it; `say` is how an instant is written."""
    return {
        "from": say(step.from_ms),
        "to": say(step.to_ms),
        "counted_s": step.counted_ms // 1000,
        "why": say_why(step.why),
    }
