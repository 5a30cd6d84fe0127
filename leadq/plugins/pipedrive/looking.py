"""A lead looked up by its id, with the notes on it: archived, made into a deal, deleted, or still there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from leadq.plugins.pipedrive.names import LARGEST_PAGE, beside, pages_of, record_of, rows_of
from leadq.plugins.pipedrive.notes import marker_in
from leadq.plugins.pipedrive.pulling import DEALS, LEADS, in_scope
from leadq.plugins.sdk import N_, Found, FoundState, Gone, Rejected, Transient

if TYPE_CHECKING:
    from leadq.plugins.pipedrive.records import Reader
    from leadq.plugins.sdk import Http, Ref

NOTES: Final = "/api/v1/notes"
_NEWEST: Final = 2 * LARGEST_PAGE
"""How many of the newest deals are searched for one that was a lead: there is no other way from a lead to its deal."""

Row = Mapping[str, Any]


class Deals:
    """The deals that leads became: as a pull saw them, else among the newest ones, which are read once."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._by_lead: dict[str, Row] = {}
        self._searched = False

    def add(self, seen: Mapping[str, Row]) -> None:
        """Remember what a pull saw."""
        self._by_lead.update(seen)

    def of(self, lead: str) -> int | None:
        """The id of the deal that the lead became; None when none is known."""
        if lead not in self._by_lead and not self._searched:
            self._searched = True
            asked = {"include_fields": "source_lead_id", "sort_by": "add_time", "sort_direction": "desc"}
            for row in islice(pages_of(self._http, DEALS, **asked), _NEWEST):
                self._by_lead.setdefault(str(row.get("source_lead_id") or ""), row)
        found = self._by_lead.get(lead, {}).get("id")
        return found if isinstance(found, int) else None


@dataclass(frozen=True, slots=True)
class Look:
    """Looks leads up. `wanted` as for a pull."""

    http: Http
    reader: Reader
    wanted: Collection[str]
    deals: Deals

    def at(self, ref: Ref) -> Found | None:
        """What is there; None for a record that makes no sense: it must not keep the others from being looked up."""
        try:
            row = record_of(self.http.get(path_of(ref.external_id)))
        except Gone:
            return self._gone(ref)
        except Rejected:
            return Found(ref.external_id, "forbidden")
        except Transient as error:
            if error.params.get("what") != "data":
                raise
            return None
        if row.get("id") != ref.external_id:
            return None
        return Found(
            external_id=ref.external_id,
            state=self._state(row),
            lead=self.reader.glance(row),
            markers=markers_in(notes_of(self.http, lead_id=ref.external_id)) if ref.markers else None,
            last_op=self.reader.own.last_op(row),
            stamp=self.reader.own.stamp(row),
        )

    def _state(self, row: Row) -> FoundState:
        """A lead that lost the label which makes it ours was taken back: it is somebody else's now."""
        if row.get("is_archived"):
            return "archived"
        return "open" if in_scope(row, self.wanted, self.reader.states) else "reassigned"

    def _gone(self, ref: Ref) -> Found:
        """A lead that was made into a deal is «deleted» there, and its notes go with it."""
        deal = self.deals.of(ref.external_id)
        if deal is None:
            return Found(ref.external_id, "deleted")
        markers = markers_in(notes_of(self.http, deal_id=deal)) if ref.markers else None
        return Found(ref.external_id, "converted", markers=markers)


def path_of(external_id: str) -> str:
    """Where a lead is. Raises Rejected for one without an id."""
    if not external_id:
        raise Rejected("external_id", N_("There is no id of the lead at the other end."))
    return f"{LEADS}/{quote(external_id, safe='')}"


def notes_of(http: Http, **of: str | int) -> list[Row]:
    """The notes of a lead or a deal, oldest first."""
    found: list[Row] = []
    while True:
        answer = http.get(NOTES, {**of, "start": len(found), "limit": LARGEST_PAGE, "sort": "add_time ASC"})
        rows = rows_of(answer)
        found += rows
        if not (rows and beside(answer).get("more_items_in_collection")):
            return sorted(found, key=lambda row: (str(row.get("add_time") or ""), int(row.get("id") or 0)))


def markers_in(notes: list[Row]) -> tuple[str, ...]:
    """Our op ids in the last lines of notes, each as often as it is there."""
    return tuple(marker for note in notes if (marker := marker_in(note.get("content"))))
