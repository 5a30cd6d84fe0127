"""Is taking in a large file, with all that leadq does to each row, faster than sqlite-utils putting it in a table?"""

from __future__ import annotations

import shutil
import sys
import time
from datetime import UTC, datetime
from itertools import count as counter
from pathlib import Path

from benchmarks import rows
from benchmarks.homes import environment, leadq, run
from benchmarks.measure import Answer, Bar, Skipped, alternate, compare, seconds

QUESTION = "import"
BAR = Bar(1.0, strict=True)


def ask(folder: Path, count: int, rounds: int) -> list[Answer]:
    """Whole processes, from a file of `count` rows into a new home and into a new database."""
    other = shutil.which("sqlite-utils", path=str(Path(sys.executable).parent)) or shutil.which("sqlite-utils")
    if other is None:
        return [Skipped(QUESTION, "sqlite-utils is not installed (`make bench` does it)")]
    file, fresh = folder / "leads.csv", counter()
    rows.write(file, count, datetime.now(UTC))

    def ours() -> float:
        home = folder / f"home-{next(fresh)}"
        return _timed(leadq("import", str(file)), environment(home), home)

    def theirs() -> float:
        base = folder / f"other-{next(fresh)}"
        base.mkdir()
        words = [other, "upsert", str(base / "b.db"), "leads", str(file), "--csv", "--pk", "id"]
        return _timed(words, environment(), base)

    samples = alternate(rounds, {f"leadq import, {count:,} rows": ours, "sqlite-utils upsert --csv --pk": theirs})
    file.unlink()
    return compare(QUESTION, samples, seconds, BAR)


def _timed(words: list[str], env: dict[str, str], made: Path) -> float:
    begun = time.perf_counter()
    run(words, env)
    took = time.perf_counter() - begun
    shutil.rmtree(made)
    return took
