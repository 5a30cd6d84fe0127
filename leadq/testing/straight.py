"""A handler in the place of the network and of httpx too: several times as fast, for proofs that make many runs.

What it makes of each answer and of each loss is what the real transport makes of it; the tests hold them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.sync.body import Unreadable, gather
from leadq.sync.transport import SILENCE_S, Arrived, Sending
from leadq.sync.wire import Handler, Lost, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadq.sync.evidence import Trouble
    from leadq.sync.ports import Ticks
    from leadq.sync.wire import Reply

_LOST: Final[Mapping[str, Trouble]] = {"refused": "no_connection", "reset": "reset", "timeout": "read_timeout"}


class Straight:
    """For `Http(settings, line=Straight(crm, time), ticks=time)`."""

    def __init__(self, handler: Handler, ticks: Ticks, *, max_bytes: int = 1 << 20) -> None:
        self._handler = handler
        self._ticks = ticks
        self._max_bytes = max_bytes

    def close(self) -> None:
        """Nothing is open."""

    def exchange(self, sending: Sending, ends: float) -> Arrived | Trouble:
        """As `transport.Transport.exchange`."""
        left = ends - self._ticks.monotonic()
        if left <= 0:
            return "refused_here"
        try:
            reply = self._handler(Request(sending.method, sending.target, sending.headers, sending.body))
            return self._arrived(reply, ends)
        except Lost as lost:
            if lost.how == "timeout":
                self._ticks.sleep(min(SILENCE_S, left))
            late = self._ticks.monotonic() >= ends and lost.how != "refused"
            return "deadline" if late else _LOST[lost.how]
        except TimeoutError:
            return "deadline"

    def _arrived(self, reply: Reply, ends: float) -> Arrived:
        headers = {name.lower(): value for name, value in reply.headers.items()}
        try:
            body = gather(self._in_time(reply, ends), headers.get("content-encoding", ""), self._max_bytes)
        except Unreadable as error:
            return Arrived(reply.status, headers, None, str(error))
        return Arrived(reply.status, headers, body)

    def _in_time(self, reply: Reply, ends: float) -> Iterator[bytes]:
        for chunk in reply.chunks:
            if self._ticks.monotonic() >= ends:
                raise TimeoutError
            yield chunk
