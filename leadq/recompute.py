"""A new version of the contract and the clocks that run: who goes on under which, by the rules of the new one.

It happens in the transaction that brings the version into force, for all leads or for none. Each lead that moves says
so in an event, so that folding its events again gives the same clocks for ever. Leads are taken a page at a time,
because a table is not to be written while it is being read.
"""

from __future__ import annotations

from array import array
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from leadq.difference import OPEN_LEADS, follows, rematches, shorter_policy
from leadq.domain import events as ev
from leadq.domain.clocks import clocks_of
from leadq.domain.events import Draft
from leadq.domain.folding import fold
from leadq.ledger import INSERT_CLOCK, INSERT_EVENT, SYSTEM, UPDATE_LEAD, clock_row, event_row, folded, newest
from leadq.trial import histories, leads, policy_fields

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from leadq.domain.clocks import Clock
    from leadq.domain.lead import Lead
    from leadq.ledger import Ledger
    from leadq.rulebook import Rulebook

_PAGE: Final = 1_000


def recompute(
    db: sqlite3.Connection,
    rules: Rulebook,
    ledger: Ledger,
    batch: str,
    now_ms: int,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """Move the open leads that follow the contract in force; how many moved. Closed cycles never do.

    A lead keeps its policy by id, and one whose policy the new contract does not have stays where it is, unless the new
    contract has conditions matched again and they give it a shorter one. `progress` hears how many leads of how many
    were looked at, before each page and at the end.
    """
    ids = _candidates(db, rules)
    moved = 0
    for done, page in _pages(ids):
        progress(done, len(ids))
        moving = dict(_moving(db, rules, page))
        if moving:
            drafts = [(uid, Draft(ev.CONTRACT_MOVED, now_ms, data)) for uid, data in moving.values()]
            rows = [event_row(ledger.event(uid, draft, batch, SYSTEM)) for uid, draft in drafts]
            db.executemany(INSERT_EVENT, rows)
            _rewrite(db, rules, ledger, list(moving))
        moved += len(moving)
    if ids:
        progress(len(ids), len(ids))
    return moved


def _candidates(db: sqlite3.Connection, rules: Rulebook) -> array[int]:
    """Ids of the open leads under each older version that the one in force takes along or matches again."""
    older = db.execute(
        f"SELECT DISTINCT l.contract_id FROM lead l WHERE {OPEN_LEADS} AND l.contract_id != ?", (rules.current_id,)
    ).fetchall()
    found: array[int] = array("q")
    for (contract_id,) in older:
        contract = rules.contract(contract_id)
        if follows(contract, rules.current) or rematches(contract, rules.current):
            rows = db.execute(f"SELECT l.id FROM lead l WHERE {OPEN_LEADS} AND l.contract_id = ?", (contract_id,))
            found.extend(row[0] for row in rows)
    return found


def _pages(ids: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """The ids in pages, each with how many came before it."""
    rest = iter(ids)
    done = 0
    while page := list(islice(rest, _PAGE)):
        yield done, page
        done += len(page)


def _listed(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids))


def _moving(db: sqlite3.Connection, rules: Rulebook, page: Sequence[int]) -> Iterator[tuple[int, tuple[str, Any]]]:
    """Of one page: the leads that move, each with its uid and what the event about it says."""
    fates: dict[str, _Fate] = {}
    for lead_id, lead in leads(db, f"l.id IN ({_listed(page)})", ()):
        digest = lead.handoff.contract
        if digest not in fates:
            fates[digest] = _Fate(db, rules, digest)
        data = fates[digest].of(lead_id, lead)
        if data:
            yield lead_id, (lead.uid, data)


class _Fate:
    """What the contract in force does to leads under one older version."""

    def __init__(self, db: sqlite3.Connection, rules: Rulebook, digest: str) -> None:
        self._db = db
        self._rules = rules
        self._old_id = rules.contract_id(digest)
        old, self._new = rules.contract(self._old_id), rules.current
        self._policies = {policy.id for policy in self._new.policies}
        self._follows, self._rematches = follows(old, self._new), rematches(old, self._new)

    def of(self, lead_id: int, lead: Lead) -> dict[str, str] | None:
        """The data of the event that moves the lead; None when it stays."""
        follows = self._follows and lead.handoff.policy in self._policies
        policy = self._shorter(lead_id, lead, follows=follows) if self._rematches else None
        if policy is None and not follows:
            return None
        return {"contract": self._new.hash, **({} if policy is None else {"policy": policy})}

    def _shorter(self, lead_id: int, lead: Lead, *, follows: bool) -> str | None:
        kept = self._clocks(lead, lead.handoff.policy, self._rules.current_id if follows else self._old_id)
        fields = policy_fields(self._db, self._new, lead_id, lead.handoff)
        return shorter_policy(lead, fields, self._new, kept, self._clocks)

    def _clocks(self, lead: Lead, policy: str, contract_id: int | None = None) -> tuple[Clock, ...]:
        contract_id = self._rules.current_id if contract_id is None else contract_id
        return clocks_of(lead, self._rules.rules(contract_id, policy, lead.handoff.at_ms))


def _rewrite(db: sqlite3.Connection, rules: Rulebook, ledger: Ledger, page: Sequence[int]) -> None:
    """The leads and clocks of one page, as they now fold."""
    rows: list[tuple[Any, ...]] = []
    clocks: list[tuple[Any, ...]] = []
    for lead_id, events in histories(db, f"l.id IN ({_listed(page)})", ()):
        lead = fold(events)
        own = ledger.clocks(lead)
        rows.append((*folded(lead, own), newest(events), rules.current_id, lead.uid))
        clocks += [clock_row(lead_id, rules.contract_id(clock.contract), clock) for clock in own]
    db.executemany(UPDATE_LEAD, rows)
    db.execute(f"DELETE FROM clock WHERE lead_id IN ({_listed(page)})")
    db.executemany(INSERT_CLOCK, clocks)
