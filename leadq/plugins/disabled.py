"""Plugins that a person has switched off: their names, a line each, in `disabled-plugins.txt` beside the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.plugins.errors import N_

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.paths import Home

SENTENCE: Final = N_("Plugin “{name}” is disabled; `leadq plugin enable {name}` lets it work again.")


def names(home: Home) -> frozenset[str]:
    """The disabled ones; none where nobody ever disabled any. Raises OSError."""
    try:
        text = _file(home).read_text("utf-8", "replace")
    except FileNotFoundError:
        return frozenset()
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def switch(home: Home, name: str, *, off: bool) -> None:
    """Write down that `name` is disabled, or is not any more. Raises OSError."""
    left = sorted(names(home) - {name} | ({name} if off else frozenset()))
    home.config.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = _file(home).with_suffix(".new")
    draft.write_text("".join(f"{each}\n" for each in left), "utf-8")
    draft.replace(_file(home))


def _file(home: Home) -> Path:
    return home.config / "disabled-plugins.txt"
