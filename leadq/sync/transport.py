"""One request on the real network, or on a stand-in for it: what came back, or which trouble there was.

The only module that knows httpx. Nothing is tried twice, no redirect is followed, and no exception of the library
comes out: it would carry the request, and with it the login.
"""

from __future__ import annotations

import http.cookiejar
import logging
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from leadq.sync.body import Unreadable, gather
from leadq.sync.origin import Origin, may_connect
from leadq.sync.wire import Handler, Lost, Request

if TYPE_CHECKING:
    from leadq.sync.evidence import Trouble
    from leadq.sync.ports import Ticks

_CONNECT_S: Final = 5.0
SILENCE_S: Final = 20.0
"""Without one byte."""

_TROUBLE: Final[tuple[tuple[type[Exception], Trouble], ...]] = (
    (httpx.ConnectTimeout, "connect_timeout"),
    (httpx.PoolTimeout, "pool_timeout"),
    (httpx.ConnectError, "no_connection"),
    (httpx.ProxyError, "no_connection"),
    (httpx.UnsupportedProtocol, "refused_here"),
    (httpx.InvalidURL, "refused_here"),
    (httpx.ReadTimeout, "read_timeout"),
    (httpx.WriteTimeout, "write"),
    (httpx.WriteError, "write"),
    (httpx.ReadError, "reset"),
    (httpx.RemoteProtocolError, "protocol"),
)

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # below that they log URLs, and every header


@dataclass(frozen=True, slots=True)
class Sending:
    """A request that is ready to leave. `target` is the path and the query; the host is never a part of it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Arrived:
    """An answer, the names of its headers in lower case. `body` is None when it is no use, and `why` says why."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None
    why: str = ""


class Transport:
    """The connections to one origin. With a `handler` that one answers, in the place of the network."""

    def __init__(self, origin: Origin, ticks: Ticks, *, max_bytes: int, handler: Handler | None = None) -> None:
        self._origin = origin
        self._ticks = ticks
        self._max_bytes = max_bytes
        self._line = None if handler else _Line(origin)
        self._client = httpx.Client(
            transport=httpx.MockTransport(_bridge(handler, ticks)) if handler else None,
            trust_env=not origin.is_loopback,  # proxies and certificates of the company; .netrc is never read
            follow_redirects=False,
            cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def exchange(self, sending: Sending, ends: float) -> Arrived | Trouble:
        """Send it, and wait for the whole answer until the monotonic instant `ends`."""
        left = ends - self._ticks.monotonic()
        if left <= 0:
            return "refused_here"
        try:
            with self._guarded(left), self._stream(sending, left) as response:
                return self._arrived(response, ends)
        except Exception as error:  # noqa: BLE001 - whatever a library raises here, the question is what has left
            return self._trouble(error, ends)

    @contextmanager
    def _guarded(self, left: float) -> Iterator[None]:
        if self._line is None:
            yield
            return
        with self._line.cut_after(left):
            yield

    def _stream(self, sending: Sending, left: float) -> Any:
        short, long = min(_CONNECT_S, left), min(SILENCE_S, left)
        return self._client.stream(
            sending.method,
            self._origin.root + sending.target,
            headers=dict(sending.headers),
            content=sending.body,
            timeout=httpx.Timeout(connect=short, pool=short, read=long, write=long),
            extensions={"trace": self._line.watch} if self._line else {},
        )

    def _arrived(self, response: httpx.Response, ends: float) -> Arrived:
        headers = {name.lower(): value for name, value in response.headers.items()}
        chunks = self._in_time(response.iter_raw(), ends)
        try:
            body = gather(chunks, headers.get("content-encoding", "").strip().lower(), self._max_bytes)
        except Unreadable as error:
            return Arrived(response.status_code, headers, None, str(error))
        return Arrived(response.status_code, headers, body)

    def _in_time(self, chunks: Iterator[bytes], ends: float) -> Iterator[bytes]:
        """A server that sends a byte now and then never meets the limit on silence: the clock is looked at here."""
        for chunk in chunks:
            if self._ticks.monotonic() >= ends:
                raise _Late
            yield chunk

    def _trouble(self, error: Exception, ends: float) -> Trouble:
        if isinstance(error, _Unsafe):
            return "refused_here"
        if _is_untrusted(error):
            return "untrusted"
        found: Trouble = next((trouble for kind, trouble in _TROUBLE if isinstance(error, kind)), "unknown")
        late = isinstance(error, _Late) or self._ticks.monotonic() >= ends
        return "deadline" if late and found not in _BEFORE_SENDING else found


def _is_untrusted(error: BaseException | None) -> bool:
    """Whether a certificate was refused: httpx calls that a failed connection, and keeps the reason behind it."""
    while error and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


_BEFORE_SENDING: Final[frozenset[Trouble]] = frozenset(
    {"connect_timeout", "pool_timeout", "no_connection", "refused_here"}
)


class _Late(Exception):
    """The time of a request is over."""


class _Unsafe(Exception):
    """The name of the service leads to an address that is never talked to."""


class _Line:
    """The sockets of one client: looked at before the first byte, and shut when a request takes too long.

    httpx limits each read and not their sum: headers that drip in byte by byte hold it for as long as they like.
    Only a second thread can end that, and only by shutting the socket under it.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._sockets: list[socket.socket] = []

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore tells each step; a connection comes before the request that it is for."""
        stream: Any = info.get("return_value")
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        opened: socket.socket = stream.get_extra_info("socket")
        if event.endswith("connect_tcp.complete"):
            self._check(str(stream.get_extra_info("server_addr")[0]), opened)
        self._sockets = [each for each in self._sockets if each.fileno() != -1] + [opened]

    def _check(self, peer: str, opened: socket.socket) -> None:
        if not may_connect(self._origin, peer):
            opened.close()
            raise _Unsafe

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Shut every socket when the block lasts longer than that."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        for each in self._sockets:
            with suppress(OSError):  # it was closed meanwhile
                socket.socket.shutdown(each, socket.SHUT_RDWR)  # not SSLSocket's own, which the other thread is in


def _bridge(handler: Handler, ticks: Ticks) -> Any:
    """A handler as httpx's mock wants it: what is lost costs the time that waiting for it would."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        told = Request(request.method, request.url.raw_path.decode("ascii"), headers, request.read())
        try:
            reply = handler(told)
        except Lost as lost:
            raise _as_httpx(lost, request, ticks) from None
        return httpx.Response(reply.status, headers=dict(reply.headers), stream=_Chunks(reply.chunks, request, ticks))

    return answer


class _Chunks(httpx.SyncByteStream):
    def __init__(self, chunks: Any, request: httpx.Request, ticks: Ticks) -> None:
        self._chunks = chunks
        self._request = request
        self._ticks = ticks

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._chunks
        except Lost as lost:
            raise _as_httpx(lost, self._request, self._ticks) from None


def _as_httpx(lost: Lost, request: httpx.Request, ticks: Ticks) -> Exception:
    if lost.how == "refused":
        return httpx.ConnectError("refused", request=request)
    if lost.how == "reset":
        return httpx.ReadError("reset", request=request)
    ticks.sleep(request.extensions["timeout"]["read"])
    return httpx.ReadTimeout("nothing came", request=request)
