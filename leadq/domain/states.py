"""The states of a lead: neutral ids, which a contract's dictionary gives the company's own names."""

from __future__ import annotations

from typing import Final

OPEN_STATES: Final = ("handed_off", "accepted", "working", "connected")
CLOSED_STATES: Final = ("qualified", "disqualified", "recycled", "rejected", "archived", "merged")
STATES: Final = OPEN_STATES + CLOSED_STATES
