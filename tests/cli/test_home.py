"""`init` and `whoami`: a second run changes what is asked and nothing else."""

from __future__ import annotations

import pytest

from tests.cli.runner import Leadq


def test_init_makes_contract_settings_and_database(empty: Leadq) -> None:
    made = empty("init", "--me", "zoe", "--json").json
    assert (made["member"], made["contract"]["name"], made["connections"]) == ("zoe", "PME", ["csv"])
    assert made["done"] == ["contract", "settings", "database"]
    who = empty("whoami", "--json").json
    assert (who["member"], who["name"], who["role"]) == ("zoe", "Zoé Lefèvre", "sdr")
    assert who["device"]


def test_the_other_template_can_be_chosen(empty: Leadq) -> None:
    assert empty("init", "--template", "saas-en", "--json").json["contract"]["name"] == "SaaS"


def test_a_second_run_says_so_and_changes_nothing(empty: Leadq) -> None:
    empty("init", "--me", "zoe")
    before = {path.name: path.read_bytes() for path in empty.home.config.iterdir()}
    again = empty("init")
    assert (again.status, empty("init", "--json").json["done"]) == (0, [])
    assert "was there already" in again.out
    assert {path.name: path.read_bytes() for path in empty.home.config.iterdir()} == before


def test_who_one_is_can_change_and_the_rest_of_the_settings_stays(empty: Leadq) -> None:
    empty("init")
    empty.home.settings.write_text(
        "# mine\n[me]\nmember = 'zoe'  # for now\n\n[connection.fair]\nadapter = \"csv\"\n", "utf-8"
    )
    assert empty("init", "--me", "Karim Benali", "--json").json["done"] == ["me"]
    assert empty.home.settings.read_text("utf-8") == (
        '# mine\n[me]\nmember = "karim"  # for now\n\n[connection.fair]\nadapter = "csv"\n'
    )


@pytest.mark.parametrize("text", ["", '[connection.csv]\nadapter = "csv"\n', "[me]\n# nobody yet\n"])
def test_who_one_is_can_be_added_to_settings_that_do_not_say(empty: Leadq, text: str) -> None:
    empty("init")
    empty.home.settings.write_text(text, "utf-8")
    assert empty("init", "--me", "zoe").status == 0
    assert empty("whoami", "--json").json["member"] == "zoe"


def test_settings_that_only_a_person_can_change_are_left_alone(empty: Leadq) -> None:
    empty("init")
    empty.home.settings.write_text('me = { member = "zoe" }\n', "utf-8")
    result = empty("init", "--me", "karim", "--json")
    assert (result.status, result.code) == (78, "config")
    assert empty.home.settings.read_text("utf-8") == 'me = { member = "zoe" }\n'


def test_a_contract_that_somebody_worked_on_is_put_aside_not_lost(empty: Leadq) -> None:
    empty("init")
    mine = empty.home.contract.read_text("utf-8").replace('"PME"', '"Ours"')
    empty.home.contract.write_text(mine, "utf-8")
    assert empty("init", "--template", "saas-en", "--json").json["done"] == ["contract"]
    assert (empty.home.config / "contract.before-1.toml").read_text("utf-8") == mine


@pytest.mark.parametrize(
    ("words", "code", "known"),
    [(["--me", "bob"], "unknown_member", "zoe, karim"), (["--template", "b2c"], "usage", "pme-fr, saas-en")],
)
def test_what_is_not_known_is_refused_with_what_is(empty: Leadq, words: list[str], code: str, known: str) -> None:
    result = empty("init", *words, "--json")
    error = result.json["error"]
    assert (result.status, error["code"]) == (2, code)
    assert known in error["message"] + error["hint"]
    assert not empty.folder.exists()


def test_an_edited_contract_that_is_broken_stops_init_with_its_place(empty: Leadq) -> None:
    empty("init")
    broken = empty.home.contract.read_text("utf-8").replace('calendar = "paris"', 'calendar = "pariss"', 1)
    empty.home.contract.write_text(broken, "utf-8")
    result = empty("init", "--me", "zoe", "--json")
    assert (result.status, result.code) == (78, "contract")


def test_the_demo_is_a_queue_that_leaves_nothing_behind(empty: Leadq) -> None:
    shown = empty("demo")
    assert shown.status == 0
    assert len(shown.out.splitlines()) > 30
    assert "[/] ACME" in shown.out
    assert not empty.folder.exists()


def test_a_kept_demo_is_a_home_like_any_other(empty: Leadq) -> None:
    kept = str(empty.folder.parent / "kept")
    first = empty("demo", "--print", "--keep", kept).out
    assert empty("list", "--home", kept).out == first
    assert len(empty("demo", "--json", "--keep", kept).json) == len(first.splitlines()) - 1
    empty("reject", "43", "--home", kept, "--reason", "rej.spam", "--quality", "1")
    again = empty("demo", "--print", "--keep", kept)
    assert "shown as it is" in again.err
    assert len(again.out.splitlines()) == len(first.splitlines()) - 1
