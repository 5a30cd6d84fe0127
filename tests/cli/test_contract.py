"""`contract check` and `contract show`."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadq.rulebook import TEMPLATES, template_text
from tests.cli.runner import Leadq


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_shipped_contracts_are_valid_and_fit_one_screen(empty: Leadq, template: str) -> None:
    file = empty.file("contract.toml", template_text(template))
    checked = empty("contract", "check", file, "--json").json
    assert (checked["ok"], checked["errors"]) == (True, [])
    assert checked["warnings"] == [], "who begins with it has nothing to mend first"
    empty("init", "--template", template)
    page = empty("contract", "show").out.splitlines()
    assert len(page) <= 24
    assert any("Marketing" in line for line in page)
    assert any("nobody yet" in line for line in page)


def test_an_error_has_its_place_and_the_nearest_key(empty: Leadq) -> None:
    text = template_text("pme-fr").replace("at_risk = [0.75]", "at_rsk = [0.75]", 1)
    file = empty.file("contract.toml", text)
    result = empty("contract", "check", file, "--json")
    assert result.status == 78
    (error,) = result.json["errors"]
    line = next(number for number, line in enumerate(text.splitlines(), start=1) if "at_rsk" in line)
    assert (error["file"], error["line"], error["column"]) == (file, line, 1)
    assert error["key"].endswith("at_rsk")
    assert "at_risk" in error["hint"]
    told = empty("contract", "check", file).out
    assert told.startswith(f"{file}:{line}:1: policy[1].at_rsk: ")


def test_warnings_do_not_stop_anybody(empty: Leadq) -> None:
    text = template_text("pme-fr").replace("monthly_handoffs = 100", "")
    result = empty("contract", "check", empty.file("contract.toml", text), "--json")
    assert (result.status, result.json["ok"]) == (0, True)
    assert "contract.marketing" in [warning["key"] for warning in result.json["warnings"]]


def test_without_a_file_it_is_the_homes_own_contract(empty: Leadq) -> None:
    assert empty("contract", "check").status == 0
    assert not empty.folder.exists()
    empty("init")
    empty.home.contract.write_text("[contract", "utf-8")
    result = empty("contract", "check", "--json")
    assert (result.status, result.json["errors"][0]["file"]) == (78, str(empty.home.contract))


def test_a_contract_that_is_not_there_is_said(empty: Leadq, tmp_path: Path) -> None:
    result = empty("contract", "check", str(tmp_path / "none.toml"), "--json")
    assert (result.status, result.code) == (2, "no_file")


def test_the_contract_in_force_is_shown_while_the_edited_one_is_broken(empty: Leadq) -> None:
    empty("init")
    before = empty("contract", "show", "--json").json
    empty.home.contract.write_text("nonsense", "utf-8")
    assert empty("contract", "show", "--json").json == before
    assert {criterion["id"] for criterion in before["criteria"]} == {"size", "role", "action"}
    assert {"code": "rej.off_icp", "class": "rejected"}.items() <= {
        key: value for reason in before["reasons"] if reason["code"] == "rej.off_icp" for key, value in reason.items()
    }.items()
