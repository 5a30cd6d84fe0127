"""A new version of the contract and the clocks that run: who goes on under which, by the rules of the new one.

It happens in the transaction that brings the version into force, for all leads or for none. Each lead that moves says
so in an event, so that folding its events again gives the same clocks for ever. Leads are taken a page at a time,
because a table is not to be written while it is being read.
"""

from __future__ import annotations

from array import array
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from leadq.difference import OPEN_LEADS, follows
from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.domain.folding import fold
from leadq.ledger import INSERT_CLOCK, INSERT_EVENT, UPDATE_LEAD, clock_row, event_row, folded
from leadq.trial import histories

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from leadq.ledger import Ledger
    from leadq.rulebook import Rulebook

_PAGE: Final = 1_000


def recompute(db: sqlite3.Connection, rules: Rulebook, ledger: Ledger, batch: str, now_ms: int) -> int:
    """Move the open leads that follow the contract in force; how many moved. Closed cycles never do.

    A lead keeps its policy by id. One whose policy the new contract does not have stays where it is.
    """
    moved = 0
    draft = Draft(ev.CONTRACT_MOVED, now_ms, {"contract": rules.current.hash})
    for page in _pages(_movable(db, rules)):
        uids = db.execute(f"SELECT uid FROM lead WHERE id IN ({_listed(page)}) ORDER BY id")
        db.executemany(INSERT_EVENT, [event_row(ledger.event(uid, draft, batch, "system")) for (uid,) in uids])
        _rewrite(db, rules, ledger, page)
        moved += len(page)
    return moved


def _movable(db: sqlite3.Connection, rules: Rulebook) -> array[int]:
    """Ids of the open leads under each older version that the one in force takes along."""
    found: array[int] = array("q")
    older = db.execute(
        f"SELECT DISTINCT l.contract_id FROM lead l WHERE {OPEN_LEADS} AND l.contract_id != ?", (rules.current_id,)
    ).fetchall()
    policies = ", ".join("?" * len(rules.current.policies))
    for (contract_id,) in older:
        if follows(rules.contract(contract_id), rules.current):
            ids = db.execute(
                f"SELECT l.id FROM lead l WHERE {OPEN_LEADS} AND l.contract_id = ? AND {_POLICY} IN ({policies})",
                (contract_id, *(policy.id for policy in rules.current.policies)),
            )
            found.extend(row[0] for row in ids)
    return found


_POLICY: Final = (
    f"(SELECT json_extract(e.data, '$.policy') FROM event e WHERE e.lead_uid = l.uid AND e.type = '{ev.HANDED_OFF}')"
)


def _pages(ids: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while page := list(islice(rest, _PAGE)):
        yield page


def _listed(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids))


def _rewrite(db: sqlite3.Connection, rules: Rulebook, ledger: Ledger, page: Sequence[int]) -> None:
    """The leads and clocks of one page, as they now fold."""
    leads: list[tuple[Any, ...]] = []
    clocks: list[tuple[Any, ...]] = []
    for lead_id, events in histories(db, f"l.id IN ({_listed(page)})", ()):
        lead = fold(events)
        own = ledger.clocks(lead)
        leads.append((*folded(lead, own), events[-1].seq, rules.current_id, lead.uid))
        clocks += [clock_row(lead_id, rules.contract_id(clock.contract), clock) for clock in own]
    db.executemany(UPDATE_LEAD, leads)
    db.execute(f"DELETE FROM clock WHERE lead_id IN ({_listed(page)})")
    db.executemany(INSERT_CLOCK, clocks)
