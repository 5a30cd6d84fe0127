"""Leads that change hands because a clock ran out, as this home knows them: the rule of `domain/escalation.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq import routing, views
from leadq.domain.escalation import REASSIGN, Due, due, times
from leadq.domain.folding import fold
from leadq.ledger import history
from leadq.order import IS_OPEN, RUNS
from leadq.rulebook import stored

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from leadq.domain.calendar import Calendar
    from leadq.domain.clocks import Clock
    from leadq.domain.contract import Contract
    from leadq.domain.routing import Rota
    from leadq.domain.team import Escalation

_REACH_MS: Final = 90 * 86_400_000
"""How far back a clock may have run out: what nobody reassigned for three months is the radar's."""


@dataclass(frozen=True, slots=True)
class Reassigned:
    """A lead that is to go from `owner` to `to`, in turn by the routing rule `rule`, because of a step."""

    uid: str
    owner: str
    to: str
    rule: str
    why: Due


def reassigned(
    db: sqlite3.Connection, contract: Contract, rota: Rota, between: tuple[int, int]
) -> Iterator[Reassigned]:
    """What is to change hands, of the steps whose time came in `between`, by the routing of `contract`.

    The steps are those of the contract under which the clock runs. Nobody else free, or no rule: the lead stays.
    """
    rules = _Rules(db)
    values = {"from": between[1] - _REACH_MS, "now": between[1], "contracts": json.dumps(rules.that_reassign)}
    for lead_id, uid in db.execute(_LATE, values).fetchall():
        clocks = [(clock, *rules.of(clock)) for clock in views.clocks(db, lead_id)]
        events = history(db, uid)
        lead = fold(events)
        why = due(lead, clocks, times(events), between)
        if why is None:
            continue
        without = {lead.owner} if why.step.exclude_last else set()
        found = rota.route(routing.fields(db, contract, lead_id), lead.owner, without)
        if found.to and found.rule and found.to != lead.owner:
            yield Reassigned(uid, lead.owner, found.to, found.rule.id, why)


class _Rules:
    """What each version of the contract says of clocks that run out, and the calendars that they run on."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._calendars = views.Calendars(db)
        rows = db.execute("SELECT hash, id, text FROM contract").fetchall()
        self._known = {digest: (number, stored(text).escalation) for digest, number, text in rows}

    @property
    def that_reassign(self) -> list[int]:
        """The versions with such a step: where there is none, no lead is looked at."""
        found = self._known.values()
        return [number for number, agreed in found if any(step.action == REASSIGN for step in agreed.steps)]

    def of(self, clock: Clock) -> tuple[Escalation, Calendar | None]:
        """The escalation of its contract, and its calendar."""
        number, escalation = self._known[clock.contract]
        return escalation, self._calendars.named(number, clock.calendar)


_LATE: Final = f"""
    SELECT DISTINCT l.id, l.uid FROM clock c JOIN lead l ON l.id = c.lead_id
    WHERE {RUNS} AND (c.due_ms BETWEEN :from AND :now OR c.risk_ms BETWEEN :from AND :now)
    AND c.contract_id IN (SELECT value FROM json_each(:contracts)) AND {IS_OPEN} AND l.owner <> ''
    ORDER BY c.due_ms, l.id"""
