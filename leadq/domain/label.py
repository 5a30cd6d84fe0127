"""A word of the field in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_fold: list[Callable[[str], str]] = []


def fold_with(fold: Callable[[str], str] | None) -> None:
    """Say every label as `fold` has it from now on, in this process; None: as it is written. For `--ascii`."""
    _fold[:] = [fold] if fold else []


def spoken(en: str, fr: str, language: str) -> str:
    """One of two texts, by language ("fr"; anything else is English)."""
    text = fr if language == "fr" else en
    return _fold[0](text) if _fold else text


@dataclass(frozen=True, slots=True)
class Label:
    """The same label in English and in French."""

    en: str
    fr: str

    def say(self, language: str) -> str:
        """The label in `language` ("fr"; anything else is English)."""
        return spoken(self.en, self.fr, language)
