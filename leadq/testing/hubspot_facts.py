"""What is fixed in the HubSpot of `hubspot.py`: its pipelines, scopes and kinds of association."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadq.testing.hubspot_book import TIES, Refused, iso

SCOPES: Final = frozenset(
    {
        "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.leads.read", "crm.objects.leads.write",
        "crm.objects.deals.read", "crm.objects.owners.read", "crm.schemas.contacts.read", "crm.schemas.contacts.write",
        "crm.schemas.leads.read", "crm.schemas.leads.write", "sales-email-read",
    }
)  # fmt: skip


def kind_of(name: str) -> str:
    return {"0-1": "contacts", "0-3": "deals", "0-136": "leads"}.get(name, name)


def target(kind: str, type_id: int) -> str:
    for (here, to), known in TIES.items():
        if here == kind and known == type_id:
            return to
    raise Refused(400, "VALIDATION_ERROR", f"{type_id} is no type of association of {kind}")


def scope(kind: str, *, write: bool) -> str:
    """Notes and calls need the contacts' own («Scopes»); e-mails can be read with a scope of theirs."""
    if kind == "emails":
        return "sales-email-read"
    owner = kind if kind in ("contacts", "leads", "deals") else "contacts"
    return f"crm.objects.{owner}.{'write' if write else 'read'}"


def pipeline(kind: str) -> dict[str, Any]:
    stages = _STAGES.get(kind, ())
    then = iso(0)
    return {
        "id": f"{kind}-pipeline-8", "label": f"Default {kind}", "displayOrder": 0, "archived": False, "createdAt": then,
        "updatedAt": then,
        "stages": [
            {"id": f"{4_410_000 + n}", "label": label, "displayOrder": n, "metadata": metadata, "archived": False,
             "createdAt": then, "updatedAt": then, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"}
            for n, (label, metadata) in enumerate(stages)
        ],
    }  # fmt: skip


_STAGES: Final[Mapping[str, Sequence[tuple[str, Mapping[str, str]]]]] = {
    "leads": (
        ("Nouveau", {"leadState": "NEW"}),
        ("Tentatives", {"leadState": "ATTEMPTING"}),
        ("En contact", {"leadState": "CONNECTED"}),
        ("Qualifié", {"leadState": "QUALIFIED"}),
        ("Écarté", {"leadState": "UNQUALIFIED"}),
    ),
    "deals": (
        ("Appointment", {"isClosed": "false", "probability": "0.2"}),
        ("Closed won", {"isClosed": "true", "probability": "1.0"}),
        ("Closed lost", {"isClosed": "true", "probability": "0.0"}),
    ),
}
STAGES: Final = {kind: [f"{4_410_000 + n}" for n in range(len(stages))] for kind, stages in _STAGES.items()}
"""The ids of the stages of each pipeline, in their order."""
