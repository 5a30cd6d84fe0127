"""The records of a CRM as they really are, and the log of everything that was ever done to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from leadq.sync.ports import Ticks

State = Literal["open", "archived", "converted", "merged", "deleted"]
Kind = Literal["create", "set", "append", "remove", "state", "owner"]

ME: Final = "rep-1"
STATUSES: Final = (
    "new", "handed_off", "accepted", "working", "connected", "qualified", "recycled", "rejected", "disqualified",
)  # fmt: skip
OP_FIELD: Final = "leadq_last_op"
STAMP_FIELD: Final = "leadq_stamp"
_MARKER: Final = re.compile(r"^leadq:(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that was done to one lead. `by` is `leadq`, or who else did it.

    `sent_ms` is when the request came in, `at_ms` when it took effect, both in the server's time. `op_id` is the one
    that the change carried, empty when it carried none. `note` is the id of the note.
    """

    at_ms: int
    sent_ms: int
    lead: str
    kind: Kind
    by: str
    op_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Text on a lead's timeline."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Deed:
    """A call, an e-mail or a reply on a lead, by somebody there or by the prospect."""

    id: str
    lead: str
    at_ms: int
    channel: str
    outcome: str
    inbound: bool
    by: str

    def as_json(self) -> dict[str, Any]:
        """As the service shows it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Record:
    """One lead at one instant."""

    id: str
    owner: str
    updated_ms: int
    properties: Mapping[str, Any]
    state: State = "open"
    moved_to: str = ""
    notes: tuple[Note, ...] = ()
    merged_ids: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the service shows it."""
        return {
            "id": self.id,
            "owner": self.owner,
            "state": self.state,
            "moved_to": self.moved_to or None,
            "merged_ids": list(self.merged_ids),
            "updated_ms": self.updated_ms,
            "properties": dict(self.properties),
        }


