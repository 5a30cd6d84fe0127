"""One adapter at work: opened with its settings, told what to do, and whatever it does made into messages.

The child process (`child.py`) puts these on the pipe; a test may read them without one.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from leadq.errors import LeadqError
from leadq.plugins import manager
from leadq.plugins.manager import PluginFailure
from leadq.plugins.sdk import (
    N_,
    Adapter,
    AdapterError,
    AuthFailed,
    Conflict,
    Context,
    Describes,
    Description,
    Gone,
    Looks,
    Page,
    Prepares,
    Pulls,
    Pushes,
    RateLimited,
    Rejected,
    Result,
    Tidies,
    Transient,
)
from leadq.sync.asking import Describe, Introduce, Introduction, Plan, Prepare, Steps
from leadq.sync.evidence import Busy
from leadq.sync.exchanging import Exchange, Exchanged, Exchanges
from leadq.sync.protocol import (
    Done,
    Failed,
    Kind,
    Lookup,
    Message,
    Open,
    ProtocolError,
    Pull,
    Push,
    Ready,
    Tidy,
    Used,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadq.plugins.sdk import Change, Login
    from leadq.sync.http import Http

    Connect = Callable[[Open, type[Adapter], Login], Http]

_SETTLE_S: Final = 90.0
_NOTHING_THERE: Final = N_("At the address in the settings there is nothing of this service.")
PART: Final = 500
"""Leads that are handed over at a time, however many a service puts on a page: our database is locked so long."""

_KINDS: Final[tuple[tuple[type[AdapterError], Kind], ...]] = (
    (AuthFailed, "auth"),
    (RateLimited, "rate_limited"),
    (Transient, "transient"),
    (Conflict, "conflict"),
    (Rejected, "rejected"),
    (Gone, "gone"),
)


class UnusableError(Exception):
    """The adapter cannot be had, or not with these settings."""

    def __init__(self, failure: PluginFailure) -> None:
        super().__init__(str(failure))
        self.failure = failure


class Serving:
    """An opened adapter. `connect` makes the client of one that speaks HTTP; see `connected`."""

    def __init__(self, order: Open, kind: type[Adapter], connect: Connect) -> None:
        plain = Context(
            order.options,
            order.secrets,
            order.account,
            fields=order.fields,
            states=order.states,
            members=order.members,
        )
        failure = manager.unusable(kind, plain)
        if failure:
            raise UnusableError(failure)
        login = getattr(kind, "login", None)
        with _settings_of(kind):
            self.http = connect(order, kind, login(plain)) if login else None
            self._adapter = kind(replace(plain, connected=self.http))
        explain = getattr(self._adapter, "explain", None)
        if self.http and explain:
            self.http.explain = explain
        self._order = order

    def ready(self) -> Iterator[Message]:
        """What it can do, and when it was asked, who it is there."""
        self._is_polling(None)
        with _settings_of(type(self._adapter)):
            account = self._adapter.check() if self._order.check else None
        yield from self._used()
        settle_s, poll_s = getattr(self._adapter, "settle_s", _SETTLE_S), getattr(self._adapter, "poll_s", 0.0)
        yield Ready(self._adapter.capabilities, account, float(settle_s), float(poll_s))

    def obey(self, command: Message) -> Iterator[Message]:
        """The answers to one command, as they come; whatever the adapter raises goes through."""
        self._is_polling(command)
        match command:
            case Push():
                yield from _pushed(cast("Pushes", self._adapter), command.changes)
            case Pull():
                for page in cast("Pulls", self._adapter).pull(command.cursor, command.scope):
                    yield from _parts(page)
            case Lookup():
                yield from cast("Looks", self._adapter).lookup(command.refs)
            case Tidy():
                cast("Tidies", self._adapter).tidy(command.external_id, command.op_id)
            case Describe():
                yield _described(cast("Describes", self._adapter).describe())
            case Plan():
                yield Steps(tuple(cast("Prepares", self._adapter).plan()))
            case Prepare():
                cast("Prepares", self._adapter).prepare(command.steps)
            case Exchange():
                with _settings_of(type(self._adapter)):  # a hub refuses no lead, only who asks and how
                    yield Exchanged(cast("Exchanges", self._adapter).exchange(command.word, command.what))
            case _:
                raise ProtocolError(f"{type(command).__name__} is not a command")
        yield from self._used()
        yield Done()

    def ended(self, error: BaseException) -> Iterator[Message]:
        """The last words after `error`."""
        yield from self._used()
        yield told(error)

    def _is_polling(self, command: Message | None) -> None:
        """Only a pull asks for the sake of asking: what a push looks up first is for the push."""
        if self.http:
            self.http.polling = isinstance(command, Pull)

    def _used(self) -> Iterator[Used]:
        if self.http:
            yield self.http.used()


@contextmanager
def _settings_of(kind: type[Adapter]) -> Iterator[None]:
    """What is refused before any work was asked for is a setting: the file has to change, and no lead is to blame."""
    try:
        yield
    except Rejected as error:
        raise UnusableError(PluginFailure(kind.name, "validate", error.message, error.params)) from error
    except Gone as error:
        raise UnusableError(PluginFailure(kind.name, "validate", _NOTHING_THERE, {})) from error


def connected(order: Open, kind: type[Adapter], login: Login) -> Http:
    """The client of an adapter's own service, with what was spent of its limits before."""
    from leadq.sync.http import Http, Settings  # httpx: only for those who speak HTTP

    settings = Settings(
        login.base_url,
        login.headers,
        secrets=tuple(order.secrets.values()),
        limits=getattr(kind, "limits", ()),
        rate_share=order.rate_share,
        run_s=order.timeout_s,
        dry_run=order.dry_run,
    )
    http = Http(settings)
    http.resume(order.budget, order.away_s)
    return http


