"""A screen, two people's commands and a sync on one home: nobody hears «locked», and everybody gets on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from leadq.clock import Clock
from leadq.doctor import refold
from leadq.errors import Exit
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.cli.runner import FROZEN
from tests.leads import NOW_MS, hand_over
from tests.nursery import LEADS

_ROOT: Final = Path(__file__).parents[1]
_P99_BAR: Final = 5.0


def together(home: Home, seconds: float) -> tuple[list[dict[str, Any]], int]:
    """Let a reader and two writers run, and `leadq sync` over and over; their accounts, and how many syncs there were.

    Fails when one of them does.
    """
    folder = str(home.data.parent)
    environment = os.environ | {"LEADQ_HOME": folder, "LEADQ_NOW": FROZEN, "PYTHONPATH": str(_ROOT)}

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *words], cwd=_ROOT, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    crowd = [start("tests.crowd", role, folder, str(seconds), role) for role in ("read", "write", "write-too")]
    until_s, syncs = time.monotonic() + seconds, 0
    while time.monotonic() < until_s or not syncs:
        _heard(start("leadq", "sync", "--json"), Exit.PARTLY)
        syncs += 1
    return [json.loads(_heard(process)) for process in crowd], syncs


def _heard(process: subprocess.Popen[str], also: Exit = Exit.DONE) -> str:
    """What it printed. A sync that leaves what came while it ran says so (`PARTLY`), and is no failure."""
    out, err = process.communicate(timeout=120)
    assert err == ""
    assert process.returncode in (Exit.DONE, also), out
    return out


def assert_everybody_got_on(store: Store, accounts: Sequence[dict[str, Any]]) -> None:
    reader, *writers = accounts
    assert [account["failures"] for account in accounts] == [[], [], []]
    assert reader["looks_ms"]
    assert all(writer["gestures_ms"] for writer in writers)
    acknowledged = {uid for writer in writers for uid in writer["events"]}
    with store.read() as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert acknowledged <= {row[0] for row in db.execute("SELECT uid FROM event")}
        assert [lead_id for lead_id, same in refold(db) if not same] == []
        assert db.execute("SELECT count(*) FROM outbox WHERE state = 'done'").fetchone()[0] > 0


@pytest.fixture
def worked_on(home: Home) -> Store:
    """A home with thirty fresh leads."""
    hand_over(Queue(Store(home), Clock(NOW_MS)), *({} for _ in range(LEADS)))
    return Store(home)


def test_four_processes_on_one_home_for_three_seconds(worked_on: Store) -> None:
    accounts, _syncs = together(worked_on.home, 3.0)
    assert_everybody_got_on(worked_on, accounts)


@pytest.mark.deep
def test_four_processes_on_one_home_for_a_minute(worked_on: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """A verb's p99 is held against a bare BEGIN IMMEDIATE, INSERT, COMMIT on the same file, in the same minute."""
    accounts, syncs = together(worked_on.home, 60.0)
    assert_everybody_got_on(worked_on, accounts)
    verbs = [ms for account in accounts for ms in account["gestures_ms"]]
    bare = [ms for account in accounts for ms in account["bare_ms"]]
    with capsys.disabled():
        print(f"\n{syncs} syncs, {len(accounts[0]['looks_ms'])} looks; {_said('verb', verbs)}; {_said('bare', bare)}")
    assert _share(verbs, 0.99) <= _P99_BAR * _share(bare, 0.99)


def _share(values: Sequence[float], share: float) -> float:
    """The nearest rank."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _said(what: str, values: Sequence[float]) -> str:
    return f"{len(values)} {what}: median {_share(values, 0.5):.1f} ms, p99 {_share(values, 0.99):.1f} ms"
