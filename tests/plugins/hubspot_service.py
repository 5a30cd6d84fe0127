"""HubSpot as the conformance suite wants a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from leadq.plugins.hubspot.reading import text_of
from leadq.plugins.hubspot.words import WORDS
from leadq.testing.conformance import TOKEN
from leadq.testing.hubspot import PORTAL, HubSpotFake
from leadq.testing.hubspot_book import definition
from tests.plugins.hub import prepared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadq.sync.wire import Reply, Request
    from leadq.testing.time import VirtualTime

_ASKS = ("search", "read")
_OWN = ("rejected", "archived", "merged")


class HubSpotService:
    """The fake, and what people do there by leadq's names. No limits: each call of the suite is a run of its own."""

    account = str(PORTAL)
    options: ClassVar[Mapping[str, Any]] = {"url": "https://api.hubapi.com", "lifecycle": ""}
    mapping: ClassVar[Mapping[str, Any]] = {
        "fields": {"name": "firstname"},
        "states": {state: [state.upper()] for state in _OWN},
    }
    page = 3
    can_lag = True
    can_hole = True
    can_by_id = True
    by_id = True

    def __init__(self, time: VirtualTime) -> None:
        self._fake = prepared(
            HubSpotFake(time, index_lag_s=0, per_ten_s=10**6, searches_per_s=10**6, page=3, token=TOKEN)
        )
        self._book = self._fake.book
        words = [value for values in WORDS["contacts"].values() for value in values]
        statuses = dict.fromkeys([*words, *(state.upper() for state in _OWN)])
        self._book.properties["contacts"]["hs_lead_status"] = definition("hs_lead_status", statuses)

    def __call__(self, request: Request) -> Reply:
        return self._fake(request)

    @property
    def lag_s(self) -> float:
        return self._book.index_lag_ms / 1000

    @lag_s.setter
    def lag_s(self, seconds: float) -> None:
        self._book.index_lag_ms = int(seconds * 1000)

    @property
    def hole(self) -> bool:
        return self._fake.hole

    @hole.setter
    def hole(self, there: bool) -> None:
        self._fake.hole = there

    def is_read(self, request: Request) -> bool:
        return request.method == "GET" or request.steps[-1] in _ASKS

    def add(self, lead: str, **fields: Any) -> None:
        names = {"name": "firstname", "status": "hs_lead_status", "owner": "hubspot_owner_id"}
        told = {
            names.get(name, name): self._word(value) if name == "status" else value for name, value in fields.items()
        }
        known = self._book.get("contacts", lead)
        if known:
            self._book.set("contacts", lead, told)
        else:
            self._book.create("contacts", told, id=lead)

    def remove(self, lead: str) -> None:
        self._book.archive("contacts", lead)

    def write_note(self, lead: str, text: str) -> None:
        made = self._book.create("notes", {"hs_timestamp": "0", "hs_note_body": text.replace("\n", "<br>")})
        self._book.tie("notes", made.id, "contacts", lead)

    def notes(self, lead: str) -> list[str]:
        return [text_of(body) for body in self._book.notes("contacts", lead)]

    def status(self, lead: str) -> str:
        value = str(self._book.records["contacts"][lead].properties.get("hs_lead_status") or "")
        return next((state for state, words in self._words().items() if value in words), value)

    def _word(self, state: str) -> str:
        """What a state is called there; another word is one of the company's own."""
        word = next(iter(self._words().get(state, ())), state)
        self._book.properties["contacts"]["hs_lead_status"]["options"].append({"value": word, "label": word})
        return word

    def _words(self) -> dict[str, Any]:
        return {**WORDS["contacts"], **self.mapping["states"]}
