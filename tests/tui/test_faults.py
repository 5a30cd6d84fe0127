"""What nobody foresaw, in every job of the screen: a toast, a line in the log, something to copy, and on it goes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from leadq import __version__, faults
from leadq.clock import Clock
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui.data import Data
from leadq.tui.hand import Hand
from leadq.tui.screens import queue as screen
from tests.leads import NOW_MS
from tests.tui.conftest import Seat, Sit

pytestmark = pytest.mark.usefixtures("painting")

SECRET = "Hélène pat-0123456789"


class Oops(Exception):
    """What nobody foresaw."""


def boom(*given: object, **named: object) -> None:
    raise Oops(SECRET)


async def day(seat: Seat) -> None:
    await seat.press("D")
    assert "Something unexpected" in await seat.painted()
    await seat.press("escape")


async def verb(seat: Seat) -> None:
    seat.app.data.write(seat.queue, "write", lambda queue: queue.undo())  # type: ignore[arg-type,return-value]
    await seat.settle()


async def keep(seat: Seat) -> None:
    seat.app.data.may_watch = True
    for _look in range(3):  # said once: it is not tried again at each look
        seat.app.data.keep_syncing(seat.queue)
    await until(seat, "keep")


async def sync(seat: Seat) -> None:
    await seat.press("s")
    await until(seat, "sync")


async def until(seat: Seat, kind: str) -> None:
    """The third hand has no barrier: until it has been heard of."""
    for _ in range(500):
        if any(kind in told for told in seat.toasts):
            return
        await seat.pilot.pause(0.01)


def press(*keys: str) -> Callable[[Seat], Awaitable[None]]:
    return lambda seat: seat.press(*keys)


async def tick(seat: Seat) -> None:
    seat.queue.tick()
    await seat.settle()


async def ring(seat: Seat) -> None:
    seat.queue._ringer._on = True
    seat.queue._ringer.ask()
    await seat.settle()


JOBS: dict[str, tuple[str, Callable[[Seat], Awaitable[None]]]] = {
    "look": ("leadq.read.ranked", press("tab", "shift+tab")),
    "rows": ("leadq.read.lines", lambda seat: rows(seat)),
    "card": ("leadq.tui.card.Shelf.card", press("j")),
    "card_now": ("leadq.tui.card.Shelf.card", lambda seat: card_now(seat)),
    "read_now": ("leadq.day.look", day),
    "watch": ("leadq.tui.data.Data._written", tick),
    "alerts": ("leadq.alerts.Lookout.look", ring),
    "perform": ("leadq.queue.Queue.perform", press("a")),
    "undo": ("leadq.queue.Queue.undo", press("u")),
    "redo": ("leadq.queue.Queue.redo", press("ctrl+r")),
    "write": ("leadq.queue.Queue.undo", verb),
    "aside": ("leadq.queue.Queue.correct", lambda seat: aside(seat)),
    "sync": ("leadq.tui.sync.run_sync", sync),
    "keep_syncing": ("leadq.tui.sync.Keeper", keep),
}
"""Job of the screen's threads -> what breaks in it, and what somebody does."""

OTHERS = {"first", "close", "lacks_watcher", "journal", "drafts", "reading"}
"""`first` has a test of its own; the others start no job."""


async def rows(seat: Seat) -> None:
    seat.app.data.rows(seat.queue, [1])
    await seat.settle()


async def aside(seat: Seat) -> None:
    seat.app.data.aside(seat.queue, "aside", boom)
    await seat.settle()


async def card_now(seat: Seat) -> None:
    seat.queue._card = None
    await seat.press("enter")


def lines(home: Home) -> int:
    path = faults.log_of(home)
    return len(path.read_text("utf-8").splitlines()) if path.exists() else 0


def test_every_job_of_the_screen_is_broken_here() -> None:
    assert {name for name in vars(Data) if not name.startswith("_")} == {*JOBS, *OTHERS}


