"""Plugins that hear of alerts, in real processes: each alert once, and what one does wrong stops nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from leadq import alerts, config
from leadq.clock import Clock
from leadq.errors import Exit
from leadq.paths import Home
from leadq.plugins import disabled
from leadq.queue import Queue
from leadq.sync import hooks
from leadq.sync.engine import run_sync
from leadq.sync.report import PluginReport, SyncReport
from tests.leads import NOW_MS, hand_over
from tests.plugins.fakes import announce

MINUTE = 60_000
HEARING = """
import ctypes, dataclasses, json, os, sys, time
from leadq.plugins.sdk import hookimpl

@hookimpl
def leadq_sla_event(event):
    WHAT
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path of this process and of its children, to install packages in."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return folder


@pytest.fixture
def soon(home: Home, queue: Queue) -> Queue:
    """A home with a lead of Zoé's that is at risk in two and a half minutes."""
    config.write(home, "zoe")
    hand_over(queue, {"owner": "zoe"})
    alerts.record(queue.store, Clock(NOW_MS))
    return queue


def hears(plugins: Path, name: str, what: str) -> None:
    announce(plugins, name, HEARING.replace("WHAT", what))


def writes(plugins: Path, name: str) -> Path:
    """A plugin that writes down what it hears, a JSON object a line."""
    file = plugins / f"{name}.txt"
    hears(plugins, name, f"open({str(file)!r}, 'a').write(json.dumps(dataclasses.asdict(event)) + '\\n')")
    return file


def heard(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def sync(home: Home, minutes: float, **options: Any) -> SyncReport:
    return run_sync(home, now_ms=NOW_MS + round(minutes * MINUTE), **options)


def test_a_plugin_hears_each_alert_once_and_learns_nothing_personal(soon: Queue, home: Home, plugins: Path) -> None:
    file = writes(plugins, "lamp")
    report = sync(home, 3)
    assert (report.alerts, report.plugins) == (1, (PluginReport("lamp", 1),))
    assert sync(home, 4).plugins == ()
    (event,) = heard(file)
    with soon.store.read() as db:
        (uid, lead) = db.execute("SELECT uid, lead_uid FROM event WHERE type = 'alerted'").fetchone()
        (version,) = db.execute("SELECT version FROM contract").fetchone()
    assert event == {
        "id": uid, "lead_uid": lead, "clock": "accept", "level": "at_risk", "due_at": "2026-05-13T13:10:00Z",
        "policy": "hot", "contract_version": version, "owner": "zoe",
    }  # fmt: skip


def test_alerts_that_the_screen_wrote_reach_the_plugins_too(soon: Queue, home: Home, plugins: Path) -> None:
    file = writes(plugins, "lamp")
    alerts.record(soon.store, Clock(NOW_MS + 3 * MINUTE))
    assert sync(home, 3).alerts == 0
    assert len(heard(file)) == 1


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("raise RuntimeError('no lamp')", "The adapter failed (RuntimeError: no lamp)."),
        ("sys.exit(3)", "The adapter failed (SystemExit: 3)."),
        ("time.sleep(60)", "The adapter did not end in time and was stopped."),
        ("os._exit(7)", "The adapter’s process died (exit 7)."),
        ("print('noise', flush=True); os.write(1, b'noise')", None),
    ],
)
def test_a_plugin_that_fails_is_one_line_and_stops_no_other(
    soon: Queue, home: Home, plugins: Path, what: str, why: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "_TIME_S", 1.5)
    hears(plugins, "bad", what)
    file = writes(plugins, "good")
    report = sync(home, 3)
    assert report.plugins == (PluginReport("bad", 1, why), PluginReport("good", 1))
    assert report.exit_status == (Exit.PARTLY if why else Exit.DONE)
    assert len(heard(file)) == 1


def test_an_alert_that_a_plugin_fails_at_keeps_no_other_from_it(soon: Queue, home: Home, plugins: Path) -> None:
    file = plugins / "heard.txt"
    hears(plugins, "picky", f"open({str(file)!r}, 'a').write('x'); raise ValueError(event.clock)")
    hand_over(soon, {"owner": "", "email": "second@example.test"})
    (report,) = sync(home, 3).plugins
    assert (report.events, report.error) == (2, "The adapter failed (ValueError: accept).")
    assert file.read_text("utf-8") == "xx"


@pytest.mark.parametrize("code", ["raise RuntimeError('at import')", "x = 1"])
def test_a_plugin_that_cannot_be_loaded_says_so_and_one_without_the_hook_says_nothing(
    soon: Queue, home: Home, plugins: Path, code: str
) -> None:
    announce(plugins, "other", code)
    (report,) = sync(home, 3).plugins
    assert bool(report.error) is ("at import" in code)


def test_a_plugin_that_is_installed_later_hears_nothing_of_the_past(soon: Queue, home: Home, plugins: Path) -> None:
    sync(home, 3)
    file = writes(plugins, "late")
    sync(home, 11)
    assert [event["clock"] for event in heard(file)] == ["first_touch", "accept"]


def test_a_dry_run_writes_no_alert_and_tells_nobody(soon: Queue, home: Home, plugins: Path) -> None:
    file = writes(plugins, "lamp")
    assert sync(home, 3, dry_run=True).as_json()["alerts"] == 0
    assert heard(file) == []


def test_a_disabled_plugin_hears_nothing(soon: Queue, home: Home, plugins: Path) -> None:
    file = writes(plugins, "lamp")
    disabled.switch(home, "lamp", off=True)
    assert sync(home, 3).plugins == ()
    assert heard(file) == []


def test_no_alert_no_process(soon: Queue, home: Home, plugins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hears(plugins, "lamp", "pass")
    monkeypatch.delattr(hooks, "Child")
    assert sync(home, 1).plugins == ()


def test_many_alerts_are_given_in_pages(
    soon: Queue, home: Home, plugins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "_PAGE", 2)
    file = writes(plugins, "lamp")
    hand_over(soon, *({"owner": "zoe", "email": f"p{n}@example.test"} for n in range(4)))
    assert sync(home, 3).plugins == (PluginReport("lamp", 5),)
    assert len({event["id"] for event in heard(file)}) == 5


def test_the_cursor_follows_a_long_time_without_alerts(
    soon: Queue, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "_FAR_BEHIND", 1)
    sync(home, 1)
    with soon.store.read() as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'sla_hook_seq'").fetchone() == ("1",)
