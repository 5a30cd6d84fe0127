"""One cycle of one connection: pull, see what departed, push, verify and audit; the caller holds its lock.

An adapter that fails costs one sentence, and no op.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from leadq import secrets
from leadq.clock import iso
from leadq.errors import LeadqError
from leadq.i18n import N_
from leadq.members import there
from leadq.plugins import disabled
from leadq.sync import departures, inbox, ops, skew
from leadq.sync.accounts import refusal
from leadq.sync.audit import audit
from leadq.sync.line import Line, Tally
from leadq.sync.protocol import Failed, Open
from leadq.sync.push import Push
from leadq.sync.run import Stopped, worded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from leadq.config import Connection
    from leadq.sync.protocol import Kind, Ready, Used
    from leadq.sync.run import Run, Talk

_PAUSED: Final = N_("The service asks for a pause until {until}.")
_NO_PUSH: Final = N_("Adapter “{name}” does not write outcomes.")
_PAUSE_S: Final = 60.0  # when a service asks for a pause and does not say how long
_LONGEST_PAUSE_S: Final = 24 * 3600.0
_LIST_MS: Final = 3_600_000
"""How often all open leads are listed: what left is seen by then at the latest."""

_OF_A_LIST: Final[frozenset[Kind]] = frozenset({"transient", "crash", "died", "garbled"})
"""Failures to fetch that say nothing of writing. After a deadline the time is used up; the others hold for all."""

_CHECK_MS: Final = 24 * 3_600_000
"""How long an account that was checked counts as the same."""


class Cycle:
    """See `go`; `tally` and `requests` say what was done."""

    def __init__(self, run: Run, connection: Connection) -> None:
        self._run = run
        self._connection = connection
        self._name = connection.name
        self._fetching = False
        self.tally = Tally()
        self.requests = 0

    def go(self) -> Failed | None:
        """Run the cycle; what stopped it before its end, if anything did."""
        wall_ms = self._run.ticks.wall_ms()
        with self._run.store.transaction() as db:
            generation, waiting = self._prepare(db, wall_ms)
            state = _State(db, self._name, waiting)
            idle = self._is_idle(db, state, wall_ms)
        if wall_ms < state.parked_ms <= wall_ms + _LONGEST_PAUSE_S * 1000:  # further away, our clock was put back
            return Failed("rate_limited", _PAUSED, {"until": iso(state.parked_ms) or ""})
        try:
            failure = None if idle else self._talks(state, generation)
        except BaseException:
            with self._run.store.transaction() as db:
                self._spent(db, state)
            raise
        self._remember(failure, state, generation)
        return failure

    def _is_idle(self, db: sqlite3.Connection, state: _State, wall_ms: int) -> bool:
        """Whether no adapter has to be started at all."""
        return (
            not (self._run.wishes.pull and state.may_pull)
            and not ops.heads(db, self._name)
            and not ops.to_audit(db, self._name, wall_ms)
        )

    def _talks(self, state: _State, generation: int) -> Failed | None:
        failure = self._talk(state, generation, fetch=self._run.wishes.pull)
        if failure and self._fetching and failure.kind in _OF_A_LIST and self._waits():
            self._talk(state, generation, fetch=False)  # what waits to go out does not wait for a list that is broken
        return failure

    def _waits(self) -> bool:
        with self._run.store.read() as db:
            return self._run.wishes.push and bool(ops.heads(db, self._name))

    def _prepare(self, db: sqlite3.Connection, wall_ms: int) -> tuple[int, Mapping[str, int]]:
        """Settle what a crash left and let go of what was held; how many ops were in each state before."""
        generation = ops.begin(db, self._name, self._connection.adapter)
        waiting = ops.counts(db, self._name)
        if waiting:  # most cycles find nothing to be put in order
            ops.recover(db, self._name)
            ops.set_right(db, self._name, wall_ms)
            if self._run.wishes.push:
                ops.release(db, self._name, None if self._run.wishes.one_shot else wall_ms)
            ops.reblock(db, self._name)
        return generation, waiting

    def _talk(self, state: _State, generation: int, *, fetch: bool) -> Failed | None:
        if self._connection.adapter in disabled.names(self._run.store.home):
            return Failed("load", disabled.SENTENCE, {"name": self._connection.adapter})
        try:
            order = self._order(state)
        except LeadqError as error:
            return Failed("auth", "{sentence} {hint}", {"sentence": error.message, "hint": error.hint})
        with self._run.open_child(order, self._run.ticks) as talk:
            try:
                self._work(talk, state, generation, fetch=fetch)
            except Stopped as stopped:
                return stopped.failure
            finally:
                self.requests += talk.used.requests
                if talk.used.requests:
                    state.used(talk.used, self._run.ticks.wall_ms())
        return None

    def _order(self, state: _State) -> Open:
        connection, run = self._connection, self._run
        return Open(
            connection.adapter,
            connection.options,
            str(run.lock(self._name, ".child")),
            run.timeout_s,
            secrets.of(connection, home=run.store.home),
            check=not state.is_checked(run.ticks.wall_ms()),
            account=state.account,
            rate_share=connection.rate_share,
            budget=state.budget,
            away_s=max(0, run.ticks.wall_ms() - state.budget_ms) / 1000,
            fields=connection.fields,
            states=connection.states,
            members=state.members,
        )

    def _work(self, talk: Talk, state: _State, generation: int, *, fetch: bool) -> None:
        """All that the adapter can do, and that was asked for. Raises Stopped."""
        ready = talk.ready()
        if isinstance(ready, Failed):
            raise Stopped(ready)
        line = Line(self._run, self._name, talk, ready, generation, self.tally, state.known_skew_ms)
        self._met(line, ready, state)
        self._fetching = fetch and "pull" in line.can and self._is_time(ready, state)
        asked = self._pull(line, state) if self._fetching else None
        self._fetching = False
        if self._run.wishes.push:
            self._push(line)
        if asked:
            raise Stopped(asked)

    def _is_time(self, ready: Ready, state: _State) -> bool:
        """Whether to ask for news: in a watch, where asking is dear, not each time that something goes out."""
        wishes, since_ms = self._run.wishes, self._run.now_ms - state.pulled_ms
        return wishes.one_shot or wishes.full or not 0 <= since_ms < ready.poll_s * 1000

    def _met(self, line: Line, ready: Ready, state: _State) -> None:
        """Remember what the adapter can do and who it is there. Raises Stopped for an account that is not for us."""
        account = ready.account.id if ready.account else state.account
        if ready.account:
            with self._run.store.read() as db:
                refused = refusal(db, self._run.store.home, self._connection, ready, state.account)
            if refused:
                raise Stopped(refused)
        checked_ms = self._run.ticks.wall_ms() if ready.account else state.checked_ms
        known = (account, checked_ms, json.dumps(sorted(ready.capabilities)))
        coalesces = "upserts" in ready.capabilities and state.is_crowded
        if known == (state.account, state.checked_ms, state.capabilities) and not coalesces:
            return
        with line.writing() as db:
            db.execute(
                "UPDATE connection_state SET account = ?, checked_ms = ?, capabilities = ? WHERE name = ?",
                (*known, self._name),
            )
            if coalesces:
                ops.coalesce(db, self._name)

    def _pull(self, line: Line, state: _State) -> Failed | None:
        """Fetch what changed, and now and then all that is open, to see what left; what a person must confirm first."""
        wall_ms = self._run.ticks.wall_ms()
        full = self._run.wishes.full or not 0 <= wall_ms - state.listed_ms < _LIST_MS
        seen = inbox.pull(line, inbox.start_of(line, full=full))
        if "lookup" not in line.can:
            return None
        asked = departures.reconcile(line, seen.listed, seen.odd, full=full)
        if full and not asked:
            state.listed_now_ms = wall_ms
        return asked

    def _push(self, line: Line) -> None:
        with self._run.store.read() as db:
            waiting = ops.counts(db, self._name)
            if "push" not in line.can:
                if ops.heads(db, self._name):
                    raise Stopped(Failed("load", _NO_PUSH, {"name": self._connection.adapter}))
                return
            left = "lookup" in line.can and departures.left_behind(db, line)
        if left:
            with line.writing() as db:
                departures.hold(db, line)
        push = Push(line)
        if waiting.keys() & {"pending", "unknown"}:
            push.drain()
        if "lookup" in line.can:
            departures.settle(line, push.departed)
            if "acked" in waiting:
                audit(line)

    def _spent(self, db: sqlite3.Connection, state: _State) -> None:
        """Keep what was spent of the limits, also by a cycle that was overtaken: the next run must know of it."""
        if self.requests:
            db.execute(
                "UPDATE connection_state SET budget = ?, budget_ms = ? WHERE name = ?",
                (json.dumps(state.budget), state.budget_ms, self._name),
            )

    def _remember(self, failure: Failed | None, state: _State, generation: int) -> None:
        """Keep what the status line shows, and hold back what is behind an op that a person must look at."""
        if failure is not None and failure.kind == "stopped":
            failure = None  # somebody ended us: nothing is wrong with the connection
        with self._run.store.transaction() as db:
            self._spent(db, state)
            if not ops.is_current(db, self._name, generation):
                return
            skew.follow(db, self._name, state.skew_ms)
            ops.reblock(db, self._name)
            db.execute(
                "UPDATE connection_state SET last_error = ?, trouble = ?, next_attempt_ms = ?,"
                " last_push_ms = CASE WHEN ? THEN ? ELSE last_push_ms END, listed_ms = coalesce(?, listed_ms),"
                " checked_ms = CASE WHEN ? THEN NULL ELSE checked_ms END WHERE name = ?",
                (
                    *((worded(failure), failure.kind) if failure else (None, "")),
                    self._pause_until_ms(failure),
                    bool(self.tally.pushed),
                    self._run.now_ms,
                    state.listed_now_ms,
                    failure is not None and failure.kind == "auth",
                    self._name,
                ),
            )

    def _pause_until_ms(self, failure: Failed | None) -> int | None:
        if failure is None or (failure.kind != "rate_limited" and failure.retry_after is None):
            return None
        asked_s = _PAUSE_S if failure.retry_after is None else failure.retry_after
        return self._run.ticks.wall_ms() + int(min(max(asked_s, 1.0), _LONGEST_PAUSE_S) * 1000)


class _State:
    """What is remembered of the connection, and what this cycle adds to it: that is written down at its end.

    `waiting`: how many ops were in each state when it began.
    """

    def __init__(self, db: sqlite3.Connection, name: str, waiting: Mapping[str, int]) -> None:
        row = db.execute(
            "SELECT account, checked_ms, capabilities, budget, budget_ms, next_attempt_ms, listed_ms, last_pull_ms,"
            " skew_ms FROM connection_state WHERE name = ?",
            (name,),
        ).fetchone()
        self.account: str = row[0]
        self.checked_ms: int | None = row[1]
        self.capabilities: str = row[2]
        self.may_pull = not row[2] or "pull" in json.loads(row[2])
        self.budget: Sequence[Sequence[Sequence[float]]] = json.loads(row[3])
        self.budget_ms: int = row[4] or 0
        self.parked_ms: int = row[5] or 0
        self.listed_ms: int = row[6] or 0
        self.pulled_ms: int = row[7] or 0
        self.members = there(db, name)
        self.listed_now_ms: int | None = None
        self.known_skew_ms: int | None = row[8]
        self.skew_ms: int | None = None
        self.is_crowded = sum(waiting.get(each, 0) for each in ("held", "pending", "blocked")) > 1

    def used(self, used: Used, wall_ms: int) -> None:
        """An adapter was asked to, and did: the next one goes on from there."""
        self.budget, self.budget_ms = used.budget, wall_ms
        self.skew_ms = self.skew_ms if used.skew_ms is None else used.skew_ms

    def is_checked(self, wall_ms: int) -> bool:
        """Whether the account was found lately, by a clock that may have been put back since."""
        return self.checked_ms is not None and 0 <= wall_ms - self.checked_ms < _CHECK_MS