def opened(order: Open) -> Serving:
    """The installed adapter that `order` names. Raises UnusableError."""
    return Serving(order, _loaded(order.adapter), connected)


def introduced(order: Introduce) -> Introduction:
    """What the installed adapter that `order` names wants to be given. Raises UnusableError."""
    return introduction(_loaded(order.adapter))


def introduction(kind: type[Adapter]) -> Introduction:
    """What `kind` wants to be given, and what it can do."""
    return Introduction(tuple(kind.options), frozenset(kind.capabilities))


def _loaded(name: str) -> type[Adapter]:
    found = manager.load(name)
    if isinstance(found, PluginFailure):
        raise UnusableError(found)
    return found


def _described(found: object) -> Description:
    if not isinstance(found, Description):
        raise TypeError(f"describe() gives {type(found).__name__} and not Description")
    return found


def told(error: BaseException) -> Failed:
    """The failure that ends everything, in one sentence."""
    if isinstance(error, AdapterError):
        return refused(error)
    if isinstance(error, UnusableError):
        kind: Kind = "auth" if error.failure.phase == "login" else "load"
        return Failed(kind, error.failure.message, error.failure.params)
    if isinstance(error, LeadqError):
        return Failed("transient", N_("The last run of this connection has not ended yet."))
    why = f"{type(error).__name__}: {error}".rstrip(".: ")
    return Failed("crash", N_("The adapter failed ({why})."), {"why": why})


def refused(error: AdapterError, op_id: str | None = None) -> Failed:
    """A typed error as a message. One of no known type says nothing about what it is of: it is a crash."""
    kind: Kind = next((kind for cls, kind in _KINDS if isinstance(error, cls)), "crash")
    return Failed(kind, error.message, error.params, op_id, getattr(error, "retry_after", None))


def _parts(page: Page) -> Iterator[Page]:
    """A page in parts of a size that a line and a transaction can carry; only the last has its cursor."""
    last = max(0, (len(page.leads) - 1) // PART * PART)
    for start in range(0, last, PART):
        yield Page(page.leads[start : start + PART], None, more=True)
    yield replace(page, leads=page.leads[last:]) if last else page


def _pushed(adapter: Pushes, changes: tuple[Change, ...]) -> Iterator[Message]:
    """Push until every change has an answer, or the adapter has said all that it will say."""
    waiting = {change.op_id: change for change in changes}
    while waiting:
        try:
            for result in adapter.push(tuple(waiting.values())):
                del waiting[result.op_id]
                yield result
        except (Conflict, Rejected, Gone) as error:
            if not waiting:
                raise
            op_id = next(iter(waiting))
            del waiting[op_id]
            yield refused(error, op_id)
        except Busy as error:
            if not waiting:
                raise
            op_id = next(iter(waiting))
            del waiting[op_id]
            yield Result(op_id, "retry", detail=str(error))
        else:
            return
