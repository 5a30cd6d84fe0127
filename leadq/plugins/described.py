"""What an adapter says of its service besides leads: fields, people, deals, and what it would have to create there.

Import it from `sdk`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

CrmKind = Literal["text", "number", "date", "flag", "choice", "other"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a picklist, and how the service's own screens call it."""

    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class CrmField:
    """A field of the service's records: `name` is what a mapping names, `label` what its own screens show."""

    name: str
    label: str = ""
    kind: CrmKind = "text"
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class CrmOwner:
    """A person who may own leads at the other end."""

    id: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What a mapping may name at the other end. `statuses`: the values of the field that holds a lead's status."""

    fields: tuple[CrmField, ...] = ()
    owners: tuple[CrmOwner, ...] = ()
    statuses: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that `prepare` would create at the other end, as a sentence to translate."""

    id: str
    message: str
    params: Mapping[str, str] = field(default_factory=dict)


DealState = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class Deal:
    """What became of a lead after the handover, as the other end has it.

    `lead` is the lead's id there, `amount` a decimal number as text ("" where there is none) in `currency` (ISO 4217),
    `changed_at` the server's time (`YYYY-MM-DDTHH:MM:SSZ`). The same deal may come as often as it likes.
    """

    id: str
    lead: str
    state: DealState
    stage: str = ""
    amount: str = ""
    currency: str = ""
    changed_at: str = ""


def mapped(record: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The values of `record` by leadq's own field names; `names` says where each is, as keys with dots between them.

    A key that holds a dot itself is taken whole where it is there. What is not there, or null, is left out.
    """
    found = {field: at(record, path) for field, path in names.items()}
    return {field: value for field, value in found.items() if value is not None}


def at(record: Any, path: str) -> Any:
    """What is at `path` (keys with dots between them; a number is a place in a list); None where nothing is."""
    if isinstance(record, Mapping) and path in record:
        return record[path]
    head, dot, rest = path.partition(".")
    if isinstance(record, Mapping):
        below = record.get(head)
    elif isinstance(record, Sequence) and not isinstance(record, str) and head.isdecimal():
        below = record[int(head)] if int(head) < len(record) else None
    else:
        return None
    return at(below, rest) if dot else below
