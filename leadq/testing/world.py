"""Everything in one process for many stories: chance and time from a seed, connections that stay open, no plugins.

Only what cannot be given from outside is put in the place of the real thing, and only while `World.entered` lasts.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from leadq import outgoing, sqlite, uids
from leadq.sync import engine
from leadq.testing.crash import Fuse, fused
from leadq.testing.time import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DATABASE: Final = "data/leadq.db"
_STATEMENTS: Final = 512
"""As many as the engine has: SQLite works out each of them once for all stories."""


class Kept(sqlite3.Connection):
    """A connection that stays open when it is closed, for the next one who opens the same file.

    What is not committed is undone, as when its process had died: opening costs more than most of what it is opened
    for.
    """

    idle: list[Kept]

    def close(self) -> None:
        """Let the next one have it."""
        if self.in_transaction:
            self.rollback()
        self.idle.append(self)

    def end(self) -> None:
        """Close it in truth."""
        super().close()


class _Copy:
    """A home that is copied once from a prepared one; from then on only what a story changed in it is put back.

    Its file and the connections to it stay, with all that SQLite has worked out about them: a third of a story.
    """

    def __init__(self, prepared: Path, folder: Path) -> None:
        shutil.copytree(prepared, folder)
        self._db = sqlite3.connect(folder / _DATABASE, isolation_level=None, cached_statements=256)
        self._db.execute("ATTACH ? AS prepared", (str(prepared / _DATABASE),))
        tables = self._db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        self._again = [
            statement
            for (table,) in tables
            for statement in (f"DELETE FROM main.{table}", f"INSERT INTO main.{table} SELECT * FROM prepared.{table}")
        ]
        self._folder = folder

    def begins(self, settings: str) -> None:
        """Be as it was prepared, but with these settings."""
        (self._folder / "config" / "leadq.toml").write_text(settings, "utf-8")
        self._db.execute("BEGIN IMMEDIATE")
        for statement in self._again:
            self._db.execute(statement)
        self._db.commit()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """For good."""
        self._db.close()


class World:
    """What all laptops of a story share. `now` is the laptop whose turn it is: its clock, and what its process meets.

    `begin` starts another story: nothing of the last one is left.
    """

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.fuse = Fuse()
        self.offset_ms = 0
        self._chance = Random(0)  # noqa: S311 - the same story must happen again
        self._idle: defaultdict[str, list[Kept]] = defaultdict(list)
        self._open: list[Kept] = []
        self._copies: dict[Path, _Copy] = {}

    def begin(self, seed: int | str) -> None:
        """Another story: time starts anew, and chance from `seed`."""
        self.time = VirtualTime()
        self.fuse = Fuse()
        self.offset_ms = 0
        self._chance = Random(f"story {seed}")  # noqa: S311
        uids._births = (-1, "", iter(()))

    def lay_out(self, prepared: Path, folder: Path, settings: str) -> None:
        """Make `folder` the home that was `prepared`, with the text of its `leadq.toml`."""
        if folder not in self._copies:
            self._copies[folder] = _Copy(prepared, folder)
        self._copies[folder].begins(settings)

    def end(self) -> None:
        """A story is over: what nobody gave back is closed."""
        given_back = {id(each) for idle in self._idle.values() for each in idle}
        for connection in self._open:
            if id(connection) not in given_back:
                connection.end()
        self._open = [each for each in self._open if id(each) in given_back]

    def close(self) -> None:
        """Close all that is open."""
        for connection in self._open:
            connection.end()
        for copy in self._copies.values():
            copy.close()
        self._open.clear()
        self._idle.clear()
        self._copies.clear()

    @contextmanager
    def entered(self) -> Iterator[World]:
        """Put it in the place of the real world until the block ends."""
        store: Any = sqlite.Store
        puts: list[tuple[Any, str, Any]] = [
            (uids, "os", SimpleNamespace(urandom=lambda size: self._chance.randbytes(size))),
            (outgoing, "time", SimpleNamespace(time_ns=lambda: self.wall_ms() * 1_000_000)),
            (sqlite, "_open", self._opened),
            (sqlite, "_uri", lambda path: f"file:{path}"),
            (sqlite, "is_behind", lambda _: False),
            (store, "_checkpoint", lambda *_: None),
            (store, "transaction", fused(store.transaction, lambda: self.fuse)),
            (engine, "record", lambda *_: 0),
            (engine, "fire", lambda *_: ()),
        ]
        with ExitStack() as stack:
            stack.callback(self.close)
            for place, name, stand_in in puts:
                stack.callback(setattr, place, name, getattr(place, name))
                setattr(place, name, stand_in)
            yield self

    def wall_ms(self) -> int:
        """By the clock of the laptop whose turn it is."""
        return self.time.wall_ms() + self.offset_ms

    def monotonic(self) -> float:
        """As `ports.Ticks`."""
        return self.time.monotonic()

    def sleep(self, seconds: float) -> None:
        """As `ports.Ticks`."""
        self.time.sleep(seconds)

    def _opened(self, uri: str, cache_kb: int) -> sqlite3.Connection:
        if self._idle[uri]:
            return self._idle[uri].pop()
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, factory=Kept, cached_statements=_STATEMENTS
        )
        connection.idle = self._idle[uri]
        for pragma in ("foreign_keys=ON", "wal_autocheckpoint=0", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        self._open.append(connection)
        return connection
