"""An adapter as its author would write it: for the API of `FakeCRM`, with the SDK's shapes and the client it is given.

One outcome is one PATCH of the record (what, why, and who said so: safe to send twice) and, with a note, one entry on
the timeline (not safe to send twice, hence its last line, `leadq:<op_id>`, by which it is found again).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote

from leadq.plugins.sdk import (
    N_,
    Account,
    Activity,
    AdapterError,
    Answer,
    Change,
    Context,
    Found,
    FoundState,
    Gone,
    Login,
    Option,
    Page,
    Ref,
    Rejected,
    RemoteLead,
    Result,
    Transient,
)

OVERLAP_MS: Final = 600_000
"""How far behind the service's index may be: a pull begins so long before the end of the one before."""


_OURS: Final = frozenset({"leadq_last_op", "leadq_stamp", "leadq_reason"})


class Rest:
    """With the option `batch` several records go in one request."""

    name: ClassVar[str] = "rest"
    api_version: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[str]] = frozenset({"push", "pull", "lookup", "tidy", "upserts"})
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", N_("Address of the CRM"), required=True),
        Option("token", N_("Token of the CRM"), required=True, secret=True),
        Option("batch", N_("Records in one request")),
        Option("activities", N_("Whether to fetch what others did: one request more each time")),
    )

    @classmethod
    def login(cls, context: Context) -> Login:
        """The token goes into every request's header."""
        return Login(context.options["url"], {"authorization": f"Bearer {context.secrets['token']}"})

    def __init__(self, context: Context) -> None:
        self._http = context.http
        self._batch = int(context.options.get("batch", 0))
        self._with_activities = bool(context.options.get("activities"))
        self._me = context.account

    def check(self) -> Account:
        """Who we are there."""
        me = _mapping(self._http.get("/me").data)
        if not me.get("id"):
            raise Transient(N_("The service answered without {what}."), what="id")
        self._me = str(me["id"])
        return Account(self._me, str(me.get("name", "")))

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        """Our open leads from `cursor` on, by (updated_ms, id): a place in the order, not a page number."""
        since_ms, after = _place(cursor)
        began_ms = 0
        while True:
            answer = self._http.get("/leads", {"since_ms": since_ms, "after": after})
            began_ms = began_ms or _server_ms(answer)
            listed = _mapping(answer.data)
            rows = listed.get("items")
            if not isinstance(rows, list):
                raise Transient(N_("The service answered without {what}."), what="items")
            leads = tuple(map(_lead_or_nobody, rows))
            more = bool(listed.get("next")) and bool(rows)
            if more:
                since_ms, after = _forward((since_ms, after), rows)
                yield Page(leads, json.dumps([since_ms, after]), more)
            else:
                yield Page(leads, json.dumps([max(0, began_ms - OVERLAP_MS), ""]), more, self._activities(began_ms))
                return

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """One result for each change whose fate is known."""
        if self._batch > 1:
            yield from self._push_together(changes)
            return
        for change in changes:
            with self._http.change():
                updated_ms = 0
                if change.sets:
                    answer = self._http.patch(_path(change.external_id), {"properties": _properties(change)})
                    updated_ms = int(_mapping(answer.data).get("updated_ms") or 0)
                self._add(change)
            yield Result(change.op_id, "applied", change.external_id, updated_at=_iso(updated_ms))

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found]:
        """Each lead by its id, never through a list: lists are behind."""
        plain = [ref.external_id for ref in refs if not ref.markers] if self._batch > 1 else []
        for start in range(0, len(plain), self._batch or 1):
            yield from self._look_together(plain[start : start + self._batch])
        for ref in refs:
            if ref.external_id not in plain and (found := self._looked(ref)):
                yield found

    def tidy(self, external_id: str, op_id: str) -> None:
        """The timeline is in the order in which it was written: all but the first entry of the op go."""
        same = [note for note in self._notes(external_id) if marker_in(str(note.get("text", ""))) == op_id]
        for note in same[1:]:
            self._http.delete(f"{_path(external_id)}/notes/{quote(str(note['id']), safe='')}")

    def _activities(self, began_ms: int) -> tuple[Activity, ...]:
        """What colleagues and prospects did lately; empty for a service that does not say the time."""
        if not (began_ms and self._with_activities):
            return ()
        listed = self._http.get("/activities", {"since_ms": max(0, began_ms - 6 * OVERLAP_MS)}).data
        return tuple(map(_activity, _list(listed, "items")))

    def _looked(self, ref: Ref) -> Found | None:
        """None for a record that makes no sense: it must not keep the others from being looked up."""
        try:
            found = self._found(ref.external_id, self._http.get(_path(ref.external_id)).data)
            return _with(found, self._notes(ref.external_id)) if found and ref.markers else found
        except Gone:
            return Found(ref.external_id, "deleted")
        except Rejected:
            return Found(ref.external_id, "forbidden")

    def _look_together(self, ids: Sequence[str]) -> Iterator[Found]:
        rows = _list(self._http.get("/leads", {"ids": ",".join(ids)}).data, "items")
        known = {str(row["asked"]): row for row in rows if isinstance(row, dict) and "asked" in row}
        for external_id in ids:
            row = known.get(external_id)
            found = self._found(external_id, row) if row else Found(external_id, "deleted")
            if found:
                yield found

    def _found(self, external_id: str, row: Any) -> Found | None:
        lead = _lead_or_nobody(row)
        if not lead.external_id:
            return None
        moved_to = str(row.get("moved_to") or (lead.external_id if lead.external_id != external_id else ""))
        return Found(
            external_id=external_id,
            state="merged" if moved_to else self._state(row),
            moved_to=moved_to,
            lead=lead,
            last_op=str(_mapping(row.get("properties") or {}).get("leadq_last_op") or ""),
            stamp=lead.stamp,
        )

    def _state(self, row: Mapping[str, Any]) -> FoundState:
        if not self._me:
            self.check()
        state: FoundState = row.get("state", "open")
        return "reassigned" if state == "open" and row.get("owner") != self._me else state

    def _notes(self, external_id: str) -> list[Mapping[str, Any]]:
        rows = _list(self._http.get(f"{_path(external_id)}/notes").data, "items")
        return [row for row in rows if isinstance(row, dict)]

    def _add(self, change: Change) -> None:
        if change.adds:
            text = f"{change.verb} {change.reason}\n{change.note}\n{change.marker}"
            self._http.post(f"{_path(change.external_id)}/notes", {"text": text})

    def _push_together(self, changes: Sequence[Change]) -> Iterator[Result]:
        """Batches. What the answer does not name gets no result: it is unknown, not done and not refused.

        A lead is in a batch once: its results are told apart by its id.
        """
        for batch in _batches(changes, self._batch):
            inputs = [{"id": each.external_id, "properties": _properties(each)} for each in batch if each.sets]
            data = self._http.post("/leads/batch", {"inputs": inputs}).data if inputs else []
            told = {str(each.get("id")): each for each in _results(data)}
            for change in batch:
                if not change.sets:
                    yield from self._rest_of(change, {"success": True})
                elif change.external_id in told:
                    yield from self._rest_of(change, told[change.external_id])

    def _rest_of(self, change: Change, told: Mapping[str, Any]) -> Iterator[Result]:
        """A change whose record was written is done once its entry is; one in doubt leaves it without a result."""
        if not told.get("success"):
            yield Result(change.op_id, "rejected", change.external_id, str(told.get("message", "")))
            return
        try:
            self._add(change)
        except (Gone, Rejected) as error:
            if not change.sets:  # nothing else was to be written, and this surely was not
                yield Result(change.op_id, "rejected", change.external_id, str(error))
            return
        except AdapterError:
            return
        updated_at = _iso(int(told.get("updated_ms") or 0))
        yield Result(change.op_id, "applied", change.external_id, updated_at=updated_at)


