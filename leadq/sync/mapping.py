"""A connection's mapping held against what the CRM really has, and the CRM's people against the contract's members."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from leadq.handoff import JUDGED_FIELDS, PACKAGE_FIELDS, PERSON_FIELDS
from leadq.i18n import N_, _
from leadq.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.config import Connection
    from leadq.domain.team import Member
    from leadq.plugins.sdk import CrmOwner, Description

OURS: Final = (
    *("name", "first_name", "last_name"),
    *(name for name in PERSON_FIELDS if name != "name"),
    *PACKAGE_FIELDS,
    *JUDGED_FIELDS,
    *("handed_off_at", "note", "status", "leadq_answer"),
)
"""The fields of leadq's that a record may fill; beside them what an adapter writes for itself (`leadq_...`)."""

_NO_FIELD_HERE: Final = N_("leadq has no field “{key}”.")
_NO_FIELD_THERE: Final = N_("The CRM has no field “{value}”, which is to be “{key}”.")
_NO_STATUS: Final = N_(
    "“{value}”, which is to be the state “{key}”, is not a value that the CRM has for a lead’s state."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a mapping names and that is not there; `near` is what may have been meant."""

    kind: Literal["field", "state"]
    key: str
    value: str
    message: str
    near: str = ""

    def __str__(self) -> str:
        sentence = _(self.message).format(key=self.key, value=self.value)
        return f"{sentence} {_('Did you mean “{near}”?').format(near=self.near)}" if self.near else sentence


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who owns leads in the CRM: the member that they are, and how that is known.

    `by` is `id` (the contract says it), `email`, `name`, or "" for nobody of ours.
    """

    owner: CrmOwner
    member: str = ""
    by: str = ""


def problems(connection: Connection, description: Description) -> list[Problem]:
    """What the mapping of `connection` names and the CRM, or leadq, does not have."""
    return [*_fields(connection.fields, description), *_states(connection.states, description)]


def _fields(fields: Mapping[str, str], description: Description) -> Iterator[Problem]:
    labels = {field.name: field.label for field in description.fields}
    for key, value in fields.items():
        if key not in OURS and not key.startswith("leadq_"):
            yield Problem("field", key, value, _NO_FIELD_HERE, nearest(key, dict.fromkeys(OURS, "")))
        elif labels and not _is_there(value, labels):
            yield Problem("field", key, value, _NO_FIELD_THERE, nearest(value, labels))


def _is_there(path: str, names: Mapping[str, str]) -> bool:
    """A part of a field that is there counts; and so does what lies beside all that was described."""
    head, dot, _rest = path.partition(".")
    beside = bool(dot) and not any(name.startswith(f"{head}.") for name in names)
    return path in names or beside


def _states(states: Mapping[str, Sequence[str]], description: Description) -> Iterator[Problem]:
    labels = {choice.value: choice.label for choice in description.statuses}
    there = {fold(word) for pair in labels.items() for word in pair if word}
    for key, words in states.items() if labels else ():
        for word in words:
            if fold(word) not in there:
                yield Problem("state", key, word, _NO_STATUS, nearest(word, labels))


def nearest(word: str, names: Mapping[str, str]) -> str:
    """The name that is written or called most like `word`; empty when none is like it. `names` has their labels."""
    called = {fold(label): name for name, label in names.items() if label}
    called |= {fold(name): name for name in names}
    found = difflib.get_close_matches(fold(word), called, 1, 0.6)
    return called[found[0]] if found else ""


def known(owners: Sequence[CrmOwner], members: Sequence[Member], connection: Connection) -> list[Known]:
    """Each of the CRM's people with the member that they are: by the contract's id, else by e-mail, else by name."""
    return [_known(owner, members, connection) for owner in owners]


def _known(owner: CrmOwner, members: Sequence[Member], connection: Connection) -> Known:
    for member in members:
        if owner.id in (member.crm.get(connection.name), member.crm.get(connection.adapter)):
            return Known(owner, member.id, "id")
    for by, theirs in (("email", owner.email), ("name", owner.name)):
        same = [one.id for one in members if theirs and fold(theirs) == fold(getattr(one, by))]
        if len(same) == 1:
            return Known(owner, same[0], by)
    return Known(owner)
