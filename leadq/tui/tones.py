"""Tone -> style, in the theme's own colours: the one place that says what late, soon or well looks like in text."""

from __future__ import annotations

from typing import Final

TONES: Final = {
    "late": "bold $text-error",
    "soon": "bold $text-warning",
    "good": "$text-success",
    "plain": "",
    "muted": "$foreground-muted",
    "title": "bold $text-primary",
}
"""Tone -> style."""

CLOCK_TONES: Final = {"at_risk": "soon", "met": "good", "breached_open": "late", "met_late": "late"}
"""Clock state -> tone; the others are plain."""
