"""Two runners killed and started again two hundred times: at every point in turn, and as processes by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from leadq import publishing
from tests.e2e.test_runner_kills import Fate, Office, Posted, fate, live
from tests.e2e.test_runner_reports import ENTRIES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.team import Laptop, Team

__all__ = ["fate"]
pytestmark = pytest.mark.deep
pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")

KILLS: Final = 200


@pytest.mark.parametrize("fate", [2], indirect=True)
def test_two_runners_killed_two_hundred_times_do_nothing_twice(
    team: Team, fate: Fate, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = Posted(fate)
    monkeypatch.setattr(publishing, "Child", outside)
    office = Office(team, fate)
    live(office, fate, outside, KILLS, one_in=15)
    assert len(outside.got) > 2
    assert len(office.brought()) > 2


def watcher(laptop: Laptop, log: Path) -> subprocess.Popen[bytes]:
    """`leadq sync --watch` of this home, as a process, at the home's own instant."""
    now = datetime.fromtimestamp(laptop.now_ms / 1000, UTC).isoformat()
    environ = {**os.environ, "LEADQ_HUB_PASSWORD": laptop.password, "LEADQ_NOW": now, "LEADQ_LANG": "en"}
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "leadq", "--home", laptop.home.data.parent, "sync", "--watch"],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environ,
        )  # fmt: skip


def test_two_watchers_killed_by_a_signal_two_hundred_times_do_nothing_twice(team: Team, tmp_path: Path) -> None:
    fate = Fate(3)
    office = Office(team, fate)
    log = tmp_path / "watchers.log"
    for runner in office.runners:  # nothing is posted from here
        runner.home.settings.write_text(runner.settings + ENTRIES[: ENTRIES.rindex("[[publish]]")], "utf-8")
    acted = 0
    for _pair in range(KILLS // 2):
        office.goes_on()
        running = [watcher(runner, log) for runner in office.runners]
        for process in fate.rng.sample(running, 2):
            time.sleep(fate.rng.random() * 4)  # a signal comes when it comes: nothing is waited for
            process.send_signal(signal.SIGKILL)
            process.wait()
        acted += office.acts() > acted
    assert acted > KILLS // 20, log.read_text("utf-8", "replace")[-2000:]
    for runner in office.runners:
        office.comes_by(runner)
    office.judged()
    assert set(office.brought().values()) == {1}
