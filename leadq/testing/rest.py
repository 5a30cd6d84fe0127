"""An adapter as its author would write it: for the API of `FakeCRM`, with the SDK's shapes and the client it is given.

One outcome is one PATCH of the record (what, why, and who said so: safe to send twice) and, with a note, one entry on
the timeline (not safe to send twice, hence its last line, `leadq:<op_id>`, by which it is found again).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Literal, Protocol
from urllib.parse import quote

from leadq.plugins.sdk import (
    N_,
    Account,
    AdapterError,
    Change,
    Context,
    Gone,
    Option,
    Page,
    Rejected,
    RemoteLead,
    Result,
    Transient,
)

STATUS: Final[Mapping[str, str]] = {
    "accept": "accepted",
    "reject": "rejected",
    "disqualify": "rejected",
    "touch": "working",
    "qualify": "qualified",
    "recycle": "recycled",
}
"""The verb's value on the record; a verb that is not here only leaves its stamp."""

FoundState = Literal["open", "reassigned", "archived", "converted", "merged", "deleted", "forbidden"]


class Answered(Protocol):
    """What the client gives back."""

    @property
    def data(self) -> Any: ...


class Client(Protocol):
    """The part of `leadq.sync.http.Http` that an adapter needs."""

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> Answered: ...
    def post(self, path: str, document: Any) -> Answered: ...
    def patch(self, path: str, document: Any) -> Answered: ...
    def change(self) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What a read by id shows: where the lead is now, and which of our ops are on it.

    `markers` are the op ids of the notes there, as often as they are there; `last_op` and `stamp` are on the record.
    """

    external_id: str
    state: FoundState
    moved_to: str = ""
    lead: RemoteLead | None = None
    markers: tuple[str, ...] = ()
    last_op: str = ""
    stamp: str = ""


class Rest:
    """`http` is what leadq hands in; with the option `batch` several records go in one request."""

    name: ClassVar[str] = "rest"
    api_version: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[str]] = frozenset({"push", "pull", "lookup"})
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", N_("Address of the CRM"), required=True),
        Option("token", N_("Token of the CRM"), required=True, secret=True),
        Option("batch", N_("Records in one request")),
    )

    def __init__(self, context: Context, http: Client) -> None:
        self._http = http
        self._batch = int(context.options.get("batch", 0))
        self._me = ""

    def check(self) -> Account:
        """Who we are there."""
        me = _mapping(self._http.get("/me").data)
        self._me = str(me.get("id", ""))
        return Account(self._me, str(me.get("name", "")))

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        """Our open leads from `cursor` on, by (updated_ms, id): a place in the order, not a page number."""
        since_ms, after = json.loads(cursor) if cursor else (0, "")
        while True:
            listed = _mapping(self._http.get("/leads", {"since_ms": since_ms, "after": after}).data)
            rows = listed.get("items")
            if not isinstance(rows, list):
                raise Transient(N_("The service answered without {what}."), what="items")
            leads = tuple(map(_lead, rows))
            more = bool(listed.get("next")) and bool(rows)
            if rows:
                since_ms, after = _forward((since_ms, after), rows[-1])
            yield Page(leads, json.dumps([since_ms, after]), more)
            if not more:
                return

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """One result for each change whose fate is known."""
        if self._batch > 1:
            yield from self._push_together(changes)
            return
        for change in changes:
            with self._http.change():
                self._http.patch(_path(change.external_id), {"properties": _properties(change)})
                self._note(change)
            yield Result(change.op_id, "applied", change.external_id)

    def lookup(self, external_ids: Sequence[str]) -> Iterator[Found]:
        """Each lead by its id, never through a list: lists are behind."""
        for external_id in external_ids:
            try:
                yield self._look(external_id)
            except Gone:
                yield Found(external_id, "deleted")
            except Rejected:
                yield Found(external_id, "forbidden")

    def _look(self, external_id: str) -> Found:
        row = _mapping(self._http.get(_path(external_id)).data)
        lead = _lead(row)
        notes = _mapping(self._http.get(f"{_path(lead.external_id)}/notes").data).get("items") or []
        moved_to = str(row.get("moved_to") or (lead.external_id if lead.external_id != external_id else ""))
        return Found(
            external_id=external_id,
            state="merged" if moved_to else self._state(row),
            moved_to=moved_to,
            lead=lead,
            markers=tuple(marker for note in notes if (marker := marker_in(str(_mapping(note).get("text", ""))))),
            last_op=str(lead.fields.get("leadq_last_op") or ""),
            stamp=str(lead.fields.get("leadq_stamp") or ""),
        )

    def _state(self, row: Mapping[str, Any]) -> FoundState:
        if self._me and row.get("owner") != self._me:
            return "reassigned"
        state: FoundState = row.get("state", "open")
        return state

    def _note(self, change: Change) -> None:
        if change.note:
            self._http.post(f"{_path(change.external_id)}/notes", {"text": f"{change.note}\nleadq:{change.op_id}"})

    def _push_together(self, changes: Sequence[Change]) -> Iterator[Result]:
        """Batches. What the answer does not name gets no result: it is unknown, not done and not refused.

        A lead is in a batch once: its results are told apart by its id.
        """
        for batch in _batches(changes, self._batch):
            inputs = [{"id": each.external_id, "properties": _properties(each)} for each in batch]
            told = {
                str(each.get("id")): each for each in _results(self._http.post("/leads/batch", {"inputs": inputs}).data)
            }
            for change in batch:
                if change.external_id in told:
                    yield from self._rest_of(change, told[change.external_id])

    def _rest_of(self, change: Change, told: Mapping[str, Any]) -> Iterator[Result]:
        """A change whose record was written is done once its note is; a note in doubt leaves it without a result."""
        if not told.get("success"):
            yield Result(change.op_id, "rejected", change.external_id, str(told.get("message", "")))
            return
        try:
            self._note(change)
        except AdapterError:
            return
        yield Result(change.op_id, "applied", change.external_id)


def marker_in(text: str) -> str:
    """The op id in the last line of a note; empty when it is none of ours."""
    last = text.rstrip().rpartition("\n")[2]
    return last.removeprefix("leadq:") if last.startswith("leadq:") else ""


def _properties(change: Change) -> dict[str, Any]:
    """What to set. Sent again it sets the same."""
    stamped = {"leadq_last_op": change.op_id, "leadq_stamp": change.stamp, "leadq_reason": change.reason}
    return {"status": STATUS[change.verb], **stamped} if change.verb in STATUS else stamped


def _batches(changes: Sequence[Change], size: int) -> Iterator[list[Change]]:
    batch: list[Change] = []
    for change in changes:
        if len(batch) >= size or change.external_id in {each.external_id for each in batch}:
            yield batch
            batch = []
        batch.append(change)
    if batch:
        yield batch


def _results(data: Any) -> list[Mapping[str, Any]]:
    """Each item of a batch's answer, good and bad, in the two forms that CRMs have for it."""
    rows = data if isinstance(data, list) else [*_list(data, "results"), *_list(data, "errors")]
    return [row for row in rows if isinstance(row, dict)]


