"""May a shell ask `leadq prompt` at every line? Against Python that only opens its SQLite."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.homes import environment, leadq, run
from benchmarks.measure import Answer, Bar, alternate, compare, milliseconds

QUESTION = "prompt"
BAR = Bar(5.0)


def ask(folder: Path, count: int, rounds: int) -> list[Answer]:
    """Whole processes, on a home of `count` leads."""
    env = environment(folder)

    def timed(words: list[str]) -> float:
        begun = time.perf_counter()
        run(words, env)
        return time.perf_counter() - begun

    least = [sys.executable, "-c", "import sqlite3"]
    acts = {f"leadq prompt, {count:,} leads": lambda: timed(leadq("prompt")), "import sqlite3": lambda: timed(least)}
    return compare(QUESTION, alternate(rounds, acts), milliseconds, BAR)
