"""What the supervisor and the child that runs an adapter say to each other: one JSON object a line.

The supervisor sends `Open` once, then `Push`, `Pull`, `Lookup` and `Tidy` (or what is in `asking`); the child answers
`Ready`, then for each of them results, pages or findings and `Done`. `Failed` with an op_id is about that change;
without one it is the last thing that the child says, but for `Used`, which comes before `Ready`, `Done` and that. A
plugin's code is on the other side: everything is checked on the way in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from leadq.plugins.sdk import (
    Account,
    Activity,
    Change,
    Deal,
    DealState,
    Found,
    FoundState,
    Page,
    Ref,
    RemoteLead,
    Result,
    SlaEvent,
    Status,
)
from leadq.raw import Raw, as_text
from leadq.sync import asking, delivering, exchanging, fetching
from leadq.sync.checks import mapping as _mapping
from leadq.sync.checks import maybe_text as _maybe_text
from leadq.sync.checks import one_of as _one_of
from leadq.sync.checks import text as _text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

VERSION: Final = 1
APART: Final = b"\x1f"
"""What JSON never holds as it is: it stands before each record that came."""

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
    "guard",
    "stopped",
]
"""What went wrong: the plugin does not load; the six typed errors; any other exception; and what only the
supervisor can see: the child died, did not end in time, or did not speak this protocol; `guard`: so many leads are
gone that a person must say so first; `stopped`: the sync itself was ended, and gave no further command."""


@dataclass(frozen=True, slots=True)
class Open:
    """Load this adapter and give it its settings; `check`: look whether the connection works.

    The child holds the lock file `lock` and ends itself after `timeout_s`: if the supervisor is killed, a
    child that is still writing can neither meet its successor nor outlive its time. `account` is what the last check
    found, `budget` what was spent of the limits (`limits.Budget.saved`) and how many seconds ago that was saved;
    `rate_share` is this laptop's part of them. In a `dry_run` nothing is written.
    """

    adapter: str
    options: Mapping[str, Any]
    lock: str
    timeout_s: float
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    check: bool = True
    account: str = ""
    rate_share: float = 1.0
    budget: Sequence[Sequence[Sequence[float]]] = field(default_factory=list)
    away_s: float = 0.0
    dry_run: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, Sequence[str]] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)


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
class Lookup:
    """Read these leads by their ids."""

    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Tidy:
    """Leave one timeline entry of this op."""

    external_id: str
    op_id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The adapter is loaded, and its account answered if that was asked. `settle_s` and `poll_s`: see `sdk.Adapter`."""

    capabilities: frozenset[str]
    account: Account | None = None
    settle_s: float = 90.0
    poll_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Used:
    """What this child has used so far: requests, what is spent of its limits, the server's clock minus ours."""

    requests: int = 0
    skew_ms: int | None = None
    budget: Sequence[Sequence[Sequence[float]]] = field(default_factory=list)
    left: float | None = None


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


_Beside = asking.Asking | delivering.Deliver | exchanging.Exchanging | fetching.Fetch | fetching.Fetched
Message = Open | Fire | Push | Pull | Lookup | Tidy | Ready | Used | Result | Page | Found | Failed | Done | _Beside


class ProtocolError(Exception):
    """A line that is not a message."""


def encode(message: Message) -> bytes:
    """`message` as one line, ASCII only so that no character of a lead's name can break it.

    Records as they came follow it, each after an `APART`: nobody on the way has to read them.
    """
    body = {"v": VERSION, "type": _NAMES[type(message)], **_shape(message)}
    leads: Sequence[RemoteLead] = ()
    if isinstance(message, Page):
        leads = message.leads
        body["leads"] = list(map(_lead_shape, leads))  # the encoder asking about each costs a tenth more
    elif isinstance(message, Found) and message.lead:
        leads = (message.lead,)
    line = json.dumps(body, default=_plain, separators=(",", ":")).encode("ascii")
    return APART.join((line, *(as_text(lead.raw).encode("ascii") for lead in leads))) + b"\n"


def decode(line: bytes) -> Message:
    """The message in `line`. Raises ProtocolError."""
    try:
        first, *records = line.split(APART)
        body = json.loads(first)
        if body["v"] != VERSION:
            raise ProtocolError(f"version {body['v']!r}")
        for lead, record in zip(body.get("leads") or filter(None, (body.get("lead"),)), records, strict=True):
            lead["raw"] = Raw(record.decode())
        return _READERS[body["type"]](body)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProtocolError(f"{type(error).__name__}: {error}") from error


def _plain(value: object) -> dict[str, Any] | list[Any] | str:
    """What JSON has no word for: our own shapes, a set of words, and the dates that a settings file may hold."""
    if is_dataclass(value):
        return _lead_shape(value) if isinstance(value, RemoteLead) else _shape(value)
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _shape(value: object) -> dict[str, Any]:
    """The fields of one of ours. Not `asdict`: that copies what is below too, and most of a page would be copies."""
    names = _FIELDS.get(type(value))
    if names is None:
        names = _FIELDS[type(value)] = tuple(each.name for each in fields(value))  # type: ignore[arg-type]
    return {name: getattr(value, name) for name in names}


