"""What the HubSpot of `hubspot.py` knows: records and their ties as they are, and an index that is behind."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from leadq.sync.ports import Ticks

KINDS: Final = ("contacts", "leads", "notes", "calls", "emails", "meetings", "deals")
PREFIXES: Final = {"calls": "hs_call_", "emails": "hs_email_", "meetings": "hs_meeting_", "notes": "hs_note_"}
TIES: Final = {
    ("notes", "contacts"): 202,
    ("emails", "contacts"): 198,
    ("calls", "contacts"): 194,
    ("notes", "leads"): 855,
}
"""reference/crm-apis.md 3.1: 202 and 198 [3], 194 [M]; that of notes and leads is this fake's own, to be asked for."""

Properties = Mapping[str, str | None]


def iso(ms: int) -> str:
    """As HubSpot writes an instant."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Refused(Exception):
    """A request, or one item of a batch, that HubSpot refuses. `context` as in its errors."""

    def __init__(self, status: int, category: str, message: str, **context: Sequence[str]) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.context = {name: list(values) for name, values in context.items()}


@dataclass
class Record:
    """One object of one kind. `history`: when it was how, for the index; None for archived."""

    kind: str
    id: str
    created_ms: int
    updated_ms: int
    properties: dict[str, str | None] = field(default_factory=dict)
    archived: bool = False
    merged_into: str = ""
    history: list[tuple[int, Properties | None]] = field(default_factory=list)

    def as_of(self, ms: int) -> Properties | None:
        """What the index had of it then."""
        place = bisect_right(self.history, ms, key=lambda entry: entry[0])
        return self.history[place - 1][1] if place else None


class HubSpotBook:
    """The records of an account. Times are `ticks`' own; ids grow, so that as text they are in another order."""

    def __init__(self, ticks: Ticks, index_lag_s: float = 10.0) -> None:
        self.ticks = ticks
        self.index_lag_ms = int(index_lag_s * 1000)
        self.records: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self.ties: dict[tuple[str, str], dict[str, list[str]]] = {}
        self._ids = count(7198)
        self.properties: dict[str, dict[str, dict[str, Any]]] = {kind: dict(_properties(kind)) for kind in KINDS}
        self.groups: dict[str, set[str]] = {kind: {"contactinformation"} for kind in KINDS}

    def create(self, kind: str, properties: Properties, *, id: str = "") -> Record:  # noqa: A002 - HubSpot's word
        """A new record. Raises Refused for properties that are not there, and values that no list has."""
        self.validate(kind, properties)
        now_ms = self.ticks.wall_ms()
        name = id or str(next(self._ids))
        record = Record(kind, name, now_ms, now_ms, {"hs_object_id": name, "hs_createdate": iso(now_ms)})
        self.records[kind][name] = record
        self._write(record, properties)
        return record

    def set(self, kind: str, name: str, properties: Properties) -> Record:
        """Change a record, which may have been merged into another one. Raises Refused."""
        record = self.get(kind, name)
        if record is None or record.archived:
            raise Refused(404, "OBJECT_NOT_FOUND", f"Could not get some {kind} objects", ids=[name])
        self.validate(kind, properties)
        self._write(record, properties)
        return record

    def get(self, kind: str, name: str) -> Record | None:
        """A record by its id, or by that of one that was merged into it."""
        record = self.records[kind].get(name)
        return self.get(kind, record.merged_into) if record and record.merged_into else record

    def archive(self, kind: str, name: str) -> None:
        """Into the recycling bin."""
        record = self.records[kind][name]
        record.archived = True
        record.history.append((self.ticks.wall_ms(), None))

    def forget(self, kind: str, name: str) -> None:
        """For good, as a deletion for privacy does."""
        del self.records[kind][name]

    def merge(self, kept: str, lost: str) -> None:
        """Two contacts become one: the ties of the other one are its own from then on."""
        loser, winner = self.records["contacts"][lost], self.records["contacts"][kept]
        loser.merged_into = kept
        loser.history.append((self.ticks.wall_ms(), None))
        for (kind, to), ties in self.ties.items():
            if kind == "contacts":
                ties[kept] = [*ties.get(kept, ()), *ties.pop(lost, ())]
            elif to == "contacts":
                for here in ties.values():
                    here[:] = [kept if each == lost else each for each in here]
        former = [each for each in (winner.properties.get("hs_merged_object_ids"), lost) if each]
        self._write(winner, {"hs_merged_object_ids": ";".join(former)})

    def tie(self, kind: str, name: str, to: str, other: str) -> None:
        """Both ways. Raises Refused for a record that is not there."""
        target = self.get(to, other)
        if target is None or target.archived:
            raise Refused(400, "VALIDATION_ERROR", f"Object {to} {other} does not exist", ids=[other])
        self.ties.setdefault((kind, to), {}).setdefault(name, []).append(target.id)
        self.ties.setdefault((to, kind), {}).setdefault(target.id, []).append(name)

    def tied(self, kind: str, name: str, to: str) -> list[str]:
        """What is tied to a record and still there, in the order in which it was tied."""
        found = self.ties.get((kind, to), {}).get(name, [])
        return [each for each in dict.fromkeys(found) if (record := self.records[to].get(each)) and not record.archived]

    def notes(self, kind: str, name: str) -> list[str]:
        """The bodies of the notes of a record."""
        return [str(self.records["notes"][each].properties["hs_note_body"]) for each in self.tied(kind, name, "notes")]

    def search(self, kind: str, groups: Sequence[Mapping[str, Any]]) -> list[Record]:
        """What the index finds; archived records never (reference/crm-apis.md 3.1, «Pull»). By id, as text."""
        as_of_ms = self.ticks.wall_ms() - self.index_lag_ms
        known = ((record, record.as_of(as_of_ms)) for record in self.records[kind].values())
        found = [record for record, was in known if was is not None and _fits(was, groups)]
        return sorted(found, key=lambda record: record.id)

    def validate(self, kind: str, properties: Properties) -> None:
        """Raise Refused for what no property takes. Only what the account defines is checked, and our own names."""
        for name, value in properties.items():
            known = self.properties[kind].get(name)
            if known is None and name.startswith(("leadq_", "no_such")):
                message = f'Property values were not valid: [{{"error":"PROPERTY_DOESNT_EXIST","name":"{name}"}}]'
                raise Refused(400, "VALIDATION_ERROR", message, propertyName=[name])
            options = [each["value"] for each in (known or {}).get("options", ())]
            if value and options and value not in options:
                message = f'Property values were not valid: [{{"error":"INVALID_OPTION","name":"{name}"}}]'
                raise Refused(400, "VALIDATION_ERROR", message, propertyName=[name])

    def _write(self, record: Record, properties: Properties) -> None:
        """The empty text clears a property (reference/crm-apis.md 3.1, «Merge/delete»)."""
        now_ms = max(self.ticks.wall_ms(), record.updated_ms)
        record.properties |= {name: value or None for name, value in properties.items()}
        changed = "lastmodifieddate" if record.kind == "contacts" else "hs_lastmodifieddate"
        record.properties[changed] = iso(now_ms)
        record.updated_ms = now_ms
        record.history.append((now_ms, dict(record.properties)))


