"""Who would get which lead, as this home knows the team: the rule of `domain/routing.py` on what is stored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq import rulebook, sla, views
from leadq.domain import events as ev
from leadq.domain.leave import absent
from leadq.domain.routing import Rota, Route, Team, rule_for
from leadq.leaves import of_contract, told
from leadq.order import IS_OPEN
from leadq.trial import fields_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from leadq.domain.contract import Contract
    from leadq.domain.routing import Turns


@dataclass(frozen=True, slots=True)
class Planned:
    """A lead that is nobody's, and whose it would be: `route.to` is "" when nobody is free, or no rule matches."""

    lead_id: int
    uid: str
    route: Route


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule held against a lead: what it looks at, as it is known, and whether it holds."""

    id: str
    when: str
    to: tuple[str, ...]
    holds: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a lead would be whose. `owner`: whose it is already; rules after the one that matched are not tried."""

    lead_id: int
    owner: str
    is_open: bool
    contract: Contract | None
    tried: tuple[Tried, ...]
    route: Route


def team(db: sqlite3.Connection, contract: Contract, now_ms: int) -> Team:
    """How the members stand at `now_ms`; who is on leave says the contract, or was told for itself."""
    leaves = [*told(db), *of_contract(contract, ZoneInfo(contract.zone))]
    away = ((one, absent(leaves, one, now_ms)) for one in contract.members)
    loads = dict(db.execute(_LOADS).fetchall())
    names = {member.calendar for member in contract.members.values()} - {""}
    shut = {name for name in names if not _is_open(db, contract, name, now_ms)}
    return Team(
        contract.members,
        loads,
        {member: cover for member, cover in away if cover is not None},
        frozenset(one.id for one in contract.members.values() if one.calendar in shut),
    )


def _is_open(db: sqlite3.Connection, contract: Contract, name: str, now_ms: int) -> bool:
    """Whether that calendar is open; one that no clock has needed yet is compiled for the question."""
    row = db.execute("SELECT id FROM contract WHERE hash = ?", (contract.hash,)).fetchone()
    calendar = views.Calendars(db).named(row[0], name) if row else None
    if calendar is None or not calendar.first_ms <= now_ms < calendar.last_ms:
        calendar = sla.compiled(contract.calendars[name], now_ms, now_ms)
    return calendar.is_open(now_ms)


def turns(db: sqlite3.Connection) -> Turns:
    """Who was given a lead by which rule, and when last, as this home has heard: a pass over all events."""
    found: dict[str, dict[str, int]] = {}
    for seq, data in db.execute(_ROUTED):
        said = json.loads(data)
        found.setdefault(str(said["rule"]), {})[str(said["to"])] = seq
    return found


def rota(db: sqlite3.Connection, contract: Contract, now_ms: int, given: Turns) -> Rota:
    """Who is next by the contract's rules, as the team stands now."""
    return Rota(contract.routing, team(db, contract, now_ms), given)


def planned(db: sqlite3.Connection, contract: Contract, rota: Rota) -> Iterator[Planned]:
    """Whose each lead that is nobody's would be, the one that has waited longest first; each counts for the next."""
    if not contract.routing:
        return
    for lead_id, uid in db.execute(_UNOWNED).fetchall():
        yield Planned(lead_id, uid, rota.route(fields(db, contract, lead_id)))


def explain(db: sqlite3.Connection, lead_id: int, now_ms: int) -> Explained:
    """Whose the lead `lead_id` would be if it were the next to be routed, and why."""
    owner, is_open = db.execute(f"SELECT owner, {IS_OPEN} FROM lead l WHERE id = ?", (lead_id,)).fetchone()
    agreed = rulebook.in_force(db)
    contract = agreed[0] if agreed else None
    if contract is None:
        return Explained(lead_id, owner, bool(is_open), None, (), Route(None))
    known = fields(db, contract, lead_id)
    rota = Rota(contract.routing, team(db, contract, now_ms), turns(db))
    return Explained(lead_id, owner, bool(is_open), contract, tuple(_tried(contract, known)), rota.route(known, owner))


def _tried(contract: Contract, known: Mapping[str, Any]) -> Iterator[Tried]:
    chosen = rule_for(contract.routing, known)
    for rule in contract.routing:
        looked_at = {name: known.get(name) for name in sorted(rule.when.fields)}
        yield Tried(rule.id, rule.when.text, rule.to, rule is chosen, looked_at)
        if rule is chosen:
            return


def fields(db: sqlite3.Connection, contract: Contract, lead_id: int) -> dict[str, Any]:
    """What a routing rule may look at: what came with the lead, its tier, and which segment it is in."""
    handoff, known = fields_of(db, lead_id)
    known = {"tier": handoff.tier, **known}
    segment = next((one.id for one in contract.segments if one.when.holds(known)), None)
    return {**known, "segment": segment}


_LOADS: Final = f"SELECT owner, count(*) FROM lead l WHERE {IS_OPEN} AND owner <> '' GROUP BY owner"
_UNOWNED: Final = f"SELECT id, uid FROM lead l WHERE {IS_OPEN} AND owner = '' ORDER BY handed_off_ms, id"
_ROUTED: Final = f"""SELECT seq, data FROM event WHERE type = '{ev.ASSIGNED}'
    AND json_extract(data, '$.rule') IS NOT NULL ORDER BY seq"""
