"""Pipedrive connected by the command: what is missing there is shown, created when somebody agrees, and then used."""

from __future__ import annotations

from typing import Any

import pytest

from leadq.plugins.pipedrive import PipedriveAdapter
from leadq.sync import stop, visit
from leadq.testing.inside import Inside
from leadq.testing.straight import Straight
from tests.cli.crm import Office, _made, office
from tests.plugins.pipedrive_fake import TOKEN, FakePipedrive

__all__ = ["_made", "office"]

CONNECT = ("connect", "pipedrive", "--name", "crm", "--option", "domain=acme", "--token-stdin", "--json")


@pytest.fixture
def crm(office: Office, monkeypatch: pytest.MonkeyPatch) -> FakePipedrive:
    """A Pipedrive with a few leads, in the place of the office's own CRM."""
    made = FakePipedrive(office.time)
    for number in range(3):
        made.add_lead(f"Lead {number}", organization=made.add_organization(f"Company {number}"))

    def opened(order: Any, ticks: Any) -> Any:
        if order.adapter != "pipedrive":
            return office.open(order, ticks)
        return Inside(order, PipedriveAdapter, Straight(made, office.time), office.time)

    monkeypatch.setattr(visit, "open_any", opened)
    monkeypatch.setattr(stop, "Child", opened)
    return made


def test_labels_and_fields_are_created_when_somebody_agrees_and_the_leads_come(
    office: Office, crm: FakePipedrive
) -> None:
    done = office.run(*CONNECT, "--yes", stdin=f"{TOKEN}\n")
    assert (done.status, done.err) == (0, "")
    assert (len(crm.labels), crm.count("POST", "/dealFields")) == (7, 6)
    assert len(office.leadq.ids()) == 3
