"""What the keyring keeps for this home: put there, read and taken away; and the note of it beside the settings.

The note (`keyring.json`) says which secrets there are, and holds none. Without it the keyring is never asked, so a
connection that needs no secret costs nothing. That it changes is how a watcher learns of a new token.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from leadq.config import save
from leadq.secrets import keychain, variable

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.paths import Home

_read: dict[tuple[str, int], str] = {}
"""What was read already, for as long as this process lives: a watcher would start a process in each of its cycles."""


@dataclass(frozen=True, slots=True)
class Item:
    """One secret in the keyring: the name of our item there, which keyring it is, and when it was put there."""

    user: str
    backend: str
    set_ms: int


def items(home: Home, connection: str) -> dict[str, Item]:
    """What the keyring has for a connection, by the secret's name, as far as we know."""
    try:
        return {name: Item(**item) for name, item in _note(home).get(connection, {}).items()}
    except (TypeError, AttributeError):
        return {}  # a note that somebody has changed: as if there were none


def put(home: Home, connection: str, name: str, text: str, wall_ms: int) -> str:
    """Put a secret in the keyring, in the place of an older one; which keyring that is. Raises LeadqError `keyring`.

    `wall_ms` is the machine's time, which no `--now` freezes: by it a watcher sees that this is another secret.
    """
    before = items(home, connection).get(name)
    user = before.user if before else f"{connection}/{name}/{os.urandom(4).hex()}"
    answer = keychain.ask("set", user, text)
    if answer.state != "ok":
        raise keychain.refused(answer, connection, variable(connection, name))
    note = _note(home)
    note.setdefault(connection, {})[name] = asdict(Item(user, answer.backend, wall_ms))
    _write(home, note)
    _read.pop((user, wall_ms), None)
    return answer.backend


def read(connection: str, name: str, item: Item) -> str:
    """The secret itself. Raises LeadqError `keyring` (77)."""
    key = (item.user, item.set_ms)
    if key not in _read:
        answer = keychain.ask("get", item.user)
        if answer.state != "ok":
            raise keychain.refused(answer, connection, variable(connection, name))
        _read[key] = answer.text
    return _read[key]


def remove(home: Home, connection: str, name: str) -> None:
    """Take a secret out of the keyring. Raises LeadqError `keyring` (77): then it is still there."""
    item = items(home, connection)[name]
    answer = keychain.ask("delete", item.user)
    if answer.state != "ok":
        raise keychain.refused(answer, connection, variable(connection, name))
    note = _note(home)
    del note[connection][name]
    _write(home, {holder: names for holder, names in note.items() if names})


def _write(home: Home, note: dict[str, Any]) -> None:
    save(_path(home), json.dumps(note, indent=1))


def _note(home: Home) -> dict[str, Any]:
    try:
        found = json.loads(_path(home).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _path(home: Home) -> Path:
    return home.config / "keyring.json"
