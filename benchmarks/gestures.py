"""Does a gesture get slower as the queue grows? For information: no bar."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.homes import environment, home_at, leadq, run
from benchmarks.measure import Answer, alternate, compare, milliseconds
from leadq.clock import Clock
from leadq.domain.verbs import Accept
from leadq.queue import Queue
from leadq.sqlite import Store


def ask(large: Path, count: int, small: Path, small_count: int, rounds: int) -> list[Answer]:
    """Accepting a lead within one process, and `list --json --limit 50` as one, in a large home and a small one."""
    names = (f"{count:,} leads", f"{small_count:,} leads")
    accepts = dict(zip(names, (_accepting(large, rounds), _accepting(small, rounds)), strict=True))
    lists = {name: _listing(folder) for name, folder in zip(names, (large, small), strict=True)}
    return [
        *compare("accept", alternate(rounds, accepts), milliseconds),
        *compare("list --limit 50", alternate(max(2, rounds // 3), lists), milliseconds),
    ]


def _accepting(folder: Path, rounds: int) -> Callable[[], float]:
    store = Store(home_at(folder))
    with store.read() as db:
        query = "SELECT id FROM lead WHERE state = 'handed_off' ORDER BY uid LIMIT ?"
        fresh = iter([str(row[0]) for row in db.execute(query, (rounds + 1,))])
    queue = Queue(store, Clock())

    def accept() -> float:
        lead = next(fresh)
        begun = time.perf_counter()
        queue.perform([lead], Accept())
        return time.perf_counter() - begun

    return accept


def _listing(folder: Path) -> Callable[[], float]:
    def list_them() -> float:
        begun = time.perf_counter()
        run(leadq("list", "--json", "--limit", "50"), environment(folder))
        return time.perf_counter() - begun

    return list_them