def _lead_shape(lead: RemoteLead) -> dict[str, Any]:
    """All but the record as it came."""
    return {
        "external_id": lead.external_id, "object_type": lead.object_type, "updated_at": lead.updated_at,
        "deleted": lead.deleted, "fields": lead.fields, "formerly": lead.formerly, "stamp": lead.stamp,
    }  # fmt: skip


def _open(body: Mapping[str, Any]) -> Open:
    return Open(
        _text(body["adapter"]),
        _mapping(body["options"]),
        _text(body["lock"]),
        float(body["timeout_s"]),
        _mapping(body["secrets"]),
        check=bool(body["check"]),
        account=_text(body["account"]),
        rate_share=float(body["rate_share"]),
        budget=body["budget"],
        away_s=float(body["away_s"]),
        dry_run=bool(body["dry_run"]),
        fields=_mapping(body["fields"]),
        states=_mapping(body["states"]),
        members=_mapping(body["members"]),
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


def _lookup(body: Mapping[str, Any]) -> Lookup:
    return Lookup(tuple(Ref(**ref) for ref in body["refs"]))


def _tidy(body: Mapping[str, Any]) -> Tidy:
    return Tidy(_text(body["external_id"]), _text(body["op_id"]))


def _ready(body: Mapping[str, Any]) -> Ready:
    words = frozenset(_text(word) for word in body["capabilities"])
    account = None if body["account"] is None else _mapping(body["account"])
    found = Account(_text(account["id"]), _text(account["label"])) if account else None
    return Ready(words, found, float(body["settle_s"]), float(body["poll_s"]))


def _used(body: Mapping[str, Any]) -> Used:
    skew_ms, left = body["skew_ms"], body["left"]
    budget = [[[float(age), float(cost)] for age, cost in window] for window in body["budget"]]
    return Used(
        int(body["requests"]), None if skew_ms is None else int(skew_ms), budget, None if left is None else float(left)
    )


def _result(body: Mapping[str, Any]) -> Result:
    status = _one_of(body["status"], get_args(Status))
    return Result(
        _text(body["op_id"]), status, _text(body["external_id"]), _text(body["detail"]), _text(body["updated_at"])
    )


def _page(body: Mapping[str, Any]) -> Page:
    return Page(
        tuple(map(_lead_or_nobody, body["leads"])),
        _maybe_text(body["cursor"]),
        bool(body["more"]),
        tuple(map(_activity, body["activities"])),
        tuple(map(_deal, body["deals"])),
    )


def _lead_or_nobody(body: Mapping[str, Any]) -> RemoteLead:
    """One record that nobody can make sense of does not keep the others of its page from coming in."""
    try:
        return _lead(body)
    except (ValueError, KeyError, TypeError):
        return RemoteLead("")


def _lead(body: Mapping[str, Any]) -> RemoteLead:
    found = body["external_id"]
    return RemoteLead(
        str(found) if type(found) is int else _text(found),
        _text(body["object_type"]),
        _text(body["updated_at"]),
        bool(body["deleted"]),
        _mapping(body["fields"]),
        body["raw"],
        tuple(map(_text, body["formerly"])),
        _text(body["stamp"]),
    )


def _activity(body: Mapping[str, Any]) -> Activity:
    activity = Activity(**body)
    for name, value in body.items():
        if name not in ("inbound", "human"):
            _text(value)
    return activity


def _deal(body: Mapping[str, Any]) -> Deal:
    deal = Deal(**body)
    _one_of(deal.state, get_args(DealState))
    for value in body.values():
        _text(value)
    return deal


def _found(body: Mapping[str, Any]) -> Found:
    lead, markers = body["lead"], body["markers"]
    return Found(
        _text(body["external_id"]),
        _one_of(body["state"], get_args(FoundState)),
        _text(body["moved_to"]),
        None if lead is None else _lead(lead),
        None if markers is None else tuple(map(_text, markers)),
        _text(body["last_op"]),
        _text(body["stamp"]),
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


_FIELDS: Final[dict[type, tuple[str, ...]]] = {}
_NAMES: Final[Mapping[type, str]] = {
    Open: "open",
    Fire: "fire",
    Push: "push",
    Pull: "pull",
    Lookup: "lookup",
    Tidy: "tidy",
    Ready: "ready",
    Used: "used",
    Result: "result",
    Page: "page",
    Found: "found",
    Failed: "failed",
    Done: "done",
    **asking.NAMES,
    **delivering.NAMES,
    **exchanging.NAMES,
    **fetching.NAMES,
}
_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Message]]] = {
    "open": _open,
    "fire": _fire,
    "push": _push,
    "pull": _pull,
    "lookup": _lookup,
    "tidy": _tidy,
    "ready": _ready,
    "used": _used,
    "result": _result,
    "page": _page,
    "found": _found,
    "failed": _failed,
    "done": _done,
    **asking.READERS,
    **delivering.READERS,
    **exchanging.READERS,
    **fetching.READERS,
}
