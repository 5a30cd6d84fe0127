"""One document handed to an address: the child posts it by the one HTTP client, and says what that proves.

Nothing is sent a second time here. What may have arrived is `Failed` of a kind that is not in `NOT_THERE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from leadq.plugins.errors import AdapterError
from leadq.plugins.sdk import N_
from leadq.sync.checks import mapping, text

if TYPE_CHECKING:
    from leadq.sync.protocol import Done, Failed, Kind
    from leadq.sync.wire import Handler

NOT_THERE: Final = frozenset({"transient", "rejected", "load"})
"""Kinds of failure after which the document surely did not arrive."""

_UNSENT: Final = frozenset({"no_connection", "connect_timeout", "pool_timeout", "refused_here", "untrusted"})
_ANSWER_BYTES: Final = 1 << 16
_REFUSED_FROM, _UNCLEAR_FROM = 300, 500


@dataclass(frozen=True, slots=True)
class Deliver:
    """Instead of `Open`: post `body` to `url` with these headers; answered by `Done` or `Failed`."""

    url: str
    headers: Mapping[str, str]
    body: str
    timeout_s: float


def deliver(order: Deliver, handler: Handler | None = None) -> Done | Failed:
    """Post it once. With a `handler` that one answers, in the place of the network."""
    from leadq.sync.origin import parse_origin
    from leadq.sync.ports import SystemTicks
    from leadq.sync.protocol import Done, Failed
    from leadq.sync.transport import Sending, Transport

    parts, ticks = urlsplit(order.url), SystemTicks()
    try:
        origin = parse_origin(f"{parts.scheme}://{parts.netloc}")
        target = origin.target(order.url)
    except AdapterError as error:
        return Failed("load", error.message, error.params)
    transport = Transport(origin, ticks, max_bytes=_ANSWER_BYTES, handler=handler)
    try:
        sending = Sending("POST", target, order.headers, order.body.encode("utf-8", "replace"))
        answer = transport.exchange(sending, ticks.monotonic() + order.timeout_s)
    finally:
        transport.close()
    if isinstance(answer, str):
        kind: Kind = "transient" if answer in _UNSENT else "deadline"
        sentence = (
            N_("Nobody could be reached there.") if answer in _UNSENT else N_("It was sent, and nobody answered.")
        )
        return Failed(kind, sentence)
    return Done() if answer.status < _REFUSED_FROM else _refused(answer.status)


def _refused(status: int) -> Failed:
    """A gateway says 5xx, not the service: that one may have taken it."""
    from leadq.sync.protocol import Failed

    kind: Kind = "crash" if status >= _UNCLEAR_FROM else "rejected"
    return Failed(kind, N_("The address answers {status}."), {"status": str(status)})


def _deliver(body: Mapping[str, Any]) -> Deliver:
    headers = {text(name): text(value) for name, value in mapping(body["headers"]).items()}
    return Deliver(text(body["url"]), headers, text(body["body"]), float(body["timeout_s"]))


NAMES: Final[Mapping[type, str]] = {Deliver: "deliver"}
READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Deliver]]] = {"deliver": _deliver}
