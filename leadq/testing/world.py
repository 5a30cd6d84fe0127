"""Everything in one process for many stories: chance and time from a seed, connections that stay open, no plugins.

Only what cannot be given from outside is put in the place of the real thing, and only while `World.entered` lasts.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from leadq import outgoing, sqlite, uids
from leadq.sync import engine
from leadq.testing.crash import Fuse, fused
from leadq.testing.time import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Iterator


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

    def begin(self, seed: int | str) -> None:
        """Another story: time starts anew, and chance from `seed`."""
        self.end()
        self.time = VirtualTime()
        self.fuse = Fuse()
        self.offset_ms = 0
        self._chance = Random(f"story {seed}")  # noqa: S311
        uids._births = (-1, "", iter(()))

    def end(self) -> None:
        """Close all that is open."""
        for connection in self._open:
            connection.end()
        self._open.clear()
        self._idle.clear()

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
            stack.callback(self.end)
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
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=Kept)
        connection.idle = self._idle[uri]
        for pragma in ("foreign_keys=ON", "wal_autocheckpoint=0", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        self._open.append(connection)
        return connection
