"""How long until the queue stands on the screen, against an app of one widget?"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks import hello
from benchmarks.homes import ME, environment, home_at, leadq
from benchmarks.measure import Answer, Bar, alternate, compare, seconds
from benchmarks.terminal import COLUMNS, LINES, Screen, first_paint, settled
from leadq import read
from leadq.order import Filter
from leadq.sqlite import Store

QUESTION = "first paint"
BAR = Bar(1.6)


def ask(folder: Path, count: int, rounds: int) -> list[Answer]:
    """With `count` open leads in `folder`: the header and the last visible row of the list are there."""
    wanted = Wanted(folder)
    one_widget = [sys.executable, "-m", "benchmarks.hello"]
    plain = environment()
    samples = alternate(
        rounds,
        {
            f"leadq, {count:,} open leads": lambda: first_paint(leadq(), environment(folder), wanted.painted),
            "one Static": lambda: first_paint(one_widget, plain, lambda screen: hello.NEEDLE in "".join(screen)),
        },
    )
    return compare(QUESTION, samples, seconds, BAR)


class Wanted:
    """What the whole first page is, learnt from a screen that had all the time it needed."""

    def __init__(self, folder: Path) -> None:
        self._names = _first_names(folder)
        screen = settled(leadq(), environment(folder), 5.0)
        self._rows = [y for y, line in enumerate(screen) if self._shows_a_lead(line)]
        if len(self._rows) < LINES // 2:
            raise RuntimeError("the screen shows hardly any lead:\n" + "\n".join(screen))
        self._title = screen[0].split()[0]

    def painted(self, screen: Screen) -> bool:
        """Whether the header, the first and the last row are there."""
        rows = (self._rows[0], self._rows[-1])
        return self._title in screen[0] and all(self._shows_a_lead(screen[y]) for y in rows)

    def _shows_a_lead(self, line: str) -> bool:
        return any(name in line[: COLUMNS // 2] for name in self._names)


def _first_names(folder: Path) -> set[str]:
    """How the names at the head of the queue begin (the list cuts them); more than a page, for the clock moves on."""
    with Store(home_at(folder)).read() as db:
        at = read.moment(db, time.time_ns() // 1_000_000)
        ids = read.queue_ids(db, at, Filter(view="mine", me=ME), 400)
        return {line.name[:12] for line in read.lines(db, at, ids).values()}
