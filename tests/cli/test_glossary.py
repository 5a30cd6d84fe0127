"""`dict`, `roles`, `contract score` and `contract export`: the contract in the words of both teams."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadq.domain.dictionary import DICTIONARIES
from leadq.domain.states import STATES
from leadq.rulebook import template_text
from tests.cli.runner import Leadq

RACI = """
[raci]
awareness = { lead = ["marketing"], supports = ["sales"] }
consideration = { lead = ["marketing", "sales"] }
loyalty = { lead = ["customer_success"], supports = ["marketing", "sales"] }
"""


def test_each_state_has_its_label_beside_those_of_other_dictionaries(empty: Leadq) -> None:
    found = empty("dict", "--json").json
    assert found["dictionary"] == "seed-fr"
    assert [state["id"] for state in found["states"]] == list(STATES)
    accepted = next(state for state in found["states"] if state["id"] == "accepted")
    assert accepted["label"] == "SQL"
    assert accepted["dictionaries"] == {"forrester": "SAL", "seed-fr": "SQL", "sirius2012": "TAL"}
    assert {item["term"] for item in found["definitions"]} == {"mql", "sql"}
    assert "rej.off_icp" in {reason["code"] for reason in found["reasons"]}
    assert not empty.folder.exists()


@pytest.mark.parametrize(
    ("term", "states", "reasons"),
    [("TAL", ["accepted"], set()), ("rej.spam", [], {"rej.spam"}), ("BUDGET", [], {"dq.no_budget"})],
)
def test_a_term_is_looked_up_in_every_dictionary(empty: Leadq, term: str, states: list[str], reasons: set[str]) -> None:
    found = empty("dict", term, "--json").json
    assert [state["id"] for state in found["states"]] == states
    assert {reason["code"] for reason in found["reasons"]} == reasons


def test_a_term_that_means_nothing_is_said(empty: Leadq) -> None:
    refused = empty("dict", "quux", "--json")
    assert (refused.status, refused.code) == (2, "unknown_term")


def test_the_glossary_is_french_too(empty: Leadq) -> None:
    found = empty("dict", "--json", "--lang", "fr").json
    qualified = next(state for state in found["states"] if state["id"] == "qualified")
    assert qualified["label"] == DICTIONARIES["seed-fr"]["qualified"].fr
    assert "Doublon" in empty("dict", "--lang", "fr").out


def test_roles_say_who_leads_who_supports_and_who_decides(empty: Leadq) -> None:
    empty("init")
    empty.home.contract.write_text(template_text("pme-fr") + RACI, "utf-8")
    assert "add [raci]" in empty("roles").out
    empty("add", "--name", "Ada", "--company", "Engines")
    found = empty("roles", "--json").json
    assert found["stages"][0] == {"stage": "awareness", "lead": ["marketing"], "supports": ["sales"]}
    assert found["governance"] == {"owner": "revops@example.test", "sponsor": "direction@example.test"}
    told = empty("roles").out.splitlines()
    assert told[:3] == [
        "Awareness: marketing leads, with sales",
        "Consideration: marketing, sales lead",
        "Loyalty: customer success leads, with marketing, sales",
    ]


def test_score_gives_the_points_of_each_rule_apart_for_fit_and_engagement(empty: Leadq) -> None:
    empty("add", "--name", "Ada", "--company", "Engines", "--company-size", "120", "--trigger", "demo")
    found = empty("contract", "score", "1", "--json").json
    assert (found["fit"], found["engagement"], found["score"]) == (20, 40, 60)
    assert [(rule["id"], rule["kind"], rule["points"], rule["holds"]) for rule in found["rules"]] == [
        ("right-size", "fit", 20, True),
        ("asked-a-demo", "engagement", 40, True),
    ]
    assert found["handed_off"] == {"fit": 20, "engagement": 40, "score": 60}
    empty("add", "--name", "Bob", "--company", "Boats", "--trigger", "event", "--score", "70")
    told = empty("contract", "score", "2").out
    assert "fit right-size: - (company_size >= 50)" in told
    assert "handed off with a score of 70" in told


def test_export_is_the_whole_contract_on_a_page(empty: Leadq) -> None:
    page = empty("contract", "export").out
    for title in ("# PME 2026-1", "## Promises", "## A valid lead", "## Delays", "## Opening hours", "## Reasons"):
        assert f"{title}\n" in page
    assert "| standard | `true` | standard | paris | 1bd | 1bd | 15bd |\n" in page
    assert "Mon 09:00-12:30, 14:00-18:00" in page
    assert empty("contract", "export", "--md", "--lang", "fr").out != page
    assert not empty.folder.exists()


def test_export_as_json_is_what_the_file_says(empty: Leadq) -> None:
    found = empty("contract", "export", "--json").json
    assert found["content"]["contract"]["effective_from"] == "2026-01-01"
    assert found["content"]["policy"][0]["clock"]["accept"] == {"target": "15m", "unit": "business"}
    assert found["hash"] == empty("contract", "show", "--json").json["hash"]


def test_export_to_a_file_says_where(empty: Leadq) -> None:
    file = empty.file("page.md", "")
    assert empty("contract", "export", "-o", file).out == f"Written to {file}.\n"
    assert empty("contract", "export", "-o", f"{file}.json", "--json").json == {"ok": True, "file": f"{file}.json"}
    assert Path(file).read_text("utf-8") == empty("contract", "export").out
    refused = empty("contract", "export", "-o", f"{file}/no/where", "--json")
    assert (refused.status, refused.code) == (74, "io")


def test_a_table_is_not_broken_by_what_a_company_writes(empty: Leadq) -> None:
    text = template_text("pme-fr").replace('"Zoé Lefèvre"', '"Z | \\u001b[31mé\\n# x"')
    empty("init")
    empty.home.contract.write_text(text, "utf-8")
    empty("add", "--name", "Ada", "--company", "Engines")
    page = empty("contract", "export").out
    assert "\x1b" not in page
    assert "\n# x" not in page
    assert "Z \\| " in page
