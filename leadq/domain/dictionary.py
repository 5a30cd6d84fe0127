"""What companies call the states of a lead: the same neutral state is MQL here and AQL there.

leadq never hard-codes one meaning of SQL: the French practice examines a lead before contact and calls it
SQL, where Forrester says SAL and keeps SQL for after the conversation (field.md 7.1). A contract names one of
these tables, or "custom" and writes its own labels in [definitions].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

CUSTOM: Final = "custom"

_PLAIN: Final[Mapping[str, Label]] = {
    "handed_off": Label("Handed off", "Transmis"),
    "accepted": Label("Accepted", "Accepté"),
    "working": Label("Working", "En cours"),
    "connected": Label("Connected", "En contact"),
    "qualified": Label("Qualified", "Qualifié"),
    "disqualified": Label("Disqualified", "Disqualifié"),
    "recycled": Label("Recycled", "Recyclé"),
    "rejected": Label("Rejected", "Rejeté"),
    "archived": Label("Archived", "Archivé"),
    "merged": Label("Merged", "Fusionné"),
}

DICTIONARIES: Final[Mapping[str, Mapping[str, Label]]] = {
    "forrester": {
        **_PLAIN,
        "handed_off": Label("MQL", "MQL"),
        "accepted": Label("SAL", "SAL"),
        "qualified": Label("SQL", "SQL"),
    },
    "seed-fr": {
        **_PLAIN,
        "handed_off": Label("MQL", "MQL"),
        "accepted": Label("SQL", "SQL"),
        "qualified": Label("Opportunity", "Opportunité"),
    },
    "sirius2012": {
        **_PLAIN,
        "handed_off": Label("AQL", "AQL"),
        "accepted": Label("TAL", "TAL"),
        "qualified": Label("TQL", "TQL"),
    },
    CUSTOM: _PLAIN,
}
"""Dictionary -> state -> label. The words of "custom" serve the states that the contract does not name."""
