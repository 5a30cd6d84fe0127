"""A word of the field in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """The same label in English and in French."""

    en: str
    fr: str

    def say(self, language: str) -> str:
        """The label in `language` ("fr"; anything else is English)."""
        return self.fr if language == "fr" else self.en