async def test_whatever_breaks_in_a_thread_is_a_toast_and_a_line_and_never_an_end(
    three: Queue, sit: Sit, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "_WATCH_AFTER_S", 1e9)
    async with sit() as seat:
        for kind, (place, act) in JOBS.items():
            seat.app.clear_notifications()
            before = lines(home)
            with monkeypatch.context() as broken:
                broken.setattr(place, boom)
                await act(seat)
            told = [toast for toast in seat.toasts if "Something unexpected" in toast]
            assert (kind, len(told) if kind != "read_now" else 1) == (kind, 1)
            assert lines(home) > before, kind
            assert seat.app.is_running
        await seat.press("g", "a")
        assert any(toast.startswith("Accepted") for toast in seat.toasts)
        log = faults.log_of(home).read_text("utf-8")
        assert "Oops at tests.tui.test_faults" in log
        for text in (log, repr(seat.app.data.journal.notes), *seat.toasts):
            assert "pat-0123" not in text


async def test_what_went_wrong_is_in_the_log_page_and_copied_from_there(
    three: Queue, sit: Sit, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    async with sit() as seat:
        monkeypatch.setattr(seat.app, "copy_to_clipboard", copied.append)
        with monkeypatch.context() as broken:
            broken.setattr(Queue, "perform", boom)
            await seat.press("a")
        await seat.press("l", "shift+tab")
        assert "Oops" in await seat.painted()
        await seat.press("y")
        assert "accept: Oops" in copied[0]
        assert "tests.tui.test_faults:" in copied[0]
        assert f"leadq {__version__}" in copied[0]
        assert "pat-0123" not in copied[0]
        assert "tests/tui" not in copied[0]


async def test_a_first_page_that_breaks_is_said_on_an_empty_screen(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Data, "_first", boom)
    async with sit() as seat:
        assert any("Something unexpected" in toast for toast in seat.toasts)
        assert len(seat.names) == 3


def test_a_cause_is_said_by_its_class_and_a_code_and_no_more(home: Home, three: Queue) -> None:
    try:
        try:
            (home.data / SECRET).read_bytes()
        except OSError as cause:
            raise Oops(SECRET) from cause
    except Oops as error:
        fault = faults.note(home, "test", error)
    assert fault.what == "Oops from FileNotFoundError ENOENT"
    assert SECRET not in faults.log_of(home).read_text("utf-8")


def test_a_log_does_not_grow_for_ever_and_makes_no_home(home: Home, three: Queue, tmp_path: Path) -> None:
    for _line in range(3):
        faults.write(home, "x" * (200 << 10))
    assert faults.log_of(home).stat().st_size < 512 << 10
    nowhere = Home(tmp_path / "a" / "config", tmp_path / "a" / "data", tmp_path / "a" / "state")
    faults.write(nowhere, "x")
    assert not (tmp_path / "a").exists()


def test_a_hand_goes_on_after_a_job_that_raises() -> None:
    failed: list[Exception] = []
    done = threading.Event()
    hand = Hand("test", failed.append)
    hand.ask("first", boom)
    hand.ask("second", done.set)
    assert done.wait(10)
    hand.stop(1)
    assert [type(error) for error in failed] == [Oops]


def test_a_reader_outlives_those_who_do_not_wait(three: Queue, home: Home) -> None:
    data = Data(home, Clock(NOW_MS))
    gate = threading.Event()
    data._reader.ask("gate", gate.wait)  # type: ignore[arg-type]
    left: Future[int] = data.read_now(lambda db, at: 1)
    left.cancel()
    gate.set()
    assert data.read_now(lambda db, at: 2).result(10) == 2
    data.close()


async def test_quitting_waits_for_no_sync_and_for_nothing_else_longer_than_a_second(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    never, begun = threading.Event(), threading.Event()
    waited: list[float] = []
    join = threading.Thread.join

    def counted(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name.startswith("leadq-"):
            assert timeout is not None
            waited.append(timeout)
            timeout = 0
        join(thread, timeout)

    def stuck(*given: object) -> dict[str, object]:
        begun.set()
        never.wait(30)
        return {}

    monkeypatch.setattr("leadq.tui.sync.run_sync", stuck)
    async with sit() as seat:
        await seat.press("s")
        await asyncio.to_thread(begun.wait, 10)
        seat.app.data._reader.ask("stuck", lambda: never.wait(30) and None)
        seat.app.data._writer.ask("stuck", lambda: never.wait(30) and None)
        await seat.pilot.pause()
        with monkeypatch.context() as counting:
            counting.setattr(threading.Thread, "join", counted)
            seat.app.data.close()
        never.set()
    assert len(waited) == 3
    assert max(waited) <= 1.0
    assert waited[2] == 0
