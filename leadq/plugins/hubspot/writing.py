"""Changes out: records in batches, then the notes of those that have one, also in batches.

A batch may answer 200, 207 with errors among the results, or refuse all of it for one bad row (HubSpot's Python client,
issue 51): then it is halved until the bad row is alone. What an answer does not name has no result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from leadq.plugins.hubspot.portal import BATCH, Portal, Record, is_id, mapping, rows
from leadq.plugins.hubspot.reading import Reader, marker_in
from leadq.plugins.sdk import (
    N_,
    AdapterError,
    AuthFailed,
    Change,
    Conflict,
    Gone,
    RateLimited,
    Rejected,
    Result,
    Transient,
)

_NOTE: Final = 65_000
"""Characters: a note's body ends at 65,536, and the marker is at its end."""

_NOTE_TO_CONTACT: Final = 202
_GONE: Final = N_("The record is not there any more.")
_NOBODY: Final = "\n" + N_("There is no id of the lead at the other end.")
_PASSING: Final = frozenset({"RATE_LIMITS", "LOCKED"})
"""Categories of an item's error that say «not this time»."""

_UNCLEAR: Final = frozenset({"INTERNAL_ERROR", "SERVICE_UNAVAILABLE"})
"""Categories of an item's error after which nobody knows."""

_VERDICTS: Final = frozenset({"reject", "disqualify", "recycle", "qualify", "pause", "ae-return"})
"""Verbs whose `reason` is a coded reason: a touch has its outcome there, and an assignment a member."""

Answered = dict[str, Record | str | None]
"""By op id the record that was written, or why it was not; None for what is in doubt."""


class HalfDone(AdapterError):
    """Records are written, and their notes are not: neither «applied» nor «not applied» is true of their changes."""

    def __init__(self, error: AdapterError) -> None:
        super().__init__(error.message, **error.params)
        self.retry_after: float | None = getattr(error, "retry_after", None)


class _Work:
    """What a push still has to do. `noted`: what is on the record, and has no note yet."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.unsent = {change.op_id: change for change in changes}
        self.noted: dict[str, tuple[Change, Result]] = {}
        self.doubtful = False

    @property
    def is_half_done(self) -> bool:
        """Whether something that has no result may be there all the same."""
        return self.doubtful or any(change.sets for change, _ in self.noted.values())

    def not_sent(self) -> list[Change]:
        """What surely is not there."""
        return [*self.unsent.values(), *(change for change, _ in self.noted.values() if not change.sets)]


class Writer:
    """The pushes of one run."""

    def __init__(self, portal: Portal, reader: Reader) -> None:
        self._portal = portal
        self._settings = portal.settings
        self._untouched = reader.untouched
        self._link: Mapping[str, Any] | None = None

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """A result for each change whose fate is known. See `sdk.Pushes`."""
        work = _Work(changes)
        try:
            for batch in _together(changes):
                yield from self._records(work, batch)
                while len(work.noted) >= BATCH:
                    yield from self._notes(work)
            while work.noted:
                yield from self._notes(work)
        except (AuthFailed, RateLimited, Transient, Rejected, Gone) as error:
            if not work.is_half_done:
                raise _of_none(error) from error
            for change in work.not_sent():
                yield Result(change.op_id, "retry", change.external_id, str(error))
            raise HalfDone(error) from error

    def _records(self, work: _Work, batch: Sequence[Change]) -> Iterator[Result]:
        """Write the records of a batch; a change that has a note too waits for that."""
        writing = {each.op_id: each for each in batch if each.sets and is_id(each.external_id)}
        for change in batch:
            if change.op_id not in writing:
                yield from self._told(work, change, {} if is_id(change.external_id) else _NOBODY)
        if not writing:
            return
        path = self._portal.object(self._settings.object, "batch", "update")
        for answered in self._sent(path, {op_id: self._input(each) for op_id, each in writing.items()}):
            for op_id, said in answered.items():
                yield from self._told(work, writing[op_id], said)

    def _told(self, work: _Work, change: Change, said: Record | str | None) -> Iterator[Result]:
        del work.unsent[change.op_id]
        if said is None:
            work.doubtful = True
            return
        result = _result(change, said)
        if result.status == "applied" and change.adds and self._settings.with_notes:
            work.noted[change.op_id] = change, result
        else:
            yield result

    def _notes(self, work: _Work) -> Iterator[Result]:
        """Write the first hundred notes that wait.

        A record that is written and a note that is refused leave the change without a result: leadq then finds the
        record as it should be, and sends only the note, whose refusal is all that there is to say.
        """
        part = dict(list(work.noted.items())[:BATCH])
        path = self._portal.object("notes", "batch", "create")
        for answered in self._sent(path, {op_id: self._note(change) for op_id, (change, _) in part.items()}):
            for op_id, said in answered.items():
                change, result = work.noted.pop(op_id)
                if isinstance(said, str) and not change.sets:
                    yield _result(change, said)
                elif said is None or isinstance(said, str):
                    work.doubtful = True
                else:
                    yield result

    def _sent(self, path: str, inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[Answered]:
        """Send a batch; one that is refused as a whole in halves, until the bad row is alone."""
        told = [{**each, "objectWriteTraceId": op_id} for op_id, each in inputs.items()]
        try:
            data = self._portal.http.post(path, {"inputs": told}).data
        except Gone as error:
            sentence = N_("HubSpot does not know the address of its version {version}.")
            raise Transient(sentence, version=self._settings.version) from error
        except (Rejected, Conflict) as error:
            if len(inputs) == 1:
                yield dict.fromkeys(inputs, f"\n{error}")
                return
            names, middle = list(inputs), len(inputs) // 2
            for half in (names[:middle], names[middle:]):
                yield from self._sent(path, {name: inputs[name] for name in half})
            return
        yield _answered(data, inputs)

    def _input(self, change: Change) -> dict[str, Any]:
        """By id only: what was upserted by e-mail could not be looked at when its answer is lost."""
        return {"id": change.external_id, "properties": self._properties(change)}

    def _properties(self, change: Change) -> dict[str, str]:
        """What to set. Sent again it sets the same; an empty text clears a property."""
        told = {"leadq_last_op": change.op_id}
        if change.status:
            told |= {"leadq_outcome": change.status, "leadq_stamp": change.stamp}
            if change.quality is not None:
                told["leadq_answer"] = ""  # a verdict waits for an answer of its own
            if value := self._portal.states.value(change.status):
                told[self._settings.status] = value
        if change.status or change.verb in _VERDICTS:
            coded = change.reason if change.verb in _VERDICTS else ""
            quality = "" if change.quality is None else str(change.quality)
            told |= {"leadq_reason": coded, "leadq_quality": quality, "leadq_missing": ";".join(change.missing)}
        if change.verb == "touch" and change.external_id in self._untouched:
            told["leadq_first_touch_at"] = change.occurred_at
        if change.verb == "assign" and change.reason in self._settings.members:
            told["hubspot_owner_id"] = self._settings.members[change.reason]
        return told

    def _note(self, change: Change) -> dict[str, Any]:
        """A note, tied to its lead as it is created: one that was to be tied afterwards could be left alone."""
        lines = [f"{change.verb} {change.reason}".strip(), *change.note[:_NOTE].splitlines()]
        body = "<br>".join(escape(line, quote=False) for line in lines)[:_NOTE]
        properties = {"hs_timestamp": change.occurred_at, "hs_note_body": f"{body}<br>{change.marker}"}
        if author := self._settings.members.get(change.actor):
            properties["hubspot_owner_id"] = author
        tie = {"to": {"id": change.external_id}, "types": [self._tie()]}
        return {"properties": properties, "associations": [tie]}

    def _tie(self) -> Mapping[str, Any]:
        """The kind of tie between a note and a lead; what it is for the Leads object, the account says."""
        if self._settings.object == "contacts":
            return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _NOTE_TO_CONTACT}
        if self._link is None:
            kinds = rows(self._portal.http.get(self._portal.links("notes", self._settings.object, "labels")).data)
            if not kinds:
                raise Transient(N_("The service answered without {what}."), what="typeId")
            own = next((each for each in kinds if each.get("category") == "HUBSPOT_DEFINED"), kinds[0])
            self._link = {"associationCategory": own.get("category"), "associationTypeId": own.get("typeId")}
        return self._link


def _of_none(error: AdapterError) -> AdapterError:
    """A refusal of what is asked beside the changes, such as a pipeline, is no change's own."""
    return Transient(error.message, **error.params) if isinstance(error, Rejected | Gone) else error


