"""The hub's schema, as numbered steps of SQL: made and brought up to date by `leadq hub init`.

Plain files rather than alembic: most of the schema are policies and functions, which alembic would only carry as text,
and a hub is migrated by one person in one transaction.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

SCHEMA: Final = 4
"""The version that this leadq speaks; a laptop exchanges with a hub of this version and no other."""


def step(number: int) -> str:
    """The SQL that leads to `number` from the version before."""
    return files("leadq.hub").joinpath("schema", f"{number:04}.sql").read_text("utf-8")
