"""A guard for whoever goes from page to page as the other end says: it may say the same for ever."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from leadq.plugins.sdk import N_, Transient

MAX_PAGES: Final = 20_000


class Looping(Transient):
    """The paging at the other end does not come to an end. What was read so far stands."""


class CursorGuard:
    """Give it the cursor of each page: one that was there before, or one page too many, is refused."""

    def __init__(self, max_pages: int = MAX_PAGES) -> None:
        self._max = max_pages
        self._seen: set[bytes] = set()
        self.pages = 0

    def step(self, cursor: str | None) -> None:
        """Accept the cursor of one more page; None for a page without one, which only counts. Raises Looping.

        Costs 16 bytes a page, however long a cursor is.
        """
        mark = blake2b(cursor.encode("utf-8", "surrogatepass"), digest_size=16).digest() if cursor else None
        if mark in self._seen or self.pages >= self._max:
            raise Looping(N_("The service gives the same page again and again ({pages} pages read)."), pages=self.pages)
        self.pages += 1
        if mark:
            self._seen.add(mark)
