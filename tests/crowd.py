"""Processes that use one home at once, each for so many seconds: `python -m tests.crowd ROLE HOME SECONDS SEED`.

`read` looks as the screen does; `write` does gestures, and between two of them a bare transaction of SQLite's on the
same file under the same lock, to be compared with. Each prints one JSON document: how long everything took (ms), what
was acknowledged, and every failure that was not a rule's.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from leadq import read
from leadq.clock import Clock
from leadq.errors import Exit, LeadqError
from leadq.order import Filter
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS
from tests.nursery import gesture

_LOOKS_EVERY_S = 0.1


@dataclass
class Account:
    """What one process did."""

    gestures_ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)
    looks_ms: list[float] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def look(store: Store, until_s: float) -> Account:
    """Ask whether something was written; if so, read the order, a page of rows and the header's figures."""
    account, seen = Account(), -1
    with closing(store.open_reader()) as db:
        while time.monotonic() < until_s:
            begun = time.perf_counter()
            try:
                (version,) = db.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    seen = version
                    _page(db)
                    account.looks_ms.append(_since(begun))
            except (LeadqError, sqlite3.Error) as error:
                account.failures.append(repr(error))
            time.sleep(_LOOKS_EVERY_S)
    return account


def _page(db: sqlite3.Connection) -> None:
    db.execute("BEGIN")
    try:
        at = read.moment(db, NOW_MS)
        ranked = read.ranked(db, at, Filter())
        lines = read.lines(db, at, ranked.ids[:50])
        counts = read.counts(db, at, Filter())
        assert counts.open == len(ranked.ids) == sum(count for _band, count in ranked.bands)
        assert all(lines[lead_id].version for lead_id in ranked.ids[:50])
    finally:
        db.execute("ROLLBACK")


def write(store: Store, until_s: float, seed: str) -> Account:
    """Gestures and bare transactions in turn."""
    account, rng, queue = Account(), random.Random(seed), Queue(store, Clock(NOW_MS))
    with closing(sqlite3.connect(store.home.database, isolation_level=None)) as db:
        db.execute("PRAGMA busy_timeout=5000")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA wal_autocheckpoint=0")
        while time.monotonic() < until_s:
            begun = time.perf_counter()
            try:
                account.events += gesture(queue, rng)
            except LeadqError as error:
                if error.exit_status != Exit.REFUSED:
                    account.failures.append(repr(error))
                continue
            account.gestures_ms.append(_since(begun))
            begun = time.perf_counter()
            with store.locked():
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"bare-{seed}", str(begun)))
                db.execute("COMMIT")
            account.bare_ms.append(_since(begun))
    return account


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    role, folder, seconds, seed = sys.argv[1:]
    base, until_s = Path(folder), time.monotonic() + float(seconds)
    store = Store(Home(base / "config", base / "data", base / "state"))
    account = look(store, until_s) if role == "read" else write(store, until_s, seed)
    print(json.dumps(asdict(account)))


if __name__ == "__main__":
    main()
