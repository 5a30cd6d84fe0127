"""The names of the bands, apart from their rules: `leadq prompt` needs them at every shell prompt, and nothing else."""

from __future__ import annotations

from typing import Final

PROMISE_LEAD_MS: Final = 10 * 60_000
"""A promised call enters the top band ten minutes before its time."""

CLOCK_TOLERANCE_MS: Final = 2 * 60_000
"""How far ahead of us another clock may be before its times count as the future (field.md, E43)."""

BANDS: Final = ("B0", "B1", "B2", "B3", "B4", "B5", "B6", "B7")
