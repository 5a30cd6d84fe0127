"""Does a gesture, or a look at the head of the queue, get slower as the home grows?

The bars: a verb within a process takes 5 ms at the most, and `list --limit 50` and `next`, as whole commands, at the
most twice what they take on a small home. What the query alone takes is there for information.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.homes import ME, environment, home_at, leadq, run
from benchmarks.measure import Answer, Bar, Line, alternate, compare, milliseconds
from leadq import read
from leadq.clock import Clock
from leadq.domain.verbs import Accept
from leadq.order import Filter
from leadq.queue import Queue
from leadq.sqlite import Store

VERB_BAR_S: Final = 0.005
LOOK_BAR: Final = Bar(2.0)
_WITHOUT_HOT_MS: Final = 40 * 60_000
"""So much later no hot lead is in time any more, and the page has to be looked for further down."""


def ask(large: Path, count: int, small: Path, small_count: int, rounds: int) -> list[Answer]:
    """Accepting a lead and looking for a page within one process; `list --limit 50` and `next` as commands."""
    names = (f"{count:,} leads", f"{small_count:,} leads")
    homes = dict(zip(names, (large, small), strict=True))
    accepts = alternate(rounds, {name: _accepting(folder, rounds) for name, folder in homes.items()})
    answers = compare("accept", accepts, milliseconds)
    first, typical_s = answers[0], median(accepts[names[0]])
    assert isinstance(first, Line)
    answers[0] = replace(first, bar=f"<= {VERB_BAR_S * 1000:.0f} ms", holds=typical_s <= VERB_BAR_S)
    for words in (("list", "--limit", "50"), ("next",)):
        looks = {name: _commanding(folder, words) for name, folder in homes.items()}
        answers += compare(" ".join(words), alternate(max(2, rounds // 2), looks), milliseconds, LOOK_BAR)
    pages = {name: _paging(folder) for name, folder in homes.items()}
    return [*answers, *compare("a page, the query alone", alternate(rounds, pages), milliseconds)]


def _accepting(folder: Path, rounds: int) -> Callable[[], float]:
    store = Store(home_at(folder), keep=True)  # as the screen has one, with a reader beside it
    with store.read() as db:
        query = "SELECT id FROM lead WHERE state = 'handed_off' ORDER BY uid LIMIT ?"
        fresh = iter([str(row[0]) for row in db.execute(query, (rounds + 1,))])
    queue, reader = Queue(store, Clock()), store.open_reader()

    def accept() -> float:
        lead = next(fresh)
        reader.execute("PRAGMA data_version").fetchone()  # what the screen asks it now and then
        begun = time.perf_counter()
        queue.perform([lead], Accept())
        return time.perf_counter() - begun

    return accept


def _commanding(folder: Path, words: tuple[str, ...]) -> Callable[[], float]:
    def command() -> float:
        begun = time.perf_counter()
        run(leadq(*words, "--json"), environment(folder))
        return time.perf_counter() - begun

    return command


def _paging(folder: Path) -> Callable[[], float]:
    store = Store(home_at(folder))

    def page() -> float:
        with store.read() as db:
            begun = time.perf_counter()
            at = read.moment(db, time.time_ns() // 1_000_000 + _WITHOUT_HOT_MS)
            read.lines(db, at, read.queue_ids(db, at, Filter(view="mine", me=ME), 50))
            return time.perf_counter() - begun

    return page
