"""One text fetched from a file or an address: the contract of a team. The child reads it, by the one HTTP client.

In a process of its own also for a file: a folder of the network that is gone may hold whoever reads it for minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from leadq.plugins.errors import AdapterError
from leadq.plugins.sdk import N_
from leadq.sync.checks import text

if TYPE_CHECKING:
    from leadq.sync.protocol import Failed
    from leadq.sync.transport import Arrived
    from leadq.sync.wire import Handler

MAX_TEXT: Final = 1 << 20
"""Bytes of a contract; a long one has 30 kB."""

_REDIRECTS: Final = 3
_NOBODY: Final = N_("Nobody could be reached there ({why}).")
_UNREADABLE: Final = N_("It cannot be read ({why}).")
_TOO_LARGE: Final = N_("It has more than a megabyte, which no contract has.")
_NO_TEXT: Final = N_("It is no text in UTF-8.")
_SAYS: Final = N_("The address answers {status}.")
_IN_CIRCLES: Final = N_("The service points from one address to the next without end.")
_NO_URL: Final = N_("The address of the service is not a URL.")
_UNTRUSTED: Final = N_("The certificate of the address is not trusted.")


@dataclass(frozen=True, slots=True)
class Fetch:
    """Instead of `Open`: read this file (a whole path) or address; answered by `Fetched` or `Failed`."""

    source: str
    is_url: bool
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is there."""

    text: str


def fetch(order: Fetch, handler: Handler | None = None) -> Fetched | Failed:
    """Read it once. With a `handler` that one answers, in the place of the network."""
    from leadq.sync.protocol import Failed

    found = _from_address(order, handler) if order.is_url else _from_file(Path(order.source))
    if isinstance(found, Failed):
        return found
    if len(found) > MAX_TEXT:
        return Failed("load", _TOO_LARGE)
    try:
        return Fetched(found.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Failed("load", _NO_TEXT)


def _from_file(path: Path) -> bytes | Failed:
    from leadq.sync.protocol import Failed

    try:
        with path.open("rb") as file:
            return file.read(MAX_TEXT + 1)
    except (PermissionError, IsADirectoryError) as error:
        return Failed("load", _UNREADABLE, {"why": error.strerror or type(error).__name__})
    except (OSError, ValueError) as error:  # not there: the folder may be one of the network's
        why = getattr(error, "strerror", None) or type(error).__name__
        return Failed("transient", _UNREADABLE, {"why": str(why)})


def _from_address(order: Fetch, handler: Handler | None) -> bytes | Failed:
    from leadq.sync.origin import parse_origin
    from leadq.sync.ports import SystemTicks
    from leadq.sync.protocol import Failed
    from leadq.sync.transport import Sending, Transport

    ticks = SystemTicks()
    headers = {"accept": "text/plain, */*", "accept-encoding": "gzip", "user-agent": "leadq"}
    try:
        parts = urlsplit(order.source)
        origin = parse_origin(f"{parts.scheme}://{parts.netloc}")
        target = origin.target(order.source)
        transport = Transport(origin, ticks, max_bytes=MAX_TEXT, handler=handler)
        try:
            ends = ticks.monotonic() + order.timeout_s
            for _ in range(_REDIRECTS + 1):
                answer = transport.exchange(Sending("GET", target, headers, b""), ends)
                if isinstance(answer, str):
                    return _trouble(answer)
                where = answer.headers.get("location", "")
                if not (where and 300 <= answer.status < 400):
                    return _body(answer)
                target = origin.follow(where)
        finally:
            transport.close()
    except AdapterError as error:  # also a redirect to another place, which is not followed
        return Failed("load", error.message, error.params)
    except ValueError:
        return Failed("load", _NO_URL)
    return Failed("load", _IN_CIRCLES)


def _trouble(trouble: str) -> Failed:
    from leadq.sync.protocol import Failed

    if trouble == "untrusted":
        return Failed("load", _UNTRUSTED)
    return Failed("transient", _NOBODY, {"why": trouble.replace("_", " ")})


def _body(answer: Arrived) -> bytes | Failed:
    """A gateway's 5xx and a service that is busy may be otherwise later; what is refused will be."""
    from leadq.sync.protocol import Failed

    if answer.status != 200:
        later = answer.status >= 500 or answer.status in (408, 425, 429)
        return Failed("transient" if later else "load", _SAYS, {"status": str(answer.status)})
    if answer.body is None:
        return Failed("load", _TOO_LARGE if answer.why == "too large" else _UNREADABLE, {"why": answer.why})
    return answer.body


NAMES: Final[Mapping[type, str]] = {Fetch: "fetch", Fetched: "fetched"}
READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Fetch | Fetched]]] = {
    "fetch": lambda body: Fetch(text(body["source"]), bool(body["is_url"]), float(body["timeout_s"])),
    "fetched": lambda body: Fetched(text(body["text"])),
}
