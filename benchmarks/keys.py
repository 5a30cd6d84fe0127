"""How long until a key shows, while a sync writes beside the screen?

A key is pressed once the one before has shown, after a moment that differs each time, so that it meets the tick, the
sync's commits and the looks that follow them at any point. The pointer of the list must stand on another lead; of the
plain app, its one line must be another. The sync is the one that an open screen runs by itself; only keys between its
first commit and its last one count.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, pairwise
from math import ceil
from pathlib import Path
from statistics import median
from typing import Final

import pyte

from benchmarks import hello
from benchmarks.connected import announce, connect, served, syncing
from benchmarks.homes import environment, home_at, leadq
from benchmarks.measure import Answer, Line, milliseconds
from benchmarks.terminal import COLUMNS, LINES, Program, running
from leadq.tui.widgets.lead_list import POINTER

QUESTION: Final = "key to repaint"
BAR_S: Final = 0.050
_GAP_S: Final = (0.030, 0.150)
"""From a key that is held down to somebody who reads each name."""
_PATIENCE_S: Final = 2.0
_SETTLE_S: Final = 3.0
_PAUSE_S: Final = 5.0
"""A sync that commits nothing for so long has ended, or was not really writing."""
_LIMIT_S: Final = 300.0
_WALK: Final = b"j" * 12 + b"k" * 12

Shown = Callable[[pyte.Screen], str]


@dataclass(frozen=True, slots=True)
class Key:
    """When it was pressed, how long until it showed, and how many events the home held when it was pressed."""

    at_s: float
    took_s: float
    events: int = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """The keys pressed while somebody wrote, what was written meanwhile, and in how long."""

    keys: list[Key]
    rows: int
    seconds: float


class Typist:
    """Somebody who types, and waits for what each key does."""

    def __init__(self, program: Program, shown: Shown) -> None:
        self._program, self._shown = program, shown
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._chance, self._walk = random.Random(7), cycle(_WALK)

    def watch(self, seconds: float) -> None:
        """Only look, for so long."""
        until_s = self._program.age_s + seconds
        while (left := until_s - self._program.age_s) > 0:
            self._stream.feed(self._program.hear(left))

    def press(self) -> tuple[float, float]:
        """Press the next key; when, and after how many seconds it showed. One that never does took 2 s."""
        self.watch(self._chance.uniform(*_GAP_S))
        while not (before := self._shown(self._screen)):  # in the middle of a repaint
            self.watch(_GAP_S[0])
        pressed_s = self._program.type(bytes([next(self._walk)]))
        while (left := pressed_s + _PATIENCE_S - self._program.age_s) > 0:
            if not (piece := self._program.hear(left)):
                break
            at_s = self._program.heard[-1][0]
            self._stream.feed(piece)
            if self._shown(self._screen) not in ("", before):
                return pressed_s, at_s - pressed_s
        return pressed_s, _PATIENCE_S


def ask(folder: Path, home: Path, count: int, written: int, rounds: int) -> Iterator[Answer]:
    """`rounds` keys on the home of `count` leads and on the plain app; then keys while a sync brings `written` leads.

    Changes `home`. Raises RuntimeError when the sync wrote less, or did not write all the time.
    """
    plain = _typed([sys.executable, "-m", "benchmarks.hello"], environment(), rounds, _greeting)
    quiet = _typed(leadq(), environment(home), rounds, pointed)
    announce(folder / "plugin")
    with served([written]) as address:
        connect(home_at(home), f"{address}/{written}")
        beside = _typed_beside(home, syncing(home, folder / "plugin"), written)
    took = [key.took_s for key in beside.keys]
    who = f"leadq, {count:,} leads"
    ratio = f"{p95(took) / p95(plain):.1f}x"
    what = f"{who}, {beside.rows:,} rows written in {beside.seconds:.0f} s"
    yield _line(QUESTION, what, took, ratio, f"p95 <= {BAR_S * 1000:.0f} ms")
    yield _line("", f"{who}, nobody writing", quiet, f"{p95(quiet) / p95(plain):.1f}x")
    yield _line("", "one Static", plain)


def p95(values: list[float]) -> float:
    """So long or less took 95 of 100 (nearest rank)."""
    return sorted(values)[ceil(0.95 * len(values)) - 1]


def _line(question: str, figure: str, took: list[float], ratio: str = "", bar: str = "") -> Line:
    typical = f"{milliseconds(median(took))}, p95 {milliseconds(p95(took))}"
    spread = f"{milliseconds(min(took))} - {milliseconds(max(took))}"
    return Line(question, figure, typical, spread, str(len(took)), ratio, bar, p95(took) <= BAR_S if bar else None)


def pointed(screen: pyte.Screen) -> str:
    """The name and the company on the pointer's line: what no second and no other lead's arrival changes."""
    lines = screen.display
    heading = next((line for line in lines if " name " in line and " company " in line), "")
    here = next((line for line in lines if line.startswith(POINTER)), "")
    return here[heading.find(" name ") : heading.find(" trigger ")]


def _greeting(screen: pyte.Screen) -> str:
    return next((line for line in screen.display if hello.NEEDLE in line), "")


def _typed(words: list[str], env: dict[str, str], rounds: int, shown: Shown) -> list[float]:
    with running(words, env) as program:
        typist = Typist(program, shown)
        typist.watch(_SETTLE_S)
        typist.press()
        return [typist.press()[1] for _key in range(rounds)]


def _typed_beside(home: Path, env: dict[str, str], written: int) -> Beside:
    """Keys from the beginning on, until nothing more is written; those between the first commit and the last one."""
    database = home_at(home).database
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db, running(leadq(), env) as program:
        typist = Typist(program, pointed)
        typist.watch(1.0)
        keys, before, grew_s = [], _events(db), 0.0
        while not (grew_s and program.age_s > grew_s + _PAUSE_S):
            if program.age_s > _LIMIT_S:
                raise RuntimeError(f"the sync beside the screen did not end; it wrote {_events(db) - before} events")
            at_s, took_s = typist.press()
            keys.append(Key(at_s, took_s, _events(db)))
            if keys[-1].events != (keys[-2].events if len(keys) > 1 else before):
                grew_s = at_s
    return _within(keys, before, written)


def _within(keys: list[Key], before: int, written: int) -> Beside:
    growing = [new for old, new in pairwise(keys) if new.events > old.events]
    rows = keys[-1].events - before
    if rows < written:
        raise RuntimeError(f"the sync wrote {rows} events instead of {written}")
    first, last = growing[0], growing[-1]
    return Beside([key for key in keys if first.at_s <= key.at_s <= last.at_s], rows, last.at_s - first.at_s)


def _events(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT max(seq) FROM event").fetchone()[0])
