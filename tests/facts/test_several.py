"""Figures of a team: two laptops whose events come together, and what each of them alone can say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadq import config
from leadq.sqlite import Store
from tests.cli.runner import Leadq, csv_of

ROWS = [{"id": f"A{n}", "name": f"N{n}", "company": f"C{n}", "email": f"n{n}@x.example", "trigger": "demo",
         "handed_off_at": "2026-05-13T12:55:00Z"} for n in (1, 2)]  # fmt: skip
AS_OF = "2026-05-14T00:00:00Z"


@pytest.fixture
def laptops(tmp_path: Path) -> tuple[Leadq, Leadq]:
    """Zoé's and Karim's, with the same file of two leads; each has called one of them."""
    pair = []
    for lead, me in ((1, "zoe"), (2, "karim")):
        leadq = Leadq(tmp_path / me / "home")
        leadq.folder.parent.mkdir(parents=True)
        config.write(leadq.home, me)
        assert leadq("import", leadq.file("leads.csv", csv_of(*ROWS))).status == 0
        later = replace(leadq, now="2026-05-13T13:05:00Z")
        assert later("touch", f"csv:A{lead}", "--channel", "call", "--outcome", "connected").status == 0
        pair.append(replace(leadq, now="2026-05-15T09:00:00Z"))
    return pair[0], pair[1]


def told(leadq: Leadq, *words: str) -> Any:
    result = leadq("metrics", "--json", "--as-of", AS_OF, *words)
    assert (result.status, result.err) == (0, "")
    return result.json


def bring(source: Leadq, to: Leadq) -> None:
    file = to.folder.parent / "events.jsonl"
    assert source("events", "export", str(file)).status == 0
    assert to("events", "import", str(file)).status == 0


def test_one_laptop_says_that_it_has_its_own_leads_only(laptops: tuple[Leadq, Leadq]) -> None:
    zoe, _karim = laptops
    found = told(zoe)
    assert found["coverage"]["alone"]
    assert found["metrics"]["M1"]["figures"]["accepted"]["value"] == 1
    assert "my leads only" in zoe("metrics", "M1").out


def test_a_home_that_a_hub_tells_of_its_reps_leads_says_so(laptops: tuple[Leadq, Leadq]) -> None:
    zoe, karim = laptops
    bring(karim, zoe)
    bring(zoe, karim)
    for leadq, sees_all in ((zoe, "false"), (karim, "true")):
        with Store(leadq.home).transaction() as db:
            place = f'{{"sees_all": {sees_all}}}'
            db.execute("INSERT INTO connection_state (name, adapter, cursor) VALUES ('hub', 'hub', ?)", (place,))
    assert (told(zoe)["coverage"]["alone"], told(zoe)["coverage"]["scoped"]) == (True, True)
    assert "the hub tells this laptop of its rep’s" in zoe("metrics", "M1").out
    assert (told(karim)["coverage"]["alone"], told(karim)["coverage"]["scoped"]) == (False, False)


def test_together_they_say_the_same_wherever_they_are_asked(laptops: tuple[Leadq, Leadq]) -> None:
    zoe, karim = laptops
    bring(karim, zoe)
    bring(zoe, karim)
    ours, theirs = told(zoe), told(karim)
    assert ours["metrics"] == theirs["metrics"]
    assert ours["coverage"]["devices"] == theirs["coverage"]["devices"]
    assert not ours["coverage"]["alone"]
    assert ours["metrics"]["M1"]["figures"]["accepted"]["value"] == 2


def test_what_a_colleague_recorded_later_is_a_late_arrival(laptops: tuple[Leadq, Leadq]) -> None:
    zoe, karim = laptops
    bring(karim, zoe)
    before = told(zoe)
    at = ("--at", "2026-05-13T15:30")
    assert karim("touch", "csv:A2", "--channel", "call", "--outcome", "no_answer", *at).status == 0
    bring(karim, zoe)
    after = told(zoe)
    late = after.pop("late_arrivals")
    assert (before.pop("late_arrivals")["count"], late["count"]) == (0, 1)
    assert after == before
