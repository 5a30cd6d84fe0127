"""The fields that leadq keeps of its own on a lead. They are deal fields there, because leads have no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from leadq.plugins.sdk import N_, Rejected

if TYPE_CHECKING:
    from leadq.plugins.pipedrive.names import Field, Names
    from leadq.plugins.sdk import Change

OWN: Final[Mapping[str, tuple[str, str]]] = {
    "leadq_outcome": ("leadq outcome", "varchar"),
    "leadq_reason": ("leadq reason", "varchar"),
    "leadq_quality": ("leadq quality", "double"),
    "leadq_answer": ("leadq answer", "varchar"),
    "leadq_stamp": ("leadq stamp", "varchar"),
    "leadq_op": ("leadq op", "varchar"),
}
"""What they are called there unless the settings name another field, and of which kind they are made."""

_VERDICTS: Final = frozenset({"reject", "disqualify", "recycle", "qualify"})
"""What has a coded reason; of a touch it would be its outcome."""

STANDARD: Final = (
    "title", "value.amount", "value.currency", "source_name", "origin", "origin_id", "channel", "channel_id", "labels",
    "expected_close_date", "add_time", "update_time", "was_seen", "owner_id", "person_id", "organization_id",
)  # fmt: skip
"""What a lead has by itself."""

PERSON: Final = (
    "person.name",
    "person.first_name",
    "person.last_name",
    "person.email",
    "person.phone",
    "person.job_title",
)
COMPANY: Final = ("organization.name", "organization.website", "organization.employee_count")
_BELOW: Final = ("person.", "organization.", "value.")

_NO_FIELD: Final = N_(
    "Pipedrive has no field “{given}” on leads: correct `{field}` in the connection’s table `fields`. Leads have the "
    "fields of deals, and person.… and organization.…; the nearest is “{near}”."
)


@dataclass(frozen=True, slots=True)
class Own:
    """leadq's own fields by the keys that they have in this company; those that are not there are left out."""

    keys: Mapping[str, str]

    @classmethod
    def among(cls, names: Names, mapping: Mapping[str, str]) -> Own:
        """Find them by the names that the settings give, or by ours."""
        found = {own: names.field(mapping.get(own, name)) for own, (name, _) in OWN.items()}
        return cls({own: each.key for own, each in found.items() if each})

    def values(self, change: Change) -> dict[str, Any]:
        """What a change sets: who wrote last, and with a state who set that and why. One that neither sets a state nor
        judges has its proof in its note. A verdict waits for an answer of its own, so the one before goes."""
        if not change.status and change.quality is None:
            return {}
        said: dict[str, Any] = {"leadq_op": change.op_id, "leadq_quality": change.quality}
        if change.status:
            said["leadq_stamp"] = change.stamp
            said["leadq_outcome"] = change.status
            said["leadq_reason"] = change.reason if change.verb in _VERDICTS else None
        if change.quality is not None:
            said["leadq_answer"] = None
        return {self.keys[own]: value for own, value in said.items() if own in self.keys}

    def last_op(self, row: Mapping[str, Any]) -> str:
        """The op id that wrote last."""
        return self._kept(row, "leadq_op")

    def stamp(self, row: Mapping[str, Any]) -> str:
        """`<device>:<seq>` of what set the state last."""
        return self._kept(row, "leadq_stamp")

    def answer(self, row: Mapping[str, Any]) -> str:
        """Marketing's answer."""
        return self._kept(row, "leadq_answer")

    def _kept(self, row: Mapping[str, Any], own: str) -> str:
        return str(row.get(self.keys.get(own, "")) or "")


def check_mapping(mapping: Mapping[str, str], names: Names) -> None:
    """Raises Rejected for the first name in the mapping that no field has."""
    for own, given in mapping.items():
        if given not in STANDARD and not given.startswith(_BELOW) and names.field(given) is None:
            known = (*STANDARD, *PERSON, *COMPANY, *(each.name for each in names.fields.values()))
            near = get_close_matches(given, known, 1, 0) or [""]
            raise Rejected("fields", _NO_FIELD, given=given, field=own, near=near[0])


def customs(names: Names) -> list[Field]:
    """The fields that people of this company made, but for ours."""
    ours = {name for name, _ in OWN.values()}
    return [each for each in names.fields.values() if each.custom and each.name not in ours]
