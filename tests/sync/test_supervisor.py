"""Whatever a plugin does in its process, the supervisor sees messages and keeps its time."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from leadq.lock import held
from leadq.plugins.sdk import Change, Result
from leadq.sync.ports import SystemTicks
from leadq.sync.protocol import Failed, Open, Ready
from leadq.sync.supervisor import Child, environment
from tests.plugins.fakes import adapter, announce

if TYPE_CHECKING:
    from pathlib import Path

CHANGES = [
    Change(f"op-{n}", f"lead-{n}", "", "", "accept", "", None, (), "", "2026-05-13T13:00:00Z", "lea", 1, "d:1")
    for n in (1, 2, 3)
]
LONG_S = 20.0  # never reached: what a healthy child would need on a very slow machine


@dataclass
class Story:
    """What came out of one child."""

    ready: Ready | Failed
    answers: list[Result | Failed]

    @property
    def failure(self) -> Failed:
        last = self.answers[-1] if self.answers else self.ready
        assert isinstance(last, Failed)
        return last


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path of children, to install packages in."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


def run(folder: Path, name: str = "fake", timeout_s: float = LONG_S, secrets: dict[str, str] | None = None) -> Story:
    order = Open(name, {}, str(folder / "lock"), timeout_s, secrets or {})
    with Child(order, SystemTicks()) as child:
        ready = child.ready()
        answers = [] if isinstance(ready, Failed) else [said for burst in child.push(CHANGES) for said in burst]
    return Story(ready, answers)


def test_a_healthy_adapter_answers_for_every_change(plugins: Path) -> None:
    announce(plugins, "fake", adapter("fake"))
    story = run(plugins)
    assert isinstance(story.ready, Ready)
    assert story.ready.capabilities == {"push", "idempotent_push"}
    assert story.answers == [Result(f"op-{n}", "applied") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("code", "kind", "why"),
    [
        ("import sys; sys.exit(0)", "load", "SystemExit"),
        ("import os; os._exit(7)", "died", "exit 7"),
        ("import ctypes; ctypes.string_at(0)", "died", "SIGSEGV"),
    ],
    ids=["exits", "leaves", "segfaults"],
)
def test_a_plugin_that_fails_when_it_is_imported_costs_one_sentence(
    plugins: Path, code: str, kind: str, why: str
) -> None:
    announce(plugins, "fake", code)
    story = run(plugins)
    assert story.failure.kind == kind
    assert why in " ".join(story.failure.params.values())
    assert story.answers == []


@pytest.mark.parametrize(
    ("push", "kind"),
    [
        ("yield Result('op-1', 'applied'); os._exit(1)", "died"),
        ("yield Result('op-1', 'applied'); ctypes.string_at(0)", "died"),
        ("yield Result('op-1', 'applied'); yield Result('op-2', 'fine')", "garbled"),
        ("yield Result('op-1', 'applied'); bytearray(4 << 30)", "crash"),
    ],
    ids=["leaves", "segfaults", "answers nonsense", "takes all memory"],
)
def test_what_was_answered_before_a_death_counts(plugins: Path, push: str, kind: str) -> None:
    announce(plugins, "fake", adapter("fake", push))
    story = run(plugins)
    assert story.answers[0] == Result("op-1", "applied")
    assert len(story.answers) == 2
    assert story.failure.kind == kind
    assert story.failure.op_id is None


@pytest.mark.parametrize(
    "push",
    [
        "print('{\"v\": 1}'); os.write(1, b'noise\\n'); os.system('echo noise')",
        "sys.stdin.read(); print('→', file=sys.stderr)",
    ],
    ids=["prints", "reads"],
)
def test_what_a_plugin_prints_or_reads_cannot_touch_the_pipe(plugins: Path, push: str) -> None:
    answers = "yield from (Result(change.op_id, 'applied') for change in changes)"
    announce(plugins, "fake", adapter("fake", f"{push}; {answers}"))
    assert run(plugins).answers == [Result(f"op-{n}", "applied") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import os, signal; os.fork(); signal.pause()",
    ],
    ids=["spins", "forks"],
)
def test_a_plugin_that_hangs_is_killed_at_its_deadline(plugins: Path, code: str) -> None:
    announce(plugins, "fake", code)
    assert run(plugins, timeout_s=0.3).failure.kind == "deadline"
    with held(plugins / "lock", 5):  # nothing of it is left to hold its lock
        pass


def test_a_child_that_does_not_read_does_not_hold_us(plugins: Path) -> None:
    announce(plugins, "fake", "while True: pass")
    order = Open("fake", {"large": "x" * (4 << 20)}, str(plugins / "lock"), 0.3)
    with Child(order, SystemTicks()) as child:
        answer = child.ready()
    assert isinstance(answer, Failed)
    assert answer.kind == "deadline"


def test_a_deadline_is_over_when_the_clock_says_so(plugins: Path) -> None:
    class Late:
        moments = iter([0.0, 1000.0, 2000.0, 3000.0])

        def wall_ms(self) -> int:
            return 0

        def monotonic(self) -> float:
            return next(self.moments)

    announce(plugins, "fake", adapter("fake"))
    with Child(Open("fake", {}, str(plugins / "lock"), LONG_S), Late()) as child:
        answer = child.ready()
    assert isinstance(answer, Failed)
    assert answer.kind == "deadline"


def test_a_child_that_is_halted_ends_what_it_does_and_takes_nothing_new(plugins: Path) -> None:
    announce(plugins, "fake", adapter("fake"))
    with Child(Open("fake", {}, str(plugins / "lock"), LONG_S), SystemTicks()) as child:
        child.ready()
        bursts = child.push(CHANGES[:2])
        first = next(bursts)
        child.halt()
        under_way = [*first, *(said for burst in bursts for said in burst)]
        after = [said for burst in child.push(CHANGES[2:]) for said in burst]
    assert under_way == [Result(f"op-{n}", "applied") for n in (1, 2)]
    assert [(said.kind, said.op_id) for said in after if isinstance(said, Failed)] == [("stopped", None)]


def test_a_child_that_is_killed_from_another_thread_says_that_it_died(plugins: Path) -> None:
    announce(plugins, "fake", "import signal; signal.pause()")
    with Child(Open("fake", {}, str(plugins / "lock"), LONG_S), SystemTicks()) as child:
        threading.Timer(0.05, child.kill).start()
        answer = child.ready()
    assert isinstance(answer, Failed)
    assert (answer.kind, answer.params["how"]) == ("died", "SIGKILL")


def test_a_secret_never_comes_back_in_a_sentence(plugins: Path) -> None:
    code = adapter("fake", "raise KeyError('t0ken-123 in the URL')").replace(
        "options = (", "options = (Option('token', 'x', secret=True),"
    )
    announce(plugins, "fake", code)
    failure = run(plugins, secrets={"token": "t0ken-123"}).failure
    assert "t0ken" not in str(failure)
    assert "*** in the URL" in failure.params["why"]


def test_a_sentence_cannot_drive_a_terminal(plugins: Path) -> None:
    announce(plugins, "fake", adapter("fake", "raise Transient('\\x1b[2J{name}', name='\\x1b]0;pwned\\x07' * 100)"))
    failure = run(plugins).failure
    assert "\x1b" not in failure.message + failure.params["name"]
    assert len(failure.params["name"]) <= 300


def test_a_child_gets_no_token_of_ours() -> None:
    ours = {"PATH": "/bin", "LEADQ_CRM_TOKEN": "s3cret", "AWS_SECRET_ACCESS_KEY": "s3cret", "LC_ALL": "C"}
    assert environment(ours) == {"PATH": "/bin", "LC_ALL": "C", "PYTHONUTF8": "1"}


def test_no_process_and_no_thread_is_left_behind(plugins: Path) -> None:
    announce(plugins, "fake", adapter("fake"))
    before = threading.active_count()
    with Child(Open("fake", {}, str(plugins / "lock"), LONG_S), SystemTicks()) as child:
        child.ready()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert threading.active_count() <= before
