"""`leadq plugin`: what is installed, a new adapter, its rules, and what may work."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from leadq.sync import examined
from leadq.testing import examine
from tests.cli.runner import Leadq
from tests.plugins.fakes import adapter, announce

SAMPLE = {
    "data": [
        {"id": 7, "contact": {"nom": "Durand", "prenom": "Zoé", "mail": "zoe@bois.example"}, "societe": "Bois SARL",
         "tel": "+33 6 99 00 11 22", "etape": "Nouveau", "maj": 1_778_684_400, "proprietaire": {"id": 3, "x": "Bob"}},
        {"id": 8, "contact": {"nom": "Meyer", "prenom": "Karl", "mail": "karl@meyer.example"}, "societe": "Meyer",
         "tel": None, "etape": "En cours", "maj": 1_778_684_500, "proprietaire": None},
    ],
    "meta": {"next": "Qm9i"},
}  # fmt: skip


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path of this process and of its children, to install packages in."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def states(leadq: Leadq, *words: str) -> dict[str, str]:
    """The state of each plugin by its name; of ours only that of csv."""
    result = leadq("plugin", "list", "--json", *words)
    assert result.status == 0
    return {
        each["name"]: each["state"] for each in result.json if each["package"] != "leadq" or each["name"] == "csv"
    }  # fmt: skip


def test_listing_imports_nothing_and_creates_nothing(empty: Leadq, plugins: Path) -> None:
    announce(plugins, "bomb", "raise SystemExit('boom')")
    assert states(empty) == {"bomb": "installed", "csv": "installed"}
    assert "leadq_bomb" not in sys.modules
    assert not empty.folder.exists()
    assert "bomb" in empty("plugin", "list").out


def test_a_name_that_two_packages_have_is_shown_with_both(empty: Leadq, plugins: Path) -> None:
    announce(plugins, "acme", "", package="one-acme")
    announce(plugins, "acme", "", package="two-acme")
    result = empty("plugin", "list")
    assert result.out.count("duplicate") == 2
    assert result.out.count("Two packages bring an adapter called “acme” (one-acme, two-acme)") == 1


def test_a_closer_look_says_what_each_can_do_or_why_not(empty: Leadq, plugins: Path) -> None:
    announce(plugins, "old", adapter("old").replace("api_version = 1", "api_version = 0"))
    announce(plugins, "syntax", "def (")
    found = {each["name"]: each for each in empty("plugin", "list", "--verbose", "--json").json}
    assert [found[name]["state"] for name in ("csv", "old", "syntax")] == ["ok", "incompatible", "broken"]
    assert found["csv"]["capabilities"] == ["idempotent_push", "push"]
    assert "its api_version is 0, and this leadq knows [1]" in found["old"]["why"]
    assert "SyntaxError" in found["syntax"]["why"]


def test_a_disabled_adapter_is_not_loaded_and_says_so_in_one_sentence(leadq: Leadq) -> None:
    assert leadq("accept", "1").status == 0
    assert leadq("plugin", "disable", "csv").out == (
        "Plugin “csv” is disabled; `leadq plugin enable csv` lets it work again.\n"
    )
    assert states(leadq)["csv"] == "disabled"
    result = leadq("sync", "--json")
    assert (result.status, result.json["connections"][0]["error"]) == (
        78, "Plugin “csv” is disabled; `leadq plugin enable csv` lets it work again.",
    )  # fmt: skip
    assert result.json["connections"][0]["pending"] == 1
    assert leadq("plugin", "enable", "csv", "--json").json == {"ok": True, "name": "csv", "state": "installed"}
    assert leadq("sync", "--json").json["connections"][0]["pushed"] == 1


def test_what_is_not_installed_cannot_be_disabled(empty: Leadq) -> None:
    result = empty("plugin", "disable", "hupspot", "--json")
    assert (result.status, result.code) == (78, "unknown_plugin")


def new(leadq: Leadq, folder: Path, name: str = "acme", *words: str, sample: Any = SAMPLE) -> Any:
    (folder / "sample.json").write_text(json.dumps(sample), "utf-8")
    return leadq("plugin", "new", name, "--sample", "sample.json", *words)


def test_a_new_adapter_shows_how_its_sample_is_understood_and_three_commands(empty: Leadq, here: Path) -> None:
    result = new(empty, here)
    assert (result.status, result.err) == (0, "")
    lines = [line.strip() for line in result.out.splitlines()]
    assert lines[-3:] == ["cd leadq-acme", "leadq plugin check", "leadq plugin install ."]
    assert any("Zoé Durand" in line and "handed_off" in line and "+33 6 99 00 11 22"[:12] in line for line in lines)
    assert any("Karl Meyer" in line and "working" in line for line in lines)


def test_the_mapping_is_guessed_from_names_and_values(empty: Leadq, here: Path) -> None:
    found = new(empty, here, "acme", "--json").json
    assert found["fields"] == {
        "company": "societe", "email": "contact.mail", "first_name": "contact.prenom", "last_name": "contact.nom",
        "owner": "proprietaire.id", "phone": "tel", "status": "etape",
    }  # fmt: skip
    assert (found["states"]["handed_off"], found["states"]["working"]) == ("Nouveau", "En cours")
    code = (here / "leadq-acme" / "src" / "leadq_acme" / "__init__.py").read_text("utf-8")
    assert 'leads, items = "/leads", "data"' in code
    assert 'ByToken("cursor", "meta.next")' in code
    assert '"updated_since", "maj"' in code
    assert len(code.splitlines()) < 100


def test_nobody_of_the_sample_is_in_the_project(empty: Leadq, here: Path) -> None:
    new(empty, here)
    kept = (here / "leadq-acme" / "tests" / "leads.json").read_text("utf-8")
    assert not [word for word in ("Durand", "Zoé", "zoe@", "+33 6", "Bois", "Bob", "Karl") if word in kept]


def test_the_project_passes_its_own_rules_as_it_is_generated(
    empty: Leadq, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new(empty, here, "first")
    monkeypatch.setattr(sys, "path", list(sys.path))
    found = examine.tried_in(here / "leadq-first")
    assert (found["failures"], found["adapter"]) == ([], "first")
    assert found["passed"] > 100


def test_without_a_sample_it_begins_with_one_of_ours(empty: Leadq, here: Path) -> None:
    assert empty("plugin", "new", "second").status == 0
    result = empty("plugin", "check", "leadq-second")
    assert (result.status, result.err) == (0, "")
    assert result.out.splitlines()[0].endswith(" rules hold")
    assert result.out.splitlines()[1].startswith("not tried, for want of: ")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("acme", "nope", "bad_sample"),
        ("acme", '{"a": [1, 2]}', "bad_sample"),
        ("Acme", "[]", "usage"),
        ("csv", "[]", "usage"),
        ("x y", "[]", "usage"),
    ],
)
def test_what_nothing_can_be_made_of_is_refused_and_nothing_is_written(
    empty: Leadq, here: Path, name: str, content: str, code: str
) -> None:
    (here / "sample.json").write_text(content, "utf-8")
    result = empty("plugin", "new", name, "--sample", "sample.json", "--json")
    assert (result.status, result.code) == (2, code)
    assert [each.name for each in here.iterdir()] == ["sample.json"]


def test_a_folder_that_is_there_is_left_alone(empty: Leadq, here: Path) -> None:
    new(empty, here)
    assert new(empty, here, "acme", "--json").code == "not_empty"


def test_a_broken_rule_is_one_sentence_and_status_3(empty: Leadq, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [{"rule": "a_verdict_sets_the_status", "why": "The status is another."}]
    found = {"adapter": "csv", "passed": 1, "failures": failures, "not_tried": {"pull": 2}, "capabilities": []}
    monkeypatch.setattr(examined, "tried", lambda order: found)
    result = empty("plugin", "check", "csv")
    assert result.status == 3
    assert result.out == (
        "! a verdict sets the status\n    The status is another.\n1 rule holds, 1 does not\n"
        "not tried, for want of: pull (2)\n"
    )
    assert empty("plugin", "check", "csv", "--json").json == {"ok": False, **found}


def test_a_project_that_cannot_be_imported_is_one_sentence(empty: Leadq, here: Path) -> None:
    new(empty, here)
    code = here / "leadq-acme" / "src" / "leadq_acme" / "__init__.py"
    code.write_text("import nothing_of_that_name", "utf-8")
    result = empty("plugin", "check", "leadq-acme", "--json")
    assert (result.status, result.code) == (3, "bad_plugin")
    assert "nothing_of_that_name" in result.json["error"]["message"]


LIVE = """
from leadq.plugins.sdk import *

