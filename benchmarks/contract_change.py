"""What does a new version of the contract cost a home with very many open clocks: to look at, and to bring into force?

No bar: both happen a few times a year, and what they take is said while they run.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import homes
from benchmarks.measure import Answer, alternate, compare, seconds

CLOCKS_A_LEAD = 3
"""Accept, first touch and disposition: what each policy of the template has."""


def ask(folder: Path, clocks: int, rounds: int) -> list[Answer]:
    """Whole processes on a home with `clocks` open clocks; every round changes the same home anew."""
    home = folder / "contract"
    leads = -(-clocks // CLOCKS_A_LEAD)
    contract = homes.build(home, leads).contract
    new = folder / "new.toml"
    new.write_text(contract.read_text("utf-8").replace("extra = []", "extra = [2031-01-02]"), "utf-8")
    figures = f"{clocks:,} open clocks"

    def diff() -> float:
        return _timed(homes.leadq("contract", "diff", "current", str(new)), home)

    def recompute() -> float:
        return _on_a_copy(home, folder / "changed", new)

    acts: dict[str, Callable[[], float]] = {
        f"the first write after it, {figures}": recompute,
        "leadq contract diff": diff,
    }
    return compare("contract change", alternate(rounds, acts), seconds)


def _on_a_copy(home: Path, copy: Path, new: Path) -> float:
    shutil.copytree(home, copy)
    shutil.copyfile(new, homes.home_at(copy).contract)
    took = _timed(homes.leadq("note", "1", "--text", "x"), copy)
    shutil.rmtree(copy)
    return took


def _timed(words: list[str], home: Path) -> float:
    begun = time.perf_counter()
    homes.run(words, homes.environment(home))
    return time.perf_counter() - begun