class Book:
    """Records with their whole past. `skew_ms` is how far the server's clock is ahead of `time`."""

    def __init__(self, time: Ticks, skew_ms: int = 0) -> None:
        self.effects: list[Effect] = []
        self.deeds: list[Deed] = []
        self.statuses = list(STATUSES)
        self.removed: set[str] = set()
        self._time = time
        self.skew_ms = skew_ms
        self._past: dict[str, list[Record]] = {}
        self._notes = 0

    def now_ms(self) -> int:
        """The server's time."""
        return self._time.wall_ms() + self.skew_ms

    def ids(self) -> list[str]:
        """Of every lead that ever was, in the order in which they came."""
        return list(self._past)

    def get(self, lead: str) -> Record | None:
        """The lead now, whatever became of it."""
        past = self._past.get(lead)
        return past[-1] if past else None

    def as_of(self, lead: str, ms: int) -> Record | None:
        """The lead as it was then; None when it was not there yet."""
        return next((each for each in reversed(self._past[lead]) if each.updated_ms <= ms), None)

    def create(self, lead: str, owner: str = ME, *, by: str = "marketing", **properties: Any) -> Record:
        """A new lead; its status is `new`."""
        record = Record(lead, owner, self.now_ms(), {"status": "new", **properties})
        self._past[lead] = [record]
        self._log(record, "create", by, fields=record.properties)
        return record

    def set(self, lead: str, fields: Mapping[str, Any], *, by: str = "manager", sent_ms: int | None = None) -> Record:
        """Change properties of the lead."""
        old = self._past[lead][-1]
        record = self._write(replace(old, properties={**old.properties, **fields}))
        self._log(record, "set", by, op_id=str(fields.get(OP_FIELD, "")), fields=dict(fields), sent_ms=sent_ms)
        return record

    def append(self, lead: str, text: str, *, by: str = "manager", sent_ms: int | None = None) -> Note:
        """Put a note on the lead's timeline."""
        self._notes += 1
        note, old = Note(f"n{self._notes}", text), self._past[lead][-1]
        record = self._write(replace(old, notes=(*old.notes, note)))
        self._log(record, "append", by, op_id=marker_of(text), note=note.id, sent_ms=sent_ms)
        return note

    def remove(self, lead: str, note: str, *, by: str = "leadq", sent_ms: int | None = None) -> bool:
        """Take a note away; False when it is not there."""
        old = self._past[lead][-1]
        gone = next((each for each in old.notes if each.id == note), None)
        if gone is None:
            return False
        record = self._write(replace(old, notes=tuple(each for each in old.notes if each is not gone)))
        self._log(record, "remove", by, op_id=marker_of(gone.text), note=note, sent_ms=sent_ms)
        return True

    def do(self, lead: str, channel: str, outcome: str, *, inbound: bool = False, by: str = "manager") -> Deed:
        """Somebody there calls or writes, or the prospect does."""
        deed = Deed(f"d{len(self.deeds) + 1}", lead, self.now_ms(), channel, outcome, inbound, by)
        self.deeds.append(deed)
        return deed

    def reassign(self, lead: str, owner: str) -> None:
        """A manager gives the lead to somebody else."""
        self._log(self._write(replace(self._past[lead][-1], owner=owner)), "owner", "manager", fields={"owner": owner})

    def archive(self, lead: str) -> None:
        """A manager puts the lead away."""
        self._become(lead, "archived")

    def convert(self, lead: str) -> None:
        """A manager makes a deal of the lead."""
        self._become(lead, "converted")

    def delete(self, lead: str) -> None:
        """A manager deletes the lead."""
        self._become(lead, "deleted")

    def merge(self, loser: str, winner: str, *, into: str = "") -> str:
        """A manager makes one of two leads; its id, which is `into`, or the winner's. Notes of both stay."""
        kept, lost = self._past[winner][-1], self._past[loser][-1]
        survivor = into or winner
        ids = tuple(dict.fromkeys((*kept.merged_ids, *lost.merged_ids, loser, *({winner} - {survivor}))))
        merged = replace(kept, id=survivor, notes=(*lost.notes, *kept.notes), merged_ids=ids)
        self._past.setdefault(survivor, [])
        self._log(self._write(merged), "state" if survivor == winner else "create", "manager")
        for old in {loser, winner} - {survivor}:
            self._become(old, "merged", survivor)
        return survivor

    def rename_status(self, old: str, new: str) -> None:
        """An administrator renames a value of the field `status`, on every lead at once."""
        self.statuses = [new if each == old else each for each in self.statuses]
        for lead in self.ids():
            if self._past[lead][-1].properties.get("status") == old:
                self.set(lead, {"status": new}, by="administrator")

    def remove_field(self, name: str) -> None:
        """An administrator takes a field away: no lead has it any more, and who still writes it is refused."""
        self.removed.add(name)
        for lead in self.ids():
            old = self._past[lead][-1]
            if name in old.properties:
                rest = {each: value for each, value in old.properties.items() if each != name}
                self._log(self._write(replace(old, properties=rest)), "set", "administrator", fields={name: None})

    def _become(self, lead: str, state: State, moved_to: str = "") -> None:
        record = self._write(replace(self._past[lead][-1], state=state, moved_to=moved_to))
        self._log(record, "state", "manager", fields={"state": state})

    def _write(self, record: Record) -> Record:
        now = replace(record, updated_ms=self.now_ms())
        self._past[record.id].append(now)
        return now

    def _log(self, record: Record, kind: Kind, by: str, *, sent_ms: int | None = None, **more: Any) -> None:
        at_ms = record.updated_ms
        self.effects.append(Effect(at_ms, at_ms if sent_ms is None else sent_ms, record.id, kind, by, **more))


def marker_of(text: str) -> str:
    """The op id in a note's last `leadq:<op_id>` line; empty when there is none."""
    found = _MARKER.findall(text)
    return found[-1] if found else ""
