"""The watcher publishes beside its cycles: in a process of its own, when something is due, and says so once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leadq import config
from leadq.cli.base import Session
from leadq.cli.publish import Publisher
from leadq.clock import Clock
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over

WEEK_MS = 7 * 86_400_000
MINUTE_MS = 60_000


class Process:
    """One `leadq publish` that ends when it is told to."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.ended = False

    def poll(self) -> int | None:
        return 0 if self.ended else None

    def wait(self, seconds: float) -> int:
        self.ended = True
        return 0

    def communicate(self) -> tuple[str, None]:
        return "weekly 2026-W20: published\n", None


@pytest.fixture
def session(home: Home) -> Session:
    """A home whose weekly report is due a week from now."""
    config.save(home.settings, '[[publish]]\nreport = "weekly"\nto = "reports"\n')
    hand_over(Queue(Store(home), Clock(NOW_MS)), {})
    made = Session(lambda home, clock: 0)
    vars(made).update(home=home, clock=Clock(NOW_MS), store=Store(home), places={"home": str(home.data.parent)})
    return made


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The processes that were started."""
    processes: list[Process] = []

    def start(words: list[str], **_: Any) -> Process:
        processes.append(Process(words))
        return processes[-1]

    monkeypatch.setattr("subprocess.Popen", start)
    return processes


def test_a_process_is_started_when_something_is_due_and_heard_when_it_ends(
    session: Session, started: list[Process]
) -> None:
    said: list[str] = []
    publisher = Publisher(session, said.append)
    publisher.look()
    assert started == []
    session.clock.frozen_ms = NOW_MS + WEEK_MS
    for _second in range(3):
        publisher.look()
    (process,) = started
    assert process.words[-4:] == ["--home", str(session.home.data.parent), "-q", "publish"]
    process.ended = True
    publisher.look()
    assert said == ["weekly 2026-W20: published"]
    publisher.close()


def test_it_looks_once_a_minute(session: Session, started: list[Process], monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr("leadq.publishing.due", lambda home, store, now_ms: bool(looks.append(now_ms)))
    publisher = Publisher(session, lambda line: None)
    for second in range(150):
        session.clock.frozen_ms = NOW_MS + second * 1000
        publisher.look()
    assert looks == [NOW_MS, NOW_MS + MINUTE_MS, NOW_MS + 2 * MINUTE_MS]
    session.clock.frozen_ms = NOW_MS - WEEK_MS
    publisher.look()
    assert looks[-1] == NOW_MS - WEEK_MS, "a clock that was put back"


def test_settings_that_cannot_be_meant_are_said_once(session: Session, started: list[Process]) -> None:
    config.save(session.home.settings, '[[publish]]\nreport = "yearly"\nto = "reports"\n')
    said: list[str] = []
    publisher = Publisher(session, said.append)
    for minute in range(5):
        session.clock.frozen_ms = NOW_MS + minute * MINUTE_MS
        publisher.look()
    assert len(said) == 1
    assert "[[publish]]" in said[0]


def test_the_end_of_a_watch_waits_for_the_one_at_work(session: Session, started: list[Process]) -> None:
    said: list[str] = []
    publisher = Publisher(session, said.append)
    session.clock.frozen_ms = NOW_MS + WEEK_MS
    publisher.look()
    publisher.close()
    assert said == ["weekly 2026-W20: published"]


def test_a_home_that_is_not_there_is_looked_at_without_making_it(tmp_path: Path, started: list[Process]) -> None:
    made = Session(lambda home, clock: 0)
    base = tmp_path / "none"
    home = Home(base / "config", base / "data", base / "state")
    vars(made).update(home=home, clock=Clock(NOW_MS), store=Store(home))
    Publisher(made, lambda line: None).look()
    assert not base.exists()
