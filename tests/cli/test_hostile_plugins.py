"""Plugins that do what a plugin must not: everything else works through all of them."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import closing
from pathlib import Path

import pytest

from leadq.clock import Clock
from leadq.tui.app import home_view
from leadq.tui.data import Data
from leadq.tui.program import LeadqApp
from tests.cli.runner import Leadq, csv_of
from tests.leads import NOW_MS
from tests.plugins.hostile import CHEAP, CODES, install

LEAD = {"name": "Jeanne Martin", "company": "Forges d’Ardèche", "email": "jeanne@forges.example", "trigger": "demo",
        "handed_off_at": "2026-05-13T12:55:00Z"}  # fmt: skip


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path of this process and of its children, to install packages in."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return folder


def work_through(leadq: Leadq, plugins: Path, names: tuple[str, ...]) -> None:
    """One lead in, with a connection for each plugin; then everything that must go on."""
    install(plugins, *names)
    leadq("import", leadq.file("leads.csv", csv_of(LEAD)))
    settings = "".join(f'[connection.{name}]\nadapter = "{name}"\n' for name in ("csv", *names))
    leadq.home.settings.write_text(f'[me]\nmember = "zoe"\n{settings}', "utf-8")
    assert leadq("accept", "1").status == 0
    assert [lead["name"] for lead in leadq("list", "--json").json] == ["Jeanne Martin"]
    listed = leadq("plugin", "list", "--json")
    assert listed.status == 0, listed.out
    assert {*names} - {"csv-twice"} <= {each["name"] for each in listed.json}
    report = leadq("sync", "--json", "--timeout", "3").json
    ours, *others = report["connections"]
    assert (ours["name"], ours["pushed"], ours["error"]) == ("csv", 1, None)
    assert len(others) == len(names)
    assert all("\x1b" not in (each["error"] or "") for each in others)
    assert leadq("status").status == 0
    assert leadq("doctor", "--json").json["checks"]


def test_six_hostile_plugins_stop_nothing(empty: Leadq, plugins: Path) -> None:
    work_through(empty, plugins, CHEAP)


async def _on_the_screen(leadq: Leadq) -> None:
    data = Data(leadq.home, Clock(NOW_MS))
    app = LeadqApp(data, data.first(home_view(data.me), 24), 100)
    with closing(data):
        async with app.run_test(size=(100, 24)) as pilot:
            await pilot.pause()
            shown = app.export_screenshot()
    assert "Jeanne" in shown
    assert not [name for name in sys.modules if name.startswith("leadq_")]


@pytest.mark.deep
def test_forty_hostile_plugins_stop_nothing(empty: Leadq, plugins: Path) -> None:
    work_through(empty, plugins, tuple(CODES))
    asyncio.run(_on_the_screen(empty))
    found = {each["name"]: each["state"] for each in empty("plugin", "list", "--verbose", "--json").json}
    assert found["csv"] == "ok"
    assert {found[name] for name in ("segfaults", "hangs", "leaves-rudely", "two-gigabytes")} == {"broken"}
    assert found["old-version"] == "incompatible"


def test_there_are_forty() -> None:
    assert len(CODES) == 40
    assert set(CHEAP) <= set(CODES)
