"""A memory that does not grow: what was put there first leaves first."""

from __future__ import annotations

from typing import Final, TypeVar

KEPT: Final = 64
"""How many calendars one job keeps taken up: 20 MB when each has ten years. More of them are taken up again, slowly."""

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """At most `KEPT` values by key. Only setting an item by its key is counted."""

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > KEPT:
            del self[next(iter(self))]
