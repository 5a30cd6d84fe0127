"""One row of marketing's file: what it says, who it is about, and what the contract says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from leadq.domain.contract import Contract
from leadq.domain.contract_file import read_contract
from leadq.handoff import BAD_DATE, BAD_NUMBER, NOBODY, BadRow, Candidate, Defaults, package, read_row
from leadq.rulebook import template_text
from leadq.text import clean, clean_block
from tests.conftest import at
from tests.hostile import HOSTILE
from tests.leads import NOW_MS, ROW

DEFAULTS = Defaults(NOW_MS, ZoneInfo("Europe/Paris"))


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The default template: criteria size, role and action; points for size and for asking a demo."""
    found = read_contract(template_text("pme-fr").encode(), "contract.toml").contract
    assert found is not None
    return found


def read(defaults: Defaults = DEFAULTS, **cells: str) -> Candidate:
    return read_row(cells, defaults)


def handed(contract: Contract, **cells: str) -> dict[str, Any]:
    """The handoff of `ROW` with other `cells`."""
    return package(read_row({**ROW, **cells}, DEFAULTS).values, contract, connection="csv")


# --- who it is


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"id": "L7", "email": "a@b.example", "product_line": "saws"}, ("id", "", "L7")),
        ({"email": " Jeanne@Forges.Example ", "phone": "+33199001122"}, ("email", "", "jeanne@forges.example")),
        ({"email": "n/a", "phone": "01 99 00 11 22"}, ("phone", "", "+33199001122")),
        ({"phone": "01 99 00 11 22", "country": "France"}, ("phone", "", "+33199001122")),
        ({"phone": "020 7946 0123", "country": "United Kingdom"}, ("phone", "", "+442079460123")),
        ({"name": "ZOÉ Lefèvre", "company": "Œuvre"}, ("name", "", "zoe lefevre|oeuvre")),
        ({"email": "a@b.example", "product_line": "saws"}, ("email", "saws", "a@b.example")),
    ],
)
def test_a_row_is_known_by_its_id_else_email_else_phone_else_name_and_company(
    cells: Mapping[str, str], key: tuple[str, str, str]
) -> None:
    assert read(**cells).key == key


def test_first_and_last_name_make_the_name_when_there_is_none() -> None:
    assert read(first_name=" Zoé ", last_name="Lefèvre").values["name"] == "Zoé Lefèvre"
    assert read(last_name="Lefèvre").values["name"] == "Lefèvre"
    assert read(first_name="Zoé", last_name="Lefèvre", name="Mme Lefèvre").values["name"] == "Mme Lefèvre"


@pytest.mark.parametrize(
    "cells", [{}, {"title": "CEO", "source": "web"}, {"email": "n/a", "phone": "?"}, {"name": "  "}]
)
def test_a_row_that_says_nobody_is_refused(cells: Mapping[str, str]) -> None:
    with pytest.raises(BadRow) as caught:
        read(**cells)
    assert caught.value.template == NOBODY


# --- what it says


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("France", "FR"), ("FRANCE", "FR"), ("fr", "FR"), ("Belgique", "BE"), ("België", "BE"), ("Belgium", "BE"),
        ("Suisse", "CH"), ("Switzerland", "CH"), ("Luxembourg", "LU"), ("Royaume-Uni", "GB"), ("United Kingdom", "GB"),
        ("UK", "GB"), ("U.K.", "GB"), ("Great Britain", "GB"), ("England", "GB"), ("United States", "US"),
        ("États-Unis", "US"), ("Etats Unis", "US"), ("U.S.A.", "US"), ("USA", "US"), ("Germany", "DE"),
        ("Allemagne", "DE"), ("Deutschland", "DE"), ("Spain", "ES"), ("España", "ES"), ("Italie", "IT"),
        ("Italy", "IT"), ("FRA", "FR"), ("NL", "NL"), ("Atlantis", "Atlantis"), ("Bas-Rhin", "Bas-Rhin"), ("", ""),
    ],
)  # fmt: skip
def test_a_country_is_kept_by_its_code_and_an_unknown_one_as_it_is(written: str, code: str) -> None:
    assert read(name="Zoé", country=written).values["country"] == code


def test_numbers_are_read_as_people_write_them_and_a_range_of_employees_is_unknown() -> None:
    row = read(name="Zoé", score="82,5", fit="40", engagement="", company_size="50-100")
    assert [row.values[name] for name in ("score", "fit", "engagement", "company_size")] == [82.5, 40.0, None, None]


def test_a_number_that_cannot_be_read_refuses_the_row() -> None:
    with pytest.raises(BadRow) as caught:
        read(name="Zoé", score="high")
    assert (caught.value.template, caught.value.params) == (BAD_NUMBER, {"text": "high", "column": "score"})


def test_a_date_is_in_the_contracts_zone_and_a_bare_one_is_midnight_and_said_so() -> None:
    assert read(name="Zoé", handed_off_at="13/05/2026 15:00")[3:] == (at("2026-05-13T13:00"), True, False)
    assert read(name="Zoé", handed_off_at="2026-05-13T15:00:00Z")[3:] == (at("2026-05-13T15:00"), True, False)
    assert read(name="Zoé", handed_off_at="2026-05-13")[3:] == (at("2026-05-12T22:00"), True, True)


def test_a_row_without_a_date_is_handed_off_now_or_when_the_command_line_says() -> None:
    assert read(name="Zoé")[3:] == (NOW_MS, False, False)
    given = Defaults(NOW_MS, ZoneInfo("Europe/Paris"), handed_off_ms=NOW_MS - 1)
    assert read(given, name="Zoé")[3:] == (NOW_MS - 1, True, False)


