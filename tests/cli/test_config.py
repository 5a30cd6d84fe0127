"""`config show`, `config validate`, `config schema`: what holds, why, and what is wrong where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leadq import config
from leadq.settings import is_secret
from tests.cli.runner import Leadq


def settings_of(leadq: Leadq, *words: str, **environment: str) -> dict[str, dict[str, Any]]:
    result = leadq("config", "show", "--json", *words, **environment)
    assert result.status == 0
    return {setting["key"]: setting for setting in result.json["settings"]}


def write(leadq: Leadq, text: str) -> None:
    leadq.home.settings.write_text(text, "utf-8")


def problems(leadq: Leadq) -> list[tuple[int, int, str, str]]:
    result = leadq("config", "validate", "--json")
    assert (result.status, result.json["ok"]) == (78, False)
    return [(one["line"], one["column"], one["key"], one["hint"]) for one in result.json["errors"]]


# show


def test_each_value_says_where_it_comes_from(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    found = settings_of(leadq, "--lang", "fr")
    assert (found["me.member"]["value"], found["me.member"]["origin"]) == ("zoe", "file")
    assert found["me.member"]["where"] == f"{leadq.home.settings}:2"
    assert found["connection.csv.outcomes"]["value"] == str(leadq.home.data / "outcomes.csv")
    assert (found["connection.csv.outcomes"]["origin"], found["connection.csv.outcomes"]["where"]) == ("default", "")
    assert (found["home.data"]["origin"], found["home.data"]["where"]) == ("environment", "LEADQ_HOME")
    assert (found["lang"]["origin"], found["lang"]["where"]) == ("option", "--lang")
    assert (found["now"]["value"], found["now"]["where"]) == ("2026-05-13T13:00:00Z", "LEADQ_NOW")
    assert settings_of(leadq, LEADQ_LANG="fr")["lang"]["where"] == "LEADQ_LANG"


def test_a_home_without_settings_has_the_defaults_and_stays_unmade(empty: Leadq) -> None:
    found = settings_of(empty, "--home", str(empty.folder))
    assert (found["me.member"]["value"], found["me.member"]["origin"]) == (config.NOBODY, "default")
    assert (found["home.config"]["origin"], found["home.config"]["where"]) == ("option", "--home")
    assert not empty.folder.exists()


def test_the_text_shows_origins_when_asked(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    assert 'me.member = "zoe"\n' in leadq("config", "show").out
    assert f'me.member = "zoe"  # {leadq.home.settings}:2\n' in leadq("config", "show", "--origin").out


def test_secrets_are_never_shown(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    text = leadq.home.settings.read_text("utf-8")
    write(leadq, f'{text}\n[connection.crm]\napi_key = "sk-1"\nurl = "https://bob:pw9@crm.example/x"\n'
                 '[connection.crm.headers]\nAuthorization = "Bearer sk-2"\n')  # fmt: skip
    for words in (("show",), ("show", "--origin"), ("show", "--json"), ("validate",), ("validate", "--json")):
        result = leadq("config", *words)
        assert not any(secret in result.out + result.err for secret in ("sk-1", "sk-2", "pw9")), words
    assert settings_of(leadq)["connection.crm.url"]["value"] == "https://********@crm.example/x"


@pytest.mark.parametrize(
    "key", ["token", "access_token", "API_KEY", "apikey", "client-secret", "password", "private_key"]
)
def test_a_key_that_looks_like_a_secret_is_one(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize("key", ["token_command", "outcomes", "key_field", "secretary", "url"])
def test_another_key_is_none(key: str) -> None:
    assert not is_secret(key)


# validate


def test_what_leadq_writes_itself_is_valid(leadq: Leadq, empty: Leadq, tmp_path: Path) -> None:
    leadq("init", "--me", "zoe")
    told = leadq("config", "validate", "--json")
    assert (told.status, told.json) == (0, {"ok": True, "errors": [], "warnings": []})
    assert Leadq(tmp_path / "none")("config", "validate").status == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[mee]\nmember = "zoe"\n', (1, 2, "mee", 'Did you mean "me"?')),
        ('[me]\nmembre = "zoe"\n', (2, 1, "me.membre", 'Did you mean "member"?')),
        ("[me]\nmember = 3\n", (2, 10, "me.member", "A text stands between quotes; true, false, numbers and dates"
         " stand without.")),
        ('[connection.csv]\noutcome = "x"\n', (2, 1, "connection.csv.outcome", 'Did you mean "outcomes"?')),
        ('[connection.crm]\nadapter = "cvs"\n', (2, 11, "connection.crm.adapter", 'Did you mean "csv"?')),
        ('connection = "csv"\n', (1, 14, "connection", "Write it between braces, or under a heading between"
         " brackets.")),
        ("[me\n", (1, 4, "", "")),
        ('[screen]\ndensity = "compct"\n', (2, 11, "screen.density", 'Did you mean "compact"?')),
        ('[contract]\npin = "latest"\n', (2, 7, "contract.pin", "")),
        ('[view.mine]\n', (1, 7, "view.mine", "")),
        ('[view.x]\nview = "al"\n', (2, 8, "view.x.view", 'Did you mean "all"?')),
        ('[view.x]\nstates = ["acepted"]\n', (2, 11, "view.x.states[0]", 'Did you mean "accepted"?')),
    ],
)  # fmt: skip
def test_a_slip_is_found_where_it_is_with_what_would_be_valid(
    leadq: Leadq, text: str, found: tuple[int, int, str, str]
) -> None:
    write(leadq, text)
    assert problems(leadq)[0] == found


def test_the_text_is_what_editors_jump_to(leadq: Leadq) -> None:
    write(leadq, '[me]\nmember = "zoe"\nlang = "fr"\n')
    assert leadq("config", "validate").out.startswith(f"{leadq.home.settings}:3:1: me.lang: ")


def test_a_secret_in_the_file_is_a_finding(leadq: Leadq) -> None:
    write(leadq, '[connection.crm]\nadapter = "csv"\n[connection.other]\nadapter = "other"\ntoken = "t"\n')
    assert (5, 1, "connection.other.token", "Take it out of this file.") in problems(leadq)


# schema


def test_the_schema_knows_each_key_that_is_checked(empty: Leadq) -> None:
    schema = empty("config", "schema", "--json").json
    assert schema == json.loads(empty("config", "schema").out)
    assert set(schema["properties"]) == {"me", "screen", "view", "privacy", "contract", "publish", "connection"}
    assert set(schema["properties"]["me"]["properties"]) == {"member"}
    csv = schema["properties"]["connection"]["additionalProperties"]["then"]["properties"]
    assert set(csv) == {"adapter", "outcomes", "link"}
