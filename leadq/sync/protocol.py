"""What the supervisor and the child that runs an adapter say to each other: one JSON object a line.

The supervisor sends `Open` once, then `Push` and `Pull`; the child answers `Ready`, then for each of them
results or pages and `Done`. `Failed` with an op_id is about that change; without one it is the last thing
that the child says. A plugin's code is on the other side: everything is checked on the way in.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from leadq.plugins.sdk import Account, Change, Page, RemoteLead, Result, SlaEvent, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSION: Final = 1
MAX_LINE: Final = 32 << 20
"""Bytes of one line: beyond, the other side is out of order."""

Kind = Literal[
    "load",
    "auth",
    "rate_limited",
    "transient",
    "conflict",
    "rejected",
    "gone",
    "crash",
    "died",
    "deadline",
    "garbled",
]
"""What went wrong: the plugin does not load; the six typed errors; any other exception; and what only the
supervisor can see: the child died, did not end in time, or did not speak this protocol."""


@dataclass(frozen=True, slots=True)
class Open:
    """Load this adapter, give it its settings, and look whether the connection works.

    The child holds the lock file `lock` and ends itself after `timeout_s`: if the supervisor is killed, a
    child that is still writing can neither meet its successor nor outlive its time.
    """

    adapter: str
    options: Mapping[str, Any]
    lock: str
    timeout_s: float
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Fire:
    """Instead of `Open`: load this plugin and let it hear these alerts; answered by `Done` or `Failed`."""

    plugin: str
    timeout_s: float
    events: tuple[SlaEvent, ...]


@dataclass(frozen=True, slots=True)
class Push:
    """Write these changes, in this order."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Pull:
    """Read what changed since `cursor` (None: everything)."""

    cursor: str | None
    scope: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """The adapter is loaded and its account answers."""

    capabilities: frozenset[str]
    account: Account


@dataclass(frozen=True, slots=True)
class Failed:
    """A sentence, to be translated before `params` fill it in. `retry_after` is in seconds."""

    kind: Kind
    message: str
    params: Mapping[str, str] = field(default_factory=dict)
    op_id: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The command is finished; a change that had no answer is unknown."""


Message = Open | Fire | Push | Pull | Ready | Result | Page | Failed | Done


class ProtocolError(Exception):
    """A line that is not a message."""


def encode(message: Message) -> bytes:
    """`message` as one line, ASCII only so that no character of a lead's name can break it."""
    body = {"v": VERSION, "type": _NAMES[type(message)], **asdict(message)}
    return json.dumps(body, default=_plain, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """The message in `line`. Raises ProtocolError."""
    try:
        body = json.loads(line)
        if body["v"] != VERSION:
            raise ProtocolError(f"version {body['v']!r}")
        return _READERS[body["type"]](body)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProtocolError(f"{type(error).__name__}: {error}") from error


def _plain(value: object) -> list[Any] | str:
    """What JSON has no word for: a set of words, and the dates that a settings file may hold."""
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, not {type(value).__name__}")
    return value


def _maybe_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"object expected, not {type(value).__name__}")
    return value


def _one_of(value: object, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value


def _open(body: Mapping[str, Any]) -> Open:
    return Open(
        _text(body["adapter"]),
        _mapping(body["options"]),
        _text(body["lock"]),
        float(body["timeout_s"]),
        _mapping(body["secrets"]),
    )


def _fire(body: Mapping[str, Any]) -> Fire:
    events = tuple(SlaEvent(**event) for event in body["events"])
    return Fire(_text(body["plugin"]), float(body["timeout_s"]), events)


def _push(body: Mapping[str, Any]) -> Push:
    return Push(tuple(_change(change) for change in body["changes"]))


def _change(body: Mapping[str, Any]) -> Change:
    return Change(**{**body, "missing": tuple(body["missing"])})


def _pull(body: Mapping[str, Any]) -> Pull:
    return Pull(_maybe_text(body["cursor"]), _mapping(body["scope"]))


def _ready(body: Mapping[str, Any]) -> Ready:
    account = _mapping(body["account"])
    words = frozenset(_text(word) for word in body["capabilities"])
    return Ready(words, Account(_text(account["id"]), _text(account["label"])))


def _result(body: Mapping[str, Any]) -> Result:
    status = _one_of(body["status"], get_args(Status))
    return Result(_text(body["op_id"]), status, _text(body["external_id"]), _text(body["detail"]))


def _page(body: Mapping[str, Any]) -> Page:
    return Page(tuple(_lead(lead) for lead in body["leads"]), _maybe_text(body["cursor"]), bool(body["more"]))


def _lead(body: Mapping[str, Any]) -> RemoteLead:
    return RemoteLead(
        _text(body["external_id"]),
        _text(body["object_type"]),
        _text(body["updated_at"]),
        bool(body["deleted"]),
        _mapping(body["fields"]),
        _mapping(body["raw"]),
    )


def _failed(body: Mapping[str, Any]) -> Failed:
    after = body["retry_after"]
    return Failed(
        _one_of(body["kind"], get_args(Kind)),
        _text(body["message"]),
        {name: _text(value) for name, value in _mapping(body["params"]).items()},
        _maybe_text(body["op_id"]),
        None if after is None else float(after),
    )


def _done(body: Mapping[str, Any]) -> Done:
    return Done()


_NAMES: Final[Mapping[type, str]] = {
    Open: "open",
    Fire: "fire",
    Push: "push",
    Pull: "pull",
    Ready: "ready",
    Result: "result",
    Page: "page",
    Failed: "failed",
    Done: "done",
}
_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Message]]] = {
    "open": _open,
    "fire": _fire,
    "push": _push,
    "pull": _pull,
    "ready": _ready,
    "result": _result,
    "page": _page,
    "failed": _failed,
    "done": _done,
}
