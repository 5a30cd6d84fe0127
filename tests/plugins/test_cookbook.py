"""Each piece of the cookbook runs as it stands there, in both languages the same."""

from __future__ import annotations

import csv
import re
import sqlite3
from pathlib import Path
from typing import Any, Final

import pytest

from leadq.plugins.sdk import Change, Context, SlaEvent

DOCS: Final = Path(__file__).parents[2] / "docs"
BLOCK: Final = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS: Final = BLOCK.findall((DOCS / "cookbook.md").read_text("utf-8"))


def named(word: str) -> dict[str, Any]:
    """What the block with the class or function `word` makes."""
    (block,) = (block for block in BLOCKS if re.search(rf"^(class|def) {word}\b", block, re.MULTILINE))
    made: dict[str, Any] = {"__name__": "cookbook"}
    exec(compile(block, f"cookbook:{word}", "exec"), made)
    return made


def test_the_french_cookbook_has_the_same_pieces() -> None:
    assert BLOCK.findall((DOCS / "fr" / "cookbook.md").read_text("utf-8")) == BLOCKS


@pytest.mark.parametrize(
    ("word", "header"),
    [
        ("Bearer", {"authorization": "Bearer s3cret"}),
        ("Key", {"x-api-key": "s3cret"}),
        ("Word", {"authorization": "Key s3cret"}),
        ("Basic", {"authorization": "Basic bGVhOnMzY3JldA=="}),
        ("Account", {"authorization": "Bearer s3cret", "x-company": "42"}),
    ],
)
def test_a_way_to_log_in_says_who_we_are(word: str, header: dict[str, str]) -> None:
    options = {"url": "https://crm.example", "user": "lea", "company": 42}
    login = named(word)[word].login(Context(options, {"token": "s3cret"}))
    assert (login.base_url, dict(login.headers)) == ("https://crm.example", header)


@pytest.mark.parametrize("word", ["Tokens", "Links", "Numbers", "Offsets"])
def test_a_way_to_turn_pages_is_an_adapter_that_pulls(word: str) -> None:
    assert "pull" in named(word)[word].capabilities


def test_the_database_gives_leads_and_takes_an_outcome_once(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as db:
        db.execute("CREATE TABLE leads (id, name, email, updated_at)")
        db.execute("CREATE TABLE outcomes (op_id PRIMARY KEY, lead, verb, reason, note)")
        db.execute("INSERT INTO leads VALUES (7, 'Jeanne', 'jeanne@forges.example', '2026-05-13T15:00:00Z')")
    adapter = named("Sql")["leadq_adapter"]()(Context({"file": str(tmp_path / "crm.db")}))
    assert adapter.check().id == str(tmp_path / "crm.db")
    (page,) = adapter.pull(None, {})
    assert [(lead.external_id, lead.fields["name"]) for lead in page.leads] == [("7", "Jeanne")]
    change = Change("op-1", "u", "7", "", "reject", "rej.bad_data", 2, (), "", "2026-05-13T15:00:00Z", "lea", 1, "d:1")
    assert [result.status for _ in range(2) for result in adapter.push([change])] == ["applied", "applied"]
    assert db.execute("SELECT lead, reason FROM outcomes").fetchall() == [("7", "rej.bad_data")]


def test_the_folder_gives_each_file_once(tmp_path: Path) -> None:
    for day in ("2026-05-12", "2026-05-13"):
        with (tmp_path / f"{day}.csv").open("w", newline="") as file:
            csv.writer(file, delimiter=";").writerows([["id", "name"], [day, "Jeanne"]])
    adapter = named("Drop")["leadq_adapter"]()(Context({"folder": str(tmp_path)}))
    pages = list(adapter.pull(None, {}))
    assert [lead.external_id for page in pages for lead in page.leads] == ["2026-05-12", "2026-05-13"]
    assert [page.leads for page in adapter.pull(pages[-1].cursor, {})] == [()]


def test_the_chat_is_told_of_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    made, posted = named("leadq_sla_event"), []

    class Answer:
        def close(self) -> None: ...

    monkeypatch.setattr("urllib.request.urlopen", lambda request, timeout: (posted.append(request), Answer())[1])
    made["leadq_sla_event"](SlaEvent("a", "u", "accept", "breach", "2026-05-13T15:00:00Z", "hot", "2026-04", ""))
    assert b"accept of lead u: breach" in posted[0].data
