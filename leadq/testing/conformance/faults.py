"""What can become of a request: for `Bench.strike`."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

from leadq.sync.wire import Handler, Lost, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadq.testing.conformance.bench import Strike

_HTML: Final = b"<!doctype html><html><title>Sign in</title></html>"


def answers(status: int, body: Any = None, **headers: str) -> Strike:
    """It is not done, and this is said. Underscores in names of headers are dashes."""
    told = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    text = body if isinstance(body, bytes) else json.dumps(body if body is not None else {"message": "no"}).encode()

    def strike(request: Request, service: Handler) -> Reply:
        return Reply(status, told, [text])

    return strike


def page_of_html(status: int) -> Strike:
    """It is not done: something between us answers, and not the service."""
    return answers(status, _HTML, content_type="text/html")


def refused(request: Request, service: Handler) -> Reply:
    """Nobody listens there."""
    raise Lost("refused")


def dropped(request: Request, service: Handler) -> Reply:
    """It gets lost on the way."""
    raise Lost("timeout")


def lost_answer(request: Request, service: Handler) -> Reply:
    """It is done, and the answer gets lost."""
    service(request)
    raise Lost("timeout")


def cut(request: Request, service: Handler) -> Reply:
    """It is done, and the line breaks."""
    service(request)
    raise Lost("reset")


def truncated(request: Request, service: Handler) -> Reply:
    """It is done, and half of the answer arrives."""
    reply = service(request)
    whole = b"".join(reply.chunks) or b"{}"
    return Reply(reply.status, reply.headers, [whole[: max(1, len(whole) // 2)]])


def done_but(instead: Strike) -> Strike:
    """It is done, and something else is answered."""

    def strike(request: Request, service: Handler) -> Reply:
        service(request)
        return instead(request, service)

    return strike


def limited(form: str) -> Strike:
    """429: with seconds, with a date, or with nothing."""
    date = formatdate(1_778_684_400, usegmt=True)
    until = formatdate(1_778_684_430, usegmt=True)
    headers: Mapping[str, Mapping[str, str]] = {
        "seconds": {"retry_after": "30"},
        "date": {"retry_after": until, "date": date},
        "nothing": {},
    }
    return answers(429, **headers[form])


DOUBTFUL: Final[Mapping[str, Strike]] = {
    "a timeout": dropped,
    "a lost answer": lost_answer,
    "a broken line": cut,
    "a truncated answer": truncated,
    "a page of HTML with 200": page_of_html(200),
    "a 503 before": answers(503),
    "a 502 after it was done": done_but(page_of_html(502)),
}
"""After these nobody knows whether a write was done."""


def each_record(change: Callable[[dict[str, Any]], Any]) -> Callable[[Request, Reply], Reply]:
    """A twist: every record of a list in an answer becomes what `change` makes of it."""

    def twist(request: Request, reply: Reply) -> Reply:
        return _with_lists(reply, lambda rows: [change(dict(row)) if isinstance(row, dict) else row for row in rows])

    return twist


def more_rows(*rows: Any) -> Callable[[Request, Reply], Reply]:
    """A twist: these rows come first in every list of records."""

    def twist(request: Request, reply: Reply) -> Reply:
        return _with_lists(reply, lambda listed: [*rows, *listed])

    return twist


def _with_lists(reply: Reply, change: Callable[[list[Any]], list[Any]]) -> Reply:
    whole = b"".join(reply.chunks)
    try:
        data = json.loads(whole)
    except ValueError:
        return Reply(reply.status, reply.headers, [whole])
    return Reply(reply.status, reply.headers, [json.dumps(_changed(data, change)).encode()])


def _changed(data: Any, change: Callable[[list[Any]], list[Any]]) -> Any:
    """The outermost lists of objects, changed; what is in the records themselves stays as it is."""
    if isinstance(data, list):
        return change(data) if any(isinstance(each, dict) for each in data) else data
    if isinstance(data, dict):
        return {name: _changed(value, change) for name, value in data.items()}
    return data
