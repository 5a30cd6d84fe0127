"""The process that asks the keyring of the system: `python -m leadq.secrets.vault`, started by `keychain` only.

One order as JSON on standard input, one answer on standard output. Only a keyring that keeps secrets safe is used:
of a recommended kind (priority 1 or more), and none that writes plain text or keeps nothing. keyring itself takes
keyrings.alt's plain text file without a word where that is installed and nothing better answers.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SERVICE: Final = "leadq"
WINDOWS_BYTES: Final = 2560
"""What a credential of Windows holds, in UTF-16 (jaraco/keyring 355); more fails with an error that says nothing."""

_SAFE_FROM: Final = 1
_UNSAFE: Final = re.compile("plaintext|null|fail", re.IGNORECASE)


def answer(order: Mapping[str, Any], choose: Callable[[], Any]) -> dict[str, str]:
    """Do what `order` says with the keyring that `choose` finds; what became of it."""
    try:
        backend = choose()
        told = {"backend": _name(backend)}
        state = _unfit(backend, order["text"]) or _DEEDS[order["deed"]](backend, order, told)
        return {"state": state, **told}
    except Exception as error:  # noqa: BLE001 - a backend may raise anything; its words may hold the secret
        return {"state": _state_of(error), "why": type(error).__name__}


def best() -> Any:
    """The keyring that the user chose, or the best there is; one of several behind a chainer."""
    import keyring

    backend = keyring.get_keyring()
    several = list(getattr(backend, "backends", ()))
    return next((each for each in several if not _unfit(each)), backend if not several else several[0])


def _unfit(backend: Any, text: str = "") -> str:
    """Why this keyring is not to be used; empty when it is."""
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if ".null." in name:
        return "null"
    if ".fail." in name:
        return "no_bus" if os.environ.get("DBUS_SESSION_BUS_ADDRESS") else "none"
    if _UNSAFE.search(name) or backend.priority < _SAFE_FROM:
        return "plain"
    if name.startswith("keyring.backends.Windows.") and len(text.encode("utf-16-le")) > WINDOWS_BYTES:
        return "too_long"
    return ""


def _look(backend: Any, order: Mapping[str, Any], told: dict[str, str]) -> str:
    return "ok"


def _get(backend: Any, order: Mapping[str, Any], told: dict[str, str]) -> str:
    found = backend.get_password(SERVICE, order["user"])
    if found is None:
        return "missing"
    told["text"] = found
    return "ok"


def _set(backend: Any, order: Mapping[str, Any], told: dict[str, str]) -> str:
    """Kept is what can be read back: some take a secret and drop it."""
    backend.set_password(SERVICE, order["user"], order["text"])
    return "ok" if backend.get_password(SERVICE, order["user"]) == order["text"] else "null"


def _delete(backend: Any, order: Mapping[str, Any], told: dict[str, str]) -> str:
    if backend.get_password(SERVICE, order["user"]) is not None:
        backend.delete_password(SERVICE, order["user"])
    return "ok"


_DEEDS: Final = {"look": _look, "get": _get, "set": _set, "delete": _delete}
_STATES: Final = {
    "KeyringLocked": "locked",
    "InitError": "empty",
    "NoKeyringError": "none",
    "PasswordSetError": "denied",
    "PasswordDeleteError": "denied",
    "LockedException": "locked",
    "SecretServiceNotAvailableException": "no_bus",
    "KeyringError": "denied",
}
"""By the names of keyring's errors and of those that its Linux backend lets through; the nearest counts."""


def _state_of(error: BaseException) -> str:
    return next((_STATES[name] for name in _ancestry(error) if name in _STATES), "broken")


def _ancestry(error: BaseException) -> Iterator[str]:
    return (kind.__name__ for kind in type(error).__mro__)


def _name(backend: Any) -> str:
    """`SecretService`, `macOS`, `Windows`: the module is what a person knows it by."""
    return type(backend).__module__.rpartition(".")[2]


def main() -> None:
    """Answer the one order; what a backend prints goes nowhere."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    said = answer(json.load(sys.stdin.buffer), best)
    os.write(pipe, json.dumps(said).encode("ascii"))


if __name__ == "__main__":
    main()
