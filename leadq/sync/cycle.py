"""One cycle of one connection: let go of what was held, send what waits, write down what became of it.

An op is `inflight` on the disk before its bytes leave, and no write transaction lasts across a call to the
adapter. The ops of one lead leave one after the other. An adapter that fails costs one sentence, and no op.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from leadq import db
from leadq.clock import iso
from leadq.db import ConnectionState
from leadq.i18n import N_, _
from leadq.sync import outbox
from leadq.sync.changes import assemble
from leadq.sync.outbox import Answer, Evidence, Head
from leadq.sync.ports import Ticks
from leadq.sync.protocol import Failed, Kind, Open, Ready

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.config import Connection
    from leadq.plugins.sdk import Change, Result
    from leadq.sqlite import Store

BATCH: Final = 500
"""Changes given to an adapter at a time: as many as one crash can make unknown."""

_NOT_SENT: Final[frozenset[Kind]] = frozenset({"auth", "rate_limited", "transient"})
"""Failures that say of every change without an answer that it was not applied."""

_ABOUT_ONE: Final[dict[Kind, Evidence]] = {"conflict": "conflict", "rejected": "rejected", "gone": "gone"}
_PAUSED: Final = N_("The service asks for a pause until {until}.")
_NO_PUSH: Final = N_("Adapter “{name}” does not write outcomes.")
_PAUSE_S: Final = 60.0  # when a service asks for a pause and does not say how long
_LONGEST_PAUSE_S: Final = 24 * 3600.0

Progress = Callable[[str, int, int], None]
"""Called with a connection's name, how many ops are through, and how many there are."""


class Talk(Protocol):
    """A running adapter, as a cycle needs it."""

    def ready(self) -> Ready | Failed:
        """What it can do, or why it cannot be used."""
        ...

    def push(self, changes: Sequence[Change]) -> Iterator[list[Result | Failed]]:
        """Send `changes`; the answers as they come."""
        ...


OpenChild = Callable[[Open, Ticks], AbstractContextManager[Talk]]


@dataclass(frozen=True, slots=True)
class Run:
    """What the cycles of one run share; see `engine.run_sync`."""

    store: Store
    now_ms: int
    timeout_s: float
    one_shot: bool
    on_progress: Progress
    ticks: Ticks
    open_child: OpenChild

    def lock(self, connection: str, suffix: str = "") -> Path:
        """A lock file of one connection."""
        return self.store.home.sync_lock(connection, suffix)


