"""What a touch taught about the market: its kinds in the event, its words apart, because they may name somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_TEXT: Final = "insight"


def kinds(said: Sequence[str]) -> tuple[str, ...]:
    """The kind of each insight, of KIND:TEXT."""
    return tuple(one.partition(":")[0].strip() for one in said)


def texts(said: Sequence[str]) -> dict[str, str]:
    """The words of each insight, by the kind of text that they are kept as."""
    return {_kept_as(index): one.partition(":")[2].strip() for index, one in enumerate(said)}


def told(data: Mapping[str, Any], words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Kind and words of each insight of a touch; the words are "" once they were erased.

    `data` and `words` are the event's own. A touch of the first releases has one `insight`.
    """
    found = data.get("insights") or ([data["insight"]] if data.get("insight") else [])
    return tuple((kind, words.get(_kept_as(index), "")) for index, kind in enumerate(found))


def is_words(kind: str) -> bool:
    """Whether a kind of text holds the words of an insight."""
    return kind.partition(".")[0] == _TEXT


def _kept_as(index: int) -> str:
    return _TEXT if index == 0 else f"{_TEXT}.{index + 1}"
