"""A pull: the leads that changed in a window of HubSpot's own time, and now and then what was done beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from leadq.plugins.hubspot.beside import Beside
from leadq.plugins.hubspot.portal import Portal
from leadq.plugins.hubspot.reading import Reader
from leadq.plugins.hubspot.search import Filter, Group, between, found, where
from leadq.plugins.hubspot.words import changed
from leadq.plugins.sdk import Page

OVERLAP_MS: Final = 300_000
"""How far behind the index may be: a window begins so long before the end of the one before."""

LAG_MS: Final = 2_000
"""A window ends so long before now: within it nothing changes any more while its pages are read."""

BESIDE_MS: Final = 120_000
"""How often calls, e-mails, meetings and deals are asked for: four searches, and an account has five a second."""

BESIDE_BACK_MS: Final = 72 * 3_600_000
"""How far back the first look at them goes: over a weekend."""

CLOSED_BACK_MS: Final = 30 * 86_400_000
"""A list of all leads holds the closed ones that changed within so long: one that a colleague closed is still there."""


class Puller:
    """The pulls of one run. A cursor holds the ends of the last windows."""

    def __init__(self, portal: Portal, reader: Reader) -> None:
        self._portal = portal
        self._reader = reader
        self._beside = Beside(portal)

    def pull(self, cursor: str | None) -> Iterator[Page]:
        """The leads page by page; the last page has no lead, and the cursor."""
        _account, now_ms = self._portal.account()
        last = json.loads(cursor) if cursor else {}
        until_ms = now_ms - LAG_MS
        groups = self._changed(int(last["to"]) - OVERLAP_MS, until_ms) if last else self._all(now_ms)
        for ids in found(self._portal, self._portal.settings.object, groups):
            yield Page(tuple(self._reader.leads(ids)), None, more=True)
        beside_ms = int(last.get("beside") or now_ms - BESIDE_BACK_MS + OVERLAP_MS)
        due = until_ms - beside_ms >= BESIDE_MS
        activities, deals = self._beside.seen(beside_ms - OVERLAP_MS, until_ms) if due else ((), ())
        kept = json.dumps({"to": until_ms, "beside": until_ms if due else beside_ms})
        yield Page((), kept, more=False, activities=activities, deals=deals)

    def _changed(self, start_ms: int, end_ms: int) -> list[Group]:
        return [[*self._scope(), between(changed(self._portal.settings.object), start_ms, end_ms)]]

    def _all(self, now_ms: int) -> list[Group]:
        """The open leads, and the closed ones that changed lately: six filters a group, five groups at most."""
        settings, scope = self._portal.settings, self._scope()
        recent = where(changed(settings.object), "GTE", str(now_ms - CLOSED_BACK_MS))
        closed = self._portal.states.closed
        if settings.lead_status or not closed:
            return [scope or [where("hs_object_id", "HAS_PROPERTY")]]
        still = [where(settings.status, "NOT_IN", closed)], [where(settings.status, "NOT_HAS_PROPERTY")]
        return [[*scope, *group] for group in (*still, [recent])]

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
