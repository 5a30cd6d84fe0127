"""Who is meant when a person is named: by id, by name or by e-mail, without case or accents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.text import fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable


def named(db: sqlite3.Connection) -> Callable[[str], str]:
    """From what was written to the id of a member of the contract in force; anything else stands for itself."""
    known = {fold(name): row[0] for row in db.execute("SELECT id, name, email FROM member") for name in row if name}
    return lambda given: str(known.get(fold(given.strip()), given))
