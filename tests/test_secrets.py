"""Where a token comes from, and that what goes wrong with it is one sentence without it."""

from __future__ import annotations

import sys

import pytest

from leadq import secrets
from leadq.config import Connection
from leadq.errors import Exit, LeadqError


def connection(*command: str, name: str = "my-crm") -> Connection:
    return Connection(name, "rest", {}, 1.0, command)


def prints(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_the_environment_names_the_connection_and_the_secret() -> None:
    environ = {
        "LEADQ_MY_CRM_TOKEN": "t",
        "LEADQ_MY_CRM_CLIENT_SECRET": "s",
        "LEADQ_OTHER_TOKEN": "o",
        "LEADQ_HOME": "h",
    }
    assert secrets.of(connection(), environ) == {"token": "t", "client_secret": "s"}


def test_a_command_prints_the_token_when_the_environment_has_none() -> None:
    command = prints("print('from the safe')")
    assert secrets.of(connection(*command), {}) == {"token": "from the safe"}
    assert secrets.of(connection(*command), {"LEADQ_MY_CRM_TOKEN": "t"}) == {"token": "t"}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (prints("print('canary'); raise SystemExit(3)"), "ends with 3"),
        (prints(""), "prints nothing"),
        (("/nowhere/at/all",), "FileNotFoundError"),
    ],
    ids=["fails", "silent", "missing"],
)
def test_a_command_that_gives_no_token_is_one_sentence_without_what_it_said(command: tuple[str, ...], why: str) -> None:
    with pytest.raises(LeadqError, match=why) as caught:
        secrets.of(connection(*command), {})
    assert caught.value.exit_status == Exit.AUTH
    assert "canary" not in f"{caught.value.message} {caught.value.hint}"
