"""An adapter of the base class under the real engine: leads come in, outcomes go out, and what was lost is found."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from leadq.plugins.place import iso
from leadq.plugins.sdk import RestAdapter
from leadq.sync.engine import run_sync
from leadq.sync.wire import Lost
from leadq.testing.conformance import TOKEN, URL
from leadq.testing.inside import Inside
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime
from tests.cli.runner import Leadq
from tests.testing.conformance.acme import Acme, AcmeFake

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadq.sync.protocol import Open
    from leadq.sync.wire import Reply, Request


class Few(Acme):
    """A CRM with fewer words than we have states."""

    states = {  # noqa: RUF012
        "handed_off": "new", "accepted": "open", "working": "open", "connected": "open", "qualified": "won",
        "disqualified": "lost", "recycled": "lost", "rejected": "lost",
    }  # fmt: skip


class FewFake(AcmeFake):
    adapter = Few


class Office:
    """A home, a CRM, and a line between them that `spoil` may cut."""

    def __init__(self, leadq: Leadq, kind: type[RestAdapter], service: type[AcmeFake]) -> None:
        self.leadq, self.kind, self.time = leadq, kind, VirtualTime()
        self.crm = service(self.time)
        self.spoil: Callable[[Request], None] = lambda request: None
        leadq.home.config.mkdir(parents=True, exist_ok=True)
        leadq.home.settings.write_text(f'[me]\nmember = "zoe"\n[connection.acme]\nurl = "{URL}"\n', "utf-8")

    def answer(self, request: Request) -> Reply:
        reply = self.crm(request)
        self.spoil(request)
        return reply

    def open(self, order: Open, ticks: Any) -> Inside:
        return Inside(order, self.kind, Straight(self.answer, self.time), self.time)

    def sync(self) -> dict[str, Any]:
        self.time.sleep(600)
        report = run_sync(
            self.leadq.home, now_ms=self.time.wall_ms(), ticks=self.time, open_child=self.open, timeout_s=60
        )  # fmt: skip
        shape: dict[str, Any] = report.as_json()["connections"][0]
        return shape

    def verb(self, *words: str) -> None:
        result = Leadq(self.leadq.folder, now=iso(self.time.wall_ms()))(*words, "--json")
        assert result.status == 0, result.out

    def state(self) -> str:
        return str(json.loads(self.leadq("show", "acme:17", "--json").out)["state"])


@pytest.fixture(params=["one word a state", "few words"])
def office(request: pytest.FixtureRequest, empty: Leadq, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("LEADQ_ACME_TOKEN", TOKEN)
    kinds = (Acme, AcmeFake) if request.param == "one word a state" else (Few, FewFake)
    office = Office(empty, *kinds)
    office.crm.add("17", name="Jeanne Martin", email="jeanne@forges.example", status="handed_off")
    office.crm.add("18", name="Karl Meyer", email="karl@meyer.example", status="handed_off")
    assert (office.sync()["pulled"], office.sync()["pulled"]) == (2, 0)
    return office


def lost_once(request: Request, seen: list[Request]) -> None:
    if request.method != "GET" and not seen:
        seen.append(request)
        raise Lost("timeout")


def test_what_a_rep_does_reaches_the_record_and_no_echo_comes_back(office: Office) -> None:
    office.verb("touch", "acme:17", "--channel", "call", "--outcome", "connected", "--note", "Parlé une minute.")
    assert office.sync()["error"] is None
    assert "connected" in office.crm.states("17")
    office.sync()
    assert (office.state(), office.sync()["conflicts"]) == ("connected", 0)
    assert sum("Parlé une minute." in note for note in office.crm.notes("17")) == 1


def test_a_change_whose_answer_was_lost_is_there_exactly_once(office: Office) -> None:
    office.spoil = partial(lost_once, seen=[])
    office.verb("touch", "acme:17", "--channel", "call", "--outcome", "connected", "--note", "Une fois.")
    for _ in range(4):
        report = office.sync()
    assert (report["unknown"], report["pending"], report["conflicts"], report["dead"]) == (0, 0, 0, 0)
    assert sum("Une fois." in note for note in office.crm.notes("17")) == 1
    assert office.state() == "connected"


def test_a_lead_that_is_deleted_there_is_closed_here(office: Office) -> None:
    office.crm.remove("17")
    for _ in range(8):
        office.sync()
    assert office.state() == "archived"
