"""`auth`: where the secrets are, never what they are; and a connection that waits for a login goes on with one."""

from __future__ import annotations

import getpass
import os

import pytest

from leadq.cli import auth, connect
from leadq.plugins.sdk import Step
from leadq.sync.wire import Reply
from leadq.testing.invariants import no_secret_is_told
from tests.cli.crm import OTHER, TOKEN, URL, Described, Office, _made, office
from tests.keyrings import error, failing, install

__all__ = ["_made", "office"]


@pytest.fixture
def connected(office: Office) -> Office:
    """With the settings of a connection, and no secret."""
    with office.leadq.home.settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[connection.crm]\nadapter = "rest"\nurl = "{URL}"\n')
    return office


def test_a_secret_comes_from_standard_input_and_goes_to_the_keyring(connected: Office) -> None:
    done = connected.run("auth", "set", "crm", "--json", stdin=f"\ufeff{TOKEN}\r\n")
    assert (done.status, done.json["ok"], done.json["secret"]) == (0, True, "token")
    assert list(connected.keyring.kept.values()) == [TOKEN]
    assert connected.run("auth", "test", "crm", "--json").json["account"]["label"] == "Camille Martin"
    said = {"out": done.out, "err": done.err, **connected.files()}
    assert [one.what for one in no_secret_is_told(said, [TOKEN])] == []


@pytest.mark.parametrize("given", ["", "  \n", "two\nlines", "a\x1b[31mb", "x" * 100_001], ids=str.__len__)
def test_what_is_no_secret_is_refused(connected: Office, given: str) -> None:
    done = connected.run("auth", "set", "crm", "--json", stdin=given)
    assert (done.status, done.code) == (2, "bad_secret")
    assert connected.keyring.kept == {}


def test_a_secret_that_the_adapter_would_never_look_at_is_refused(connected: Office) -> None:
    done = connected.run("auth", "set", "crm", "--secret", "tokne", "--json", stdin=TOKEN)
    assert (done.status, done.code, done.json["error"]["hint"]) == (2, "bad_secret", "It has: token, pin.")
    assert connected.keyring.kept == {}


def test_status_says_where_each_secret_is_and_four_characters_of_a_long_one(connected: Office) -> None:
    connected.run("auth", "set", "crm", stdin=TOKEN)
    connected.run("auth", "set", "crm", "--secret", "pin", stdin="4711")
    done = connected.run("auth", "status", "--json", LEADQ_CRM_OTHER="eleven-char")
    crm = next(one for one in done.json["connections"] if one["name"] == "crm")
    shown = {one["name"]: (one["source"], one["last4"]) for one in crm["secrets"]}
    assert shown == {"token": ("keyring", TOKEN[-4:]), "pin": ("keyring", None), "other": ("environment", None)}
    assert done.json["keyring"]["state"] == "ok"
    for text in (TOKEN, "4711", "eleven-char"):
        assert text not in done.out
    assert connected.run("auth", "status", "crm", LEADQ_LANG="fr").out.count("4711") == 0


