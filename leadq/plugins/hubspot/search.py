"""Search, page by page, with what reference/crm-apis.md 3.1 warns of.

Ids compare as text, a page may be short or empty and have a next one, and no query goes beyond 10,000 rows: there it
begins again behind the last id. What it finds may be old, so it is asked for ids only, and the records are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from leadq.plugins.hubspot.portal import Portal, is_id, listed, next_of
from leadq.plugins.hubspot.words import changed
from leadq.plugins.sdk import N_, Transient

PAGE: Final = 200
CAP: Final = 10_000

Filter = Mapping[str, Any]
Group = Sequence[Filter]


def found(portal: Portal, kind: str, groups: Sequence[Group], floor: str = "") -> Iterator[list[str]]:
    """The ids of the records that fit one of the groups, page by page, from behind the id `floor` on.

    Raises Transient when it does not go on.
    """
    path, after, last = portal.object(kind, "search"), "0", floor
    while True:
        data = portal.http.post(path, _body(groups, floor, after), read=True).data
        ids = [name for row in listed(data) if is_id(name := str(row.get("id") or ""))]
        if ids:
            yield ids
        last, before, after = ids[-1] if ids else last, after, next_of(data)
        if not after:
            return
        if after == before or ((is_over := _is_over(after)) and last == floor):
            raise Transient(N_("HubSpot’s search does not go on."))
        if is_over:
            floor, after = last, "0"


def _is_over(after: str) -> bool:
    return after.isdecimal() and int(after) + PAGE > CAP


def _body(groups: Sequence[Group], floor: str, after: str) -> dict[str, Any]:
    """All five parts, because HubSpot's description calls them required; the sort as the service takes it.

    `floor` is the id as it came: made a number, it would leave out rows (Airbyte 79666).
    """
    behind = [where("hs_object_id", "GT", floor)] if floor else []
    return {
        "filterGroups": [{"filters": [*group, *behind]} for group in groups],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": PAGE,
        "after": after,
    }


def where(name: str, operator: str, value: str | Sequence[str] = "") -> Filter:
    """One condition; several values for IN and NOT_IN."""
    told: dict[str, Any] = {"propertyName": name, "operator": operator}
    if isinstance(value, str):
        return told | ({"value": value} if value else {})
    return told | {"values": list(value)}


def since(kind: str, start_ms: int) -> Filter:
    """What changed from then on. There is no other end: a row that changes while pages are read would leave such a
    window, all that are behind it would move up, and one of them would be on no page."""
    return where(changed(kind), "GTE", str(start_ms))
