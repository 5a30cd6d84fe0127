"""One cycle's hold on a connection: what it talks to, and what it may write of it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from leadq.i18n import N_
from leadq.sync import ops, skew, snapshot
from leadq.sync.protocol import Failed
from leadq.sync.run import Stopped

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from leadq.plugins.sdk import Found, Ref
    from leadq.sync.ops import Answer
    from leadq.sync.protocol import Kind, Ready
    from leadq.sync.run import Run, Talk
    from leadq.sync.states import Evidence

ABOUT_ONE: Final[dict[Kind, Evidence]] = {"conflict": "conflict", "rejected": "rejected", "gone": "gone"}
"""Failures that say of one change that it never will be applied."""

CLASH: Final = N_("Its status is “{theirs}” now, and was “{known}”.")
_TAKEN_OVER: Final = N_("Another sync has taken over.")


@dataclass(slots=True)
class Tally:
    """What a cycle did: ops that are at the other end now, those among them that were found there, and sent again;
    what came in, and how many records could not be understood."""

    pushed: int = 0
    adopted: int = 0
    resent: int = 0
    pulled: int = 0
    refused: int = 0


class Line:
    """One cycle's hold on a connection: the adapter, and a store that only the newest run may write to."""

    def __init__(
        self,
        run: Run,
        connection: str,
        talk: Talk,
        ready: Ready,
        generation: int,
        tally: Tally,
        skew_ms: int | None = None,
    ) -> None:
        """`skew_ms`: the service's clock minus ours as it was remembered, None when it is not known."""
        self.run = run
        self.connection = connection
        self.talk = talk
        self.can = ready.capabilities
        self.settle_ms = int(ready.settle_s * 1000)
        self.generation = generation
        self.tally = tally
        self._skew_ms = skew_ms

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction. Raises Stopped when another run has begun: it has taken over all that was ours."""
        self.has_moved()
        with self._writing() as db:
            yield db

    def has_moved(self) -> bool:
        """Whether the last answer shows our clock anew: what the outbox remembers of time has followed it then, and is
        to be read again. Raises Stopped as `writing`."""
        shown_ms = self.talk.used.skew_ms
        if not skew.has_moved(self._skew_ms, shown_ms):
            return False
        with self._writing() as db:
            skew.follow(db, self.connection, shown_ms)
        self._skew_ms = shown_ms
        return True

    @contextmanager
    def sending(self) -> Iterator[sqlite3.Connection]:
        """As `writing`, for what is written down of ops that are about to leave."""
        with self.writing() as db:
            if self.talk.used.skew_ms is None:
                skew.forget(db, self.connection)
            yield db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self.run.store.transaction() as db:
            if not ops.is_current(db, self.connection, self.generation):
                raise Stopped(Failed("transient", _TAKEN_OVER))
            yield db

    def looked_up(self, refs: Sequence[Ref]) -> list[Found]:
        """What is at each of `refs`. Raises Stopped."""
        found = []
        for answer in self.talk.lookup(refs) if refs else ():
            if isinstance(answer, Failed):
                raise Stopped(answer)
            found.append(answer)
        return found

    def record(self, db: sqlite3.Connection, answers: Sequence[Answer]) -> None:
        """Write down what became of ops, and what their records are like since."""
        run, updated = self.run, {answer.op_id: answer.updated_ms for answer in answers}
        certain = "idempotent_push" in self.can
        for op in ops.record(db, answers, now_ms=run.now_ms, wall_ms=run.ticks.wall_ms(), certain=certain):
            if not certain:
                status = "" if op.scope == "timeline" else op.status
                snapshot.written(db, self.connection, op.external_id, status, updated[op.op_id])


def server_ms(text: str) -> int | None:
    """An instant that a service gave, in milliseconds UTC; None when it gave none that can be read."""
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
