"""A home-grown CRM's adapter, as small as one is with the base class, and its service."""

from __future__ import annotations

from leadq.plugins.sdk import ByToken, RestAdapter
from leadq.testing.conformance import RestFake

STATES = ("handed_off", "accepted", "working", "connected", "qualified", "disqualified", "recycled", "rejected")


class Acme(RestAdapter):
    """Twelve lines."""

    name = "acme"
    me = "/me"
    leads, items = "/leads", "data"
    paging = ByToken("cursor", "meta.next")
    since, updated_at = "updated_since", "modified"
    record = "/leads/{id}"
    fields = {"name": "contact.name", "email": "contact.mail", "status": "stage", "owner": "owner"}  # noqa: RUF012
    states = {state: f"crm-{state}" for state in STATES}  # noqa: RUF012
    writes = {"status": "stage", "reason": "lost_reason", "op_id": "leadq_op", "stamp": "leadq_stamp"}  # noqa: RUF012
    notes, note_text, note = "/leads/{id}/notes", "body", "/leads/{id}/notes/{note}"


class AcmeFake(RestFake):
    """Its service."""

    adapter = Acme