def test_a_date_that_cannot_be_read_refuses_the_row() -> None:
    with pytest.raises(BadRow) as caught:
        read(name="Zoé", handed_off_at="31/02/2026" + " " * 100 + "x" * 100)
    assert caught.value.template == BAD_DATE
    assert caught.value.params["column"] == "handed_off_at"
    assert len(str(caught.value.params["text"])) == 60, "a sentence stays a sentence"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_hostile_text_is_kept_as_it_came(text: str) -> None:
    row = read(name=text, company=text, email="a@b.example", title=text, sector=text, note=text, id=text, owner=text)
    for name in ("name", "company", "title", "sector", "id", "owner"):
        assert row.values[name] == clean(text).strip()
    assert row.values["note"] == clean_block(text).strip()


def test_what_the_command_line_says_holds_for_rows_that_say_nothing() -> None:
    defaults = Defaults(NOW_MS, ZoneInfo("UTC"), owner="zoe", campaign="fair", trigger="event")
    assert {name: defaults.complete(read(name="A").values)[name] for name in ("owner", "campaign", "trigger")} == {
        "owner": "zoe", "campaign": "fair", "trigger": "event",
    }  # fmt: skip
    said = read(name="A", owner="karim", trigger="demo").values
    assert [defaults.complete(said)[name] for name in ("owner", "campaign", "trigger")] == ["karim", "fair", "demo"]
    assert said["campaign"] == "", "the row itself still says nothing"


# --- what the contract says of it


def test_the_policy_the_criteria_and_what_is_missing_are_those_of_the_moment(contract: Contract) -> None:
    data = handed(contract, company_size="5", consent_basis="", email="", phone="")
    assert (data["policy"], data["tier"], data["contract"]) == ("hot", "hot", contract.hash)
    assert data["criteria"] == {"size": False, "role": True, "action": True}
    assert data["missing"] == ("email", "consent_basis")


def test_the_first_policy_that_matches_is_the_leads(contract: Contract) -> None:
    policies = [handed(contract, trigger=trigger, score="79")["policy"] for trigger in ("pricing", "event", "webinar")]
    assert policies == ["hot", "event", "standard"]
    assert handed(contract, trigger="webinar", score="80")["policy"] == "hot"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, (20.0, 40.0, 60.0)),  # the contract's points: right size, and asked a demo
        ({"company_size": "49"}, (0.0, 40.0, 40.0)),
        ({"score": "82"}, (20.0, 40.0, 82.0)),  # the row's score stands, the contract's points explain it
        ({"fit": "30"}, (30.0, None, 30.0)),  # the row's own points: none of the contract's are added
        ({"fit": "30", "engagement": "12,5"}, (30.0, 12.5, 42.5)),
        ({"trigger": "webinar", "company_size": ""}, (None, None, None)),
        ({"trigger": "webinar", "company_size": "", "score": "0"}, (None, None, 0.0)),
    ],
)
def test_the_score_is_the_rows_else_the_contracts_points(
    contract: Contract, cells: Mapping[str, str], expected: tuple[float | None, ...]
) -> None:
    data = handed(contract, **cells)
    assert tuple(data.get(name) for name in ("fit", "engagement", "score")) == expected


def test_the_contracts_points_count_for_the_policy(contract: Contract) -> None:
    assert handed(contract, trigger="webinar", fit="50", engagement="30")["policy"] == "hot"


def test_a_handoff_event_names_nobody(contract: Contract) -> None:
    text = json.dumps(handed(contract, note="Rappeler Jeanne", owner="zoe", id="L7"), ensure_ascii=False)
    for name in ("name", "company", "title", "email", "phone"):
        assert ROW[name] not in text
    assert "Rappeler" not in text
    assert json.loads(text)["fields"] == {
        "country": "FR", "language": "fr", "sector": "industry", "company_size": 120.0, "role": "decision",
        "consent_basis": "legitimate_interest",
    }  # fmt: skip


def test_what_was_not_said_is_not_in_the_event(contract: Contract) -> None:
    bare = package(read(name="A").values, contract, connection="csv")
    assert set(bare) == {"policy", "contract", "tier", "connection", "missing", "criteria", "fields"}
    assert bare["fields"] == {}
    assert package(read(name="A").values, contract, connection="csv", cycle=2, date_only=True)["cycle"] == 2


# --- what speaks against it

ICP = """
[icp]
version = "2026-T2"
on_icp = "country in ['FR', 'BE'] and sector in ['industry', 'logistics']"
"""


def test_a_lead_outside_the_profile_or_below_the_threshold_is_flagged_and_never_dropped() -> None:
    text = template_text("pme-fr").replace("[pause]", f"{ICP}\n[pause]", 1)
    contract = read_contract(text.encode(), "contract.toml").contract
    assert contract is not None
    assert "flags" not in handed(contract, score="80")
    assert handed(contract, score="80")["icp"] == "2026-T2"
    assert handed(contract, score="49.5", sector="retail")["flags"] == ("off_icp", "below_threshold")
    assert handed(contract, score="50", country="US")["flags"] == ("off_icp",)


def test_without_a_profile_or_a_score_nothing_is_flagged(contract: Contract) -> None:
    silent = handed(contract, trigger="webinar", company_size="")
    assert ("flags" in silent, "icp" in silent, silent.get("score")) == (False, False, None)
