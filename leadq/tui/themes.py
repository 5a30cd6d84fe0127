"""A theme of leadq's as the library takes it; only imported for who has chosen one."""

from __future__ import annotations

from textual.color import Color
from textual.theme import Theme

from leadq.themes import Colours

_BRIGHT = 0.5


def made(name: str, colours: Colours) -> Theme:
    """The theme `name` in these colours: every colour that a style sheet or a tone asks for is one of them."""
    return Theme(
        name=f"leadq-{name}",
        primary=colours.title,
        secondary=colours.title,
        accent=colours.hot,
        warning=colours.soon,
        error=colours.late,
        success=colours.good,
        foreground=colours.text,
        background=colours.background,
        surface=colours.dialog,
        panel=colours.bar,
        dark=Color.parse(colours.background).brightness < _BRIGHT,
        variables=_variables(colours),
    )


def _variables(colours: Colours) -> dict[str, str]:
    tones = {"primary": colours.title, "warning": colours.soon, "error": colours.late, "success": colours.good}
    muted = ("text-muted", "text-disabled", "foreground-muted", "foreground-disabled")
    return {
        **{f"text-{name}": colour for name, colour in tones.items()},
        "text-accent": colours.hot,
        "text": colours.text,
        **dict.fromkeys(muted, colours.muted),
        "boost": colours.bar,
        "primary-muted": colours.selected,
        "surface-lighten-2": colours.line,
        "panel-lighten-1": colours.bar,
        "input-cursor-background": colours.text,
        "input-cursor-foreground": colours.background,
        "input-selection-background": colours.selected,
        "input-selection-foreground": colours.text,
        "screen-selection-background": colours.selected,
        "screen-selection-foreground": colours.text,
    }
