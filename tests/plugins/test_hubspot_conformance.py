"""The rules that every adapter is tried by."""

from __future__ import annotations

from typing import ClassVar

from leadq.plugins.hubspot import HubSpot
from leadq.testing.conformance import AdapterConformance
from tests.plugins.hubspot_service import HubSpotService

_HALVED = "a batch that is refused as a whole is sent in halves, until the bad row is alone"


class TestHubSpot(AdapterConformance):
    adapter = HubSpot
    service = HubSpotService
    leaves_out: ClassVar[dict[str, str]] = {
        "a_refusal_is_told_of_that_change_alone": _HALVED,
        "a_conflict_is_told_of_that_change_alone": _HALVED,
        "a_record_that_is_gone_is_told_of_that_change_alone": "HubSpot's batches answer 404 for an address only",
    }
