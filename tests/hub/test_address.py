"""Where a hub may be: the way there is safe, or it is not taken."""

from __future__ import annotations

import sys

import pytest

from leadq.hub.address import settings_of
from leadq.hub.steps import SCHEMA, step
from leadq.plugins.hub import HubAdapter
from leadq.plugins.sdk import Context, Rejected


def test_without_psycopg_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Rejected) as error:
        HubAdapter(Context({"url": "postgresql://zoe@localhost/leadq"}, {}))
    assert "pip install 'leadq[hub]'" in str(error.value)


def test_the_schema_has_a_step_for_each_version() -> None:
    assert all("{group}" in step(number) for number in range(1, SCHEMA + 1))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://zoe@localhost/leadq",
        "postgresql://zoe@127.0.0.1/leadq",
        "postgresql://zoe@[::1]/leadq",
        "postgresql:///leadq?host=/var/run/postgresql",
        "dbname=leadq",
    ],
)
def test_on_this_machine_nothing_is_asked_of_the_way(url: str) -> None:
    pytest.importorskip("psycopg")
    assert "sslmode" not in settings_of(url, kept=True)


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql://zoe@db.example/leadq", "verify-full"),
        ("postgresql://zoe@db.example/leadq?sslmode=require", "require"),
        ("postgresql://zoe@db.example/leadq?sslmode=verify-ca&sslrootcert=/ca.pem", "verify-ca"),
        ("postgresql://zoe@localhost,db.example/leadq", "verify-full"),
        ("postgresql://zoe@localhost/leadq?hostaddr=192.0.2.1", "verify-full"),
    ],
)
def test_off_this_machine_the_way_is_encrypted(url: str, mode: str) -> None:
    pytest.importorskip("psycopg")
    found = settings_of(url, kept=True)
    assert found["sslmode"] == mode
    assert found.get("sslrootcert", "") == {"verify-full": "system", "verify-ca": "/ca.pem"}.get(mode, "")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://zoe@db.example/leadq?sslmode=disable",
        "postgresql://zoe@db.example/leadq?sslmode=allow",
        "postgresql://zoe@192.0.2.1/leadq?sslmode=prefer",
        "postgresql://zoe@127.0.0.1,192.0.2.1/leadq?sslmode=disable",
        "postgresql://zoe:secret@localhost/leadq",
        "service=elsewhere",
        "postgres:/nonsense",
    ],
)
def test_what_is_not_safe_is_refused_and_no_password_is_repeated(url: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(Rejected) as error:
        settings_of(url, kept=True)
    assert "secret" not in str(error.value)


def test_a_password_may_be_in_an_address_that_is_only_typed() -> None:
    pytest.importorskip("psycopg")
    assert settings_of("postgresql://zoe:secret@localhost/leadq", kept=False)["password"] == "secret"
