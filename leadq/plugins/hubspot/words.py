"""What leadq and HubSpot call the same things, before a company says what it calls them.

HubSpot's own names and values are from reference/crm-apis.md 3.1; whatever an account may have changed is only a
default here, and `[connection.X.states]` and `[connection.X.fields]` go over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadq.plugins.sdk import N_, Context, Rejected

OBJECTS: Final[Mapping[str, str]] = {"contact": "contacts", "lead": "leads"}

STATUS: Final[Mapping[str, str]] = {"contacts": "hs_lead_status", "leads": "hs_pipeline_stage"}
"""The property that holds a lead's state."""

CHANGED: Final[Mapping[str, str]] = {"contacts": "lastmodifieddate"}
"""When a record changed last: of the other objects it is `hs_lastmodifieddate`."""

CLOSED: Final = frozenset({"qualified", "disqualified", "recycled", "rejected", "archived", "merged"})

WORDS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "contacts": {
        "handed_off": ("NEW",),
        "accepted": ("OPEN",),
        "working": ("ATTEMPTED_TO_CONTACT", "IN_PROGRESS"),
        "connected": ("CONNECTED",),
        "qualified": ("OPEN_DEAL",),
        "disqualified": ("UNQUALIFIED",),
        "recycled": ("BAD_TIMING",),
        "rejected": ("UNQUALIFIED",),
        "archived": ("UNQUALIFIED",),
        "merged": ("UNQUALIFIED",),
    },
    "leads": {
        "handed_off": ("NEW",),
        "accepted": ("ATTEMPTING", "IN_PROGRESS", "NEW"),
        "working": ("ATTEMPTING", "IN_PROGRESS"),
        "connected": ("CONNECTED", "IN_PROGRESS"),
        "qualified": ("QUALIFIED",),
        "disqualified": ("UNQUALIFIED", "DISQUALIFIED"),
        "recycled": ("UNQUALIFIED", "DISQUALIFIED"),
        "rejected": ("UNQUALIFIED", "DISQUALIFIED"),
        "archived": ("UNQUALIFIED", "DISQUALIFIED"),
        "merged": ("UNQUALIFIED", "DISQUALIFIED"),
    },
}
"""For contacts values of `hs_lead_status`, for leads what a stage is by its category. Several states may share a word:
`leadq_outcome` on the record tells them apart."""

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "contacts": {
        "first_name": "firstname",
        "last_name": "lastname",
        "email": "email",
        "phone": "phone",
        "company": "company",
        "title": "jobtitle",
        "country": "country",
        "language": "hs_language",
        "sector": "industry",
        "company_size": "numemployees",
        "source": "hs_analytics_source",
        "trigger": "recent_conversion_event_name",
        "handed_off_at": "hs_lifecyclestage_marketingqualifiedlead_date",
    },
    "leads": {
        "name": "hs_lead_name",
        "first_name": "contact.firstname",
        "last_name": "contact.lastname",
        "email": "contact.email",
        "phone": "contact.phone",
        "company": "contact.company",
        "title": "contact.jobtitle",
        "country": "contact.country",
        "language": "contact.hs_language",
        "source": "contact.hs_analytics_source",
        "handed_off_at": "hs_createdate",
    },
}
"""Where leadq's fields are; `contact.` of a lead is its primary contact."""

LIFECYCLE: Final = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
)
"""In the order in which they are gone through."""


class Settings:
    """The options of one connection, understood. Raises Rejected for what cannot be."""

    def __init__(self, context: Context) -> None:
        options = context.options
        profile = str(options.get("profile", "contact"))
        if profile not in OBJECTS:
            sentence = N_("HubSpot’s profile is “contact” or “lead”, not “{profile}”.")
            raise Rejected("profile", sentence, profile=profile)
        self.object = OBJECTS[profile]
        self.version = str(options.get("version", "2026-03"))
        self.portal = str(options.get("portal", ""))
        self.owners = words_of(options.get("owners"))
        self.lifecycle = words_of(options.get("lifecycle", "marketingqualifiedlead" if profile == "contact" else ""))
        self.lead_status = words_of(options.get("lead_status"))
        self.pipeline = str(options.get("pipeline", ""))
        self.with_notes = _is_on("notes", options)
        self.with_activities = _is_on("activities", options)
        self.with_deals = _is_on("deals", options)
        self.names = {**FIELDS[self.object], **context.fields}
        self.words = {**WORDS[self.object], **context.states}
        self.members = context.members

    @property
    def status(self) -> str:
        """The property that holds a lead's state."""
        return STATUS[self.object]

    @property
    def properties(self) -> list[str]:
        """What is asked of a record: those of the mapping, and our own."""
        mapped = {name for name in self.names.values() if not name.startswith("contact.")}
        return sorted(mapped | {self.status, changed(self.object), *_ALWAYS, *_OWN[self.object]})

    @property
    def contact_properties(self) -> list[str]:
        """What is asked of a lead's primary contact."""
        return sorted(name.removeprefix("contact.") for name in set(self.names.values()) if name.startswith("contact."))


_ALWAYS: Final = (
    "hubspot_owner_id",
    "hs_merged_object_ids",
    "leadq_outcome",
    "leadq_answer",
    "leadq_last_op",
    "leadq_stamp",
    "leadq_first_touch_at",
)
_OWN: Final[Mapping[str, Sequence[str]]] = {
    "contacts": ("lifecyclestage",),
    "leads": ("hs_pipeline", "hs_primary_contact_id"),
}


def changed(kind: str) -> str:
    """The property that says when a record of `kind` changed last."""
    return CHANGED.get(kind, "hs_lastmodifieddate")


def words_of(value: Any) -> tuple[str, ...]:
    """A list of words, or one text with commas between them."""
    given = value.split(",") if isinstance(value, str) else value or ()
    return tuple(word for each in given if (word := str(each).strip()))


def _is_on(name: str, options: Mapping[str, Any]) -> bool:
    given = options.get(name, True)
    if not isinstance(given, bool):
        raise Rejected(name, N_("“{option}” of HubSpot is true or false."), option=name)
    return given


class States:
    """Leadq's states and the values of one property, both ways; `words` gives the values of each, the best first."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        self._words = words

    def value(self, state: str) -> str:
        """What is written for `state`; "" where there is nothing for it."""
        return next(iter(self._words.get(state, ())), "")

    def state(self, value: str, outcome: str) -> str:
        """What `value` means; `outcome` is what leadq wrote last. A value that nobody explained stands for itself.

        So a status of the company's own is not taken for none: leadq would write over it.
        """
        meant = [state for state, values in self._words.items() if value in values]
        return outcome if outcome in meant else next(iter(meant), value)

    @property
    def closed(self) -> list[str]:
        """The values that only closed states have."""
        still = {value for state, values in self._words.items() if state not in CLOSED for value in values}
        return sorted({v for state in CLOSED for v in self._words.get(state, ()) if v not in still})
