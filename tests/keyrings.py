"""Keyrings in every state that a machine may have them in, as the process that asks them sees them."""

from __future__ import annotations

from typing import Any

import pytest

from leadq.secrets import keychain, vault
from leadq.secrets.keychain import Answer


class Memory:
    """One that works."""

    priority: float = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.written: list[str] = []

    def get_password(self, service: str, user: str) -> str | None:
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, text: str) -> None:
        self.written.append(text)
        self.kept[service, user] = text

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


def of_module(module: str, kind: type[Memory] = Memory, **names: Any) -> type[Memory]:
    return type(names.pop("name", "Keyring"), (kind,), {"__module__": module, **names})


def failing(error: BaseException) -> type[Memory]:
    def fail(*_: Any) -> None:
        raise error

    return of_module("keyring.backends.SecretService", get_password=fail, set_password=fail, delete_password=fail)


class Forgetful(Memory):
    """Takes a secret, and drops it."""

    def set_password(self, service: str, user: str, text: str) -> None:
        return None


def error(name: str, base: str = "KeyringError") -> Exception:
    """One of keyring's errors, whose text must not be repeated."""
    parent = type(base, (Exception,), {})
    return type(name, (parent,), {})("canary-secret-0123456789")  # type: ignore[no-any-return]


def install(monkeypatch: pytest.MonkeyPatch, backend: Any) -> None:
    """Let `backend` (or what it raises when it is looked for) be this machine's keyring, in this process."""

    def choose() -> Any:
        if isinstance(backend, BaseException):
            raise backend
        return backend

    def ask(deed: str, user: str = "", text: str = "") -> Answer:
        return Answer(**vault.answer({"deed": deed, "user": user, "text": text}, choose))

    monkeypatch.setattr(keychain, "ask", ask)
