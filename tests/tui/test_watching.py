"""The watcher beside the screen: started once it is wanted, let go at the end, and its state in the header."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest

from leadq import read
from leadq.clock import Clock
from leadq.paths import Home
from leadq.queue import Queue
from leadq.read import Moment, SyncLine
from leadq.sqlite import Store
from leadq.tui import app, telling
from leadq.tui.data import Data
from leadq.tui.program import LeadqApp
from leadq.tui.screens import queue as screen
from leadq.tui.sync import Keeper
from tests.leads import NOW_MS
from tests.tui.conftest import Seat, Sit


@dataclass
class Fake:
    """In the place of the process."""

    on_end: Callable[[int], None]
    closed: bool = False


@dataclass
class Started:
    """The watchers that a screen has started."""

    watchers: list[Fake] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)

    def __call__(self, home: Home, clock: Clock, on_end: Callable[[int], None]) -> Started:
        self.watchers.append(Fake(on_end))
        self.heard.set()
        return self

    def close(self) -> None:
        self.watchers[-1].closed = True


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    made = Started()
    monkeypatch.setattr("leadq.tui.sync.Keeper", made)
    monkeypatch.setattr(screen, "_WATCH_AFTER_S", 0.001)
    return made


async def wanted(seat: Seat, started: Started) -> None:
    """Want a watcher, and look at the queue again."""
    seat.app.data.may_watch = True
    seat.queue.ask_for_order()
    await seat.settle()
    for _ in range(500):
        if started.heard.is_set():
            break
        await seat.pilot.pause(0.01)
    await seat.settle()


async def test_the_watcher_is_started_once_and_let_go_with_the_screen(three: Queue, sit: Sit, started: Started) -> None:
    async with sit() as seat:
        assert started.watchers == []
        await wanted(seat, started)
        seat.queue.ask_for_order()
        await seat.settle()
        assert len(started.watchers) == 1
        seat.app.data.close()
        assert started.watchers[0].closed


async def test_a_home_that_does_not_exist_is_not_watched(sit: Sit, started: Started, home: Home) -> None:
    async with sit() as seat:
        seat.app.data.may_watch = True
        assert not seat.app.data.lacks_watcher
    assert not home.config.parent.exists()


@pytest.mark.parametrize(("status", "told"), [(78, True), (-11, True), (0, False), (75, False)])
async def test_a_watcher_that_ends_by_itself_is_said_unless_another_has_the_home(
    three: Queue, sit: Sit, started: Started, status: int, told: bool
) -> None:
    async with sit() as seat:
        await wanted(seat, started)
        started.watchers[0].on_end(status)
        await seat.settle()
        assert any(f"status {status}" in toast for toast in seat.toasts) is told


@pytest.mark.parametrize("frozen", [True, False])
def test_a_screen_where_time_stands_still_watches_nothing(
    three: Queue, home: Home, monkeypatch: pytest.MonkeyPatch, frozen: bool
) -> None:
    seen: list[Data] = []
    monkeypatch.setattr(LeadqApp, "run", lambda self: seen.append(self.data))
    app.run(home, Clock(NOW_MS if frozen else None))
    assert seen[0].may_watch is not frozen


def test_a_watcher_ends_when_it_is_let_go(three: Queue, home: Home) -> None:
    ended: list[int] = []
    over = threading.Event()

    def on_end(status: int) -> None:
        ended.append(status)
        over.set()

    keeper = Keeper(home, Clock(), on_end)
    if hasattr(os, "getpriority"):  # it steps back behind the keys of whoever sits there
        assert os.getpriority(os.PRIO_PROCESS, keeper._process.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    keeper.close()
    assert over.wait(30)
    assert ended == [0]


@pytest.mark.parametrize(
    ("troubles", "synced", "never"),
    [
        (("", ""), "synced", "not synced yet"),
        (("transient", ""), "offline, last", "offline"),
        (("rate_limited", ""), "sync pauses, last", "sync pauses"),
        (("transient", "died"), "! sync failed, last", "sync failed"),
        (("auth", "died"), "! login refused, last", "! login refused"),
    ],
)
def test_the_header_says_the_worst_of_the_connections_and_calls_offline_no_failure(
    troubles: tuple[str, ...], synced: str, never: str
) -> None:
    at = Moment(NOW_MS, NOW_MS, ZoneInfo("Europe/Paris"))

    def said(last_ms: int | None) -> str:
        lines = [SyncLine(kind, last_ms, last_error=kind or None, trouble=kind) for kind in troubles]
        return telling.tell_sync_state(lines, at, running=False)

    assert said(NOW_MS).startswith(synced)
    assert said(None) == never


def test_the_kind_of_a_trouble_is_read_with_its_sentence(three: Queue, home: Home) -> None:
    with Store(home).transaction() as db:
        db.execute("INSERT INTO connection_state (name, adapter, last_error, trouble) VALUES ('c', 'csv', 'x', 'auth')")
    with Store(home).read() as db:
        assert {line.name: line.trouble for line in read.sync_lines(db)}["c"] == "auth"
