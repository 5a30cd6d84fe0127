"""Where a token comes from, and that what goes wrong with it is one sentence without it."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from leadq import secrets
from leadq.config import Connection
from leadq.errors import Exit, LeadqError
from leadq.paths import Home
from leadq.secrets import kept, keychain, vault
from tests.keyrings import Forgetful, Memory, error, failing, install, of_module

CANARY = "canary-secret-0123456789"


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


def test_the_order_is_environment_command_keyring_memory(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, of_module("keyring.backends.SecretService")())
    crm, environ = connection(), {"LEADQ_MY_CRM_TOKEN": "from the environment"}
    secrets.remember("my-crm", "token", "from memory")
    try:
        assert secrets.of(crm, {}, home=home) == {"token": "from memory"}
        kept.put(home, "my-crm", "token", "from the keyring", 1)
        assert secrets.of(crm, {}, home=home) == {"token": "from the keyring"}
        assert secrets.of(connection(*prints("print('printed')")), {}, home=home) == {"token": "printed"}
        assert secrets.of(crm, environ, home=home) == {"token": "from the environment"}
    finally:
        secrets.forget("my-crm")


def test_a_keyring_with_nothing_of_ours_is_not_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keychain, "ask", lambda *_: pytest.fail("asked"))
    assert secrets.of(connection(), {}, home=home) == {}


def test_a_secret_is_read_once_in_a_process_and_again_when_it_was_set(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Memory())
    kept.put(home, "crm", "token", "one", 1)
    read = kept.items(home, "crm")["token"]
    assert kept.read("crm", "token", read) == "one"
    kept.put(home, "crm", "token", "two", 2)
    monkeypatch.setattr(keychain, "ask", lambda *_: keychain.Answer("locked"))
    assert kept.read("crm", "token", read) == "one"
    with pytest.raises(LeadqError, match="locked"):
        kept.read("crm", "token", kept.items(home, "crm")["token"])


LONG = "x" * 1281
STATES: dict[str, tuple[Any, str, str]] = {
    "none": (of_module("keyring.backends.fail")(), "has no keyring", "keyring.backends.fail"),
    "dead bus": (of_module("keyring.backends.fail")(), "No keyring answers on D-Bus", ""),
    "locked": (failing(error("KeyringLocked"))(), "is locked", ""),
    "no collection": (failing(error("InitError"))(), "has no collection", ""),
    "plaintext": (of_module("keyrings.alt.file", name="PlaintextKeyring", priority=0.5)(), "plain text", ""),
    "not recommended": (of_module("keyrings.alt.file", name="EncryptedKeyring", priority=0.6)(), "plain text", ""),
    "null": (of_module("keyring.backends.null", priority=-1)(), "keeps nothing", ""),
    "drops it": (Forgetful(), "keeps nothing", ""),
    "denied": (failing(error("PasswordSetError"))(), "refuses", ""),
    "no such backend": (ModuleNotFoundError(CANARY), "cannot be used", ""),
}


@pytest.mark.parametrize("state", STATES)
def test_a_keyring_that_cannot_be_used_is_one_sentence_and_what_to_do_and_nothing_is_written(
    home: Home, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    backend, sentence, _ = STATES[state]
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    if state == "dead bus":
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    install(monkeypatch, backend)
    with pytest.raises(LeadqError, match=sentence) as caught:
        kept.put(home, "crm", "token", CANARY, 1)
    assert (caught.value.code, caught.value.exit_status) == ("keyring", Exit.AUTH)
    assert "LEADQ_CRM_TOKEN" in caught.value.hint
    assert CANARY not in f"{caught.value} {caught.value.hint} {caught.value.__context__}"
    assert not home.config.exists()
    assert getattr(backend, "written", []) == []


def test_windows_keeps_1280_characters_and_more_is_said_before_it_fails(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = of_module("keyring.backends.Windows", name="WinVaultKeyring")()
    install(monkeypatch, windows)
    with pytest.raises(LeadqError, match="1280"):
        kept.put(home, "crm", "token", LONG, 1)
    assert windows.written == []
    assert kept.put(home, "crm", "token", LONG[1:], 1) == "Windows"


def test_of_several_keyrings_the_first_safe_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    plain = of_module("keyrings.alt.file", name="PlaintextKeyring", priority=0.5)()
    safe = of_module("keyring.backends.SecretService")()
    chainer = type("ChainerBackend", (), {"backends": [plain, safe]})()
    monkeypatch.setattr(keyring, "get_keyring", lambda: chainer)
    assert vault.best() is safe
    chainer.backends = [plain]
    order = {"deed": "set", "user": "u", "text": CANARY}
    assert vault.answer(order, vault.best)["state"] == "plain"
    assert plain.written == []


STUB = """
import os, pathlib, sys, time
from keyring.backend import KeyringBackend
class PlaintextKeyring(KeyringBackend):
    priority = 5
    def get_password(self, service, user): return self.set_password(service, user, "")
    def set_password(self, service, user, text): pathlib.Path({path!r}).write_text(text)
class SlowKeyring(PlaintextKeyring):
    def set_password(self, service, user, text):
        shown = " ".join([*sys.argv, *sys.orig_argv, *os.environ.values()])
        pathlib.Path({path!r}).write_text(str(os.getpid()) + " " + shown)
        time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="looks for a process by signal 0")
def test_a_keyring_that_hangs_is_ended_in_time_and_one_of_plain_text_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the real process: what a user's own configuration names is looked at too."""
    note = tmp_path / "pid"
    (tmp_path / "leadq_stub_keyring.py").write_text(STUB.format(path=str(note)), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "leadq_stub_keyring.PlaintextKeyring")
    assert keychain.ask("set", "user", CANARY).state == "plain"
    assert not note.exists()
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "leadq_stub_keyring.SlowKeyring")
    monkeypatch.setattr(keychain, "LIMIT_S", 2.0)
    began = time.monotonic()
    assert keychain.ask("set", "user", CANARY).state == "hangs"
    assert time.monotonic() - began < 10
    pid, _, shown = note.read_text("utf-8").partition(" ")
    assert "leadq.secrets.vault" in shown
    assert CANARY not in shown
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_the_note_beside_the_settings_holds_no_secret_and_is_ours_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = Memory()
    install(monkeypatch, backend)
    kept.put(home, "crm", "token", CANARY, 1_000)
    (note,) = home.config.iterdir()
    assert CANARY not in note.read_text("utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert stat.S_IMODE(home.config.stat().st_mode) == 0o700
    kept.remove(home, "crm", "token")
    assert (kept.items(home, "crm"), backend.kept) == ({}, {})


def test_a_note_that_somebody_broke_is_as_good_as_none(home: Home) -> None:
    home.config.mkdir(parents=True)
    for text in ("", "[]", '{"crm": []}', '{"crm": {"token": {"user": "x"}}}', "\ufeff{"):
        (home.config / "keyring.json").write_text(text, "utf-8")
        assert kept.items(home, "crm") == {}


def test_no_repr_shows_a_secret(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Memory())
    kept.put(home, "crm", "token", CANARY, 1)
    found = secrets.found(connection(name="crm"), {}, home=home)
    shown = f"{found!r} {kept.items(home, 'crm')!r} {keychain.ask('get', kept.items(home, 'crm')['token'].user)!r}"
    assert "token" in shown
    assert CANARY not in shown
