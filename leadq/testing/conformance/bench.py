"""Where an adapter is tried out: over the real client of leadq, in this process, with a service that can go wrong.

Each call opens the adapter anew, as a new process would.
"""

from __future__ import annotations

import io
import json
import socket
import sys
import threading
import time as clocks
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, SupportsIndex

from leadq.plugins.sdk import AdapterError, Change, Found, Page, Ref, Result
from leadq.sync.http import Http, Settings
from leadq.sync.protocol import Failed, Lookup, Open, ProtocolError, Pull, Push, Ready, Tidy, decode, encode
from leadq.sync.serving import Serving, UnusableError
from leadq.sync.wire import Handler, Reply, Request
from leadq.testing.conformance.cases import Broken
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime

if TYPE_CHECKING:
    from leadq.plugins.sdk import Adapter, Login, RemoteLead
    from leadq.sync.protocol import Message

URL: Final = "https://crm.test"
TOKEN: Final = "kanarie-4711-0815-geheim"  # noqa: S105 - of a service that does not exist; nothing else looks like it
_MANY: Final = 600
"""Requests in one call: more is a loop without an end."""
_MAX_BYTES: Final = 8 << 20

Strike = Callable[[Request, Handler], Reply]
"""What happens to a request in the place of its being answered."""


class Runaway(BaseException):
    """It asks and asks: no `except Exception` of an adapter may hold this up."""


@dataclass(slots=True)
class Outcome:
    """What came out of one call: messages as they are on the pipe, and what was raised in the end."""

    said: list[Message] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def pages(self) -> list[Page]:
        """The pages, in their order."""
        return [each for each in self.said if isinstance(each, Page)]

    @property
    def leads(self) -> dict[str, RemoteLead]:
        """The leads by id; of one that came several times the last."""
        return {lead.external_id: lead for page in self.pages for lead in page.leads if lead.external_id}

    @property
    def cursor(self) -> str | None:
        """The last cursor that was given."""
        return next((page.cursor for page in reversed(self.pages) if page.cursor), None)

    @property
    def results(self) -> dict[str, Result]:
        """The results by op id."""
        return {each.op_id: each for each in self.said if isinstance(each, Result)}

    @property
    def found(self) -> dict[str, Found]:
        """The findings by id."""
        return {each.external_id: each for each in self.said if isinstance(each, Found)}

    @property
    def refused(self) -> dict[str, Failed]:
        """What was refused of single changes, by op id."""
        return {each.op_id: each for each in self.said if isinstance(each, Failed) and each.op_id}

    @property
    def failure(self) -> Failed | None:
        """What ended it."""
        return next((each for each in self.said if isinstance(each, Failed) and not each.op_id), None)

    @property
    def is_typed(self) -> bool:
        """Whether it ended well, or with an error of the SDK's or of the client's: nothing that nobody foresaw."""
        return self.error is None or isinstance(self.error, AdapterError | UnusableError)


