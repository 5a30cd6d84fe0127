"""A watcher ends when it is told to: soon, with what was under way accounted for, and with its one document."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadq.clock import Clock
from leadq.domain.verbs import Touch
from leadq.errors import Exit
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.stop import DRAIN_S, Stop
from leadq.testing.time import VirtualTime
from tests.leads import NOW_MS, hand_over
from tests.plugins.fakes import adapter, announce

PATIENCE_S = 30  # never reached but on a very slow machine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a signal there is an end without a word")


@dataclass
class Watched:
    """A home whose adapter waits at a gate while it pushes, and the watcher on it."""

    home: Home
    inside: int
    gate: Path
    process: subprocess.Popen[str]

    def await_push(self) -> None:
        assert select.select([self.inside], [], [], PATIENCE_S)[0]

    def open_gate(self) -> None:
        self.gate.open("w").close()

    def states(self) -> list[str]:
        with Store(self.home).read() as db:
            return [state for (state,) in db.execute("SELECT state FROM outbox ORDER BY rowid")]

    def ended(self) -> tuple[int, dict[str, object]]:
        out, _err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, json.loads(out)

    def await_words(self, words: str) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            if words in line:
                return
        raise AssertionError(words)


def command(home: Home, *words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "leadq", "--home", str(home.config.parent), "sync", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


@contextmanager
def watching(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str, **environment: str
) -> Iterator[Watched]:
    """A lead with two ops that may leave, an adapter that stops at the gate, and a watcher, or what `words` say."""
    inside, gate = tmp_path / "inside", tmp_path / "gate"
    for pipe in (inside, gate):
        os.mkfifo(pipe)
    push = (
        f"open({str(inside)!r}, 'w').write('here'); open({str(gate)!r}).read();"
        " yield from (Result(change.op_id, 'applied') for change in changes)"
    )
    announce(tmp_path, "fake", adapter("fake", push))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    queue = Queue(Store(home), Clock(NOW_MS))
    hand_over(queue, {})
    queue.perform(["1"], Touch("call", "voicemail"))  # accepts too
    home.settings.write_text('[connection.csv]\nadapter = "fake"\n', "utf-8")
    with Store(home).transaction() as db:
        db.execute("UPDATE outbox SET not_before_ms = 0")
    descriptor = os.open(inside, os.O_RDONLY | os.O_NONBLOCK)
    process = command(home, *(words or ("--watch",)), "--json", **environment)
    try:
        yield Watched(home, descriptor, gate, process)
    finally:
        process.kill()
        process.communicate()
        os.close(descriptor)


def test_sigterm_lets_what_is_under_way_end(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watching(home, tmp_path, monkeypatch) as watched:
        watched.await_push()
        second = command(home, "--watch", "--json")
        out, _err = second.communicate(timeout=PATIENCE_S)
        assert second.returncode == Exit.TEMPORARY
        assert str(watched.process.pid) in json.loads(out)["error"]["message"]
        watched.process.send_signal(signal.SIGTERM)
        watched.await_words("Ending")
        watched.open_gate()
        status, document = watched.ended()
        assert (status, document["cycles"]) == (Exit.DONE, 1)
        assert watched.states() == ["done", "pending"]


def test_one_sync_too_lets_what_is_under_way_end(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watching(home, tmp_path, monkeypatch, "--push") as watched:
        watched.await_push()
        watched.process.send_signal(signal.SIGTERM)
        watched.await_words("Ending")
        watched.open_gate()
        status, document = watched.ended()
        assert status == Exit.PARTLY
        assert watched.states() == ["done", "pending"]
        assert document["connections"]


def test_one_sync_that_is_interrupted_says_so(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watching(home, tmp_path, monkeypatch, "--push") as watched:
        watched.await_push()
        watched.process.send_signal(signal.SIGINT)
        watched.await_words("Ending")
        watched.open_gate()
        status, document = watched.ended()
        assert status == Exit.INTERRUPTED
        assert watched.states() == ["done", "pending"]
        assert "error" in document


def test_a_second_ctrl_c_ends_a_child_that_hangs_and_what_it_had_is_unknown(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watching(home, tmp_path, monkeypatch) as watched:
        watched.await_push()
        watched.process.send_signal(signal.SIGINT)
        watched.await_words("Ending")
        watched.process.send_signal(signal.SIGINT)
        status, document = watched.ended()
        assert (status, document["cycles"]) == (Exit.INTERRUPTED, 1)
        assert watched.states() == ["unknown", "pending"]


def test_a_watcher_that_somebody_owns_ends_with_them(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watching(home, tmp_path, monkeypatch, LEADQ_OWNED="1") as watched:
        watched.await_push()
        assert watched.process.stdin
        watched.process.stdin.close()
        watched.process.stdin = None
        watched.await_words("Ending")
        watched.open_gate()
        assert watched.ended()[0] == Exit.DONE


def test_a_drain_has_its_time_and_a_second_ctrl_c_ends_it() -> None:
    ticks = VirtualTime()
    stop = Stop(ticks)
    assert (stop.asked, stop.over) == (False, False)
    stop.ask()
    stop.ask()  # the owner's end after a SIGTERM is no hurry
    assert (stop.asked, stop.over, stop.status) == (True, False, Exit.DONE)
    ticks.sleep(DRAIN_S)
    assert stop.over
    hurried = Stop(ticks)
    hurried.ask(Exit.INTERRUPTED)
    assert not hurried.over
    hurried.ask(Exit.INTERRUPTED)
    assert (hurried.over, hurried.status) == (True, Exit.INTERRUPTED)
