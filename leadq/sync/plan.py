"""`leadq sync --dry-run`: the cycle itself, on a copy of the database in memory, with an adapter that may only read.

So what it says is what the same code would do, and nothing that it does can be kept: changes stop before the adapter,
and the transport refuses every write that one tries all the same. Every change counts as taken, so that the next one of
the same lead is judged as it would be. It costs a copy of the database in memory, and the requests that only read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from leadq.domain import events as ev
from leadq.plugins.sdk import Result
from leadq.sqlite import Store
from leadq.sync.cycle import Cycle

if TYPE_CHECKING:
    from leadq.config import Connection
    from leadq.plugins.sdk import Change, Found, Page, Ref
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Failed, Open, Ready, Used
    from leadq.sync.run import Run, Talk

_NEWS: Final = {
    ev.REMOTE_CHANGED: "update",
    ev.DEPARTED: "depart",
    ev.RETURNED: "return",
    ev.TOUCHED: "touch",
    ev.ANSWERED: "answer",
    ev.DEAL_CHANGED: "deal",
}
_ENDS: Final = {
    **dict.fromkeys(("acked", "done"), "adopt"),
    **dict.fromkeys(("superseded", "cancelled"), "skip"),
    "conflict": "conflict",
    "dead": "dead",
}
"""What it means that an op is in such a state now, and was not sent."""


class Copy(Store):
    """A home's database in memory: it begins as the file is, and ends with the process."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.home)
        self._memory = sqlite3.connect(":memory:", isolation_level=None)
        self._memory.execute("PRAGMA foreign_keys=ON")
        with store.read() as db:
            db.backup(self._memory)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """As `Store.read`."""
        yield self._memory

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """As `Store.transaction`, with nobody to keep out."""
        self._memory.execute("BEGIN")
        try:
            yield self._memory
        except BaseException:
            self._memory.rollback()
            raise
        self._memory.commit()


class Rehearsal:
    """An adapter that is asked, and not told: what would be sent is kept in `sent`, by op id."""

    def __init__(self, talk: Talk, sent: dict[str, Change]) -> None:
        self._talk = talk
        self._sent = sent

    @property
    def used(self) -> Used:
        """Of the requests that only read."""
        return self._talk.used

    def ready(self) -> Ready | Failed:
        """As `Child.ready`."""
        return self._talk.ready()

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page | Failed]:
        """As `Child.pull`."""
        return self._talk.pull(cursor, scope)

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found | Failed]:
        """As `Child.lookup`."""
        return self._talk.lookup(refs)

    def push(self, changes: Sequence[Change]) -> Iterator[list[Result | Failed]]:
        """Take each for done."""
        self._sent |= {change.op_id: change for change in changes}
        yield [Result(change.op_id, "applied", change.external_id) for change in changes]

    def tidy(self, external_id: str, op_id: str) -> Failed | None:
        """Take it for done."""
        return None


def foresee(run: Run, connection: Connection) -> tuple[Cycle, Failed | None, list[dict[str, Any]], Copy]:
    """Run the cycle on a copy: the cycle, what would stop it, its steps (docs/cli.md), and the copy as it is then."""
    copy = Copy(run.store)
    sent: dict[str, Change] = {}

    @contextmanager
    def open_child(order: Open, ticks: Ticks) -> Iterator[Rehearsal]:
        with run.open_child(replace(order, dry_run=True), ticks) as talk:
            yield Rehearsal(talk, sent)

    before = _Before(copy, connection.name)
    cycle = Cycle(
        replace(run, store=copy, open_child=open_child, on_progress=lambda name, done, total: None), connection
    )
    failure = cycle.go()
    with copy.read() as db:
        steps = [*_pulled(db, connection.name, before), *_pushed(db, connection.name, before, sent)]
    return cycle, failure, steps, copy


class _Before:
    """How far the copy's facts went at first, and the states of its ops."""

    def __init__(self, copy: Copy, connection: str) -> None:
        with copy.read() as db:
            (self.event,) = db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
            (self.lead,) = db.execute("SELECT coalesce(max(id), 0) FROM lead").fetchone()
            self.ops = dict(db.execute(_WAITING, (connection,)))


def _pulled(db: sqlite3.Connection, connection: str, before: _Before) -> Iterator[dict[str, Any]]:
    """What would be new here, and what would change."""
    for external_id, name in db.execute(_NEW, (connection, before.lead)):
        yield {"step": "create", "lead": external_id, "name": name}
    for kind, external_id, name, data in db.execute(_CHANGED, (connection, before.lead, before.event, *_NEWS)):
        yield {"step": _NEWS[kind], "lead": external_id, "name": name, **json.loads(data)}


def _pushed(
    db: sqlite3.Connection, connection: str, before: _Before, sent: Mapping[str, Change]
) -> Iterator[dict[str, Any]]:
    """What would become of each op that waits."""
    for op_id, external_id, name, verb, state, doubted, why in db.execute(_OPS, (connection,)):
        if op_id not in before.ops:
            continue
        about = {"lead": external_id, "name": name, "op_id": op_id, "verb": verb}
        if op_id in sent:
            yield {"step": "resend" if doubted else "send", **about, "scope": sent[op_id].scope}
        else:
            yield {"step": _ENDS.get(state, "wait"), **about} | ({"why": why} if why else {})


_WAITING: Final = """
    SELECT op_id, state FROM outbox WHERE connection = ?
    AND state IN ('held', 'pending', 'inflight', 'unknown', 'blocked') ORDER BY rowid"""
_NEW: Final = """
    SELECT l.external_id, p.name FROM lead l JOIN person p ON p.id = l.person_id
    WHERE l.connection = ? AND l.id > ? ORDER BY l.id"""
_CHANGED: Final = f"""
    SELECT e.type, l.external_id, p.name, e.data
    FROM event e JOIN lead l ON l.uid = e.lead_uid JOIN person p ON p.id = l.person_id
    WHERE l.connection = ? AND l.id <= ? AND e.seq > ? AND e.type IN ({", ".join("?" * len(_NEWS))}) ORDER BY e.seq"""
_OPS: Final = """
    SELECT o.op_id, l.external_id, p.name, o.verb, o.state, o.doubted, o.last_error
    FROM outbox o JOIN lead l ON l.uid = o.lead_uid JOIN person p ON p.id = l.person_id
    WHERE o.connection = ? ORDER BY o.rowid"""