def test_status_says_what_is_wrong_with_the_keyring(connected: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    connected.run("auth", "set", "crm", stdin=TOKEN)
    install(monkeypatch, failing(error("KeyringLocked"))())
    monkeypatch.setattr("leadq.secrets.kept._read", {})
    done = connected.run("auth", "status", "crm", "--json")
    assert done.status == 0
    assert "locked" in done.json["connections"][0]["trouble"]
    report = connected.run("sync", "crm", "--json")
    assert (report.status, "locked" in report.json["connections"][0]["error"]) == (77, True)
    assert connected.run("list", "--json").status == 0


def test_the_environment_goes_first_and_that_is_said(connected: Office) -> None:
    done = connected.run("auth", "set", "crm", stdin=OTHER, LEADQ_CRM_TOKEN=TOKEN)
    assert "LEADQ_CRM_TOKEN" in done.err
    assert connected.run("auth", "test", "crm", LEADQ_CRM_TOKEN=TOKEN).status == 0
    assert connected.run("auth", "test", "crm").status == 77


def test_rm_takes_it_out_and_one_that_is_not_there_is_no_error(connected: Office) -> None:
    connected.run("auth", "set", "crm", stdin=TOKEN)
    assert connected.run("auth", "rm", "crm", "--json").json["removed"] == ["token"]
    assert (connected.keyring.kept, connected.run("auth", "rm", "crm", "--json").json["removed"]) == ({}, [])
    done = connected.run("auth", "test", "crm", "--json")
    assert (done.status, done.code) == (77, "auth")
    assert "leadq auth set" in done.json["error"]["message"]
    assert connected.run("auth", "rm", "nobody", "--json").code == "unknown_connection"


def test_a_connection_whose_login_failed_waits_until_another_is_set_or_the_test_is_passed(connected: Office) -> None:
    connected.run("auth", "set", "crm", stdin=OTHER)
    assert connected.run("sync", "crm").status == 77
    assert connected.run("status", "--json").json["connections"][1]["trouble"] == "auth"
    before = connected.leadq.home.settings.stat().st_mtime_ns
    os.utime(connected.leadq.home.settings, ns=(before - 10**9, before - 10**9))
    connected.run("auth", "set", "crm", stdin=TOKEN)
    crm = connected.run("status", "--json").json["connections"][1]
    assert (crm["trouble"], crm["error"]) == (None, None)
    assert connected.leadq.home.settings.stat().st_mtime_ns > before - 10**9, "a watcher looks at the folder"
    connected.twist = lambda request, reply: Reply(401, {}, [b"{}"])
    assert connected.run("sync", "crm").status == 77
    connected.twist = lambda request, reply: reply
    assert connected.run("auth", "test", "crm").status == 0
    assert connected.run("status", "--json").json["connections"][1]["trouble"] is None


class Person:
    """Somebody at a terminal, who answers one line after the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, secrets: list[str]) -> None:
        self.secrets = secrets
        monkeypatch.setattr(getpass, "getpass", lambda *_, **__: self.secrets.pop(0))
        for module in (auth, connect):
            monkeypatch.setattr(module, "interactive", lambda: True)


def test_a_person_is_asked_until_it_works_and_agrees_to_each_step(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    Described.missing.append(Step("f", "Create it."))
    Person(monkeypatch, [OTHER, TOKEN])
    answers = [
        "", "http://crm.test", URL,  # the address: nothing, a wrong one, the right one
        "tier", "score = hs_scor", "score = Lead score", "qualified = Won", "connected = Connected, Working", "",
        "y", "y",
    ]  # fmt: skip
    Described.missing.append(Step("g", "And {that}."))
    done = office.run("connect", "rest", "--name", "crm", stdin="".join(f"{line}\n" for line in answers))
    assert done.status == 0, done.err
    for sentence in ("cannot be left out", "https://", "does not accept", "Tier", "“hs_score”", "“Won”", "Create it."):
        assert sentence in done.err
    assert Described.made == ["f", "g"]
    assert 'score = "hs_score"' in office.settings
    assert 'connected = ["Connected", "Working"]' in office.settings
    assert len(office.leadq.ids()) == 7
    assert TOKEN not in done.err + done.out


@pytest.mark.parametrize("answers", [[], [URL], [URL, ""], [URL, "", "n"]], ids=len)
def test_whoever_stops_half_way_has_changed_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    Person(monkeypatch, [TOKEN])
    done = office.run("connect", "rest", "--name", "crm", stdin="".join(f"{line}\n" for line in answers))
    assert done.status == 130
    assert office.untouched


def test_french_people_say_oui(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    Person(monkeypatch, [TOKEN])
    done = office.run("connect", "rest", "--name", "crm", stdin=f"{URL}\n\no\n", LEADQ_LANG="fr")
    assert done.status == 0, done.err
    assert "Garder cette connexion" in done.err
