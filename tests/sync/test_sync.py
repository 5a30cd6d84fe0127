"""The whole way, with real processes: from the verb to the row in the outcomes file."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadq.clock import Clock
from leadq.domain.verbs import Accept, Reject, Touch
from leadq.errors import Exit
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.engine import run_sync
from tests.leads import NOW_MS, hand_over
from tests.plugins.fakes import announce

if TYPE_CHECKING:
    from leadq.sync.report import SyncReport

FLAWED = """
import ctypes, os, sys, time
from leadq.plugins.csv import CsvAdapter
from leadq.plugins.sdk import hookimpl

class Flawed(CsvAdapter):
    name = "flawed"

    def push(self, changes):
        FLAW

@hookimpl
def leadq_adapter():
    return Flawed
"""


def rows(home: Home) -> list[dict[str, str]]:
    path = home.data / "outcomes.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def states(home: Home) -> list[str]:
    with Store(home).read() as db:
        return [state for (state,) in db.execute("SELECT state FROM outbox ORDER BY rowid")]


def sync(home: Home, timeout_s: float = 30.0) -> SyncReport:
    return run_sync(home, now_ms=NOW_MS, timeout_s=timeout_s)


def flawed(home: Home, monkeypatch: pytest.MonkeyPatch, flaw: str) -> None:
    """Connect this home to an adapter that is the csv one but for `flaw`, the body of its push."""
    plugins = home.config.parent / "plugins"
    plugins.mkdir()
    announce(plugins, "flawed", FLAWED.replace("FLAW", flaw))
    monkeypatch.setenv("PYTHONPATH", str(plugins), prepend=os.pathsep)
    connect(home, "flawed")


def connect(home: Home, adapter: str) -> None:
    outcomes = home.data / "outcomes.csv"
    text = f"[connection.csv]\nadapter = \"{adapter}\"\noutcomes = '{outcomes}'\n"
    home.settings.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def two_leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home where two leads were worked, made once: three ops."""
    base = tmp_path_factory.mktemp("two")
    queue = Queue(Store(Home(base / "config", base / "data", base / "state")), Clock(NOW_MS))
    hand_over(queue, {"id": "42", "email": "jeanne@forges.example"}, {})
    queue.perform(["1"], Touch("call", "voicemail"))
    queue.perform(["2"], Reject("rej.bad_data", 2, missing=("phone",), note="=Numéro faux"))
    return base


@pytest.fixture
def worked(tmp_path: Path, two_leads: Path) -> Home:
    """A copy of it for each test."""
    base = Path(shutil.copytree(two_leads, tmp_path / "home"))
    return Home(base / "config", base / "data", base / "state")


def test_outcomes_reach_the_file_once(worked: Home) -> None:
    for _ in range(3):
        report = sync(worked)
        assert (report.exit_status, report.connections[0].error) == (Exit.DONE, None)
    found = rows(worked)
    assert sorted((row["verb"], row["reason"], row["external_id"]) for row in found) == [
        ("accept", "", "42"),
        ("reject", "rej.bad_data", ""),
        ("touch", "voicemail", "42"),
    ]
    assert next(row for row in found if row["verb"] == "reject")["note"] == "'=Numéro faux"
    assert states(worked) == ["done"] * 3


@pytest.mark.parametrize(
    "flaw",
    [
        "list(super().push(changes)); os._exit(1)",
        "list(super().push(changes)); ctypes.string_at(0)",
        "os._exit(1)",
    ],
    ids=["leaves", "segfaults", "leaves before it wrote"],
)
def test_a_death_between_the_write_and_the_answer_costs_one_sentence_and_doubles_nothing(
    worked: Home, monkeypatch: pytest.MonkeyPatch, flaw: str
) -> None:
    flawed(worked, monkeypatch, flaw)
    report = sync(worked)
    assert report.exit_status == Exit.PARTLY
    assert report.connections[0].error
    assert "\n" not in report.connections[0].error
    assert sorted(states(worked)) == ["pending", "unknown", "unknown"]
    connect(worked, "csv")
    report = sync(worked)
    assert (report.exit_status, report.connections[0].resent) == (Exit.DONE, 2)
    assert len({row["op_id"] for row in rows(worked)}) == len(rows(worked)) == 3


