"""What changed at Pipedrive since a place: leads with their people, then activities, then deals that were leads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from leadq.plugins.pipedrive.names import LARGEST_PAGE, beside, pages_of, rows_of
from leadq.plugins.pipedrive.records import companies_of, number, people_of
from leadq.plugins.sdk import Page

if TYPE_CHECKING:
    from leadq.plugins.pipedrive.place import Place
    from leadq.plugins.pipedrive.records import Reader
    from leadq.plugins.sdk import Answer, Http

LEADS: Final = "/api/v1/leads"
PERSONS: Final = "/api/v2/persons"
COMPANIES: Final = "/api/v2/organizations"
ACTIVITIES: Final = "/api/v2/activities"
DEALS: Final = "/api/v2/deals"
TOGETHER: Final = 100
"""The most ids that one request may name."""

_USUAL_PAGE: Final = 100
Row = Mapping[str, Any]


class Pull:
    """One pull. `wanted` are the ids of the labels that make a lead ours; empty: every lead is.

    `deals` are the deals that were seen, by the lead that each was.
    """

    def __init__(self, http: Http, reader: Reader, wanted: Collection[str]) -> None:
        self._http = http
        self._reader = reader
        self._wanted = wanted
        self._known: tuple[dict[int, Row], dict[int, Row]] = ({}, {})
        self.deals: dict[str, Row] = {}

    def pages(self, place: Place) -> Iterator[Page]:
        """Every page from `place` on; the last one's cursor is for the next pull, the others' go on with this one."""
        more = True
        while more:
            answer = self._http.get(LEADS, _asked(place))
            rows = rows_of(answer)
            more = _goes_on(answer, rows)
            place = place.begun(answer).after(rows)
            yield Page(tuple(self._leads(rows)), place.text, more=True)
        for part, page in enumerate(self._others(place.others_since), start=1):
            yield replace(page, cursor=replace(place, part=part).text)
        yield Page((), place.ended().text, more=False)

    def _leads(self, rows: Sequence[Row]) -> list[Any]:
        ours = [row for row in rows if self._is_ours(row)]
        people, companies = self._known
        self._fetch(PERSONS, people_of(ours), people)
        self._fetch(COMPANIES, companies_of(ours, people.values()), companies)
        return self._reader.leads(ours, people, companies)

    def _is_ours(self, row: Row) -> bool:
        return not self._wanted or in_scope(row, self._wanted, self._reader.states)

    def _fetch(self, path: str, ids: Sequence[int], known: dict[int, Row]) -> None:
        """Add to `known` those of `ids` that are not in it; who may not be seen stays away."""
        missing = [each for each in ids if each not in known]
        for start in range(0, len(missing), TOGETHER):
            part = missing[start : start + TOGETHER]
            found = rows_of(self._http.get(path, {"ids": ",".join(map(str, part)), "limit": TOGETHER}))
            known.update({found_id: row for row in found if (found_id := number(row.get("id")))})

    def _others(self, since: str) -> Iterator[Page]:
        """Activities and deals, in parts; none for a service that does not say the time."""
        if not since:
            return
        asked = {"updated_since": since, "sort_by": "update_time", "sort_direction": "asc"}
        done = (self._reader.activity(row) for row in pages_of(self._http, ACTIVITIES, **asked, done="true"))
        for activities in _parts([each for each in done if each]):
            yield Page((), None, more=True, activities=tuple(activities))
        became = list(pages_of(self._http, DEALS, **asked, include_fields="source_lead_id"))
        self.deals.update({str(row["source_lead_id"]): row for row in became if row.get("source_lead_id")})
        for deals in _parts([deal for row in became if (deal := self._reader.deal(row))]):
            yield Page((), None, more=True, deals=tuple(deals))


def in_scope(row: Row, wanted: Collection[str], states: Collection[str]) -> bool:
    """Whether a lead is one that is handed to sales: it has a wanted label, or one that says a state."""
    labels = row.get("label_ids")
    on = set(map(str, labels)) if isinstance(labels, list) else set()
    return not wanted or not on.isdisjoint(wanted) or not on.isdisjoint(states)


def _asked(place: Place) -> dict[str, str | int]:
    since = {"updated_since": place.since} if place.since else {}
    return {"sort": "update_time ASC", "start": place.start, "limit": LARGEST_PAGE, **since}


def _goes_on(answer: Answer, rows: Sequence[Row]) -> bool:
    """Whether there is more; where it does not say, a page that is not small may be followed by another."""
    said = beside(answer).get("more_items_in_collection")
    return bool(rows) and (bool(said) if said is not None else len(rows) >= _USUAL_PAGE)


def _parts(found: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(found), TOGETHER):
        yield found[start : start + TOGETHER]
