"""How long until the queue stands on the screen, against an app of one widget, and against harlequin?"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks import harlequin, hello
from benchmarks.homes import ME, environment, home_at, leadq
from benchmarks.measure import Answer, Bar, Skipped, alternate, compare, seconds
from benchmarks.terminal import COLUMNS, LINES, Screen, first_paint, settled
from leadq import read
from leadq.order import Filter
from leadq.sqlite import Store

QUESTION = "first paint"
BAR = Bar(1.6)
HARLEQUIN_BAR = Bar(0.45)


def ask(folder: Path, count: int, rounds: int) -> list[Answer]:
    """With `count` open leads in `folder`: the header and the last visible row of the list are there."""
    wanted = Wanted(folder)
    one_widget = [sys.executable, "-m", "benchmarks.hello"]
    plain, who, theirs = environment(), f"leadq, {count:,} open leads", f"harlequin {harlequin.VERSION}"
    acts = {
        who: lambda: first_paint(leadq(), environment(folder), wanted.painted),
        "one Static": lambda: first_paint(one_widget, plain, lambda screen: hello.NEEDLE in "".join(screen)),
    }
    try:
        words = harlequin.command(harlequin.installed(), home_at(folder).database)
        own = harlequin.own_environment(folder.parent / "harlequin")
        first_paint(words, own, harlequin.painted)
    except (harlequin.UnavailableError, RuntimeError) as error:
        alone = compare(QUESTION, alternate(rounds, acts), seconds, BAR)
        return [*alone, Skipped(f"{QUESTION}, harlequin", str(error))]
    samples = alternate(rounds, {**acts, theirs: lambda: first_paint(words, own, harlequin.painted)})
    ours = samples[who]
    return [
        *compare(QUESTION, {who: ours, "one Static": samples["one Static"]}, seconds, BAR),
        *compare("", {who: ours, f"{theirs}, same file": samples[theirs]}, seconds, HARLEQUIN_BAR),
    ]


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
