"""Where a pull goes on: a place in the order of the leads’ update time, and when the last one began, by their clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from leadq.plugins.sdk import Answer

OVERLAP: Final = timedelta(minutes=2)
"""How far a pull reaches back before the beginning of the one before: for what was being written just then."""

FIRST_LOOK: Final = timedelta(days=7)
"""How far back a full listing asks for activities and deals: it knows of no pull before it."""


@dataclass(frozen=True, slots=True)
class Place:
    """`since` (seconds, ISO) and `start` are where the leads go on: later than or at `since`, after `start` of those.

    `began` is when this pull began, "" before its first answer; `others` from when on activities and deals are asked
    for, "" when nothing is known. `part` counts the pages of those, so that no two cursors are the same.
    """

    since: str = ""
    start: int = 0
    began: str = ""
    others: str = ""
    part: int = 0

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        """The place that `text` gave; the beginning for none, and for one that another version wrote."""
        try:
            kept = json.loads(cursor or "")
            return cls(str(kept["since"]), int(kept["start"]), str(kept["began"]), str(kept["others"]))
        except (ValueError, KeyError, TypeError):
            return cls()

    @property
    def text(self) -> str:
        """The cursor."""
        return json.dumps(asdict(self))

    def begun(self, answer: Answer) -> Place:
        """This, with the time of the first answer."""
        return self if self.began else replace(self, began=served_at(answer))

    def after(self, rows: Sequence[Mapping[str, Any]]) -> Place:
        """The place behind a page. By time and not by count: a lead that is written meanwhile moves to the end, and a
        count would jump over the one that takes its place. Within one second, or out of order, only the count is left.
        """
        times = [second(row.get("update_time")) for row in rows]
        if times and times[-1] > self.since and times == sorted(times):
            return replace(self, since=times[-1], start=0)
        return replace(self, start=self.start + len(rows))

    def ended(self) -> Place:
        """Where the next pull begins."""
        until = earlier(self.began, OVERLAP) or self.since
        return Place(since=until, others=until)

    @property
    def others_since(self) -> str:
        """From when on activities and deals are asked for; "" where not even the time is known."""
        return self.others or earlier(self.began, FIRST_LOOK)


def served_at(answer: Answer) -> str:
    """When the service answered, by its own clock; "" when it does not say."""
    try:
        return _iso(parsedate_to_datetime(answer.headers.get("date", "")))
    except (ValueError, TypeError):
        return ""


def earlier(instant: str, by: timedelta) -> str:
    """So much before `instant`; "" for no instant."""
    return _iso(datetime.fromisoformat(instant) - by) if instant else ""


def second(given: Any) -> str:
    """An instant of theirs to the second, as it asks for them in a query; "" for what is none."""
    try:
        return _iso(datetime.fromisoformat(given))
    except (ValueError, TypeError):
        return ""


def _iso(instant: datetime) -> str:
    whole = instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    return whole.strftime("%Y-%m-%dT%H:%M:%SZ")
