"""What does an open screen cost while nobody touches it, its timers running? Its share of a processor, its memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.homes import environment, leadq
from benchmarks.measure import Answer, Line
from benchmarks.terminal import running

CPU_BAR = 0.01
MEMORY_BAR_MB = 25.0
_SETTLE_S = 3.0
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def ask(folder: Path, count: int, window_s: float) -> list[Answer]:
    """Over `window_s` seconds after 3 s to settle: a minute, because the order is looked over once a minute.

    Needs /proc.
    """
    cpu, memory = watch(leadq(), environment(folder), window_s)
    plain_cpu, plain_memory = watch([sys.executable, "-m", "benchmarks.hello"], environment(), window_s)
    more = memory - plain_memory
    window = f"{window_s:.0f} s"
    name = f"leadq, {count:,} open leads"
    return [
        Line("idle processor", name, f"{cpu:.2%}", "", window, "", f"<= {CPU_BAR:.0%}", cpu <= CPU_BAR),
        Line("", "one Static", f"{plain_cpu:.2%}", "", window),
        Line("memory, open", name, f"{memory:.1f} MB", "", "1", f"{more:+.1f} MB", f"<= +{MEMORY_BAR_MB:.0f} MB",
             more <= MEMORY_BAR_MB),
        Line("", "one Static", f"{plain_memory:.1f} MB", "", "1"),
    ]  # fmt: skip


def watch(words: list[str], env: dict[str, str], window_s: float) -> tuple[float, float]:
    """The share of one processor that it used within the window, and its memory (VmRSS, MB) at the end."""
    with running(words, env) as program:
        program.listen(_SETTLE_S)
        before = _used_s(program.pid)
        program.listen(_SETTLE_S + window_s)
        return (_used_s(program.pid) - before) / window_s, _memory_mb(program.pid)


def _used_s(pid: int) -> float:
    """User and system time so far, in seconds: fields 14 and 15 of proc(5) stat."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1024
