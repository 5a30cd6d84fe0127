"""Whose account a login turned out to be: the one that it was before, and no other connection's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq import config
from leadq.i18n import N_
from leadq.sync.protocol import Failed

if TYPE_CHECKING:
    import sqlite3

    from leadq.config import Connection
    from leadq.paths import Home
    from leadq.sync.protocol import Ready

_OTHER: Final = N_("The login is another account’s ({found}) than before ({known}): nothing was sent.")
_CLAIMED: Final = N_(
    "Connection “{other}” is the same account ({account}), and a lead belongs to one connection:"
    " take one of the two out of leadq.toml."
)


def refusal(db: sqlite3.Connection, home: Home, connection: Connection, ready: Ready, known: str) -> Failed | None:
    """Why nothing may be exchanged with the account that `ready` tells; `known` is the one from before, "" at first.

    Only who fetches leads claims them: two lists may go out to one file.
    """
    found = ready.account.id if ready.account else known
    if known and found != known:
        return Failed("auth", _OTHER, {"found": found, "known": known})
    rows = (
        db.execute(_SAME, (found, connection.adapter, connection.name))
        if found and "pull" in ready.capabilities
        else ()
    )
    for (name,) in rows:
        if _claims(home, name, connection, first=not known):
            return Failed("load", _CLAIMED, {"other": name, "account": found})
    return None


def _claims(home: Home, name: str, connection: Connection, *, first: bool) -> bool:
    """Whether `name` was there before, with nothing in its settings that sets it apart (another address, another kind
    of record); of two that were both there, the upper one in the settings stays."""
    connections = config.load(home).connections
    other = connections.get(name)
    if other is None:
        return False
    shared = other.options.keys() & connection.options.keys()
    names = list(connections)
    above = first or connection.name not in names or names.index(name) < names.index(connection.name)
    return above and all(other.options[key] == connection.options[key] for key in shared)


_SAME: Final = "SELECT name FROM connection_state WHERE account = ? AND adapter = ? AND name <> ?"
