"""What does an open screen cost while nobody touches it? Its share of one processor, and its memory.

Three windows of a minute each, because the order is looked over once a minute: the first, in which much is done for the
first time; the second, with timers live; and one in which the terminal has told it that nobody looks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.homes import environment, leadq
from benchmarks.measure import Answer, Line
from benchmarks.terminal import Program, running

BAR: Final = 0.005
UNFOCUSED_BAR: Final = 0.002
MEMORY_BAR_MB: Final = 25.0
_SETTLE_S: Final = 3.0
_FOCUS_OUT: Final = b"\x1b[O"
_TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True, slots=True)
class Idled:
    """Shares of one processor, and the memory (VmRSS, MB) after them; `beside` is what its children used meanwhile."""

    first: float
    steady: float
    unfocused: float
    memory_mb: float
    beside: float


def ask(folder: Path, count: int, window_s: float) -> Iterator[Answer]:
    """Over three windows of `window_s` seconds, after 3 s to settle; both programs at the same time. Needs /proc."""
    with ThreadPoolExecutor(2) as both:
        ours = both.submit(watch, leadq(), environment(folder), window_s)
        plain = both.submit(watch, [sys.executable, "-m", "benchmarks.hello"], environment(), window_s)
        yield from _answers(f"leadq, {count:,} open leads", ours.result(), plain.result(), f"{window_s:.0f} s")


def _answers(name: str, ours: Idled, plain: Idled, window: str) -> Iterator[Answer]:
    yield _share("idle processor", name, ours.steady, window, BAR)
    yield _share("", "one Static", plain.steady, window)
    yield _share("idle, unfocused", name, ours.unfocused, window, UNFOCUSED_BAR)
    yield _share("", "one Static", plain.unfocused, window)
    yield _share("idle, first minute", name, ours.first, window)
    yield _share("", "one Static", plain.first, window)
    yield _share("idle, the sync beside it", "leadq sync --watch", ours.beside, window)
    more = ours.memory_mb - plain.memory_mb
    yield Line("memory, open", name, f"{ours.memory_mb:.1f} MB", "", "1", f"{more:+.1f} MB",
               f"<= +{MEMORY_BAR_MB:.0f} MB", more <= MEMORY_BAR_MB)  # fmt: skip
    yield Line("", "one Static", f"{plain.memory_mb:.1f} MB", "", "1")


def _share(question: str, figure: str, share: float, window: str, bar: float | None = None) -> Line:
    held = {} if bar is None else {"bar": f"<= {bar:.1%}", "holds": share <= bar}
    return Line(question, figure, f"{share:.2%}", "", window, **held)  # type: ignore[arg-type]


def watch(words: list[str], env: dict[str, str], window_s: float) -> Idled:
    """What it used within each window."""
    with running(words, env) as program:
        program.listen(_SETTLE_S)
        first = _share_within(program, window_s)
        before_s = _children_s(program.pid)
        steady = _share_within(program, window_s)
        beside = (_children_s(program.pid) - before_s) / window_s
        program.type(_FOCUS_OUT)
        program.listen(program.age_s + _SETTLE_S)
        return Idled(first, steady, _share_within(program, window_s), memory_mb(program.pid), beside)


def _share_within(program: Program, window_s: float) -> float:
    begun_s, before_s = program.age_s, _used_s(program.pid)
    program.listen(begun_s + window_s)
    return (_used_s(program.pid) - before_s) / (program.age_s - begun_s)


def _used_s(pid: int) -> float:
    """User and system time so far, in seconds: fields 14 and 15 of proc(5) stat."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _children_s(pid: int) -> float:
    """The same for the processes that it started and that still run."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text("utf-8").split()]
    return sum(_used_s(int(child)) for child in children)


def memory_mb(pid: int) -> float:
    """What it has in memory now (VmRSS)."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1024