@pytest.mark.parametrize(
    "flaw",
    [
        "raise RuntimeError('half\\na sentence')",
        "sys.exit(3)",
        "ctypes.string_at(0)",
        "print('{\"v\": 1}'); os.write(1, b'garbage\\n'); return iter(())",
    ],
    ids=["raises", "exits", "segfaults", "prints and answers nothing"],
)
def test_an_adapter_that_fails_keeps_its_ops_and_stops_no_other_connection(
    worked: Home, monkeypatch: pytest.MonkeyPatch, flaw: str
) -> None:
    flawed(worked, monkeypatch, flaw)
    with worked.settings.open("a", encoding="utf-8") as file:
        file.write('[connection.good]\nadapter = "csv"\n')
    with Store(worked).transaction() as db:
        db.execute("UPDATE outbox SET connection = 'good' WHERE verb = 'reject'")
    bad, good = sync(worked).connections
    assert (good.pushed, good.error) == (1, None)
    assert bad.pushed == 0
    assert "\n" not in (bad.error or "")
    assert bad.error or bad.unknown
    assert sorted(states(worked)) == ["done", "pending", "unknown"]


def test_a_write_torn_by_a_death_is_repaired(worked: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    flawed(
        worked,
        monkeypatch,
        "list(super().push(changes)); os.truncate(self._path, os.path.getsize(self._path) - 30); os._exit(1)",
    )
    sync(worked)
    connect(worked, "csv")
    assert sync(worked).exit_status == Exit.DONE
    assert len({row["op_id"] for row in rows(worked)}) == len(rows(worked)) == 3
    assert all(row["actor"] == "me" for row in rows(worked))


def test_a_plugin_that_hangs_is_stopped_at_the_deadline(worked: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    flawed(worked, monkeypatch, "time.sleep(3600)")
    report = sync(worked, timeout_s=0.3)
    assert "in time" in (report.connections[0].error or "")
    assert set(states(worked)) <= {"pending", "unknown"}
    connect(worked, "csv")
    assert sync(worked).exit_status == Exit.DONE
    assert len(rows(worked)) == 3


def test_an_adapter_that_is_not_there_is_a_configuration_error_and_loses_nothing(worked: Home) -> None:
    connect(worked, "hubspto")
    report = sync(worked)
    assert report.exit_status == Exit.CONFIG
    assert "hubspto" in (report.connections[0].error or "")
    assert states(worked) == ["pending"] * 3


def test_a_place_that_cannot_be_written_keeps_outcomes_waiting(worked: Home) -> None:
    (worked.data / "outcomes.csv").mkdir()
    report = sync(worked)
    assert report.exit_status == Exit.PARTLY
    assert "outcomes.csv cannot be used" in (report.connections[0].error or "")
    assert states(worked) == ["pending"] * 3
    (worked.data / "outcomes.csv").rmdir()
    assert sync(worked).connections[0].pushed == 3


def test_a_file_that_is_not_ours_asks_for_a_person_and_keeps_outcomes_waiting(worked: Home) -> None:
    (worked.data / "outcomes.csv").write_text("name;phone\nJeanne;+33199001122\n", "utf-8")
    report = sync(worked)
    assert report.exit_status == Exit.CONFIG
    assert "Move it away" in (report.connections[0].error or "")
    assert states(worked) == ["pending"] * 3


def test_a_compensation_follows_what_had_left(queue: Queue, home: Home) -> None:
    hand_over(queue)
    queue.perform(["1"], Accept())
    sync(home)
    queue.undo()
    sync(home)
    accepted, undone = rows(home)
    assert (undone["verb"], undone["note"]) == ("undo", f"undo:{accepted['op_id']}")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_killed_sync_and_the_child_that_outlives_it_double_nothing(
    worked: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    flawed(
        worked,
        monkeypatch,
        "os.kill(os.getppid(), 9); write = os.write;"
        " os.write = lambda *given: (time.sleep(1), write(*given))[1];"
        " list(super().push(changes)); self._path.with_name('outlived').touch()",
    )
    code = (
        "import sys; from pathlib import Path; from leadq.paths import Home;"
        " from leadq.sync.engine import run_sync; base = Path(sys.argv[1]);"
        " home = Home(base / 'config', base / 'data', base / 'state');"
        " run_sync(home, now_ms=0)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(worked.config.parent)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert sorted(states(worked)) == ["inflight", "inflight", "pending"]
    connect(worked, "csv")
    report = sync(worked)
    assert (worked.data / "outlived").exists()  # ours waited for the end of the slow write
    assert (report.exit_status, report.connections[0].error) == (Exit.DONE, None)
    assert len({row["op_id"] for row in rows(worked)}) == len(rows(worked)) == 3


def test_importing_the_supervisor_brings_no_adapter_and_no_database() -> None:
    code = (
        "import sys, leadq.sync.supervisor; heavy = ['pluggy', 'leadq.plugins.csv', 'leadq.plugins.manager',"
        " 'leadq.db', 'sqlalchemy', 'sqlmodel', 'textual'];"
        " sys.exit(', '.join(set(heavy) & set(sys.modules)) or 0)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)
    assert seen.stderr == ""
