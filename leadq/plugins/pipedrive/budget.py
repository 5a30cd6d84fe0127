"""What Pipedrive lets us ask: tokens of a day, and requests of two seconds.

Source: `x-token-cost` of the vendor's description (the tests hold this table against it), and its page on rate limits.
A day has 30,000 tokens for each seat of the smallest plan, and begins at midnight UTC. A laptop is one seat: it takes
no more than that, whatever the plan.
"""

from __future__ import annotations

from typing import Final

from leadq.plugins.sdk import Limit

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
)

BURST: Final = Limit(20, per_s=2, remaining="x-ratelimit-remaining", reset="x-ratelimit-reset")
"""Of the smallest plan."""

LIMITS: Final = (DAY, BURST)
