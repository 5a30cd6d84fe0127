"""What HubSpot's refusals mean, in one sentence each: reference/crm-apis.md 3.1, «Errors» and «Rate»."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from leadq.plugins.sdk import N_, AdapterError, Answer, AuthFailed, RateLimited, Transient

_PAUSES: Final[Mapping[str, float]] = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}
_UNKNOWN_MIDNIGHT_S: Final = 3600.0
_LOCKED_S: Final = 2.0
_MIGRATION_S: Final = 60.0
_MARGIN_S: Final = 60
_OURS: Final = re.compile(r"leadq_[a-z_]+")

WRONG_KEY: Final = N_(
    "HubSpot does not accept the service key: it is wrong, expired, or of another region. Make or rotate one under"
    " Development > Keys > Service keys, and give it to leadq."
)
_SCOPES: Final = N_("HubSpot’s service key lacks a scope: {scopes}. Add it to the key.")
_NO_PROPERTY: Final = N_(
    "HubSpot has no property “{name}” yet: somebody who may create properties lets leadq prepare the connection."
)
_DAILY: Final = N_("HubSpot’s daily limit is used up: nothing more until midnight there.")
_PAUSE: Final = N_("HubSpot asks for a pause.")
_MIGRATION: Final = N_("HubSpot is moving this account to another data centre.")


def explain(answer: Answer, midnight_s: Callable[[Answer], float]) -> AdapterError | None:
    """The error that a refusal is; None for what means the same everywhere. `midnight_s`: how far off it is there."""
    said = answer.data if isinstance(answer.data, dict) else {}
    category, message = str(said.get("category") or ""), str(said.get("message") or "")
    match answer.status:
        case 401:
            return AuthFailed(WRONG_KEY)
        case 403 if category == "MISSING_SCOPES" or "scope" in message:
            return AuthFailed(_SCOPES, scopes=", ".join(_scopes(said)) or "?")
        case 423:
            return RateLimited(_LOCKED_S, _PAUSE)
        case 429:
            return _limited(answer, str(said.get("policyName") or ""), message, midnight_s)
        case 477:
            return RateLimited(_asked_s(answer) or _MIGRATION_S, _MIGRATION)
        case 400 if "PROPERTY_DOESNT_EXIST" in str(said) and (ours := _OURS.search(str(said))):
            return Transient(_NO_PROPERTY, name=ours[0])
    return None


def _limited(answer: Answer, policy: str, message: str, midnight_s: Callable[[Answer], float]) -> RateLimited | None:
    """`Retry-After` is not guaranteed, and search refuses without headers: then the policy says how long."""
    if policy == "DAILY" or "daily limit" in message:
        return RateLimited(midnight_s(answer), _DAILY)
    if "retry-after" in answer.headers:
        return None
    known = 1.0 if "secondly limit" in message and "ten" not in message.lower() else _PAUSES.get(policy, 10.0)
    return RateLimited(known, _PAUSE)


def _asked_s(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else 0.0


def _scopes(said: Mapping[str, Any]) -> Iterable[str]:
    """The scopes that the answer names, wherever it does."""
    errors = said.get("errors")
    contexts = [said.get("context"), *(each.get("context") for each in errors or () if isinstance(each, dict))]
    named = [
        str(scope)
        for context in contexts
        if isinstance(context, dict)
        for key, value in context.items()
        if "scope" in key.lower()
        for scope in (value if isinstance(value, list) else [value])
    ]
    return dict.fromkeys(named)


def server_ms(answer: Answer) -> int:
    """When HubSpot answered, by its own clock; 0 when it does not say."""
    try:
        return int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp()) * 1000
    except (ValueError, TypeError):
        return 0


def until_midnight_s(answer: Answer, zone: str) -> float:
    """Seconds from the answer until the account's next midnight, and a minute; an hour where its zone is not known."""
    now_ms = server_ms(answer)
    try:
        here = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(zone or "-"))
    except (KeyError, ValueError, OSError):
        return _UNKNOWN_MIDNIGHT_S
    if not now_ms:
        return _UNKNOWN_MIDNIGHT_S
    tomorrow = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return tomorrow.timestamp() - here.timestamp() + _MARGIN_S
