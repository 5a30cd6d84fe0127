"""One round of the team's runner: what nobody in particular has to do, done by whoever holds the hub's lock.

The round draws an epoch from the hub, decides by what this home knows after its exchange, and says what it decided. The
hub writes each act once (by its key), only of a lead that is still whose we think it is, and nothing under an older
epoch. The events that come of it are the hub's own, and reach this home with the next page like all others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from leadq import routing, rulebook
from leadq.domain import events as ev
from leadq.domain.escalation import name
from leadq.escalating import reassigned
from leadq.ledger import SELECT_EVENT, compact, read_event
from leadq.outgoing import enqueue
from leadq.uids import uuid7

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadq.desk import Desk
    from leadq.sqlite import Store

ROLES: Final = frozenset({"manager", "ops"})
"""Who may give any lead away at the hub, and so may be the runner."""

_AT_ONCE: Final = 100
_MOST: Final = 1_000
"""Leads that one round moves: a connection that is silent for long is closed, and the next round goes on."""


@dataclass(frozen=True, slots=True)
class Act:
    """One lead that changes hands. `key` is there once at the hub; `data` goes into the event beside the new owner."""

    key: str
    lead: str
    owner: str
    to: str
    rule: str
    data: Mapping[str, Any]


class Round:
    """See `go`; `say` speaks with the hub."""

    def __init__(
        self, store: Store, now_ms: int, device: str, say: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
    ) -> None:
        self._store, self._now_ms, self._device, self._say = store, now_ms, device, say

    def go(self) -> int:
        """Do what is to be done, unless somebody else is doing it; how many leads have changed hands."""
        granted = self._say("run", {"device": self._device, "now_ms": self._now_ms})
        if "refused" in granted:
            return 0
        with self._store.read() as db:
            acts = list(islice(acts_of(db, self._now_ms, granted), _MOST))
        return self._do(acts, int(granted["epoch"]))

    def _do(self, acts: Sequence[Act], epoch: int) -> int:
        done, batch = 0, uuid7(self._now_ms)
        for first in range(0, len(acts), _AT_ONCE):
            said = [self._said(act) for act in acts[first : first + _AT_ONCE]]
            order = {"epoch": epoch, "device": self._device, "now_ms": self._now_ms, "batch": batch, "acts": said}
            answer = self._say("act", order)
            if answer["fenced"]:
                break
            done += len(answer["done"])
        return done

    def _said(self, act: Act) -> dict[str, Any]:
        data = compact({"to": act.to, "rule": act.rule, **act.data, "runner": self._device})
        return {"key": act.key, "lead": act.lead, "from": act.owner, "to": act.to, "rule": act.rule,
                "uid": uuid7(self._now_ms), "data": data}  # fmt: skip


def acts_of(db: sqlite3.Connection, now_ms: int, granted: Mapping[str, Any]) -> Iterator[Act]:
    """What this home would have done now: first leads that lose their owner, which makes room, then those of nobody."""
    agreed = rulebook.in_force(db)
    if agreed is None:
        return
    contract, turns = agreed[0], granted["turns"]
    rota = routing.rota(db, contract, now_ms, turns)
    for lost in reassigned(db, contract, rota, (int(granted["since_ms"]), now_ms)):
        why = {"step": name(lost.why.step), "clock": lost.why.clock, "from": lost.owner}
        yield Act(f"escalate:{lost.uid}:{lost.why.key}", lost.uid, lost.owner, lost.to, lost.rule, why)
    for one in routing.planned(db, contract, rota):
        if one.route.to and one.route.rule:
            yield Act(f"route:{one.uid}", one.uid, "", one.route.to, one.route.rule.id, {})


def heard_now(db: sqlite3.Connection, page: Mapping[str, Any], device: str) -> list[str]:
    """Acts of this home's runner in a page that it is about to take, and hears of for the first time: event uids."""
    said = [e["uid"] for e in page["events"] if e["type"] == ev.ASSIGNED and _runner_of(e) == device]
    return [uid for uid in said if not db.execute("SELECT 1 FROM event WHERE uid = ?", (uid,)).fetchone()]


def _runner_of(event: Mapping[str, Any]) -> object:
    try:
        return json.loads(event["data"]).get("runner")
    except (ValueError, AttributeError, RecursionError):
        return None


def tell_crm(desk: Desk, uids: Sequence[str]) -> None:
    """The home whose runner acted tells the CRM, in the transaction in which it hears of it: so it is told once."""
    for uid in uids:
        row = desk.db.execute(f"{SELECT_EVENT} WHERE uid = ?", (uid,)).fetchone()
        if row is not None:
            event = read_event(row)
            query = "SELECT connection, state FROM lead WHERE uid = ?"
            to, state = desk.db.execute(query, (event.lead_uid,)).fetchone()
            enqueue(desk.db, to, event, before=state)  # whose it is says nothing of where it stands
