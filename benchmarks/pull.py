"""What does fetching leads cost us beyond fetching them? Processor time of `leadq sync` and its child, and memory.

The adapter is the testing one, announced by a package in a folder; the CRM is a process of its own on this machine, and
its time does not count. Starting processes and setting up a home (its contract, its calendars) does not count either:
what the same run costs with one page is taken off.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count as counter
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.connected import ROOT, announce, connect, served, syncing
from benchmarks.homes import environment, home_at, leadq
from benchmarks.measure import Answer, Line, Skipped, alternate, megabytes
from leadq.sqlite import Store

QUESTION: Final = "pull"
BAR_US: Final = 200.0
GROWTH_BAR: Final = 1.5
_PAGE: Final = 100

_AT_EXIT: Final = """
import atexit, os, sys

def tell():
    lines = open("/proc/self/status").read().splitlines()
    peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    with open(os.path.join(os.path.dirname(__file__), "peaks"), "a") as file:
        print("child" if "leadq.sync.child" in sys.orig_argv else "sync", int(peak) * 1024, file=file)

atexit.register(tell)
"""
"""The most memory that a process had: by /proc, because what the kernel tells a parent begins with the parent's own."""


@dataclass(slots=True)
class _Bench:
    """A folder with the adapter's package, and the CRM's address."""

    folder: Path
    address: str
    fresh: Iterator[int] = field(default_factory=counter)

    def connected(self, count: int) -> Path:
        """A new home, connected to a CRM of `count` leads."""
        folder = self.folder / f"home-{next(self.fresh)}"
        connect(home_at(folder), f"{self.address}/{count}")
        return folder

    def sync(self, folder: Path, *, watched: bool = False) -> float:
        """Seconds of processor that a sync and its child take."""
        env = syncing(folder, self.folder / ("watched" if watched else "plugin"))
        return _processor_s(leadq("sync", "--timeout", "600"), env)

    def bare(self, count: int) -> float:
        """Seconds of processor that httpx and a loop take for the same pages."""
        env = environment() | {"PYTHONPATH": str(ROOT)}
        return _processor_s([sys.executable, "-m", "benchmarks.bare", f"{self.address}/{count}"], env)


def ask(folder: Path, count: int, rounds: int, many: int) -> list[Answer]:
    """`count` leads into new homes, once more into the same, and `many` for the memory."""
    if not hasattr(os, "wait4"):
        return [Skipped(QUESTION, "this needs os.wait4")]
    with _served(folder, (_PAGE, count, many)) as bench:
        answers = _cost(bench, count, rounds)
        if Path("/proc/self/status").exists():
            answers += _memory(bench, count, many)
        else:
            answers.append(Skipped("pull, memory", "this needs /proc"))
    return answers


def _cost(bench: _Bench, count: int, rounds: int) -> list[Answer]:
    def first(leads: int) -> float:
        folder = bench.connected(leads)
        took = bench.sync(folder)
        shutil.rmtree(folder)
        return took

    known = {leads: bench.connected(leads) for leads in (_PAGE, count)}
    for folder in known.values():
        bench.sync(folder)

    def again(leads: int) -> float:
        with Store(home_at(known[leads])).transaction() as db:
            db.execute("UPDATE connection_state SET listed_ms = NULL")  # so that it lists all, as it does every hour
        return bench.sync(known[leads])

    acts = {
        (name, leads): (lambda act=act, leads=leads: act(leads))  # type: ignore[misc]
        for name, act in (("first", first), ("again", again), ("bare", bench.bare))
        for leads in (count, _PAGE)
    }
    samples = alternate(rounds, {f"{name} {leads}": act for (name, leads), act in acts.items()})
    each = {name: [(full - median(samples[f"{name} {_PAGE}"])) / (count - _PAGE) for full in samples[f"{name} {count}"]]
            for name in ("first", "again", "bare")}  # fmt: skip
    ours = (median(each["first"]) - median(each["bare"])) * 1e6
    more = (median(each["again"]) - median(each["bare"])) * 1e6
    return [
        _line(f"leadq sync, {count:,} new leads, each", each["first"], QUESTION, f"{ours:+.0f} us", ours),
        _line("the same again, nothing changed", each["again"], "", f"{more:+.0f} us"),
        _line("httpx and a loop", each["bare"], ""),
    ]


def _line(figure: str, values: list[float], question: str, ratio: str = "", ours: float | None = None) -> Line:
    us = [value * 1e6 for value in values]
    bar = {} if ours is None else {"bar": f"<= +{BAR_US:.0f} us", "holds": ours <= BAR_US}
    spread = f"{min(us):.0f} - {max(us):.0f} us"
    return Line(question, figure, f"{median(us):.0f} us", spread, str(len(us)), ratio, **bar)  # type: ignore[arg-type]


def _memory(bench: _Bench, count: int, many: int) -> list[Answer]:
    """The most memory of each process with `many` leads, against `count`."""
    few, lots = (_peaks(bench, leads) for leads in (count, many))
    return [
        Line("pull, memory" if who == "sync" else "", f"{who}, {many:,} leads", megabytes(lots[who]), "", "1",
             f"{lots[who] / few[who]:.2f}x of {count:,}", f"<= {GROWTH_BAR:g}x", lots[who] / few[who] <= GROWTH_BAR)
        for who in ("sync", "child")
    ]  # fmt: skip


def _peaks(bench: _Bench, count: int) -> Mapping[str, int]:
    folder, told = bench.connected(count), bench.folder / "watched" / "peaks"
    told.unlink(missing_ok=True)
    bench.sync(folder, watched=True)
    shutil.rmtree(folder)
    return {who: int(peak) for who, peak in map(str.split, told.read_text("utf-8").splitlines())}


@contextmanager
def _served(folder: Path, counts: tuple[int, ...]) -> Iterator[_Bench]:
    """The CRM in a process of its own, until the block ends."""
    for name in ("plugin", "watched"):
        announce(folder / name)
    (folder / "watched" / "sitecustomize.py").write_text(_AT_EXIT, "utf-8")
    with served(counts) as address:
        yield _Bench(folder, address)


def _processor_s(words: list[str], env: dict[str, str]) -> float:
    """User and system time of a process and of those it waited for. Raises RuntimeError when it fails."""
    process = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