def _together(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Batches in which each record is once: HubSpot refuses one that has it twice."""
    batch: list[Change] = []
    keys: set[str] = set()
    for change in changes:
        if len(batch) >= BATCH or change.external_id in keys:
            yield batch
            batch, keys = [], set()
        batch.append(change)
        keys.add(change.external_id)
    if batch:
        yield batch


def _result(change: Change, said: Record | str) -> Result:
    """The result that an answer is; a refusal is its category, a line end, and a sentence."""
    if isinstance(said, str):
        category, _, message = said.partition("\n")
        detail = _GONE if category == "OBJECT_NOT_FOUND" else message
        return Result(change.op_id, "retry" if category in _PASSING else "rejected", change.external_id, detail)
    return Result(change.op_id, "applied", change.external_id, updated_at=str(said.get("updatedAt") or ""))


def _answered(data: Any, inputs: Mapping[str, Mapping[str, Any]]) -> Answered:
    """What an answer says of each input: told apart by our trace id, else by the record's own id or the marker."""
    by_id = {str(each["id"]): op_id for op_id, each in inputs.items() if "id" in each}
    answered: Answered = dict.fromkeys(inputs)
    for error in rows(data, "errors"):
        said = f"{error.get('category') or ''}\n{error.get('message') or ''}"
        for name in _named(error):
            op_id = name if name in inputs else by_id.get(name, "")
            if op_id and error.get("category") not in _UNCLEAR:
                answered[op_id] = said
    for row in rows(data):
        properties = mapping(row.get("properties"))
        names = (row.get("objectWriteTraceId"), row.get("id"))
        found = [name if name in inputs else by_id.get(str(name), "") for name in names if name]
        op_id = next(filter(None, [*found, marker_in(properties.get("hs_note_body"))]), "")
        if op_id in inputs:
            answered[op_id] = row
    return answered


def _named(error: Record) -> Iterator[str]:
    """All that an item's error gives as its context: lists of ids under names that are not documented."""
    inner = [each for each in error.get("errors") or () if isinstance(each, dict)]
    for context in (each.get("context") for each in (error, *inner)):
        for value in mapping(context).values():
            yield from map(str, value if isinstance(value, list) else [value])
