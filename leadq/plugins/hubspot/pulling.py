"""A pull: the leads that changed, by HubSpot's own time, and now and then what was done beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Final

from leadq.plugins.hubspot.beside import Beside
from leadq.plugins.hubspot.portal import Portal
from leadq.plugins.hubspot.reading import Reader
from leadq.plugins.hubspot.search import Filter, Group, found, since, where
from leadq.plugins.sdk import Page

OVERLAP_MS: Final = 300_000
"""How far behind the index may be: a pull begins so long before the one before it began."""

BESIDE_MS: Final = 120_000
"""How often calls, e-mails, meetings and deals are asked for: four searches, and an account has five a second."""

BESIDE_BACK_MS: Final = 72 * 3_600_000
"""How far back the first look at them goes: over a weekend."""

CLOSED_BACK_MS: Final = 30 * 86_400_000
"""A list of all leads holds the closed ones that changed within so long: one that a colleague closed is still there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull begins. `since_ms` None: with all leads; `behind` an id: the rest of what began at `to_ms`."""

    since_ms: int | None = None
    to_ms: int = 0
    behind: str = ""
    beside_ms: int = 0

    @classmethod
    def of(cls, cursor: str | None) -> Place:
        """The place that a cursor is; the beginning for one that is none of ours."""
        try:
            told = cls(**json.loads(cursor or "{}"))
        except (ValueError, TypeError, RecursionError):
            return cls()
        whole = all(type(each) is int for each in (told.to_ms, told.beside_ms, told.since_ms or 0))
        return told if whole and told.to_ms > 0 and isinstance(told.behind, str) else cls()

    @property
    def text(self) -> str:
        """As a cursor."""
        return json.dumps(asdict(self))


class Puller:
    """The pulls of one run."""

    def __init__(self, portal: Portal, reader: Reader) -> None:
        self._portal = portal
        self._reader = reader
        self._beside = Beside(portal)

    def pull(self, cursor: str | None) -> Iterator[Page]:
        """The leads page by page; the last page has none of them, and what was done beside them."""
        _account, now_ms = self._portal.account()
        place = self._begun(Place.of(cursor), now_ms)
        groups = self._all(now_ms) if place.since_ms is None else [[*self._scope(), self._since(place.since_ms)]]
        for ids in found(self._portal, self._portal.settings.object, groups, place.behind):
            yield Page(tuple(self._reader.leads(ids)), replace(place, behind=ids[-1]).text, more=True)
        due = now_ms - place.beside_ms >= BESIDE_MS
        activities, deals = self._beside.seen(place.beside_ms - OVERLAP_MS) if due else ((), ())
        kept = Place(place.to_ms - OVERLAP_MS, place.to_ms, beside_ms=now_ms if due else place.beside_ms)
        yield Page((), kept.text, more=False, activities=activities, deals=deals)

    def _begun(self, place: Place, now_ms: int) -> Place:
        """The pull that begins at a place, or goes on there."""
        beside_ms = place.beside_ms or now_ms - BESIDE_BACK_MS
        return replace(place, to_ms=place.to_ms if place.behind else now_ms, beside_ms=beside_ms)

    def _since(self, start_ms: int) -> Filter:
        return since(self._portal.settings.object, start_ms)

    def _all(self, now_ms: int) -> list[Group]:
        """The open leads, and the closed ones that changed lately: six filters a group, five groups at most."""
        settings, scope = self._portal.settings, self._scope()
        closed = self._portal.states.closed
        if settings.lead_status or not closed:
            return [scope or [where("hs_object_id", "HAS_PROPERTY")]]
        still = [where(settings.status, "NOT_IN", closed)], [where(settings.status, "NOT_HAS_PROPERTY")]
        return [[*scope, *group] for group in (*still, [self._since(now_ms - CLOSED_BACK_MS)])]

    def _scope(self) -> list[Filter]:
        settings, filters = self._portal.settings, []
        if settings.owners:
            filters.append(where("hubspot_owner_id", "IN", self._portal.scope_owners))
        if settings.lifecycle:
            filters.append(where("lifecyclestage", "IN", settings.lifecycle))
        if settings.lead_status:
            filters.append(where(settings.status, "IN", settings.lead_status))
        if settings.object == "leads":
            filters.append(where("hs_pipeline", "EQ", str(self._portal.pipeline.get("id"))))
        return filters
