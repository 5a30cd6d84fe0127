"""Adapters are listed without being imported, loaded one by one, and fail as records."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from leadq.plugins import manager
from leadq.plugins.csv import CsvAdapter
from leadq.plugins.manager import PluginFailure
from leadq.plugins.sdk import Account, Context, Option
from tests.plugins.fakes import adapter, announce

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the import path, to install packages in."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def failure(name: str) -> PluginFailure:
    found = manager.load(name)
    assert isinstance(found, PluginFailure)
    assert found.name == name
    return found


def test_listing_shows_a_broken_plugin_and_imports_none(plugins: Path) -> None:
    announce(plugins, "broken", "raise RuntimeError('at import')")
    found = {each.name: each for each in manager.installed()}
    assert (found["broken"].distribution, found["broken"].version) == ("leadq-broken", "1.2")
    assert found["csv"].distribution == "leadq"
    assert "leadq_broken" not in sys.modules


def test_a_built_in_adapter_comes_through_the_same_door() -> None:
    assert manager.load("csv") is CsvAdapter


def test_an_installed_adapter_is_loaded_by_its_name(plugins: Path) -> None:
    announce(plugins, "acme", adapter("acme"))
    found = manager.load("acme")
    assert not isinstance(found, PluginFailure)
    assert found(Context({})).check() == Account("account")


@pytest.mark.parametrize(
    ("code", "phase", "why"),
    [
        ("raise RuntimeError('no licence')", "import", "RuntimeError: no licence"),
        ("import sys; sys.exit(3)", "import", "SystemExit: 3"),
        ("def nothing", "import", "SyntaxError"),
        ("import no_such_module", "import", "no_such_module"),
        (
            adapter("bad") + "\n\n@hookimpl\ndef leadq_adapter():\n    raise KeyError('x')\n",
            "validate",
            "KeyError",
        ),
        ("x = 1", "validate", "no @hookimpl function leadq_adapter()"),
        (adapter("other"), "validate", "its name is 'other'"),
        (adapter("bad").replace("api_version = 1", "api_version = 99"), "validate", "api_version is 99"),
        (adapter("bad").replace("frozenset({", "list({"), "validate", "capabilities"),
        (adapter("bad").replace("options = (", "options = ['x'] or ("), "validate", "options"),
        (adapter("bad").replace("def push", "def pusch"), "validate", "no method push()"),
    ],
)
def test_what_a_plugin_does_wrong_becomes_a_record(plugins: Path, code: str, phase: str, why: str) -> None:
    announce(plugins, "bad", code)
    found = failure("bad")
    assert (found.phase, found.distribution, found.version) == (phase, "leadq-bad", "1.2")
    assert why in str(found)
    assert "bad" in str(found)
    sys.modules.pop("leadq_bad", None)


def test_a_name_that_nobody_announces_says_what_there_is() -> None:
    assert "did you mean “csv”" in str(failure("cvs"))
    assert "there are: csv" in str(failure("zz-unheard-of"))


def test_two_packages_with_one_name_are_both_refused(plugins: Path) -> None:
    announce(plugins, "twice", adapter("twice"), package="leadq-one")
    announce(plugins, "twice", adapter("twice"), package="leadq-two")
    assert "leadq-one, leadq-two" in str(failure("twice"))


def test_a_failure_of_one_adapter_leaves_the_others_alone(plugins: Path) -> None:
    announce(plugins, "gone", "raise SystemExit")
    failure("gone")
    assert manager.load("csv") is CsvAdapter


@pytest.mark.parametrize(
    ("options", "secrets", "why"),
    [
        ({"outcomes": "x"}, {}, ""),
        ({}, {}, "needs “outcomes”"),
        ({"outcomes": ""}, {}, "needs “outcomes”"),
        ({"outcomes": "x", "outcome": "y"}, {}, "no option “outcome”; it has: outcomes"),
    ],
)
def test_settings_are_checked_before_the_adapter_sees_them(
    options: dict[str, str], secrets: dict[str, str], why: str
) -> None:
    found = manager.unusable(CsvAdapter, Context(options, secrets))
    assert (why in str(found)) if why else found is None


def test_a_secret_is_wanted_from_the_secrets_and_refused_in_the_settings() -> None:
    class Acme(CsvAdapter):
        name = "acme"
        options = (Option("token", "API token", required=True, secret=True),)

    assert manager.unusable(Acme, Context({}, {"token": "t0ken"})) is None
    assert "needs the secret “token”" in str(manager.unusable(Acme, Context({})))
    assert "no option “token”" in str(manager.unusable(Acme, Context({"token": "t0ken"})))
