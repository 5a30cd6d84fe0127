"""What do all figures of a quarter take, against the same questions written by hand in SQL, and how much memory?

Both in a process of their own, with the pages of the file in the system's cache; both run over the same home.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from benchmarks import quarter
from benchmarks.homes import environment
from benchmarks.measure import Answer, Bar, Line, Skipped, alternate, compare, megabytes, seconds

QUESTION: Final = "figures of a quarter"
BAR: Final = Bar(2.0)
MEMORY_BAR_MB: Final = 300

_OURS: Final = """
import json, resource, sys, time
from pathlib import Path
from benchmarks.homes import home_at
from leadq.domain.metrics.catalogue import METRICS
from leadq.domain.metrics.scope import scope
from leadq.facts import read_facts
from leadq.sqlite import Store

with Store(home_at(Path(sys.argv[1]))).read() as db:
    now_ms = db.execute("SELECT max(recorded_ms) FROM event").fetchone()[0]
    begun = time.perf_counter()
    whole = scope(read_facts(db, now_ms), now_ms - 90 * 86_400_000, now_ms + 1)
    for metric in METRICS.values():
        metric(whole)
    took = time.perf_counter() - begun
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""
_BY_HAND: Final = """
import json, resource, sys, time
from pathlib import Path
from benchmarks import by_hand
from benchmarks.homes import home_at
from leadq.facts.hours import Hours
from leadq.sqlite import Store

with Store(home_at(Path(sys.argv[1]))).read() as db:
    now_ms = db.execute("SELECT max(recorded_ms) FROM event").fetchone()[0]
    hours = Hours(db)
    hours.index(*db.execute("SELECT contract_id, calendar FROM clock LIMIT 1").fetchone())
    calendar = hours.found[0]
    db.execute("PRAGMA temp_store = memory")
    db.execute("CREATE TEMP TABLE hours (opens INT, closes INT, before INT)")
    db.executemany("INSERT INTO hours VALUES (?, ?, ?)", zip(calendar._opens, calendar._closes, calendar._before))
    db.execute("CREATE UNIQUE INDEX temp.hours_closes ON hours (closes, opens, before)")
    begun = time.perf_counter()
    by_hand.run(db, now_ms - 90 * 86_400_000, now_ms + 1, now_ms)
    took = time.perf_counter() - begun
print(json.dumps([took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def ask(folder: Path, leads: int, events: int, rounds: int) -> list[Answer]:
    """Make the home, ask both in turn."""
    if find_spec("resource") is None:
        return [Skipped(QUESTION, "this system has no resource module")]
    quarter.build(folder, leads, events)
    peaks: dict[str, float] = {}

    def timed(name: str, code: str) -> Callable[[], float]:
        def act() -> float:
            took, peaks[name] = _run(code, folder)
            return took

        return act

    name = f"{leads:,} cycles, {events:,} events"
    acts = {f"leadq's, {name}": timed("ours", _OURS), "by hand in SQL": timed("by hand", _BY_HAND)}
    answers = compare(QUESTION, alternate(rounds, acts), seconds, BAR)
    held = peaks["ours"] <= MEMORY_BAR_MB * 1e6
    bar = f"<= {MEMORY_BAR_MB} MB"
    memory = Line("", "memory, at most", megabytes(peaks["ours"]), "", "1", bar=bar, holds=held)
    return [*answers, memory, _in_duckdb(folder)]


def _in_duckdb(folder: Path) -> Answer:
    if find_spec("duckdb") is None:
        return Skipped(f"{QUESTION}, in DuckDB", "duckdb is not installed (pip install .[bench])")
    words = [sys.executable, "-m", "benchmarks.in_duckdb", str(folder)]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
    return Line("", "by hand in DuckDB, loaded before", seconds(float(done.stdout)), "", "1")


def _run(code: str, folder: Path) -> tuple[float, float]:
    words = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
    found: Any = json.loads(done.stdout)
    return found[0], found[1]
