"""What happens beside a watcher: somebody writes, the settings change, the machine sleeps or changes its network."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Final

from leadq.errors import LeadqError
from leadq.sqlite import Store

if TYPE_CHECKING:
    from leadq.paths import Home
    from leadq.sync.machine import Machine
    from leadq.sync.pace import News

JUMP_S: Final = 5.0
"""How far the two clocks may part between two looks: a machine that slept, or whose clock was set, shows more."""


class Beside:
    """Looks that cost some microseconds each: one pragma, one folder of three files, one route."""

    def __init__(self, home: Home, machine: Machine) -> None:
        self._home, self._machine = home, machine
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._version = self._written()
        self._settings = self._files()
        self._address = machine.net.address()
        self._apart_s, self._looked_s = self._apart(), machine.ticks.monotonic()

    def wrote(self) -> bool:
        """Whether somebody has committed since the last look."""
        before, self._version = self._version, self._written()
        return before != self._version

    def news(self, slept_s: float) -> list[News]:
        """What else is new since the last look, `slept_s` of which we meant to sleep."""
        found: list[News] = []
        if self._jumped(slept_s):
            found.append("resumed")
        settings, self._settings = self._settings, self._files()
        if settings != self._settings:
            found.append("settings")
        address, self._address = self._address, self._machine.net.address()
        if self._address and self._address != address:
            found.append("network")
        return found

    def rest(self) -> None:
        """A cycle is over: the time it took is no jump."""
        self._looked_s = self._machine.ticks.monotonic()

    def close(self) -> None:
        """Let go of the database."""
        if self._db:
            self._db.close()

    def _jumped(self, slept_s: float) -> bool:
        """By how far the clocks parted (Linux, macOS: one stands still while the machine sleeps), or by how long the
        sleep took (Windows: none does)."""
        apart_s, now_s = self._apart(), self._machine.ticks.monotonic()
        jumped = abs(apart_s - self._apart_s) > JUMP_S or now_s - self._looked_s > slept_s + JUMP_S
        self._apart_s, self._looked_s = apart_s, now_s
        return jumped

    def _apart(self) -> float:
        ticks = self._machine.ticks
        return ticks.wall_ms() / 1000 - ticks.monotonic()

    def _files(self) -> tuple[tuple[str, int, int], ...]:
        """The files of the settings' folder as they are now."""
        try:
            with os.scandir(self._home.config) as entries:
                found = [(entry.name, entry.stat()) for entry in entries]
        except OSError:
            return ()
        return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in found))

    def _written(self) -> tuple[int, int]:
        """What changes with every commit of another connection, and when the file itself is another (a restore)."""
        try:
            inode = self._home.database.stat().st_ino
            if self._db is None or inode != self._inode:
                self.close()
                self._db, self._inode = Store(self._home).open_reader(), inode
            return inode, int(self._db.execute("PRAGMA data_version").fetchone()[0])
        except (OSError, sqlite3.Error, LeadqError):
            return 0, 0
