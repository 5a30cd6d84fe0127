"""A home that is connected to the HubSpot fake, and one adapter over our own client without a home."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from leadq.plugins.hubspot import HubSpot
from leadq.plugins.hubspot.setup import PROPERTIES, definition
from leadq.plugins.sdk import Change, Context
from leadq.sqlite import Store
from leadq.sync.http import Http, Settings
from leadq.testing.hubspot import TOKEN, HubSpotFake
from leadq.testing.inside import Inside
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime
from tests.sync import wired
from tests.sync.laptop import Desktop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadq.paths import Home
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Open
    from leadq.sync.wire import Reply, Request

MQL = {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "NEW", "hubspot_owner_id": "81234"}


def prepared(fake: HubSpotFake) -> HubSpotFake:
    """With our properties, as an administrator agreed."""
    for kind in ("contacts", "leads"):
        fake.book.properties[kind] |= {name: definition(name) for name in PROPERTIES}
    return fake


def contact(fake: HubSpotFake, name: str = "Jeanne", **properties: str | None) -> str:
    """A contact that marketing hands over; its id."""
    told = {"firstname": name, "email": f"{name.lower()}@forges.example", **MQL, **properties}
    return fake.book.create("contacts", told).id


def settings(**more: Any) -> Settings:
    return Settings(HubSpotFake.url, {"authorization": f"Bearer {TOKEN}"}, secrets=(TOKEN,), limits=HubSpot.limits,
                    run_s=1e6, longest_wait_s=1e5, **more)  # fmt: skip


def adapter(fake: HubSpotFake, time: VirtualTime, *, members: Any = None, fields: Any = None, states: Any = None,
            **options: Any) -> HubSpot:  # fmt: skip
    """One adapter, as the child would open it."""
    http = Http(settings(), ticks=time, line=Straight(fake, time))
    made = HubSpot(Context(options, {"token": TOKEN}, connected=http, members=members or {}, fields=fields or {},
                           states=states or {}))  # fmt: skip
    http.explain = made.explain
    return made


def change(external_id: str, op_id: str = "op-1", **more: Any) -> Change:
    told: dict[str, Any] = {
        "op_id": op_id, "lead_uid": "uid", "external_id": external_id, "email": "", "verb": "accept", "reason": "",
        "quality": None, "missing": (), "note": "", "occurred_at": "2026-05-13T15:00:00Z", "actor": "", "seq": 1,
        "stamp": "dev:1", "status": "accepted",
    }  # fmt: skip
    return Change(**{**told, **more})


@dataclass
class Hub(Desktop):
    """One rep's home, connected to `fake` as `hub`; `sync` runs one cycle and waits a minute."""

    home: Home
    options: str = ""
    time: VirtualTime = field(default_factory=VirtualTime)
    fake: HubSpotFake = field(init=False)

    def __post_init__(self) -> None:
        self.fake = prepared(HubSpotFake(self.time))
        self.store = Store(self.home)
        self.home.config.mkdir(parents=True, exist_ok=True)
        self.home.settings.write_text(
            f'[me]\nmember = "zoe@acme.example"\n\n[connection.hub]\nadapter = "hubspot"\n{self.options}\n', "utf-8"
        )

    @property
    def book(self) -> Any:
        return self.fake.book

    def open(self, order: Open, ticks: Ticks) -> Inside:
        return Inside(replace(order, secrets={"token": TOKEN}), HubSpot, Straight(self.fake, self.time), ticks)

    def contact(self, name: str = "Jeanne", **properties: str | None) -> str:
        return contact(self.fake, name, **properties)

    def record(self, name: str, kind: str = "contacts") -> dict[str, str | None]:
        found: dict[str, str | None] = self.book.get(kind, name).properties
        return found

    def paths(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.fake.asked]


@dataclass
class There:
    """An account, and what leadq talks to it with."""

    time: VirtualTime
    fake: HubSpotFake

    def adapter(self, **options: Any) -> HubSpot:
        return adapter(self.fake, self.time, **options)

    def property(self, name: str, of: str) -> str | None:
        found: Mapping[str, str | None] = self.fake.book.get("contacts", of).properties  # type: ignore[union-attr]
        return found.get(name)


def failing(fake: HubSpotFake, where: str, status: int, document: Any, **headers: str) -> Callable[[Request], Reply]:
    def answer(request: Request) -> Reply:
        if not request.path.endswith(where):
            return fake(request)
        return wired.reply(document, status, date=wired.NOW_HTTP, **headers)

    return answer


LIMITED = {"status": "error", "message": "You have reached your ten_secondly_rolling limit.",
           "policyName": "TEN_SECONDLY_ROLLING"}  # fmt: skip
