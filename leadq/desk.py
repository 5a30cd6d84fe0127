"""One write transaction of one member: the rules, the ledger and the rows behind a gesture."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from leadq import config
from leadq.clock import Clock
from leadq.ledger import Ledger
from leadq.rulebook import Rulebook
from leadq.sqlite import Store
from leadq.uids import uuid7

Watch = Callable[[], AbstractContextManager[Callable[[int, int], None]]]
"""Begins to watch a new contract move the clocks that run: what it gives hears how many leads of how many are done."""


def unwatched() -> AbstractContextManager[Callable[[int, int], None]]:
    """Nobody waits to hear."""
    return nullcontext(lambda done, of: None)


class Desk:
    """What a gesture needs, for the time of one transaction.

    Sitting down at it also does what has become due since somebody last did: a new version of the contract moves the
    clocks that follow it, and leads whose day has come wake up. Each has a batch of its own, so that undoing a gesture
    takes back neither.
    """

    def __init__(self, connection: sqlite3.Connection, store: Store, clock: Clock, watch: Watch = unwatched) -> None:
        self.db = connection
        self.config = config.load(store.home)
        self.now_ms = clock.now_ms()
        self.rules = Rulebook(connection, store.home, self.now_ms)
        self.me = self.config.me
        self.device = device(connection)
        self.ledger = Ledger(connection, self.rules, device=self.device, actor=self.me, now_ms=self.now_ms)
        self.batch = uuid7(self.now_ms)
        if self.rules.replaced:
            from leadq.recompute import recompute  # once for each new version: other gestures do not pay for it

            with watch() as progress:
                recompute(connection, self.rules, self.ledger, uuid7(self.now_ms), self.now_ms, progress)
        if connection.execute(_ANY_DUE, (self.now_ms,)).fetchone():
            from leadq.waking import wake  # when a day has come: other gestures do not pay for it

            wake(self, uuid7(self.now_ms))


_ANY_DUE = "SELECT 1 FROM lead WHERE wake_ms <= ? LIMIT 1"


def device(connection: sqlite3.Connection) -> str:
    """This home's device id, born with its first write."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
    if row:
        return str(row[0])
    born = uuid7(time.time_ns() // 1_000_000).replace("-", "")[-12:]
    connection.execute("INSERT INTO meta VALUES ('device', ?)", (born,))
    return born
