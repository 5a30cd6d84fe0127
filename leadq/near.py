"""Leads that a search may have meant: its letters in this order, among the first of the view.

For the day when somebody types `frgs` or `jmartin`. Only the top of a view is looked through, in the reading thread: an
index finds nothing by letters, and a scan of 100,000 names for each letter typed would.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from leadq.order import Filter

TOP: Final = 200
"""So many of the view are looked through."""
FEW: Final = 5
"""From so many leads found on, nobody asks for those that are only similar."""


def near(db: sqlite3.Connection, view: Filter, typed: str, top: Sequence[int], known: Sequence[int]) -> list[int]:
    """Those of `top` that are still in `view`, are not `known`, with the letters `typed` (folded), closest first."""
    where, params = view.where()
    rows = db.execute(
        f"SELECT l.id, p.search FROM json_each(:ids) top CROSS JOIN lead l ON l.id = top.value"
        f" CROSS JOIN person p ON p.id = l.person_id WHERE ({where}) ORDER BY top.key",
        {**params, "ids": json.dumps([lead_id for lead_id in top if lead_id not in known])},
    )
    words = typed.split()
    costs = [(apart, lead_id) for lead_id, text in rows if (apart := cost(words, text)) is not None]
    return [lead_id for _apart, lead_id in sorted(costs, key=lambda found: found[0])]


def cost(words: Sequence[str], text: str) -> int | None:
    """How far the letters of `words` lie apart in `text`, both folded: 0 when each word is in it, None when one is not.

    A word must begin where one of the text does, and no more letters than it has may stand between its own: else a few
    letters are in nearly every name.
    """
    costs = [_word_cost(word, text) for word in words]
    return None if None in costs else sum(cost for cost in costs if cost)


def _word_cost(word: str, text: str) -> int | None:
    if word in text:
        return 0
    spans = [
        end - start - len(word)
        for start in range(len(text))
        if (not start or not text[start - 1].isalnum()) and (end := _end(word, text, start)) is not None
    ]
    return min((apart for apart in spans if apart <= len(word)), default=None)


def _end(word: str, text: str, start: int) -> int | None:
    """Where the letters of `word` end in `text`, each looked for behind the one before; the first stands at `start`."""
    if not text.startswith(word[0], start):
        return None
    at = start
    for letter in word[1:]:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
    return at + 1
