"""Who is meant when a person is named: by id, name or e-mail, without case or accents, or by their id in a CRM."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING

from leadq.text import fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping


def named(db: sqlite3.Connection, elsewhere: Mapping[str, str] = MappingProxyType({})) -> Callable[[str], str]:
    """From what was written to the id of a member of the contract in force; anything else stands for itself.

    `elsewhere` gives the ids that members have at the other end of a connection, see `there`.
    """
    known = {fold(name): row[0] for row in db.execute("SELECT id, name, email FROM member") for name in row if name}
    known |= {fold(id_there): member for member, id_there in elsewhere.items()}
    return lambda given: str(known.get(fold(given.strip()), given))


def there(db: sqlite3.Connection, connection: str, adapter: str = "") -> Mapping[str, str]:
    """The ids that the members have at the other end: a member's `crm` names the connection, or its adapter.

    `adapter` is for a connection that was never synced.
    """
    known = db.execute("SELECT adapter FROM connection_state WHERE name = ?", (connection,)).fetchone()
    adapter = known[0] if known else adapter
    rows = db.execute("SELECT id, crm FROM member WHERE crm <> '{}'")
    found = ((member, json.loads(crm)) for member, crm in rows)
    return {member: ids.get(connection) or ids[adapter] for member, ids in found if {connection, adapter} & ids.keys()}
