"""What Pipedrive lets us ask: tokens of a day, and requests of two seconds.

Source: `x-token-cost` of the vendor's description (the tests hold this table against it), and its page on rate limits.
A day has 30,000 tokens for each seat of the smallest plan, and begins at midnight UTC. A laptop is one seat: it takes
no more than that, whatever the plan.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from leadq.plugins.sdk import N_, AdapterError, AuthFailed, Limit, RateLimited

if TYPE_CHECKING:
    from leadq.plugins.sdk import Answer

DAY: Final = Limit(
    30_000,
    per_s=86_400,
    weight=20,
    costs=(
        ("GET /api/v1/leads/archived", 40),
        ("GET /api/v1/leads/*", 2),
        ("GET /api/v1/leads", 20),
        ("PATCH /api/v1/leads/*", 10),
        ("* /api/v1/leadLabels", 10),
        ("GET /api/v1/notes", 20),
        ("POST /api/v1/notes", 10),
        ("DELETE /api/v1/notes/*", 6),
        ("GET /api/v1/users/me", 2),
        ("GET /api/v1/users", 20),
        ("POST /api/v2/dealFields", 5),
        ("GET /api/v2/stages", 5),
        ("GET /api/v2/*", 10),
    ),
    remaining="x-daily-ratelimit-token-remaining",
    daily=True,
)

BURST: Final = Limit(20, per_s=2, remaining="x-ratelimit-remaining", reset="x-ratelimit-reset")
"""Of the smallest plan."""

LIMITS: Final = (DAY, BURST)

_BURST_S: Final = 2.0
_TOKEN: Final = N_(
    "Pipedrive does not accept the token: copy it anew (Personal preferences, API), and set it with `leadq auth set`."
)
_CLOSED: Final = N_("Pipedrive has closed the company’s account, or its plan is not paid: outcomes wait.")
_DAILY: Final = N_(
    "The company’s tokens for Pipedrive are used up for today, by whoever asks there: more at midnight UTC."
)


def refused(answer: Answer) -> AdapterError | None:
    """What a refusal of theirs means that means something else elsewhere; None for the others.

    Nothing was applied in any of these. There are two kinds of 429: one of the day's tokens, after which asking again
    before midnight only leads to the edge's wall, and one of the last two seconds.
    """
    if answer.status == 401:
        return AuthFailed(_TOKEN)
    if answer.status == 402:
        return AuthFailed(_CLOSED)
    if answer.status != 429:
        return None
    if answer.headers.get(DAY.remaining, "").strip() == "0":
        return RateLimited(_until_midnight_s(answer), _DAILY)
    if "retry-after" in answer.headers or BURST.reset not in answer.headers:
        return None
    return RateLimited(_seconds(answer.headers[BURST.reset]))


def _until_midnight_s(answer: Answer) -> float | None:
    """By their clock; None where it is not said."""
    try:
        now = parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError):
        return None
    return (datetime.combine(now.date() + timedelta(days=1), time(), UTC) - now).total_seconds()


def _seconds(said: str) -> float:
    try:
        return max(_BURST_S, min(float(said), 60.0))
    except ValueError:
        return _BURST_S
