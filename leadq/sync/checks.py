"""The shapes that JSON may hold, checked one by one: what comes out of an adapter's process is believed in nothing."""

from __future__ import annotations

from typing import Any


def text(value: object) -> str:
    """A text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(f"text expected, not {type(value).__name__}")
    return value


def maybe_text(value: object) -> str | None:
    """A text or nothing. Raises TypeError."""
    return None if value is None else text(value)


def mapping(value: object) -> dict[str, Any]:
    """An object. Raises TypeError."""
    if not isinstance(value, dict):
        raise TypeError(f"object expected, not {type(value).__name__}")
    return value


def one_of(value: object, allowed: tuple[str, ...]) -> Any:
    """One of these words. Raises ValueError."""
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value
