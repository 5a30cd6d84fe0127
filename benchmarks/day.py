"""Does an open screen grow in a day? Eight hours of it, with the clock and the tick 64 times as fast.

The program itself in a terminal, on the large home: its timers run, the order is looked over each minute of its day,
somebody types (every kind of screen is opened and closed, five verbs in about fifty keys), and another process writes.
Its memory at the end is held against its memory after the first half hour, when every screen has been seen once.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

from benchmarks.homes import environment, home_at
from benchmarks.idle import memory_mb
from benchmarks.measure import Answer, Line
from benchmarks.terminal import Program, running
from leadq.clock import Clock
from leadq.domain.verbs import Note
from leadq.queue import Queue
from leadq.sqlite import Store

QUESTION: Final = "memory, eight hours"
BAR_MB: Final = 10.0
HASTE: Final = 64
"""Seven and a half minutes: the screen still has time for its 28,800 ticks, and somebody for 2,000 keys."""
_DAY_S: Final = 8 * 3600.0
_WARM_S: Final = 1800.0
_SETTLE_S: Final = 3.0
_PAUSE_S: Final = 0.19
_ESCAPE_S: Final = 0.35
"""Longer than a terminal program waits for what may follow an Escape."""
_BESIDE_EVERY: Final = 33
_LEAVES_WITHIN: Final = 20
_TOLD: Final = "day.json"

_ESC: Final = "\x1b"
ROUND: Final = (
    *"jjjk", "a", "c", "1", "\r", "\x04", "\x15", "\r", _ESC, *"v511", "\r", _ESC, "/", *"zo", "\r", _ESC, "\t", "\t",
    "\x1b[Z", "\x1b[Z", *"mhi", "\r", _ESC, "?", _ESC, "\x10", *"ra", _ESC, *"ff", "R", "R", "O", _ESC, "D", _ESC, "!",
    _ESC, "G", "g", "u",
)  # fmt: skip
"""Walk, accept, log a call, page, the card, reject, search, views, note, help, palette, focus, radar, outbox, day, what
needs somebody, both ends, undo."""


class Hasty(Clock):
    """A clock on which a day passes in seven and a half minutes."""

    __slots__ = ("_began_s", "_haste", "_start_ms")

    def __init__(self, haste: int) -> None:
        super().__init__(None)
        for name, value in (("_began_s", time.monotonic()), ("_haste", haste), ("_start_ms", super().now_ms())):
            object.__setattr__(self, name, value)

    def now_ms(self) -> int:
        """So many times as far from the start as it really is."""
        return int(self._start_ms + (time.monotonic() - self._began_s) * self._haste * 1000)


@dataclass(frozen=True, slots=True)
class Day:
    """Memory (MB) after the first half hour and at the end; what happened in between."""

    warm_mb: float
    end_mb: float
    keys: int
    verbs: int
    beside: int
    ticks: int


def ask(home: Path, count: int, hours: float) -> Iterator[Answer]:
    """So many hours on the home of `count` leads, which they change. Needs /proc.

    Raises RuntimeError when it did not tick or nobody's verbs were stored.
    """
    day = spend(home, hours * 3600)
    more = day.end_mb - day.warm_mb
    figure = f"leadq, {count:,} leads, {day.keys:,} keys, {day.verbs} verbs, {day.ticks:,} ticks"
    spread = f"{day.warm_mb:.1f} MB after 30 min"
    yield Line(QUESTION, figure, f"{day.end_mb:.1f} MB", spread, "1", f"{more:+.1f} MB", f"< +{BAR_MB:.0f} MB",
               more < BAR_MB)  # fmt: skip


def spend(folder: Path, day_s: float) -> Day:
    """Sit there for so long."""
    store = Store(home_at(folder))
    before = _events(store)
    others = Queue(store, Clock())
    leads, keys, beside, warm_mb = _leads(store), 0, 0, 0.0
    words = [sys.executable, "-m", "benchmarks.day", str(folder), str(HASTE)]
    with running(words, environment(folder)) as program:
        program.listen(_SETTLE_S)
        for key in cycle(ROUND):
            gone_s = (program.age_s - _SETTLE_S) * HASTE
            if gone_s >= min(_WARM_S, day_s / 2) and not warm_mb:
                warm_mb = memory_mb(program.pid)
            if gone_s >= day_s and key == ROUND[0]:
                break
            _press(program, key)
            keys += 1
            if keys % _BESIDE_EVERY == 0:
                others.perform([next(leads)], Note("written by another process"))
                beside += 1
        program.listen(program.age_s + 1.0)
        end_mb = memory_mb(program.pid)
        ticks = _quit(program, folder)
    verbs = _events(store) - before - beside
    if ticks < day_s / 10 or verbs < keys // 50:
        raise RuntimeError(f"in {day_s:.0f} s of the day there were {ticks} ticks and {verbs} verbs")
    return Day(warm_mb, end_mb, keys, verbs, beside, ticks)


def _press(program: Program, key: str) -> None:
    program.type(key.encode())
    del program.heard[:-2000]  # megabytes that nobody looks at
    program.listen(program.age_s + (_ESCAPE_S if key == _ESC else _PAUSE_S))


def _quit(program: Program, folder: Path) -> int:
    """Leave; how often it had ticked. Where the machine is slow, an Escape and what follows it may come as one key."""
    try:
        for _try in range(_LEAVES_WITHIN):
            for key in (_ESC, _ESC, "q"):
                _press(program, key)
            program.listen(program.age_s + 1.0)
    except RuntimeError:
        return int(json.loads((folder / _TOLD).read_text("utf-8"))["ticks"])
    screen = [screen for _at, screen in program.screens()][-1]
    raise RuntimeError("leadq did not leave at q:\n" + "\n".join(screen))


def _leads(store: Store) -> Iterator[str]:
    with store.read() as db:
        ids = [
            str(lead) for (lead,) in db.execute("SELECT id FROM lead WHERE state = 'handed_off' LIMIT 500 OFFSET 200")
        ]
    return cycle(ids)


def _events(store: Store) -> int:
    """Gestures of people."""
    with store.read() as db:
        return int(db.execute("SELECT count(DISTINCT batch) FROM event WHERE actor_kind = 'human'").fetchone()[0])


def live(folder: Path, haste: int) -> None:
    """Be the program, in haste; says at the end how often it ticked."""
    from leadq.tui import app
    from leadq.tui.screens import queue

    ticks, tick = 0, queue.QueueScreen.tick

    def counted(screen: queue.QueueScreen) -> None:
        nonlocal ticks
        ticks += 1
        tick(screen)

    queue._TICK_S = 1 / haste  # type: ignore[misc]
    queue.QueueScreen.tick = counted  # type: ignore[method-assign]
    app.run(home_at(folder), Hasty(haste))
    (folder / _TOLD).write_text(json.dumps({"ticks": ticks}), "utf-8")


if __name__ == "__main__":
    live(Path(sys.argv[1]), int(sys.argv[2]))
