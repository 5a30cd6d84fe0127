"""Who a lead is without saying who: role, size and sector, as the handoff gave them (field.md 1e, no. 78)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

SIZES: Final = ((10, "1-9"), (50, "10-49"), (250, "50-249"), (1000, "250-999"))
"""Up to fewer than so many employees -> the class, as Eurostat cuts them; the largest is `1000+`."""


def profile(fields: Mapping[str, Any]) -> str:
    """`role / size / sector` of the handoff's fields, "?" for what is not known; "" when nothing is."""
    parts = (str(fields.get("role") or ""), size(fields.get("company_size")), str(fields.get("sector") or ""))
    return " / ".join(part or "?" for part in parts) if any(parts) else ""


def size(employees: object) -> str:
    """The class of a number of employees; "" when it is not known."""
    if not isinstance(employees, int | float) or employees < 1:
        return ""
    return next((name for below, name in SIZES if employees < below), "1000+")
