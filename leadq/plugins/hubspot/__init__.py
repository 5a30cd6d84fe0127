"""HubSpot: contacts, or records of the Leads object, as leads; outcomes on the record, and notes on its timeline.

A service key is the login (`pat-...`). What HubSpot needs to hold is created by `prepare`; docs/hubspot.md tells what
goes where. The facts about its API are in reference/crm-apis.md 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from leadq.plugins.hubspot.portal import Portal, mapping
from leadq.plugins.hubspot.pulling import Puller
from leadq.plugins.hubspot.reading import Reader, marker_in
from leadq.plugins.hubspot.setup import Setup
from leadq.plugins.hubspot.words import Settings
from leadq.plugins.hubspot.writing import Writer
from leadq.plugins.sdk import (
    N_,
    Account,
    AdapterError,
    Answer,
    Change,
    Context,
    Description,
    Found,
    Gone,
    Limit,
    Login,
    Option,
    Page,
    Ref,
    Rejected,
    Result,
    Step,
    hookimpl,
)


class HubSpot:
    """One connection. The parts are in modules of their own: portal, pulling, reading, writing, setup."""

    name: ClassVar[str] = "hubspot"
    api_version: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[str]] = frozenset(
        {"push", "pull", "lookup", "tidy", "upserts", "describe", "prepare"}
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("token", N_("Service key of the HubSpot account"), required=True, secret=True),
        Option("portal", N_("Id of the HubSpot account: a key of another one is refused")),
        Option("profile", N_("What a lead is in HubSpot: contact or lead")),
        Option("owners", N_("Only leads of these owners: ids or e-mails")),
        Option("lifecycle", N_("Only contacts in these lifecycle stages (marketingqualifiedlead)")),
        Option("lead_status", N_("Only contacts with these lead statuses")),
        Option("pipeline", N_("Lead pipeline, by name or id (the first one)")),
        Option("notes", N_("Whether touches and notes are written on the timeline (true)")),
        Option("activities", N_("Whether calls, e-mails and meetings are fetched (true)")),
        Option("deals", N_("Whether deals are fetched (true)")),
        Option("version", N_("Version of HubSpot’s API (2026-03)")),
        Option("url", N_("Address of HubSpot’s API (https://api.hubapi.com)")),
    )
    limits: ClassVar[tuple[Limit, ...]] = (
        Limit(100, 10, remaining="x-hubspot-ratelimit-remaining"),
        Limit(250_000, 86_400, remaining="x-hubspot-ratelimit-daily-remaining"),
        Limit(5, 1, match="POST */search"),
    )
    """Those of the smallest plan, which the answers' headers only make smaller; search has its own, for an account."""

    @classmethod
    def login(cls, context: Context) -> Login:
        """The service key goes into every request. One address serves all regions; an app's address answers pages."""
        url = str(context.options.get("url", "https://api.hubapi.com"))
        host = urlsplit(url).hostname or ""
        if not host.endswith(".hubapi.com") and host not in ("127.0.0.1", "localhost", "::1"):
            raise Rejected("url", N_("HubSpot’s API is at https://api.hubapi.com, not at “{host}”."), host=host)
        return Login(url, {"authorization": f"Bearer {context.secrets['token']}"})

    def __init__(self, context: Context) -> None:
        self._portal = Portal(context.http, Settings(context))
        self._reader = Reader(self._portal)
        self._puller = Puller(self._portal, self._reader)
        self._writer = Writer(self._portal, self._reader)
        self._setup = Setup(self._portal)

    def explain(self, answer: Answer) -> AdapterError | None:
        """See `sdk.Adapter`."""
        return self._portal.explain(answer)

    def check(self) -> Account:
        """The account, and whether the mapping names what is there."""
        try:
            found, _now_ms = self._portal.account()
            self._setup.verify()
        except Gone as error:
            sentence = N_("HubSpot has no version “{version}” of its API for this account, or no {object}.")
            about = {"version": self._portal.settings.version, "object": self._portal.settings.object}
            raise Rejected("version", sentence, **about) from error
        return Account(found, f"HubSpot {found}")

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page]:
        """See `Puller`."""
        return self._puller.pull(cursor)

    def push(self, changes: Sequence[Change]) -> Iterator[Result]:
        """See `Writer`."""
        return self._writer.push(changes)

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found]:
        """See `Reader`."""
        return self._reader.lookup(refs)

    def tidy(self, external_id: str, op_id: str) -> None:
        """Of the notes with the marker of `op_id` all but the oldest go."""
        notes = self._reader.notes([external_id]).get(external_id, [])
        same = [each for each in notes if marker_in(mapping(each.get("properties")).get("hs_note_body")) == op_id]
        for note in same[1:]:
            self._portal.http.delete(self._portal.object("notes", str(note["id"])))

    def describe(self) -> Description:
        """See `Setup`."""
        return self._setup.describe()

    def plan(self) -> Sequence[Step]:
        """See `Setup`."""
        return self._setup.plan()

    def prepare(self, steps: Sequence[Step]) -> None:
        """See `Setup`."""
        self._setup.prepare(steps)


@hookimpl
def leadq_adapter() -> type[HubSpot]:
    """The adapter of this package."""
    return HubSpot
