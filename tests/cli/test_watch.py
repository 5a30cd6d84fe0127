"""What `sync --watch` refuses, and what it says while it goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadq.cli.watching import Voice
from leadq.errors import Exit
from leadq.sync.report import ConnectionReport, PluginReport, SyncReport
from tests.cli.runner import Leadq

WELL = ConnectionReport("crm")
OFFLINE = replace(WELL, error="No network.", trouble="transient", pending=2)


@pytest.mark.parametrize("word", ["--dry-run", "--full", "--rewind=24h", "--force-empty"])
def test_what_is_for_one_cycle_is_refused_with_watch(empty: Leadq, word: str) -> None:
    result = empty("sync", "--watch", word, "--json")
    assert (result.status, result.code) == (Exit.USAGE, "usage")


def test_a_connection_that_is_not_configured_ends_a_watch_before_it_begins(empty: Leadq) -> None:
    result = empty("sync", "--watch", "hubspto", "--json")
    assert (result.status, result.code) == (Exit.CONFIG, "unknown_connection")
    assert not empty.folder.exists()


def said(capsys: pytest.CaptureFixture[str], voice: Voice, *reports: ConnectionReport) -> str:
    for report in reports:
        voice.hear(SyncReport("", (report,)))
    return capsys.readouterr().err


def test_a_cycle_in_which_nothing_happened_is_not_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, Voice(quiet=False), WELL, replace(WELL, pending=1)) == ""


def test_what_came_and_went_is_said_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    moved = replace(WELL, pushed=2)
    assert said(capsys, Voice(quiet=False), moved, moved) == "crm: 2 sent\n" * 2


def test_a_trouble_is_said_once_and_so_is_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    spoken = said(capsys, Voice(quiet=False), *[OFFLINE] * 5, *[WELL] * 3)
    assert spoken.splitlines() == ["crm: 2 waiting", "  No network.", "crm: works again"]


def test_another_trouble_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    spoken = said(capsys, Voice(quiet=False), OFFLINE, replace(OFFLINE, error="Busy."))
    assert spoken.count("Busy.") == spoken.count("No network.") == 1


def test_a_plugin_that_failed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Voice(quiet=False).hear(SyncReport("", (WELL,), 0, (PluginReport("lamp", 1, "It broke."),)))
    assert "lamp: It broke." in capsys.readouterr().err


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, Voice(quiet=True), OFFLINE, WELL, replace(WELL, pushed=1)) == ""
