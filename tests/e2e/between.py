"""What lies between a rep's laptop and the server: it may lose an answer, or let somebody else in first."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_OF_ITS_LINE: Final = frozenset({"connection", "content-length", "transfer-encoding"})
Meet = Callable[[str, "Forward"], "Reply | None"]
Forward = Callable[[], "Reply"]


@dataclass(frozen=True)
class Reply:
    """An answer of the server's."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Between:
    """Passes calls on to `port`. `meet` is asked about each one, by its method: what it returns goes back, and None is
    a line that breaks. `calls` are the methods that came."""

    port: int
    meet: Meet = lambda method, forward: forward()
    calls: list[str] = field(default_factory=list)
    url: str = ""

    def losing(self, method: str) -> None:
        """The answer to the next call of `method` is lost; the server has done it."""
        self.once(method, lambda forward: _lost(forward))

    def once(self, method: str, what: Callable[[Forward], Reply | None]) -> None:
        """`what` becomes of the next call whose method ends so; the others pass."""
        waiting = [what]

        def meet(called: str, forward: Forward) -> Reply | None:
            if called.endswith(method) and waiting:
                return waiting.pop()(forward)
            return forward()

        self.meet = meet


def _lost(forward: Forward) -> None:
    forward()


@contextmanager
def between(port: int) -> Iterator[Between]:
    """Listens on this machine while the block lasts."""
    line = Between(port)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(line))
    server.daemon_threads = True
    line.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()


def _handler(line: Between) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            method = str(json.loads(body)["method"])
            line.calls.append(method)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            port, path = line.port, self.path
            try:
                reply = line.meet(method, lambda: _forwarded(f"http://127.0.0.1:{port}{path}", headers, body))
            except OSError:  # the server is down, or died over it
                reply = None
            if reply is not None:
                self._answer(reply)
            self.close_connection = True

        def _answer(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                if name.lower() not in _OF_ITS_LINE:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            with suppress(OSError):  # who asked may not have waited
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's
            """A test's output is its own."""

    return Handler


def _forwarded(url: str, headers: dict[str, str], body: bytes) -> Reply:
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Reply(answer.status, answer.getheaders(), answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Reply(refused.code, list(refused.headers.items()), refused.read())
