"""One talk with an adapter outside of a cycle: to see whether a connection works and what is there.

Nothing of what it says is taken in, and nothing can be written at the other end but in `prepare`, which a person has
agreed to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from leadq import secrets
from leadq.errors import Exit, LeadqError
from leadq.members import there
from leadq.plugins import disabled
from leadq.sync.accounts import refusal
from leadq.sync.asking import Introduce
from leadq.sync.protocol import Failed, Open
from leadq.sync.run import Stopped, Talk, worded
from leadq.sync.supervisor import Child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from leadq.config import Connection
    from leadq.plugins.sdk import Account, Description, RemoteLead, Step
    from leadq.sqlite import Store
    from leadq.sync.asking import Introduction
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Kind

    OpenAny = Callable[[Open | Introduce, Ticks], AbstractContextManager["Guest"]]

LATER: Final[frozenset[Kind]] = frozenset({"transient", "rate_limited", "deadline"})
"""Failures that say nothing of the settings: there is no network, or the service is not well."""

Secrets = Mapping[str, str]
T = TypeVar("T")
_NOTHING: Final[Secrets] = MappingProxyType({})
TIME_S: Final = 60.0


class Guest(Talk, Protocol):
    """A running adapter as a visit needs it; see `supervisor.Child`."""

    def introduced(self) -> Introduction | Failed: ...
    def describe(self) -> Description | Failed: ...
    def plan(self) -> tuple[Step, ...] | Failed: ...
    def prepare(self, steps: Sequence[Step]) -> Failed | None: ...
    def exchange(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any] | Failed: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What a visit found. `description` and `steps` are None for an adapter that cannot say them."""

    account: Account | None
    capabilities: frozenset[str]
    description: Description | None = None
    steps: tuple[Step, ...] | None = None


def open_any(order: Open | Introduce, ticks: Ticks) -> AbstractContextManager[Guest]:
    """An adapter in a process of its own."""
    return Child(order, ticks)


class Visitor:
    """Visits the adapters of one home; `typed` are secrets that are not kept yet.

    Every method raises Stopped, and LeadqError (77) when a secret cannot be had.
    """

    def __init__(self, store: Store, ticks: Ticks, open_any: OpenAny) -> None:
        self._store, self._ticks, self._open = store, ticks, open_any

    def introduced(self, adapter: str) -> Introduction:
        """What `adapter` wants to be given."""
        self._let_in(adapter)
        with self._open(Introduce(adapter, TIME_S), self._ticks) as guest:
            return _said(guest.introduced())

    def see(self, connection: Connection, *, whole: bool, typed: Secrets = _NOTHING) -> Seen:
        """Whether the connection works; with `whole`, also what is there and what is missing."""
        with self._visit(connection, typed) as (guest, seen):
            if not whole:
                return seen
            found = _said(guest.describe()) if "describe" in seen.capabilities else None
            steps = _said(guest.plan()) if "prepare" in seen.capabilities else None
            return Seen(seen.account, seen.capabilities, found, steps)

    def describe(self, connection: Connection, *, typed: Secrets = _NOTHING) -> Description | None:
        """What is there, without a word on whether the settings are right; None for an adapter that cannot say it."""
        with self._visit(connection, typed, check=False) as (guest, seen):
            return _said(guest.describe()) if "describe" in seen.capabilities else None

    def prepare(self, connection: Connection, steps: Sequence[Step], *, typed: Secrets = _NOTHING) -> None:
        """Create at the other end what `steps` say."""
        with self._visit(connection, typed, writes=True) as (guest, _seen):
            if failure := guest.prepare(steps):
                raise Stopped(failure)

    def preview(self, connection: Connection, count: int, *, typed: Secrets = _NOTHING) -> list[RemoteLead]:
        """The first leads that a pull would bring; none of an adapter that cannot pull."""
        with self._visit(connection, typed) as (guest, seen):
            if "pull" not in seen.capabilities:
                return []
            pages = (_said(page) for page in guest.pull(None, {}))
            leads = (lead for page in pages for lead in page.leads if lead.external_id and not lead.deleted)
            return list(islice(leads, count))

    @contextmanager
    def talk(self, connection: Connection) -> Iterator[Callable[[str, Mapping[str, Any]], Mapping[str, Any]]]:
        """Say words of the exchange to a hub, and hear its answers."""
        with self._visit(connection, check=False, writes=True) as (guest, _seen):
            yield lambda word, what: _said(guest.exchange(word, what))

    def _let_in(self, adapter: str) -> None:
        if adapter in disabled.names(self._store.home):
            raise Stopped(Failed("load", disabled.SENTENCE, {"name": adapter}))

    @contextmanager
    def _visit(
        self, connection: Connection, typed: Secrets = _NOTHING, *, check: bool = True, writes: bool = False
    ) -> Iterator[tuple[Guest, Seen]]:
        self._let_in(connection.adapter)
        with self._store.read() as db:
            known = db.execute(_KNOWN, (connection.name,)).fetchone() or ("", "[]", 0)
            members = there(db, connection.name, connection.adapter)
        order = Open(
            connection.adapter,
            connection.options,
            str(self._store.home.sync_lock(connection.name, ".child")),
            TIME_S,
            {**secrets.of(connection, home=self._store.home, known=typed), **typed},
            check=check,
            account=known[0],
            rate_share=connection.rate_share,
            budget=json.loads(known[1]),
            away_s=max(0, self._ticks.wall_ms() - (known[2] or 0)) / 1000,
            dry_run=not writes,
            fields=connection.fields,
            states=connection.states,
            members=members,
        )
        with self._open(order, self._ticks) as guest:
            ready = _said(guest.ready())
            with self._store.read() as db:
                failure = refusal(db, self._store.home, connection, ready, known[0])
            if failure:
                raise Stopped(failure)
            yield guest, Seen(ready.account, ready.capabilities)


def _said(answer: T | Failed) -> T:
    if isinstance(answer, Failed):
        raise Stopped(answer)
    return answer


def error_of(failure: Failed) -> LeadqError:
    """What ended a visit, as an error: 75 for what may be otherwise later, 77 for the login, 78 for the settings."""
    sentence = worded(failure)
    if failure.kind == "auth":
        return LeadqError("auth", sentence, exit_status=Exit.AUTH)
    if failure.kind in LATER:
        return LeadqError("unreachable", sentence, exit_status=Exit.TEMPORARY)
    return LeadqError("unusable", sentence, exit_status=Exit.CONFIG)


def lift(store: Store, name: str) -> None:
    """The login works again, or may: a connection that waits for that is tried at once, by a watcher too."""
    if store.home.exists:
        with store.transaction() as db:
            db.execute(_LIFT, (name,))
    with suppress(OSError):
        os.utime(store.home.settings)  # what a watcher looks at


_KNOWN: Final = "SELECT account, budget, budget_ms FROM connection_state WHERE name = ?"
_LIFT: Final = """
    UPDATE connection_state SET trouble = '', last_error = NULL, checked_ms = NULL
    WHERE name = ? AND trouble IN ('auth', 'load')"""