def marker_in(text: str) -> str:
    """The op id in the last line of a note; empty when it is none of ours."""
    last = text.rstrip().rpartition("\n")[2]
    return last.removeprefix("leadq:") if last.startswith("leadq:") else ""


def _properties(change: Change) -> dict[str, Any]:
    """What to set. Sent again it sets the same."""
    always = {"leadq_last_op": change.op_id, "leadq_reason": change.reason}
    asked = {"leadq_answer": ""} if change.quality is not None else {}  # a verdict waits for an answer of its own
    return {"status": change.status, "leadq_stamp": change.stamp, **always, **asked} if change.status else always


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


def _place(cursor: str | None) -> tuple[int, str]:
    """Where a cursor of ours points; the beginning for any other."""
    try:
        since_ms, after = json.loads(cursor or "")
    except (ValueError, TypeError):
        return 0, ""
    return (since_ms, after) if type(since_ms) is int and type(after) is str else (0, "")


def _forward(place: tuple[int, str], rows: Sequence[Any]) -> tuple[int, str]:
    """The place of the last row that has one. Raises Transient when that is not further on: there would be no end."""
    places = [
        (row["updated_ms"], str(row["id"]))
        for row in rows
        if isinstance(row, dict) and row.get("id") and type(row.get("updated_ms")) is int
    ]
    if not places or places[-1] <= tuple(place):
        raise Transient(N_("The service answered without {what}."), what="progress")
    return places[-1]


def _lead_or_nobody(row: Any) -> RemoteLead:
    """A row of a list; one that makes no sense is given without an id, and counted."""
    try:
        return _lead(row)
    except (Transient, ValueError, TypeError, OverflowError, OSError):
        return RemoteLead("")


def _lead(row: Any) -> RemoteLead:
    """Ids are text whatever they came as; what has no id cannot be talked about."""
    record = _mapping(row)
    if record.get("id") in (None, ""):
        raise Transient(N_("The service answered without {what}."), what="id")
    properties = _mapping(record.get("properties") or {})
    fields = dict(properties)
    for name in _OURS:
        fields.pop(name, None)
    return RemoteLead(
        external_id=str(record["id"]),
        updated_at=_iso(int(record.get("updated_ms") or 0)),
        deleted=record.get("state") == "deleted",
        fields=fields,
        raw=record,
        formerly=tuple(map(str, _list(record, "merged_ids"))),
        stamp=str(properties.get("leadq_stamp") or ""),
    )


def _activity(row: Any) -> Activity:
    record = _mapping(row)
    return Activity(
        id=str(record["id"]),
        lead=str(record["lead"]),
        channel=str(record["channel"]),
        outcome=str(record["outcome"]),
        occurred_at=_iso(int(record["at_ms"])),
        inbound=bool(record["inbound"]),
        actor=str(record.get("by") or ""),
        note=str(record.get("text") or ""),
    )


def _with(found: Found, notes: Sequence[Mapping[str, Any]]) -> Found:
    markers = tuple(marker for note in notes if (marker := marker_in(str(note.get("text", "")))))
    return replace(found, markers=markers)


def _server_ms(answer: Answer) -> int:
    """When the service answered, by its own clock; 0 when it does not say."""
    try:
        return int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp()) * 1000
    except (ValueError, TypeError):
        return 0


def _iso(ms: int) -> str:
    """Milliseconds UTC as text; empty for 0."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")[:23] + "Z" if ms else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Transient(N_("The service answered without {what}."), what="an object")
    return value
