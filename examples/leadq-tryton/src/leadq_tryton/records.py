"""An opportunity as leadq wants it: its fields by leadq's names, and in which of leadq's states it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadq.plugins.sdk import Context, Deal, DealState, Found, FoundState, RemoteLead, mapped
from leadq_tryton import notes

OPEN: Final = "lead"
"""The state of Tryton's in which a lead waits for a rep."""

STATES: Final[Mapping[str, Sequence[str]]] = {
    **dict.fromkeys(("handed_off", "accepted", "working", "connected"), (OPEN,)),
    "qualified": ("opportunity", "converted", "won"),
    "disqualified": ("lost",),
    "rejected": ("cancelled",),
    "recycled": ("lost",),
    "archived": ("cancelled",),
    "merged": ("cancelled",),
}
"""What each of leadq's states is in Tryton: the first word is written, all are understood. `[connection.X.states]` adds
to it.

For a state of Tryton's that no note of ours explains, the first of leadq's that may be it counts."""

FIELDS: Final[Mapping[str, str]] = {
    "name": "contact.name",
    "company": "party.name",
    "email": "party.email",
    "phone": "party.phone",
    "language": "party.lang.code",
    "country": "address.country.code",
    "note": "description",
    "handed_off_at": "create_date",
}
"""Where leadq's fields are; `[connection.X.fields]` adds to it."""

_OURS: Final = (
    "number", "state", "employee", "lost_reason", "amount", "currency.code", "last_modified_at", "_timestamp",
    "notes.message",
)  # fmt: skip
_DEALS: Final[Mapping[str, DealState]] = {"opportunity": "open", "converted": "open", "won": "won", "lost": "lost"}
_ENDS: Final[Mapping[str, FoundState]] = {"opportunity": "converted", "lost": "archived", "cancelled": "archived"}
"""What an end means that somebody else has brought about."""

_SOLD: Final = frozenset({"converted", "won"})
"""A sale was made of it: no button leads back from there."""


class Reader:
    """Reads records with one user's mapping. `employee` is whose leads these are."""

    def __init__(self, context: Context, employee: int) -> None:
        self._fields = {**FIELDS, **context.fields}
        self._states = {**STATES, **context.states}
        self._members = frozenset(context.members.values())
        self._employee = employee

    @property
    def names(self) -> list[str]:
        """The names of all fields to read."""
        return sorted({*_OURS, *self._fields.values()})

    def word(self, status: str) -> str:
        """What a status is written as; "" for one that Tryton has no word for."""
        return next(iter(self._states.get(status, ())), "")

    def trail(self, row: Mapping[str, Any]) -> notes.Trail:
        """What our notes say of the record."""
        return notes.read(row.get("notes") or (), lambda status: row["state"] in self._states.get(status, ()))

    def lead(self, row: Mapping[str, Any], trail: notes.Trail) -> RemoteLead:
        """The record; `deleted` is one that a list of open leads would not show, so that leadq looks at it by its id:
        it may be ours and closed, or somebody else's, and is no new lead in any case."""
        fields = mapped(row, self._fields)
        owner = str(_id(row.get("employee")) or "")
        if owner in self._members:  # an employee whom the contract does not name would be nobody there
            fields["owner"] = owner
        if not (fields.keys() & {"name", "company", "email", "phone"}):
            fields["name"] = str(row.get("description") or row.get("number") or row["id"])  # a lead may be no more
        return RemoteLead(
            external_id=str(row["id"]),
            updated_at=str(row.get("last_modified_at") or ""),
            deleted=row["state"] != OPEN or self._place(row, trail) != "open",
            fields=fields | {"status": self._status(row, trail)},
            raw={name: value for name, value in row.items() if name not in ("notes", "_timestamp")},
            stamp=trail.stamp,
        )

    def found(self, row: Mapping[str, Any], *, markers: bool) -> Found:
        """The record as a look at it by its id shows it."""
        trail = self.trail(row)
        return Found(
            external_id=str(row["id"]),
            state=self._place(row, trail),
            lead=self.lead(row, trail),
            markers=trail.markers if markers else None,
            last_op=trail.last_op,
            stamp=trail.stamp,
        )

    def deal(self, row: Mapping[str, Any], trail: notes.Trail) -> Deal | None:
        """What became of a lead that was qualified; None for one that was not."""
        if row["state"] not in _DEALS or "qualified" not in trail.statuses:
            return None
        return Deal(
            id=str(row["id"]),
            lead=str(row["id"]),
            state=_DEALS[row["state"]],
            stage=row["state"],
            amount=str(row.get("amount") or ""),
            currency=str((row.get("currency") or {}).get("code") or ""),
            changed_at=str(row.get("last_modified_at") or "")[:19] + "Z",
        )

    def _status(self, row: Mapping[str, Any], trail: notes.Trail) -> str:
        return trail.status or next((ours for ours, words in self._states.items() if row["state"] in words), "")

    def _place(self, row: Mapping[str, Any], trail: notes.Trail) -> FoundState:
        """Where it is. What we have ended ourselves is still ours: it can be taken back."""
        if row["state"] in _SOLD:
            return "converted"
        if not trail.status and row["state"] in _ENDS:
            return _ENDS[row["state"]]
        return "open" if _id(row.get("employee")) == self._employee else "reassigned"


def _id(record: Any) -> Any:
    """The id of another record, whether its fields were read too or not."""
    return record.get("id") if isinstance(record, Mapping) else record
