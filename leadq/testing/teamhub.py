"""A hub as a story of a team needs it, whatever it is made of, and what it has in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol


class Truth(NamedTuple):
    """What a hub has, in terms that do not depend on how it counts: events in their order (uid, device, member, lead),
    whose each lead is, who is known of it, and which notes there are (event, kind)."""

    events: tuple[tuple[str, str, str, str], ...]
    owners: Mapping[str, str]
    people: Mapping[str, str]
    texts: frozenset[tuple[str, str]]
    members: Mapping[str, tuple[str, bool]]
    """Role, and whether they were removed."""


class Hub(Protocol):
    """A hub as a story needs it; `say` raises what the adapter raises."""

    def add(self, name: str, role: str) -> None: ...
    def remove(self, name: str) -> None: ...
    def moved(self, device: str) -> None: ...
    def say(self, login: str, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]: ...
    def owners(self) -> Mapping[str, str]: ...
    def truth(self) -> Truth: ...
    def last(self) -> int: ...
    def hangs_up(self, login: str) -> None: ...
    def copy(self) -> Hub: ...
