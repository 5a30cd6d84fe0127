"""A handler behind a real socket on this machine, for what only a real line shows: resets, silence, slow bytes."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

from leadq.sync.wire import Handler, Lost, Request

if TYPE_CHECKING:
    from leadq.sync.wire import Reply

_AT_ONCE: Final = struct.pack("ii", 1, 0)


@contextmanager
def serve(handler: Handler, port: int = 0) -> Iterator[str]:
    """The address under which `handler` answers, one request at a time, until the block ends; `port`: any, or this one.

    `Lost("timeout")` says nothing until then; `reset` and `refused` both cut the line: the socket is open already.
    """
    lock, over = Lock(), Event()

    class Line(_Line):
        def answered(self, request: Request) -> Reply:
            with lock:
                return handler(request)

        def silence(self) -> None:
            over.wait()

    with ThreadingHTTPServer(("127.0.0.1", port), Line) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            over.set()
            server.shutdown()
            thread.join()


class _Line(BaseHTTPRequestHandler):
    """One connection. TCP_NODELAY: without it each answer in two parts waits 40 ms for an acknowledgement."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answered(self, request: Request) -> Reply:
        raise NotImplementedError

    def silence(self) -> None:
        raise NotImplementedError

    def _one(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        try:
            reply = self.answered(Request(self.command, self.path, headers, body))
            whole = b"".join(reply.chunks)
        except Lost as lost:
            self._lose(lost)
            return
        self.send_response_only(reply.status)
        for name, value in {**reply.headers, "content-length": str(len(whole))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(whole)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _one  # noqa: N815 - the names that http.server looks for

    def _lose(self, lost: Lost) -> None:
        if lost.how == "timeout":
            self.silence()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""
