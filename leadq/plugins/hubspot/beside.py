"""What others did with our leads: calls, e-mails and meetings as activities, and what became of them as deals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from leadq.plugins.hubspot.portal import Portal, Record, mapping, rows
from leadq.plugins.hubspot.reading import text_of
from leadq.plugins.hubspot.search import found, since
from leadq.plugins.sdk import Activity, Deal, DealState

_NOTE: Final = 500

_CALLS: Final[Mapping[str, str]] = {
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "gatekeeper",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "voicemail",
    "17b47fee-58de-441e-a44c-c6300d46f273": "wrong_number",
}
"""The ids of a call's outcome that every account begins with; busy, no answer and the company's own count as a try."""

_MEETINGS: Final[Mapping[str, str]] = {"COMPLETED": "connected", "NO_SHOW": "no_answer"}

_PROPERTIES: Final[Mapping[str, Sequence[str]]] = {
    "calls": ("hs_timestamp", "hs_call_direction", "hs_call_disposition", "hs_call_body"),
    "emails": ("hs_timestamp", "hs_email_direction", "hs_email_status", "hs_email_subject", "hs_sequence_id"),
    "meetings": ("hs_timestamp", "hs_createdate", "hs_meeting_outcome", "hs_meeting_title"),
    "deals": ("dealstage", "amount", "deal_currency_code", "hs_lastmodifieddate"),
}


class Beside:
    """Looks beside the leads of one account."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def seen(self, start_ms: int) -> tuple[tuple[Activity, ...], tuple[Deal, ...]]:
        """What changed since an instant of the server's."""
        settings = self._portal.settings
        activities: list[Activity] = []
        for kind in ("calls", "emails", "meetings") if settings.with_activities else ():
            for lead, record in self._linked(kind, start_ms):
                activities += self._activity(kind, lead, record)
        deals = self._linked("deals", start_ms) if settings.with_deals else ()
        return tuple(activities), tuple(self._deal(lead, record) for lead, record in deals)

    def _linked(self, kind: str, start_ms: int) -> Iterator[tuple[str, Record]]:
        """The records of a kind with each lead that they are about."""
        portal = self._portal
        for ids in found(portal, kind, [[since(kind, start_ms)]]):
            linked = portal.linked(kind, portal.settings.object, ids)
            about = [each for each in ids if linked.get(each)]
            for record in portal.read(kind, about, [*_PROPERTIES[kind], "hubspot_owner_id"]):
                for lead in dict.fromkeys(linked.get(str(record.get("id")), ())):
                    yield lead, record

    def _activity(self, kind: str, lead: str, record: Record) -> Iterator[Activity]:
        properties = mapping(record.get("properties"))
        told = _READERS[kind](properties)
        if told is None:
            return
        outcome, inbound, at, note = told
        yield Activity(
            # of a lead: one call may be about two. A meeting is set, and later held: two things happened.
            id=f"{kind}:{record.get('id')}:{lead}" + (f":{outcome}" if kind == "meetings" else ""),
            lead=lead,
            channel=_CHANNELS[kind],
            outcome=outcome,
            occurred_at=_iso(at or str(record.get("createdAt") or "")),
            inbound=inbound,
            human=not properties.get("hs_sequence_id"),
            actor="" if inbound else self._portal.owner(str(properties.get("hubspot_owner_id") or "")),
            note=text_of(note)[:_NOTE],
        )

    def _deal(self, lead: str, record: Record) -> Deal:
        properties = mapping(record.get("properties"))
        stage = self._stages.get(str(properties.get("dealstage") or ""), {})
        return Deal(
            id=str(record.get("id")),
            lead=lead,
            state=_state(mapping(stage.get("metadata"))),
            stage=str(stage.get("label") or properties.get("dealstage") or ""),
            amount=str(properties.get("amount") or ""),
            currency=str(properties.get("deal_currency_code") or self._portal.currency),
            changed_at=_iso(str(record.get("updatedAt") or "")),
        )

    @cached_property
    def _stages(self) -> Mapping[str, Record]:
        """The stages of all deal pipelines by id."""
        return {
            str(stage.get("id")): stage
            for pipeline in self._portal.pipelines("deals")
            for stage in rows(pipeline, "stages")
        }


def _state(metadata: Record) -> DealState:
    """A stage is closed or not, and won when a deal in it is certain (`probability`, required for deals)."""
    probability = str(metadata.get("probability") or "")
    closed = str(metadata.get("isClosed") or "").lower()
    if probability in ("1", "1.0"):
        return "won"
    return "lost" if closed == "true" or (not closed and probability in ("0", "0.0")) else "open"


Told = tuple[str, bool, str, str]
"""The outcome, whether the prospect did it, when, and a note."""


def _call(properties: Record) -> Told:
    inbound = properties.get("hs_call_direction") == "INBOUND"
    outcome = "connected" if inbound else _CALLS.get(str(properties.get("hs_call_disposition")), "no_answer")
    return outcome, inbound, str(properties.get("hs_timestamp") or ""), str(properties.get("hs_call_body") or "")


def _email(properties: Record) -> Told | None:
    at, subject = str(properties.get("hs_timestamp") or ""), str(properties.get("hs_email_subject") or "")
    if properties.get("hs_email_direction") == "INCOMING_EMAIL":
        return "replied", True, at, subject
    if properties.get("hs_email_direction") == "FORWARDED_EMAIL":
        return None
    return ("bounced" if properties.get("hs_email_status") == "BOUNCED" else "no_answer"), False, at, subject


def _meeting(properties: Record) -> Told | None:
    """A meeting that was called off says nothing of the lead; one that is to come was set when it was created."""
    outcome, title = str(properties.get("hs_meeting_outcome") or "SCHEDULED"), properties.get("hs_meeting_title")
    if outcome in ("SCHEDULED", "RESCHEDULED"):
        return "meeting_set", False, str(properties.get("hs_createdate") or ""), str(title or "")
    known = _MEETINGS.get(outcome)
    return (known, False, str(properties.get("hs_timestamp") or ""), str(title or "")) if known else None


_READERS: Final[Mapping[str, Callable[[Record], Told | None]]] = {
    "calls": _call,
    "emails": _email,
    "meetings": _meeting,
}
_CHANNELS: Final[Mapping[str, str]] = {"calls": "call", "emails": "email", "meetings": "meeting"}


def _iso(at: str) -> str:
    """An instant as leadq writes it; HubSpot gives milliseconds or ISO 8601."""
    if at.isdecimal():
        return datetime.fromtimestamp(int(at) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return at
