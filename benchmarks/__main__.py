"""Ask every question once and print the table; 1 when a bar is missed."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks import (
    business_time,
    calendars,
    contract_change,
    figures,
    gestures,
    homes,
    hub,
    hubspot,
    importing,
    prompting,
    pull,
)
from benchmarks.measure import Answer, Line, Skipped, table

SMALL = 1_000


@dataclass(frozen=True, slots=True)
class Effort:
    """How many leads, with how many events in all, and how often each question is asked."""

    leads: int
    events: int
    paints: int
    idle_s: float
    keys: int
    written: int
    hours: float
    imports: int
    prompts: int
    gestures: int
    business_times: int
    changes: int
    pulled: int
    pulls: int
    outcomes: int
    figures: int
    own: int
    first_syncs: int


FULL = Effort(
    leads=100_000, events=1_000_000, paints=7, idle_s=60.0, keys=200, written=10_000, hours=8.0, imports=5, prompts=15,
    gestures=31, business_times=31, changes=3, pulled=10_000, pulls=5, outcomes=1_000, figures=3, own=500,
    first_syncs=5,
)  # fmt: skip
QUICK = Effort(
    leads=5_000,
    events=50_000,
    paints=2,
    idle_s=3.0,
    keys=10,
    written=2_000,
    hours=0.5,
    imports=2,
    prompts=2,
    gestures=2,
    business_times=2,
    changes=1,
    pulled=500,
    pulls=1,
    outcomes=500,
    figures=1,
    own=50,
    first_syncs=1,
)


def main() -> int:
    """Run them all in a temporary folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 runs on 5,000 leads: tries the harness, proves nothing")
    effort = QUICK if parser.parse_args().quick else FULL
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors")
    if effort is QUICK:
        print("QUICK: this tries the harness, its figures prove nothing")
    with tempfile.TemporaryDirectory(prefix="leadq-bench-") as folder:
        answers = list(_ask_all(Path(folder), effort))
    lines = [answer for answer in answers if isinstance(answer, Line)]
    print(table(lines))
    for answer in answers:
        if isinstance(answer, Skipped):
            print(f"NOT MEASURED: {answer.question}: {answer.reason}")
    bars = [line.holds for line in lines if line.holds is not None]
    print(f"{bars.count(False)} of {len(bars)} bars missed")
    return 0 if all(bars) else 1


def _ask_all(folder: Path, effort: Effort) -> Iterator[Answer]:
    large, small = folder / "large", folder / "small"
    for place, count in ((large, effort.leads), (small, SMALL)):
        events = count * effort.events // effort.leads
        _say(f"making a home of {count:,} leads and {events:,} events")
        homes.build(place, count, events)
    yield from _on_a_screen(large, effort)
    _say("import")
    yield from importing.ask(folder, effort.leads, effort.imports)
    _say("prompt")
    yield from prompting.ask(large, effort.leads, effort.prompts)
    _say("business time")
    yield from business_time.ask(effort.business_times)
    _say("calendars")
    yield from calendars.ask()
    _say("contract change")
    yield from contract_change.ask(folder, effort.leads, effort.changes)
    _say("figures")
    yield from figures.ask(folder / "quarter", effort.leads, effort.events, effort.figures)
    _say("pull")
    yield from pull.ask(folder / "pull", effort.pulled, effort.pulls, effort.leads)
    _say("HubSpot")
    yield from hubspot.ask(folder / "hubspot", effort.outcomes)
    _say("hub")
    yield from hub.ask(folder / "hub", effort.own, effort.leads, effort.events, effort.first_syncs)
    _say("gestures")  # last: they change the homes
    yield from gestures.ask(large, effort.leads, small, SMALL, effort.gestures)
    yield from _typed(folder / "keys", large, effort)


def _missing() -> str:
    """What a terminal of our own lacks here; empty when there is one."""
    missing = next((name for name in ("pty", "termios", "pyte") if find_spec(name) is None), "")
    return missing or ("" if Path("/proc/self/stat").exists() else "/proc")


def _typed(folder: Path, large: Path, effort: Effort) -> Iterator[Answer]:
    if missing := _missing():
        yield Skipped("key to repaint; memory, eight hours", f"this needs {missing}")
        return
    from benchmarks import day, keys

    _say("eight hours")
    yield from day.ask(large, effort.leads, effort.hours)
    _say("key to repaint")
    yield from keys.ask(folder, large, effort.leads, effort.written, effort.keys)


def _on_a_screen(large: Path, effort: Effort) -> Iterator[Answer]:
    if missing := _missing():
        yield Skipped("first paint, idle processor, memory", f"this needs {missing}")
        return
    from benchmarks import idle, paint

    _say("first paint")
    yield from paint.ask(large, effort.leads, effort.paints)
    _say("idle")
    yield from idle.ask(large, effort.leads, effort.idle_s)


def _say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
