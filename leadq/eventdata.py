"""What the data of an event may hold, for events that did not come from our own verbs.

A rule of this home never writes another kind of value; a file that somebody edited may. Keys that are not known here
are left alone: a newer leadq may have written them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from leadq.domain.reasons import OUTCOMES

FIRST_MS, LAST_MS = 946_684_800_000, 4_102_444_800_000
"""2000 to 2100: what lies outside is a mistake, and would have a calendar compiled for every year up to it."""

_LONGEST: Final = 500


def is_instant(value: object) -> bool:
    """Whole milliseconds UTC within a century in which leads are worked."""
    return type(value) is int and FIRST_MS <= value < LAST_MS


def is_text(value: object) -> bool:
    """A short text that can be stored: JSON can say half of a character, which no file can hold."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def wrong_key(data: Mapping[str, Any]) -> str | None:
    """The first key whose value is of another kind than it should be; None when all fit."""
    for key, value in data.items():
        fits = _is_optional_instant if key.endswith("_ms") else _KINDS.get(key, _is_anything)
        if not (is_text(key) and fits(value)):
            return key
    return None


def _is_optional_instant(value: object) -> bool:
    return value is None or is_instant(value)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15)


def _is_scalar(value: object) -> bool:
    return isinstance(value, bool) or _is_number(value) or is_text(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def _is_flags(value: object) -> bool:
    return isinstance(value, dict) and all(is_text(key) and isinstance(flag, bool) for key, flag in value.items())


def _is_fields(value: object) -> bool:
    return isinstance(value, dict) and all(is_text(key) and _is_scalar(field) for key, field in value.items())


def _is_instants(value: object) -> bool:
    return isinstance(value, dict) and all(is_text(key) and is_instant(at_ms) for key, at_ms in value.items())


def _is_touches(value: object) -> bool:
    """Rows of uid, instant, channel, outcome, whether inbound, whether by a human."""
    kinds = (is_text, is_instant, is_text, _is_outcome, _is_flag, _is_flag)
    return isinstance(value, list) and all(
        isinstance(row, list)
        and len(row) == len(kinds)
        and all(fits(cell) for fits, cell in zip(kinds, row, strict=True))
        for row in value
    )


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_cycle(value: object) -> bool:
    return type(value) is int and 0 < value < 1_000_000


def _is_quality(value: object) -> bool:
    return type(value) is int and 1 <= value <= 5


def _is_outcome(value: object) -> bool:
    return isinstance(value, str) and value in OUTCOMES


def _is_anything(value: object) -> bool:
    """A text, a number, a list or a table of a leadq that knows more: kept as it is, and shown by nothing here."""
    if isinstance(value, dict):
        return all(is_text(key) and _is_anything(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(map(_is_anything, value))
    return _is_scalar(value)


_WORDS: Final = (
    "policy", "contract", "tier", "connection", "source", "campaign", "trigger", "owner", "product_line", "to",
    "reason", "channel", "criterion", "into", "track", "field", "need", "budget", "intent", "insight", "previous",
    "from", "state", "answer", "deal", "with", "icp", "why", "by", "op", "how", "verb", "leave", "away", "back",
    "member", "cover", "rule", "runner", "step",
)  # fmt: skip
_KINDS: Final[Mapping[str, Callable[[object], bool]]] = {
    **dict.fromkeys(_WORDS, is_text),
    **dict.fromkeys(("score", "fit", "engagement"), _is_number),
    **dict.fromkeys(("inbound", "date_only", "opposed", "human", "settled"), _is_flag),
    **dict.fromkeys(("missing", "events", "invalid", "insights", "flags"), _is_texts),
    **dict.fromkeys(("base", "new"), _is_scalar),
    "outcome": _is_outcome,
    "quality": _is_quality,
    "cycle": _is_cycle,
    "criteria": _is_flags,
    "fields": _is_fields,
    "touches": _is_touches,
    "deadlines": _is_instants,
}
