"""An older database is brought to this code's schema: a verified backup first, then one transaction.

Imported only when a home is behind: alembic costs more than any command.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from leadq.paths import Home


def migrate(home: Home) -> Path:
    """Bring the database of `home` to the newest schema, in one transaction; the caller holds the write lock.

    Returns the backup made first (SQLite's backup API, mode 0600, beside the database).
    """
    backup = _backup(home.database)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with closing(sqlite3.connect(home.database, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        with _lent(raw) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        raw.commit()
    return backup


def _backup(database: Path) -> Path:
    """A verified copy of the database as it was, named after the schema it has."""
    with closing(sqlite3.connect(database)) as source:
        version = source.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        backup = database.with_name(f"{database.name}.before-{version}")
        backup.unlink(missing_ok=True)
        backup.touch(mode=0o600)
        with closing(sqlite3.connect(backup)) as copy:
            source.backup(copy)
            if copy.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError(f"the backup {backup.name} is not sound")
    return backup


@contextmanager
def _lent(connection: sqlite3.Connection) -> Iterator[Connection]:
    """SQLAlchemy over a connection whose transaction is already open, and is not its to end."""
    engine = create_engine("sqlite://", creator=lambda: _Lent(connection), poolclass=StaticPool)
    with _unwrapped(), engine.connect() as borrowed:
        yield borrowed


@contextmanager
def _unwrapped() -> Iterator[None]:
    """SQLite's own error instead of SQLAlchemy's: the floor knows which ones are the disk's (sqlite.explained)."""
    try:
        yield
    except DBAPIError as error:
        if error.orig is None:
            raise
        raise error.orig from error


class _Lent:
    """A DBAPI connection that SQLAlchemy may use but neither commit, roll back nor close."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        """The transaction belongs to the caller."""

    rollback = close = commit
