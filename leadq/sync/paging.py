"""A guard for whoever goes from page to page as the other end says: it may say the same for ever."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from leadq.plugins.sdk import N_, Transient

MAX_PAGES: Final = 20_000


class Looping(Transient):
    """The paging at the other end does not come to an end. What was read so far stands."""


class CursorGuard:
    """Give it each cursor before you use it: one that was there before, or one too many, is refused."""

    def __init__(self, max_pages: int = MAX_PAGES) -> None:
        self._max = max_pages
        self._seen: set[bytes] = set()

    def step(self, cursor: str) -> str:
        """`cursor`, when it is new. Raises Looping. Costs 16 bytes a page, however long a cursor is."""
        mark = blake2b(cursor.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if mark in self._seen or len(self._seen) >= self._max:
            raise Looping(N_("The service gives the same page again and again ({pages} pages read)."), pages=self.pages)
        self._seen.add(mark)
        return cursor

    @property
    def pages(self) -> int:
        """How many cursors were accepted."""
        return len(self._seen)
