"""`leadq route`: whose the leads that are nobody's would be, with every reason, and nothing written."""

from __future__ import annotations

import pytest

from tests.cli.runner import Leadq, csv_of

ROUTING = """
[[routing]]
id = "francophone"
when = "language == 'fr'"
to = ["zoe", "karim"]
[[routing]]
id = "rest"
when = "true"
to = ["karim"]
"""
PEOPLE = (
    {"name": "Anna", "email": "a@x.example", "language": "fr", "owner": ""},
    {"name": "Bob", "email": "b@x.example", "language": "de"},
    {"name": "Carl", "email": "c@x.example", "language": "fr"},
    {"name": "Dora", "email": "d@x.example", "language": "fr", "owner": "zoe"},
)


def reroute(leadq: Leadq, routing: str) -> None:
    """Give the contract these rules in the place of its own; they come into force with the next write."""
    contract = leadq.home.contract
    text = contract.read_text("utf-8")
    contract.write_text(text[: text.index("[[routing]]")] + routing + text[text.index("[governance]") :], "utf-8")


@pytest.fixture
def routed(empty: Leadq) -> Leadq:
    """A home whose contract routes, with three leads that are nobody's and one of Zoé's."""
    assert empty("init", "--me", "zoe").status == 0
    reroute(empty, ROUTING)
    assert empty("import", empty.file("leads.csv", csv_of(*PEOPLE))).status == 0
    return empty


def test_the_plan_says_whose_each_lead_would_be_and_writes_nothing(routed: Leadq) -> None:
    expected = [
        {"lead": 1, "rule": "francophone", "to": "zoe"},
        {"lead": 2, "rule": "rest", "to": "karim"},
        {"lead": 3, "rule": "francophone", "to": "karim"},
    ]
    assert routed("route", "--json").json == expected
    assert routed("route", "--json").json == expected
    assert [lead["owner"] for lead in routed("list", "--json").json].count("") == 3
    assert "francophone" in routed("route").out


def test_the_explanation_says_why_the_earlier_rules_did_not_match(routed: Leadq) -> None:
    said = routed("route", "--explain", "2", "--json").json
    assert [(rule["id"], rule["holds"], rule["fields"]) for rule in said["rules"]] == [
        ("francophone", False, {"language": "de"}),
        ("rest", True, {}),
    ]
    assert (said["rule"], said["to"], said["owner"]) == ("rest", "karim", None)
    assert [(seat["member"], seat["standing"], seat["load"]) for seat in said["seats"]] == [("karim", "free", 0)]
    lines = routed("--lang", "fr", "route", "--explain", "2").out
    assert "ne correspond pas" in lines
    assert "karim" in lines


def test_a_lead_that_is_somebodys_is_said_to_be(routed: Leadq) -> None:
    assert routed("route", "--explain", "4", "--json").json["owner"] == "zoe"
    assert "zoe’s already" in routed("route", "--explain", "4").out


def test_without_rules_or_without_a_home_there_is_nothing_to_route(leadq: Leadq) -> None:
    reroute(leadq, "")
    assert leadq("note", "1", "--text", "any write").status == 0
    assert leadq("route", "--json").json == []
    assert "no [[routing]]" in leadq("route").out
    assert "no [[routing]]" in leadq("route", "--explain", "1").out
    nobody = Leadq(leadq.folder.parent / "nobody")
    assert nobody("route", "--json").json == []
    assert not nobody.folder.exists()