def _list(data: Any, name: str) -> list[Any]:
    found = data.get(name) if isinstance(data, dict) else None  # raising here would deny what was just written
    return found if isinstance(found, list) else []


def _path(external_id: str) -> str:
    if not external_id:
        raise Rejected("external_id", N_("There is no id of the lead at the other end."))
    return f"/leads/{quote(external_id, safe='')}"


def _forward(place: tuple[int, str], row: Any) -> tuple[int, str]:
    """The place of the last row. Raises Transient when that is not further on: the pull would never end."""
    found = int(_mapping(row).get("updated_ms") or 0), str(_mapping(row).get("id"))
    if found <= tuple(place):
        raise Transient(N_("The service answered without {what}."), what="progress")
    return found


def _lead(row: Any) -> RemoteLead:
    """Ids are text whatever they came as; what has no id cannot be talked about."""
    record = _mapping(row)
    if record.get("id") in (None, ""):
        raise Transient(N_("The service answered without {what}."), what="id")
    seconds = int(record.get("updated_ms") or 0) // 1000
    return RemoteLead(
        external_id=str(record["id"]),
        updated_at=datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + "Z",
        deleted=record.get("state") == "deleted",
        fields=_mapping(record.get("properties") or {}),
        raw=record,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Transient(N_("The service answered without {what}."), what="an object")
    return value