class Cycle:
    """The caller holds the connection's lock."""

    def __init__(self, run: Run, connection: Connection) -> None:
        self._run = run
        self._connection = connection
        self._tried: set[str] = set()
        self._waiting = 0
        self.pushed = 0
        self.resent = 0

    def go(self) -> Failed | None:
        """Run the cycle; what stopped it before its end, if anything did."""
        parked = self._prepare()
        if parked:
            return parked
        failure = self._push() if self._heads() else None
        self._remember(failure)
        return failure

    def _prepare(self) -> Failed | None:
        """Settle what a crash left and let go of what was held; whether the service still wants a pause."""
        name, wall_ms = self._connection.name, self._run.ticks.wall_ms()
        with db.session(self._run.store) as rows:
            outbox.recover(rows, name)
            outbox.release(rows, name, None if self._run.one_shot else wall_ms)
            outbox.reblock(rows, name)
            counts = outbox.counts(rows, name)
            state = rows.get(ConnectionState, name)
        self._waiting = counts.get("pending", 0) + counts.get("unknown", 0)
        until_ms = (state.next_attempt_ms if state else None) or 0
        if wall_ms < until_ms <= wall_ms + _LONGEST_PAUSE_S * 1000:  # further away, our clock was put back
            return Failed("rate_limited", _PAUSED, {"until": iso(until_ms) or ""})
        return None

    def _heads(self) -> list[Head]:
        """The ops that may leave now; each is tried once a cycle."""
        with db.reading(self._run.store) as rows:
            found = outbox.heads(rows, self._connection.name)
        wall_ms = self._run.ticks.wall_ms()
        return [
            head
            for head in found
            if head.op_id not in self._tried and (self._run.one_shot or (head.next_attempt_ms or 0) <= wall_ms)
        ]

    def _push(self) -> Failed | None:
        connection, run = self._connection, self._run
        order = Open(connection.adapter, connection.options, str(run.lock(connection.name, ".child")), run.timeout_s)
        with run.open_child(order, run.ticks) as child:
            ready = child.ready()
            if isinstance(ready, Failed):
                return ready
            if "push" not in ready.capabilities:
                return Failed("load", _NO_PUSH, {"name": connection.adapter})
            return self._waves(child, outbox.resolve_unknown(ready.capabilities) is not None)

    def _waves(self, child: Talk, resend: bool) -> Failed | None:
        """Send the next op of every lead, until no lead has one that may leave."""
        while wave := [head for head in self._heads() if resend or head.state != "unknown"]:
            for start in range(0, len(wave), BATCH):
                failure = self._send(child, wave[start : start + BATCH])
                if failure:
                    return failure
        return None

    def _send(self, child: Talk, batch: list[Head]) -> Failed | None:
        self._tried |= {head.op_id for head in batch}
        with db.session(self._run.store) as rows:
            ops = outbox.claim(rows, batch, self._run.ticks.wall_ms())
            changes = assemble(rows, ops)
        doubtful = {head.op_id for head in batch if head.state == "unknown"}
        waiting = {change.op_id for change in changes}
        self.resent += len(doubtful & waiting)
        failure, rest = None, Answer("", "no_answer")
        try:
            for burst in child.push(changes) if changes else ():
                answers = {a.op_id: a for a in map(_answer, burst) if a.op_id in waiting}
                self._record(answers, doubtful)
                waiting -= answers.keys()
                failure = next((said for said in burst if isinstance(said, Failed) and not said.op_id), None)
            rest = _rest(failure)
        finally:  # also when the user stops us: what has left is unknown from now on, not from the next run
            self._record({op_id: replace(rest, op_id=op_id) for op_id in waiting}, doubtful)
        return failure

    def _record(self, answers: Mapping[str, Answer], doubtful: set[str]) -> None:
        if not answers:
            return
        wall_ms = self._run.ticks.wall_ms()
        with db.session(self._run.store) as rows:
            outbox.record(rows, answers, doubtful=doubtful, now_ms=self._run.now_ms, wall_ms=wall_ms)
        self.pushed += sum(answer.evidence == "applied" for answer in answers.values())
        self._run.on_progress(self._connection.name, self.pushed, self._waiting)

    def _remember(self, failure: Failed | None) -> None:
        """Keep what the status line shows, and hold back what is behind an op that a person must look at."""
        name = self._connection.name
        with db.session(self._run.store) as rows:
            outbox.reblock(rows, name)
            state = rows.get(ConnectionState, name) or ConnectionState(name=name, adapter="")
            state.adapter = self._connection.adapter
            state.last_error = worded(failure) if failure else None
            state.next_attempt_ms = self._pause_until_ms(failure)
            if self.pushed:
                state.last_push_ms = self._run.now_ms
            rows.add(state)

    def _pause_until_ms(self, failure: Failed | None) -> int | None:
        if failure is None or failure.kind != "rate_limited":
            return None
        asked_s = _PAUSE_S if failure.retry_after is None else failure.retry_after
        return self._run.ticks.wall_ms() + int(min(max(asked_s, 1.0), _LONGEST_PAUSE_S) * 1000)


def worded(failure: Failed) -> str:
    """The failure as one sentence in the user's language."""
    sentence = _(failure.message)
    try:
        return sentence.format_map(failure.params)
    except (KeyError, IndexError, ValueError, AttributeError):
        return sentence  # a plugin's own sentence may have braces that mean nothing


def _answer(said: Result | Failed) -> Answer:
    if isinstance(said, Failed):
        return Answer(said.op_id or "", _ABOUT_ONE.get(said.kind, "no_answer"), worded(said))
    evidence: Evidence = said.status
    return Answer(said.op_id, evidence, said.detail)


def _rest(failure: Failed | None) -> Answer:
    """What a push that is over says of the changes that got no answer."""
    if failure is None:
        return Answer("", "no_answer")
    return Answer("", "not_sent" if failure.kind in _NOT_SENT else "no_answer", worded(failure))
