"""A rep's hour on the screen, with a CRM across the network, which goes away and comes back: keys in, outcomes out."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from leadq.sync.ports import SystemTicks
from leadq.testing.crm import ORDERED, FakeCRM
from leadq.testing.server import serve
from tests.e2e.tmux import Tmux, installed, terminal
from tests.plugins.fakes import announce

pytestmark = pytest.mark.e2e

CALL: Final = ("c", "1", "Enter")
REJECT: Final = ("v", "5", "1", "1", "Enter")
LEADS: Final = 20
_ADAPTER: Final = """
from leadq.plugins.sdk import hookimpl
from leadq.testing.rest import Rest

@hookimpl
def leadq_adapter():
    return Rest
"""
_TOKEN: Final = "pat-fake-0123456789"


@dataclass
class Line:
    """The CRM, and the network that leads to it: `cut` and `mend` it as often as you like."""

    crm: FakeCRM
    port: int
    _there: ExitStack

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """The network is there again, under the same address."""
        address = self._there.enter_context(serve(self.crm, self.port))
        self.port = int(address.rpartition(":")[2])

    def cut(self) -> None:
        """Nobody answers there any more."""
        self._there.close()

    def outcomes(self) -> Counter[tuple[str, str]]:
        """What leadq did in the CRM: how often each op took effect on each lead."""
        ours = (effect for effect in self.crm.book.effects if effect.by == "leadq" and effect.kind == "set")
        return Counter((effect.lead, effect.op_id) for effect in ours)

    def notes(self) -> Counter[tuple[str, str]]:
        """The same of entries on the timeline."""
        ours = (effect for effect in self.crm.book.effects if effect.by == "leadq" and effect.kind == "append")
        return Counter((effect.lead, effect.op_id) for effect in ours)


@pytest.fixture
def line() -> Iterator[Line]:
    """Twenty leads that marketing has handed over."""
    crm = FakeCRM(ORDERED, SystemTicks())
    for number in range(LEADS):
        crm.book.create(f"L{number:02}", name=f"Lead {number:02}", company="Forges", phone=f"+3319900{number:04}")
    with ExitStack() as there:
        it = Line(crm, 0, there)
        it.mend()
        yield it


@pytest.fixture
def rep(line: Line, tmp_path: Path) -> Iterator[Tmux]:
    """Her laptop, with leadq open on it."""
    if not installed():
        pytest.skip("THE TMUX TEST DID NOT RUN: there is no tmux here")
    home, plugins = tmp_path / "home", tmp_path / "plugins"
    plugins.mkdir()
    announce(plugins, "rest", _ADAPTER)
    (home / "config").mkdir(parents=True)
    settings = f'[me]\nmember = "rep-1"\n\n[connection.crm]\nadapter = "rest"\nurl = "{line.url}"\n'
    (home / "config" / "leadq.toml").write_text(settings, "utf-8")
    here = str(Path(__file__).parents[2])
    env = os.environ | {
        "LEADQ_HOME": str(home), "LEADQ_CRM_TOKEN": _TOKEN, "PYTHONPATH": os.pathsep.join((str(plugins), here)),
        "LC_ALL": "C.UTF-8", "LEADQ_LANG": "en",
    }  # fmt: skip
    with terminal(tmp_path, [sys.executable, "-m", "leadq"], env, lambda: evidence(home)) as tmux:
        yield tmux


def evidence(home: Path) -> str:
    """What leadq knows of its changes and of the network, and the end of its log."""
    with closing(sqlite3.connect(home / "data" / "leadq.db")) as db:
        ops = db.execute("SELECT state, verb, attempts, next_attempt_ms, last_error FROM outbox").fetchall()
        met = db.execute("SELECT * FROM connection_state").fetchall()
    logs = [line for log in home.rglob("*.log*") for line in log.read_text("utf-8").splitlines()[-30:]]
    return "\n".join(map(str, (*ops, *met, *logs)))


def work(rep: Tmux, count: int) -> None:
    """Reject and call so many leads, in turn; the next one when the one before is told, and the pointer has gone on."""
    for number in range(count):
        who = rep.pointed
        rep.press(*(CALL if number % 2 else REJECT))
        rep.until(f"{'Touch logged' if number % 2 else 'Rejected'}: {who}")
        rep.until_elsewhere(who)


def test_outcomes_of_an_hour_with_a_network_that_comes_and_goes_arrive_once(rep: Tmux, line: Line) -> None:
    rep.until("No leads yet")
    rep.press("s")
    rep.until(f"{LEADS} open", "Lead 00")
    work(rep, 10)
    rep.until("  0 to send")
    assert len(line.outcomes()) == 10
    line.cut()
    work(rep, 5)
    assert "  0 to send" not in rep.until("offline")
    assert len(line.outcomes()) == 10
    line.mend()
    rep.press("s")
    rep.until("  0 to send")
    rep.press("q")
    rep.until_left()
    assert len(line.outcomes()) == len({lead for lead, _op in line.outcomes()}) == 15
    assert set(line.outcomes().values()) == {1}
    assert set(line.notes().values()) <= {1}
    statuses = Counter(str(line.crm.book.get(lead).properties["status"]) for lead, _op in line.outcomes())  # type: ignore[union-attr]
    assert statuses == {"rejected": 8, "working": 7}