class Bench:
    """One adapter and one service, at an instant of its own. `requests` is every one that arrived."""

    def __init__(
        self,
        adapter: type[Adapter],
        service: Callable[[VirtualTime], Any] | None,
        options: Mapping[str, Any] = {},
        secrets: Mapping[str, str] = {},
    ) -> None:
        self.adapter = adapter
        self.time = VirtualTime()
        self.service: Any = service(self.time) if service else None
        self.requests: list[Request] = []
        self.waits: list[float] = []
        self.printed = io.StringIO()
        self.dry_run = False
        self.twist: Callable[[Request, Reply], Reply] | None = None
        self.secrets = dict(secrets) or {one.name: TOKEN for one in adapter.options if one.secret}
        given = {**getattr(self.service, "options", {}), **options}
        self.options = {**({"url": URL} if self._takes("url") else {}), **given}
        self._strikes: list[tuple[Callable[[Request], bool], int, Strike]] = []
        self.ops = 0
        self._began = 0

    def close(self) -> None:
        """Let go of what the service holds."""
        getattr(self.service, "close", lambda: None)()

    # What the adapter and the service can do

    def lacks(self, needs: tuple[str, ...]) -> str:
        """The first of `needs` that is not there; "" when all are."""
        return next((need for need in needs if not self._has(need)), "")

    def _has(self, need: str) -> bool:
        if need == "http":
            return hasattr(self.adapter, "login")
        if need == "service":
            return self.service is not None
        if need.startswith("service."):
            return self.service is not None and bool(getattr(self.service, need.removeprefix("service."), None))
        if need == "provable":
            return bool({"idempotent_push", "lookup"} & self.adapter.capabilities)
        return need in self.adapter.capabilities and self.service is not None

    def _takes(self, name: str) -> bool:
        return any(option.name == name for option in self.adapter.options)

    # What people do at the other end

    def add(self, *leads: str, **fields: Any) -> None:
        """Leads that are there from now on, or have these fields from now on."""
        for lead in leads:
            self.service.add(lead, **fields)

    def notes(self, lead: str) -> list[str]:
        """The texts on the timeline of a lead, oldest first."""
        return list(self.service.notes(lead)) if hasattr(self.service, "notes") else []

    def markers(self, op_id: str, lead: str) -> int:
        """How often an op is on the timeline of a lead."""
        return sum(note.rstrip().endswith(f"leadq:{op_id}") for note in self.notes(lead))

    def status(self, lead: str) -> str:
        """The state of a lead at the other end, in leadq's words."""
        return str(self.service.status(lead))

    def stands(self, lead: str, state: str) -> bool:
        """Whether a lead is in this state there, or in one that the CRM has the same word for."""
        states: Callable[[str], list[str]] | None = getattr(self.service, "states", None)
        return state in (states(lead) if states else [self.status(lead)])

    # What goes wrong

    def strike(self, effect: Strike, *, on: str = "any", after: int = 0, times: int = 1) -> None:
        """The request after so many of its kind (`read`, `write`, `any`) meets this, and those after it."""
        hit = {"read": self.is_read, "write": lambda request: not self.is_read(request), "any": lambda request: True}
        for number in range(times):
            self._strikes.append((hit[on], after + number, effect))

    def heal(self) -> None:
        """From now on everything goes well."""
        self._strikes, self.twist = [], None

    def is_read(self, request: Request) -> bool:
        """Whether a request only asks."""
        asks: Callable[[Request], bool] = getattr(self.service, "is_read", lambda request: request.method == "GET")
        return asks(request)

    def writes(self) -> list[Request]:
        """The requests that wrote, or tried to."""
        return [request for request in self.requests if not self.is_read(request)]

    # What leadq asks of it

    def change(self, lead: str, verb: str = "note", **parts: Any) -> Change:
        """The next change of this lead, by default a note."""
        self.ops += 1
        said: dict[str, Any] = {
            "op_id": f"op-{self.ops}", "lead_uid": f"uid-{lead}", "external_id": lead,
            "email": "jeanne@forges.example", "verb": verb, "reason": "", "quality": None, "missing": (), "note": "",
            "actor": "zoe", "occurred_at": "2026-05-13T14:00:00Z", "seq": self.ops, "stamp": f"bench:{self.ops}",
        }  # fmt: skip
        return Change(**{**said, **parts})

    def check(self) -> Outcome:
        """Who we are there."""
        return self._called(None)

    def pull(self, cursor: str | None = None, *, pages: int = 10_000) -> Outcome:
        """What changed since `cursor`, at most so many pages."""
        return self._called(Pull(cursor, {}), at_most=pages)

    def push(self, *changes: Change, results: int = 10_000) -> Outcome:
        """Write these changes, and hear at most so many results."""
        return self._called(Push(changes), at_most=results)

    def lookup(self, *leads: str, markers: bool = False) -> Outcome:
        """Read these leads by their ids."""
        return self._called(Lookup(tuple(Ref(lead, markers=markers) for lead in leads)))

    def look(self, lead: str, *, markers: bool = False) -> Found:
        """What is at one lead. Raises Broken when nothing is said of it."""
        outcome = self.lookup(lead, markers=markers)
        if lead not in outcome.found:
            raise Broken(f"lookup() says nothing of lead {lead!r}{because(outcome)}")
        return outcome.found[lead]

    def tidy(self, lead: str, op_id: str) -> Outcome:
        """Leave one entry of an op."""
        return self._called(Tidy(lead, op_id))

    def whole_pull(self, cursor: str | None = None) -> Outcome:
        """A pull that has to end well. Raises Broken."""
        outcome = self.pull(cursor)
        if outcome.error or not outcome.pages or outcome.pages[-1].more:
            raise Broken(f"pull() does not come to an end{because(outcome)}")
        return outcome

    def instance(self) -> Adapter:
        """The adapter itself, for what only its own methods show."""
        return self._serving()._adapter

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Nobody waits, opens a line of their own, or prints: all of that is noted."""
        module = vars(sys.modules.get(self.adapter.__module__, sys))
        names = [name for name, value in module.items() if value is clocks.sleep]
        real, connect = clocks.sleep, socket.socket.connect
        clocks.sleep = self._wait
        if self._has("http"):
            socket.socket.connect = _refuse  # type: ignore[method-assign]
        module.update(dict.fromkeys(names, self._wait))
        try:
            with redirect_stdout(self.printed), redirect_stderr(self.printed):
                yield
        finally:
            clocks.sleep = real
            socket.socket.connect = connect  # type: ignore[method-assign]
            module.update(dict.fromkeys(names, real))

    def _wait(self, seconds: float | SupportsIndex, /) -> None:
        self.waits.append(float(seconds))

    def _called(self, command: Message | None, at_most: int = 10_000) -> Outcome:
        outcome = Outcome()
        self._began = len(self.requests)
        threads = threading.active_count()
        with self.watched():
            try:
                self._converse(command, at_most, outcome)
            except Runaway:
                raise Broken(f"it does not end: more than {_MANY} requests in one call") from None
            except (Exception, SystemExit) as error:  # noqa: BLE001 - an adapter may raise anything: that is the question
                outcome.error = error
        if threading.active_count() > threads:
            raise Broken("it leaves a thread behind: leadq calls an adapter from one thread, and it needs no other")
        return outcome

    def _converse(self, command: Message | None, at_most: int, outcome: Outcome) -> None:
        serving = self._serving(check=command is None)
        said = serving.obey(command) if command else serving.ready()
        try:
            for message in said:
                outcome.said.append(_on_the_pipe(message))
                if sum(isinstance(each, Page | Result) for each in outcome.said) >= at_most:
                    said.close()  # type: ignore[attr-defined]
                    return
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
            outcome.error = error
            outcome.said += [_on_the_pipe(message) for message in serving.ended(error)]

    def _serving(self, *, check: bool = False) -> Serving:
        account = "" if check else str(getattr(self.service, "account", ""))
        order = Open(
            self.adapter.name, self.options, "", 3600.0, self.secrets, check=check, dry_run=self.dry_run,
            account=account, **getattr(self.service, "mapping", {}),
        )  # fmt: skip
        return Serving(order, self.adapter, self._connected)

    def _connected(self, order: Open, kind: type[Adapter], login: Login) -> Http:
        settings = Settings(
            login.base_url, login.headers, limits=getattr(kind, "limits", ()), run_s=order.timeout_s,
            dry_run=order.dry_run, longest_wait_s=3600.0, max_bytes=_MAX_BYTES,
        )  # fmt: skip
        return Http(settings, ticks=self.time, line=Straight(self._answered, self.time, max_bytes=_MAX_BYTES))

    def _answered(self, request: Request) -> Reply:
        self.requests.append(request)
        if len(self.requests) - self._began > _MANY:
            raise Runaway
        effect = self._next_strike(request)
        reply = effect(request, self.service) if effect else self.service(request)
        return self.twist(request, reply) if self.twist else reply

    def _next_strike(self, request: Request) -> Strike | None:
        effect, left = None, []
        for hits, after, each in self._strikes:
            if not hits(request):
                left.append((hits, after, each))
            elif after:
                left.append((hits, after - 1, each))
            else:
                effect = each
        self._strikes = left
        return effect


def because(outcome: Outcome) -> str:
    """The error of an outcome, to end a sentence with."""
    error = outcome.error
    return f" ({type(error).__name__}: {str(error)[:200]})" if error else ""


def _on_the_pipe(message: Message) -> Message:
    """As it comes out of the pipe. Raises Broken for what cannot be said there."""
    try:
        return decode(encode(message))
    except (ProtocolError, ValueError, TypeError) as error:
        what = type(message).__name__
        raise Broken(f"a {what} cannot be handed over: {error}") from None


def _refuse(*_: object) -> None:
    raise Broken("it opens a connection of its own; speak HTTP with context.http, and with nothing else")


def ready_of(outcome: Outcome) -> Ready:
    """The answer to `check`. Raises Broken."""
    found = next((each for each in outcome.said if isinstance(each, Ready)), None)
    if found is None:
        raise Broken(f"check() fails{because(outcome)}")
    return found


def document(reply: Reply) -> Any:
    """The JSON of a reply; None when it is none."""
    try:
        return json.loads(b"".join(reply.chunks))
    except ValueError:
        return None
