"""What this person's screen is like: keys, colours, signs. Read before the first page, so it costs a look at two files.

Whatever cannot be used is left out, and said once the screen is up.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq import config, drawing
from leadq.actions import use_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.domain.contract_file import Problem
    from leadq.keymap import Keys
    from leadq.paths import Home
    from leadq.themes import Colours

_OF_THE_LIBRARY: Final = {"default": "textual-dark", "ansi-dark": "ansi-dark", "ansi-light": "ansi-light"}
"""Our name of a theme -> the library's."""


@dataclass(frozen=True, slots=True)
class Taste:
    """`keys`: those that are not as leadq comes; `theme`: by our name; `sound`: whether all of it could be used."""

    keys: Keys
    theme: str
    sound: bool = True


def read(home: Home) -> Taste:
    """The taste of whom `home` belongs to, in use from now on. Raises as `config.load` does."""
    settings = config.load(home)
    if settings.ascii:
        drawing.use_ascii(True)
    keys, fine = _keys(home)
    use_keys(keys)
    known = settings.theme in _OF_THE_LIBRARY or _colours(home, settings.theme) is not None
    return Taste(keys, settings.theme if known else "default", fine and known)


def _keys(home: Home) -> tuple[Keys, bool]:
    if not home.keys.exists():
        return {}, True
    from leadq.keymap import load

    own = load(home.keys)
    return own.keys, own.fine


def _colours(home: Home, theme: str) -> Colours | None:
    from leadq.themes import load

    return load(home, theme)


def library_theme(home: Home, name: str) -> str | Colours:
    """The library's name for a theme of ours, or the colours that one is to be made of."""
    return _OF_THE_LIBRARY.get(name) or _colours(home, name) or _OF_THE_LIBRARY["default"]


def no_colour() -> bool:
    """Whether `NO_COLOR` says anything: an empty one does not (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def troubles(home: Home) -> Iterator[Problem]:
    """What is wrong with the keys and the theme of this home."""
    from leadq import keymap, themes

    yield from keymap.problems(home.keys)
    yield from themes.problems(home, config.load(home).theme)