def _fits(was: Properties, groups: Sequence[Mapping[str, Any]]) -> bool:
    return not groups or any(all(_holds(was, each) for each in group["filters"]) for group in groups)


def _holds(was: Properties, wanted: Mapping[str, Any]) -> bool:
    name, operator = wanted["propertyName"], wanted["operator"]
    value = was.get(name)
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return bool((value is not None) == (operator == "HAS_PROPERTY"))
    if value is None:
        return False
    if operator in ("IN", "NOT_IN"):
        return bool((value in wanted["values"]) == (operator == "IN"))
    if operator == "BETWEEN":
        return bool(_key(name, wanted["value"]) <= _key(name, value) <= _key(name, wanted["highValue"]))
    return _OPERATORS[operator](_key(name, value), _key(name, wanted["value"]))


_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "EQ": lambda ours, given: ours == given,
    "NEQ": lambda ours, given: ours != given,
    "GT": lambda ours, given: ours > given,
    "GTE": lambda ours, given: ours >= given,
    "LT": lambda ours, given: ours < given,
    "LTE": lambda ours, given: ours <= given,
}


def _key(name: str, value: str) -> Any:
    """How two values of a property compare: instants as milliseconds, and ids as text (Airbyte 79666, 80745)."""
    if name.endswith("date"):
        return int(value) if value.isdecimal() else int(datetime.fromisoformat(value).timestamp() * 1000)
    return value


def _properties(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, options in _NAMES.get(kind, {}).items():
        yield name, definition(name, options)


def definition(name: str, options: Iterable[str] = ()) -> dict[str, Any]:
    """A property as HubSpot describes one."""
    told = [
        {"label": each.title(), "value": each, "hidden": False, "displayOrder": n} for n, each in enumerate(options)
    ]
    return {
        "name": name, "label": name, "description": "", "groupName": "contactinformation",
        "type": "enumeration" if told else "string", "fieldType": "select" if told else "text", "options": told,
    }  # fmt: skip


_STATUSES: Final = (
    "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING",
)  # fmt: skip
_NAMES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "contacts": {
        **dict.fromkeys(
            ("firstname", "lastname", "email", "phone", "company", "jobtitle", "country", "hs_language", "industry",
             "numemployees", "hs_analytics_source", "recent_conversion_event_name", "hubspot_owner_id",
             "hs_lifecyclestage_marketingqualifiedlead_date", "lastmodifieddate"), (),
        ),
        "hs_lead_status": _STATUSES,
        "lifecyclestage": ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity",
                           "customer", "evangelist", "other"),
    },
    "leads": dict.fromkeys(
        ("hs_lead_name", "hs_createdate", "hs_pipeline", "hs_pipeline_stage", "hs_primary_contact_id",
         "hubspot_owner_id", "hs_lastmodifieddate"), (),
    ),
}  # fmt: skip
