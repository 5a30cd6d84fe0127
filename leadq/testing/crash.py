"""The death of a process, at any of the places where it makes a difference, and what stands in for a new one.

A process that dies leaves what it had committed and what it had sent, and nothing else. So the places are: before and
after each commit, before each request, and after each answer.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager

    from leadq.sqlite import Store
    from leadq.sync.evidence import Trouble
    from leadq.sync.http import Line
    from leadq.sync.transport import Arrived, Sending

    Transaction = Callable[[Store], AbstractContextManager[sqlite3.Connection]]


class Crash(BaseException):
    """The process is gone."""


class Fuse:
    """Counts the places that a process passes, and ends it at the ones in `at` (from 1 on)."""

    def __init__(self, at: Collection[int] = ()) -> None:
        self.passed: list[str] = []
        self._at = frozenset(at)
        self._dead = False

    def alive(self) -> None:
        """Raises Crash for a process that is gone: what it does in its `finally` blocks nobody ever sees."""
        if self._dead:
            raise Crash(self.passed[-1])

    def passes(self, place: str) -> None:
        """Raises Crash when this is where it ends."""
        self.alive()
        self.passed.append(place)
        self._dead = len(self.passed) in self._at
        self.alive()


class Fused:
    """A line that ends the process before it sends, or when the answer is there."""

    def __init__(self, line: Line, fuse: Fuse) -> None:
        self._line = line
        self._fuse = fuse

    def exchange(self, sending: Sending, ends: float) -> Arrived | Trouble:
        """As `http.Line.exchange`. Raises Crash."""
        self._fuse.passes(f"send {sending.method} {sending.target}")
        outcome = self._line.exchange(sending, ends)
        self._fuse.passes(f"receive {sending.method} {sending.target}")
        return outcome

    def close(self) -> None:
        """As `http.Line.close`."""
        self._line.close()


def fused(transaction: Transaction, fuse: Callable[[], Fuse]) -> Transaction:
    """`Store.transaction` that ends the process of the moment before or after it commits."""

    @contextmanager
    def writing(store: Store) -> Iterator[sqlite3.Connection]:
        now = fuse()
        now.alive()
        with transaction(store) as db:
            yield db
            now.passes("commit")
        now.passes("committed")

    return writing
