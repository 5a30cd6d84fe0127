"""What an adapter speaks HTTP with: one origin, limits, a deadline, and errors that say what is proven.

Nothing is tried twice here: the outbox is the only loop, because only it knows what must not be done twice.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qsl, urlencode

from leadq.plugins.sdk import N_, AuthFailed, Limit, RateLimited, Transient
from leadq.sync.body import MAX_BYTES, Unreadable, parse_json
from leadq.sync.evidence import Finding, NoAnswer, error_of, http_date_ms, of_status, of_trouble, retry_after_s
from leadq.sync.limits import Budget
from leadq.sync.origin import Elsewhere, parse_origin
from leadq.sync.ports import SystemTicks, Ticks
from leadq.sync.protocol import Used
from leadq.sync.recorder import Exchange, Recorder
from leadq.sync.redact import Redactor
from leadq.sync.transport import Arrived, Sending, Transport
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadq.plugins.sdk import AdapterError
    from leadq.sync.evidence import Meaning, Trouble
    from leadq.sync.wire import Handler

    Explain = Callable[["Answer"], AdapterError | None]

_REDIRECTS: Final = 3
_DAY_MS: Final = 86_400_000
_SAID: Final = 200  # characters of a service's own words that are repeated to the user
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "accept-encoding", "connection"})
_WORDS: Final = ("message", "error_description", "detail", "error", "title", "errors")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a connection allows itself. `auth` are headers of any name, for this origin only.

    `secrets` are hidden wherever they turn up; the values of `auth` are hidden anyway. Times are seconds:
    `request_s` of one request, `run_s` of all of them, `longest_wait_s` for room in a limit before RateLimited.
    """

    base_url: str
    auth: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    limits: tuple[Limit, ...] = ()
    rate_share: float = 1.0
    request_s: float = 60.0
    run_s: float = 120.0
    longest_wait_s: float = 10.0
    max_bytes: int = MAX_BYTES
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A request that was done. `data` is the JSON document, None where the service rightly sent nothing."""

    status: int
    headers: Mapping[str, str]
    data: Any


class Line(Protocol):
    """What carries a request; see `transport.Transport`."""

    def exchange(self, sending: Sending, ends: float) -> Arrived | Trouble: ...
    def close(self) -> None: ...


class DryRun(Transient):
    """A write that a dry run did not let out."""


@dataclass(frozen=True, slots=True)
class _Call:
    sending: Sending
    document: Any
    push: bool
    is_read: bool

    @property
    def path(self) -> str:
        return self.sending.target.partition("?")[0]


class Http:
    """One run's requests to one service. For tests, `handler` answers in the place of the network, through httpx, and
    `line` in the place of both.

    Raises Rejected for an address in the settings that cannot be used. Use it as a context, or `close` it.
    `skew_ms` is the server's clock minus ours (its Date has whole seconds); `requests` counts what left. `explain` is
    asked what a refusal means before the table of `evidence` is: see `sdk.Adapter`. `polling`: what only asks is to see
    what is new, and takes nothing that is kept for outcomes; else it is for one, such as a look before it is written.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        ticks: Ticks | None = None,
        recorder: Recorder | None = None,
        handler: Handler | None = None,
        line: Line | None = None,
    ) -> None:
        self.origin = parse_origin(settings.base_url)
        self.recorder = recorder or Recorder()
        self.requests = 0
        self.skew_ms: int | None = None
        self.polling = True
        self.explain: Explain = lambda answer: None
        self.budget = Budget(settings.limits, settings.rate_share)
        self._ticks: Ticks = ticks or SystemTicks()
        self._settings = settings
        self._redact = Redactor((*settings.secrets, *settings.auth.values()))
        self._ends = self._ticks.monotonic() + settings.run_s
        self._landed = False
        self._line = line or Transport(self.origin, self._ticks, max_bytes=settings.max_bytes, handler=handler)

    def __repr__(self) -> str:
        return f"Http({self.origin.root})"

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._line.close()

    def resume(self, spent: Sequence[Sequence[Sequence[float]]], away_s: float) -> None:
        """Take over what an earlier run spent of the limits, `away_s` seconds ago."""
        self.budget.restore(spent, away_s, self._ticks.monotonic())

    def used(self) -> Used:
        """What this run has used so far."""
        now = self._ticks.monotonic()
        return Used(self.requests, self.skew_ms, self.budget.saved(now), self.budget.left(now))

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """Read `path`, which is below the address in the settings."""
        return self.request("GET", path, params=params)

    def post(self, path: str, document: Any, *, read: bool = False) -> Answer:
        """Send `document` as JSON. `read`: it only asks, as a search does, and changes nothing there."""
        return self.request("POST", path, document=document, read=read)

    def patch(self, path: str, document: Any) -> Answer:
        """Send `document` as JSON."""
        return self.request("PATCH", path, document=document)

    def put(self, path: str, document: Any) -> Answer:
        """Send `document` as JSON, in the place of what is at `path`."""
        return self.request("PUT", path, document=document)

    def delete(self, path: str) -> Answer:
        """Take away what is at `path`."""
        return self.request("DELETE", path)

    def follow(self, url: str) -> Answer:
        """Read a URL that the service gave us, if it is its own. Raises Elsewhere."""
        return self._perform(self._call("GET", self.origin.follow(url), None, {}, push=not self.polling, read=True))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        document: Any = None,
        headers: Mapping[str, str] | None = None,
        push: bool | None = None,
        read: bool = False,
    ) -> Answer:
        """One request, tried once. `push` says that it is for an outcome (None: every write is, and what asks unless it
        is `polling`); what is no GET writes, unless `read` says that it only asks.

        Raises the SDK's errors: NoAnswer where it is not known whether a write was done; Transient (also DryRun and
        Elsewhere) and RateLimited only where it surely was not.
        """
        target = self.origin.target(path)
        if params:
            target += ("&" if "?" in target else "?") + urlencode(params)
        asks = read or method.upper() == "GET"
        wants_push = not (asks and self.polling) if push is None else push
        return self._perform(self._call(method.upper(), target, document, headers or {}, push=wants_push, read=asks))

    @contextmanager
    def change(self) -> Iterator[None]:
        """Around all the requests of one change: once one of its writes was done, «not sent» is not true any more.

        Without it a change whose status was written, and whose note met a full limit, would look untouched: an undo
        would cancel it here and leave it there.
        """
        self._landed, doubt = False, None
        try:
            yield
        except (AuthFailed, Transient, RateLimited) as error:
            if not self._landed:
                raise
            doubt = NoAnswer(error.message, getattr(error, "retry_after", None), **error.params)
        if doubt:
            raise doubt

    def _call(
        self, method: str, target: str, document: Any, headers: Mapping[str, str], *, push: bool, read: bool
    ) -> _Call:
        sent = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "leadq"}
        body = b""
        if document is not None:
            sent["content-type"] = "application/json"
            body = json.dumps(document).encode("ascii")
        sent |= {name.lower(): value for name, value in headers.items() if name.lower() not in _OURS}
        sent |= {name.lower(): value for name, value in self._settings.auth.items()}
        return _Call(Sending(method, target, sent, body), document, push, read)

    def _perform(self, call: _Call) -> Answer:
        for _ in range(_REDIRECTS + 1):
            self._permit(call)
            outcome = self._exchange(call)
            where = outcome.headers.get("location") if isinstance(outcome, Arrived) else None
            plain = call.sending.method == "GET"  # what else was asked cannot be asked of another address as it is
            if not (where and plain and isinstance(outcome, Arrived) and 300 <= outcome.status < 400):
                return self._judged(call, outcome)
            call = self._call("GET", self.origin.follow(where), None, call.sending.headers, push=call.push, read=True)
        raise Elsewhere(N_("The service points from one address to the next without end."))

    def _permit(self, call: _Call) -> None:
        """Refuse what must not leave; wait for what may leave soon. Raises DryRun, RateLimited, Transient."""
        if self._settings.dry_run and not call.is_read:
            self._note(call, None, None)
            raise DryRun(N_("A dry run writes nothing."))
        self._make_room(call)
        if self._ticks.monotonic() >= self._ends:
            raise Transient(N_("The time of this run is over."))

    def _make_room(self, call: _Call) -> None:
        method, path, until = call.sending.method, call.path, self._ticks.monotonic() + self._settings.longest_wait_s
        passed_ms = (self._ticks.wall_ms() + (self.skew_ms or 0)) % _DAY_MS
        self.budget.day(passed_ms / 1000, self._ticks.monotonic())
        while wait := self.budget.wait_s(method, path, now := self._ticks.monotonic(), push=call.push):
            if now + wait > min(until, self._ends):
                raise self._no_room(call, wait, now)
            self._ticks.sleep(wait + 0.001)  # a little more: a sum of floats may fall just short of it
        self.budget.spend(method, path, self._ticks.monotonic())

    def _no_room(self, call: _Call, wait: float, now: float) -> AdapterError:
        """A limit that only outcomes have a part of left is none that they have to wait for."""
        if call.push or self.budget.wait_s(call.sending.method, call.path, now, push=True):
            return RateLimited(wait, N_("What the service allows us is used up for now."))
        return Transient(N_("What is left of what the service allows us today is kept for outcomes."))

    def _exchange(self, call: _Call) -> Arrived | Trouble:
        started_ms, started = self._ticks.wall_ms(), self._ticks.monotonic()
        self.requests += 1
        outcome = self._line.exchange(call.sending, min(self._ends, started + self._settings.request_s))
        if isinstance(outcome, Arrived):
            self._learn(call, outcome, (started_ms + self._ticks.wall_ms()) // 2)
        return outcome

    def _learn(self, call: _Call, arrived: Arrived, at_ms: int) -> None:
        date_ms = http_date_ms(arrived.headers.get("date"))
        if date_ms is not None:
            self.skew_ms = date_ms + 500 - at_ms  # its second has begun: half of it is the best guess
        self.budget.learn(call.sending.method, call.path, arrived.headers, self._ticks.monotonic())

    def _judged(self, call: _Call, outcome: Arrived | Trouble) -> Answer:
        """The answer, or the error that it is."""
        if not isinstance(outcome, Arrived):
            finding = Finding(of_trouble(outcome), what=outcome.replace("_", " "))
            self._note(call, finding, None)
            raise error_of(finding, write=not call.is_read, why="")
        data, why = _parsed(outcome)
        finding = _finding(outcome, why)
        self._note(call, finding, outcome)
        if finding.meaning != "done":
            raise self._explained(outcome, data) or self._error(call, finding, data)
        self._landed = self._landed or not call.is_read
        return Answer(outcome.status, outcome.headers, data)

    def _explained(self, outcome: Arrived, data: Any) -> AdapterError | None:
        """What the adapter makes of a refusal in the service's own words; what a gateway says proves nothing."""
        if data is None or not 400 <= outcome.status < 500:
            return None
        error = self.explain(Answer(outcome.status, outcome.headers, data))
        if error is not None:
            error.params = {name: clean(self._redact.text(text), _SAID) for name, text in error.params.items()}
        return error

    def _error(self, call: _Call, finding: Finding, data: Any) -> AdapterError:
        said = clean(self._redact.text(_said(data)), _SAID) or f"HTTP {finding.status}"
        return error_of(finding, write=not call.is_read, why=said)

    def _note(self, call: _Call, finding: Finding | None, arrived: Arrived | None) -> None:
        status, headers = (arrived.status, arrived.headers) if arrived else (None, {})  # and not what came: it is large
        self.recorder.note(partial(self._told, call, finding.meaning if finding else None, status, headers))

    def _told(self, call: _Call, meaning: Meaning | None, status: int | None, headers: Mapping[str, str]) -> Exchange:
        query = parse_qsl(call.sending.target.partition("?")[2], keep_blank_values=True)
        return Exchange(
            method=call.sending.method,
            path=self._redact.text(call.path),
            query=tuple(self._redact.text(name) for name, _ in query),
            headers=self._redact.headers(call.sending.headers),
            body=self._redact.document(call.document),
            status=status,
            meaning=meaning,
            reply_headers=self._redact.headers(headers),
        )


def _finding(arrived: Arrived, why: str) -> Finding:
    """`why` the body cannot be read; empty when it can."""
    pause = retry_after_s(arrived.headers.get("retry-after"), arrived.headers.get("date"))
    what = f"HTTP {arrived.status}" + (f", {why}" if why else "")
    return Finding(of_status(arrived.status, readable=not why), arrived.status, what, pause)


def _parsed(arrived: Arrived) -> tuple[Any, str]:
    """The document, and why there is none. Nothing at all is an answer for 204, and with any refusal."""
    if arrived.body is None:
        return None, arrived.why
    if not arrived.body and (arrived.status in (204, 205) or arrived.status >= 300):
        return None, ""
    try:
        return parse_json(arrived.body), ""
    except Unreadable as error:
        return None, str(error)


def _said(data: Any) -> str:
    """The service's own sentence, wherever it is customary to put it."""
    for _ in range(4):
        if isinstance(data, list) and data:
            data = data[0]
        elif isinstance(data, dict):
            data = next((data[word] for word in _WORDS if data.get(word)), "")
        else:
            break
    return data if isinstance(data, str) else ""
