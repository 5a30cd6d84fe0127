"""How far a long job is, for whoever wants to hear it: the job knows no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

Progress = Callable[[int, int], None]
"""Hears how many of how many are done."""

_OFTEN: Final = 1000
"""Items between two words: often enough for a person, seldom enough to cost nothing."""

_Item = TypeVar("_Item")


def heard(items: Sequence[_Item], progress: Progress) -> Iterator[_Item]:
    """The items one after another; `progress` hears every so often how many of how many are done."""
    for done, item in enumerate(items, start=1):
        yield item
        if done % _OFTEN == 0:
            progress(done, len(items))
