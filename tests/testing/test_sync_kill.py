"""kill -9 of `leadq sync` at any of its requests, and two of it at once: each outcome is there once, in its order."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadq.clock import Clock
from leadq.domain.verbs import Note, Touch
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.ports import SystemTicks
from leadq.testing.crm import BUDGETED, FakeCRM
from leadq.testing.invariants import OpRow, appends_are_in_order, each_acked_append_is_there_once
from leadq.testing.laptop import home_in, prepare
from leadq.testing.server import serve
from tests.plugins.fakes import announce

if TYPE_CHECKING:
    from leadq.sync.wire import Reply, Request

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="NOT PROVEN HERE: this system has no kill -9")

ROOT = Path(__file__).parents[2]
LEADS = ("L1", "L2", "L3")
ADAPTER = """
from leadq.plugins.sdk import Login, Option, hookimpl
from leadq.testing.rest import Rest

class Field(Rest):
    name = "field"
    settle_s = 0.0  # the service here does everything at once, or never
    options = (Option("url", "Address"), Option("token", "Token"))

    @classmethod
    def login(cls, context):
        return Login(context.options["url"], {"authorization": f"Bearer {context.options['token']}"})

@hookimpl
def leadq_adapter():
    return Field
"""


@dataclass
class Field:
    """A home, a service on this machine, and runs of `leadq sync` that die when they have asked often enough."""

    folder: Path
    crm: FakeCRM
    url: str = ""
    kills: int = 0
    _asked: int = 0
    _fatal: tuple[int, bool] = (0, False)
    _victim: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return Store(home_in(self.folder / "home"))

    def answer(self, request: Request) -> Reply:
        """The service; at the fatal request the one who asks is killed, before it is done or after."""
        self._asked += 1
        number, after = self._fatal
        if self._asked == number and not after:
            self._kill()
        reply = self.crm(request)
        if self._asked == number and after:
            self._kill()
        return reply

    def _kill(self) -> None:
        for process in self._victim:
            process.send_signal(signal.SIGKILL)
            self.kills += 1
        self._victim.clear()

    def work(self, chance: random.Random) -> None:
        """One or two gestures."""
        queue = Queue(self.store, Clock())
        for _ in range(chance.randint(1, 2)):
            verb = chance.choice((Note("Ask again."), Touch("call", "no_answer", note="Rang.")))
            queue.perform([str(chance.randint(1, len(LEADS)))], verb)

    def start(self) -> subprocess.Popen[bytes]:
        """A run of sync."""
        path = os.pathsep.join((str(ROOT), str(self.folder / "plugins")))
        command = [sys.executable, "-m", "leadq", "--home", str(self.folder / "home"), "sync", "--json"]
        return subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def sync(self, fatal: tuple[int, bool] = (0, False)) -> bytes:
        """One run, killed around the request `fatal`; what it said."""
        self._asked, self._fatal = 0, fatal
        process = self.start()
        self._victim = [process]
        said, _ = process.communicate()
        self._victim.clear()
        return said

    def rest(self) -> list[object]:
        """Run until nothing waits; what is broken then."""
        for _ in range(20):
            report = json.loads(self.sync())["connections"][0]
            if not report["pending"] and not report["unknown"]:
                break
        with self.store.read() as db:
            rows = db.execute(_OPS).fetchall()
        ops = [OpRow(*row[:4], appends=bool(row[4])) for row in rows]
        waiting = [op for op in ops if op.state not in ("acked", "done")]
        effects = self.crm.book.effects
        return [*waiting, *each_acked_append_is_there_once(effects, ops), *appends_are_in_order(effects, ops)]


_OPS = """
    SELECT o.op_id, l.external_id, o.seq, o.state, o.adds FROM outbox o JOIN lead l ON l.uid = o.lead_uid
    WHERE o.state <> 'superseded' ORDER BY o.rowid"""


@pytest.fixture
def place(memory: Path) -> Iterator[Field]:
    with opened(memory) as made:
        yield made


@contextmanager
def opened(folder: Path) -> Iterator[Field]:
    crm = FakeCRM(BUDGETED, SystemTicks())
    for lead in LEADS:
        crm.book.create(lead)
    (folder / "plugins").mkdir()
    announce(folder / "plugins", "field", ADAPTER)
    made = Field(folder, crm)
    with serve(made.answer) as url:
        made.url = url
        token = crm.auth["authorization"].removeprefix("Bearer ")
        prepare(folder / "home", "device1", LEADS, f'url = "{url}"\ntoken = "{token}"', adapter="field")
        yield made


def killed(place: Field, kills: int) -> None:
    """Work and sync until so many runs were killed, then let it come to rest."""
    chance = random.Random(kills)
    for _ in range(4 * kills):
        if place.kills >= kills:
            break
        place.work(chance)
        place.sync((chance.randint(1, 9), chance.random() < 0.5))
    assert place.kills == kills
    assert place.rest() == []


@pytest.mark.deep
def test_a_sync_that_is_killed_loses_nothing_and_writes_nothing_twice(place: Field) -> None:
    killed(place, 3)


@pytest.mark.deep
def test_a_thousand_syncs_that_are_killed_lose_nothing(tmp_path: Path, memory: Path) -> None:
    for number in range(20):  # homes of fifty kills each: a long history would be most of the time
        folder = memory / str(number)
        folder.mkdir()
        with opened(folder) as place:
            killed(place, 50)
    print("1000 kills")


@pytest.mark.deep
def test_two_syncs_of_one_home_are_as_one(place: Field) -> None:
    chance = random.Random(200)
    for _ in range(200):
        place.work(chance)
        for process in [place.start(), place.start()]:
            process.communicate()
    assert place.rest() == []
    print("200 runs of two")
