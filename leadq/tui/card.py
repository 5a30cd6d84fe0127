"""One lead whole, as the card and the dialogs need it; read in the reading thread, shown without any more reading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from leadq import views
from leadq.clock import to_ms
from leadq.domain.events import HANDED_OFF, REMOTE_CHANGED
from leadq.domain.next_best import suggest
from leadq.glossary import meaning
from leadq.neighbours import Neighbours, neighbours
from leadq.outlook import segment, standpoint
from leadq.radar import reasons
from leadq.rulebook import stored
from leadq.source_rates import source_rate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from leadq.domain.calendar import Calendar
    from leadq.domain.clocks import Clock
    from leadq.domain.contract import Contract, ScoreRule, Segment
    from leadq.domain.label import Label
    from leadq.domain.lead import Handoff
    from leadq.domain.next_best import Standpoint, Suggestion
    from leadq.domain.reasons import Reason
    from leadq.drafts import Draft
    from leadq.glossary import Meaning
    from leadq.outbox import Entry
    from leadq.radar import Why
    from leadq.read import Moment
    from leadq.source_rates import SourceRate

_MINUTE_MS: Final = 60_000
_HANDED: Final = (HANDED_OFF, REMOTE_CHANGED)
"""Events with a word of marketing's."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a dialog may offer under one contract version: reasons, criteria by id, what can be missing, why to wait."""

    version: str
    reasons: tuple[Reason, ...]
    criteria: tuple[tuple[str, Label], ...]
    infos: tuple[str, ...]
    pauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A rule of the score, and whether the lead has its points."""

    rule: ScoreRule
    holds: bool


@dataclass(frozen=True, slots=True)
class Card:
    """`shape` is the lead as `show --json` prints it; `calendars` belong to `clocks`, in the same order.

    `members` are the people of the team: id and name. `merged_into` is the local id of the lead that goes on instead.
    `ops` are its changes that a CRM does not have yet, oldest first.
    """

    id: int
    shape: Mapping[str, Any]
    clocks: tuple[Clock, ...]
    calendars: tuple[Calendar | None, ...]
    timeline: tuple[views.Row, ...]
    rules: Rules
    zone: ZoneInfo
    standpoint: Standpoint
    rate: SourceRate | None
    around: Neighbours
    members: tuple[tuple[str, str], ...] = ()
    merged_into: int | None = None
    segment: Segment | None = None
    meaning: Meaning | None = None
    points: tuple[Point, ...] = ()
    radar: tuple[Why, ...] = ()
    ops: tuple[Entry, ...] = ()
    drafts: tuple[Draft, ...] = ()

    def suggestion(self, now_ms: int) -> Suggestion | None:
        """What to do with it at `now_ms`."""
        return suggest(replace(self.standpoint, now_ms=now_ms))

    @property
    def calendar(self) -> Calendar | None:
        """The working hours that its clocks count in."""
        return next((calendar for calendar in self.calendars if calendar), None)

    @property
    def promise_ms(self) -> int | None:
        """The promised next step, in milliseconds UTC."""
        return self.instant("promise_at")

    def instant(self, name: str) -> int | None:
        """An instant of the shape, in milliseconds UTC."""
        text = self.shape[name]
        return None if text is None else to_ms(datetime.fromisoformat(text))

    def stands_until(self, now_ms: int) -> int:
        """When a time on it, said in minutes, or the state of a clock next reads otherwise (milliseconds UTC)."""
        running = [clock for clock in self.clocks if clock.running]
        instants = [at_ms for at_ms in (self.promise_ms, *(clock.due_ms for clock in running)) if at_ms is not None]
        minutes = [now_ms + (at_ms - now_ms) % _MINUTE_MS + 1 for at_ms in instants]
        risks = [at_ms for clock in running for at_ms in clock.at_risk_ms if at_ms > now_ms]
        return min((now_ms + _MINUTE_MS, *minutes, *risks))

    @property
    def criteria(self) -> Mapping[str, bool]:
        """Which criteria of the contract it met when it was handed off."""
        return self.handoff.criteria or {}

    @property
    def handoff(self) -> Handoff:
        """How it came, and the rules that it keeps now."""
        return self.standpoint.lead.handoff

    @property
    def note(self) -> str:
        """What marketing last wrote with it."""
        wrote = (row.texts["note"] for row in reversed(self.timeline) if row.type in _HANDED and row.texts.get("note"))
        return next(wrote, "")


class Shelf:
    """What cards share and costs milliseconds to read: contracts for good, calendars until the database changes."""

    def __init__(self) -> None:
        self._contracts: dict[int, tuple[Contract, Rules]] = {}
        self._calendars: views.Calendars | None = None

    def forget_calendars(self) -> None:
        """A new year may have been compiled."""
        self._calendars = None

    def card(self, db: sqlite3.Connection, at: Moment, lead_id: int) -> Card | None:
        """The lead of that id, or None when there is none."""
        shapes = views.leads(db, at, [lead_id])
        if not shapes:
            return None
        clocks = tuple(views.clocks(db, lead_id))
        contract_id = db.execute("SELECT contract_id FROM lead WHERE id = ?", (lead_id,)).fetchone()[0]
        self._calendars = self._calendars or views.Calendars(db)
        calendars = tuple(self._calendars.named(contract_id, clock.calendar) for clock in clocks)
        timeline = tuple(views.timeline(db, shapes[0]["uid"]))
        members = tuple(db.execute("SELECT id, name FROM member ORDER BY rowid"))
        into = db.execute("SELECT id FROM lead WHERE uid = ?", (shapes[0]["merged_into"],)).fetchone()
        contract, rules = self._contract(db, contract_id)
        look = standpoint(db, at, lead_id, contract, self._calendars)
        rate = source_rate(db, shapes[0]["source"], shapes[0]["campaign"])
        merged_into = into[0] if into else None
        return Card(
            lead_id,
            shapes[0],
            clocks,
            calendars,
            timeline,
            rules,
            at.zone,
            look,
            rate,
            neighbours(db, lead_id),
            members,
            merged_into,
            segment(db, lead_id, look.lead, contract),
            meaning(contract, shapes[0]["state"]),
            _points(contract, look.lead.handoff, shapes[0]),
            reasons(db, at, lead_id),
            _waiting(db, shapes[0]),
        )

    def _contract(self, db: sqlite3.Connection, contract_id: int) -> tuple[Contract, Rules]:
        if contract_id not in self._contracts:
            text = db.execute("SELECT text FROM contract WHERE id = ?", (contract_id,)).fetchone()[0]
            contract = stored(text)
            rules = Rules(
                contract.version,
                contract.reasons,
                tuple((criterion.id, criterion.text) for criterion in contract.criteria),
                contract.infos,
                contract.pause.reasons,
            )
            self._contracts[contract_id] = (contract, rules)
        return self._contracts[contract_id]


def _points(contract: Contract, handoff: Handoff, shape: Mapping[str, Any]) -> tuple[Point, ...]:
    """What the contract gives points for, with the fields that `leadq contract score` looks at."""
    if not contract.score:
        return ()
    from leadq.trial import match_fields

    fields = {**match_fields(handoff), "title": shape["title"] or None, "company": shape["company"] or None}
    return tuple(Point(rule, rule.when.holds(fields)) for rule in contract.score)


def _waiting(db: sqlite3.Connection, shape: Mapping[str, Any]) -> tuple[Entry, ...]:
    if not any(shape["sync"].values()):
        return ()
    from leadq.outbox import of_lead  # what sync knows of a change: not for the many leads that have none

    return tuple(of_lead(db, shape["uid"]))
