"""Whenever a restore ends, by an error or by a kill, nobody who was erased is in the live database."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest

from leadq.backups import back_up, folder_of
from leadq.doctor import refold
from leadq.paths import Home
from leadq.privacy import erase
from leadq.queue import Queue
from leadq.restore import restore
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over
from tests.test_privacy import CLOCK, QUOTE, TOUCH, ZOE, copy_of, found_in

NAMES: Final = (ZOE["id"], ZOE["name"], ZOE["email"], ZOE["phone"], "guimauve", QUOTE)
_EFFECTS: Final = frozenset({"open", "mkdir", "rename", "replace", "unlink", "rmdir", "fsync", "chmod"})
"""What a restore does to the disk is done by these of `os`, and by connections to SQLite."""


_BROKEN: Final = b"not a database at all" * 1000


class Interrupted(BaseException):
    """What no `except` is written for."""


def interrupt() -> None:
    """An error that nobody foresaw: what is open is closed on its way."""
    raise Interrupted


def kill() -> None:
    """An end without a way: nothing is closed and nothing is tidied."""
    os.kill(os.getpid(), signal.SIGKILL)


def effects(work: Callable[[], object], step: int = 0, end: Callable[[], None] = interrupt) -> int:
    """Do `work` and `end` it before its effect number `step`; how many effects there were."""
    count = 0

    def watch(_frame: FrameType, event: str, function: Any) -> None:
        nonlocal count
        if event == "c_call" and _is_effect(function):
            count += 1
            if count == step:
                sys.setprofile(None)
                end()

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def _is_effect(function: Any) -> bool:
    owner = getattr(function, "__self__", None)
    return isinstance(owner, sqlite3.Connection) or (
        getattr(owner, "__name__", "") in ("posix", "nt") and function.__name__ in _EFFECTS
    )


def in_a_fork(work: Callable[[], object]) -> None:
    """`work`, in a process of its own that may be killed."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    os.waitpid(pid, 0)


class Scene:
    """A home in which Zoé was erased, to be had again and again, and a copy on a stick that still knows her."""

    def __init__(self, folder: Path, *, broken: bool) -> None:
        self._folder, self._stage = folder / "home", folder / "stage"
        self.stick = folder / "stick" / "old.db"
        self.store = Store(Home(*(self._folder / name for name in ("config", "data", "state"))))
        queue = Queue(self.store, CLOCK)
        hand_over(queue, ZOE, {})
        queue.perform(["1"], TOUCH)
        copy_of(self.store, self.stick)
        erase(self.store, CLOCK, "1")
        back_up(self.store.home, folder_of(self.store.home), NOW_MS)
        self.broken = broken
        if broken:
            self.store.home.database.write_bytes(_BROKEN)
        shutil.copytree(self._folder, self._stage)

    def again(self) -> None:
        """The home as it was before the first restore."""
        shutil.rmtree(self._folder)
        shutil.copytree(self._stage, self._folder)

    def restore(self) -> int:
        """How many people were erased again."""
        return restore(self.store, self.stick, NOW_MS).erased

    def check(self) -> None:
        """The live database is the old one or the new one, and names nobody who was erased."""
        live = self.store.home.database
        files = [path for ending in ("", "-wal", "-journal") if (path := Path(f"{live}{ending}")).exists()]
        assert [(path.name, name) for path in files for name in NAMES if name.encode() in path.read_bytes()] == []
        if self.broken and live.read_bytes() == _BROKEN:
            return
        with self.store.read() as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert all(same for _lead_id, same in refold(db))
            assert db.execute("SELECT id, name <> '' FROM person").fetchall() == [(1, 0), (2, 1)]
            assert db.execute("SELECT count(*) FROM suppression WHERE why = 'erased'").fetchone() == (3,)

    def finish(self) -> None:
        """The same command again comes to the end, and leaves nothing of anybody in the whole home."""
        assert self.restore() == 1
        self.check()
        assert found_in(self._folder, *NAMES) == []


def prove(scene: Scene, steps: Iterable[int], end: Callable[[], None]) -> None:
    """End a restore before each of these effects, look, and restore again after some of them."""
    for step in steps:
        scene.again()
        if end is kill:
            in_a_fork(lambda step=step: effects(scene.restore, step, kill))
        else:
            with contextlib.suppress(Interrupted):
                effects(scene.restore, step)
        scene.check()
        if step % 5 == 0:
            scene.finish()


@pytest.fixture(params=[False, True], ids=["over a sound home", "over a broken home"])
def scene(request: pytest.FixtureRequest, memory: Path) -> Scene:
    return Scene(memory, broken=request.param)


FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="NOT PROVEN HERE: this system has neither fork nor kill -9")
ENDS = pytest.mark.parametrize("end", [interrupt, pytest.param(kill, marks=FORKS)])


@ENDS
def test_an_interrupted_restore_never_brings_an_erased_person_back(scene: Scene, end: Callable[[], None]) -> None:
    total = effects(scene.restore)
    assert total > 150
    prove(scene, range(3, total + 1, 7), end)


@pytest.mark.deep
@ENDS
def test_no_step_of_a_restore_brings_an_erased_person_back(scene: Scene, end: Callable[[], None]) -> None:
    prove(scene, range(1, effects(scene.restore) + 1), end)


def test_the_proof_itself_finds_a_person_who_is_put_back(scene: Scene) -> None:
    shutil.copyfile(scene.stick, scene.store.home.database)
    with pytest.raises(AssertionError):
        scene.check()
