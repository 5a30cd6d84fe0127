"""What a cycle and the child of a hub say to each other: a word, what goes with it, and the answer.

The child hands them on as they are. What comes back was written by other laptops, and is checked where it is taken in
(`leadq.sync.exchange`): an event by the same door as a file of events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from leadq.sync.checks import mapping, text


@dataclass(frozen=True, slots=True)
class Exchange:
    """Say this to the hub."""

    word: str
    what: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What the hub answered."""

    what: Mapping[str, Any]


class Exchanges(Protocol):
    """An adapter with the capability `exchange`. There is one, and it is no part of what the SDK promises."""

    def exchange(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        """Say one word to the other end, and give back its answer: both are what JSON can hold."""
        ...


Exchanging = Exchange | Exchanged
NAMES: Final[Mapping[type, str]] = {Exchange: "exchange", Exchanged: "exchanged"}
READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Exchanging]]] = {
    "exchange": lambda body: Exchange(text(body["word"]), mapping(body["what"])),
    "exchanged": lambda body: Exchanged(mapping(body["what"])),
}