class Live:
    name, api_version, capabilities, options = "live", 1, frozenset({"pull"}), ()

    def __init__(self, context): ...
    def check(self): return Account("me-1", "Camille Martin")

    def pull(self, cursor, scope):
        yield Page((RemoteLead("7", fields={"name": "Jeanne"}), RemoteLead("")), "c", False)

@hookimpl
def leadq_adapter(): return Live
"""


def test_a_live_look_shows_the_account_and_the_first_leads(empty: Leadq, plugins: Path) -> None:
    announce(plugins, "live", LIVE)
    empty.home.config.mkdir(parents=True)
    empty.home.settings.write_text('[connection.crm]\nadapter = "live"\n', "utf-8")
    (look,) = empty("plugin", "check", "live", "--live", "--json").json["connections"]
    assert look == {
        "name": "crm", "account": {"id": "me-1", "label": "Camille Martin"}, "leads": [{"id": "7", "name": "Jeanne"}],
        "error": None,
    }  # fmt: skip
    assert not empty.home.exists
    empty("plugin", "disable", "live")
    result = empty("plugin", "check", "live", "--live")
    assert result.status == 3
    assert "Plugin “live” is disabled" in result.out


def test_there_must_be_something_to_check(empty: Leadq, here: Path) -> None:
    assert empty("plugin", "check", "--json").code == "no_file"
    assert empty("plugin", "check", "nobody", "--json").code == "unknown_plugin"
    assert empty("plugin", "check", "acme", "--live", "--json").code == "unknown_connection"
