"""How far a pull has come, as a cursor; and the service's times, in whatever form they are. For `rest`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadq.plugins.client import Answer

_SECONDS_END: Final = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973


@dataclass(frozen=True, slots=True)
class Reading:
    """What changed since `since_ms` is read; `place` is the next page, `began_ms` when the first one was answered.

    All times are the service's own, in milliseconds UTC, 0 where it did not say. `latest_ms` is the newest change that
    was on a page.
    """

    since_ms: int = 0
    place: int | str | None = None
    began_ms: int = 0
    latest_ms: int = 0

    @classmethod
    def parse(cls, cursor: str | None) -> Reading:
        """The cursor as it was kept; one that is none of ours is the beginning."""
        try:
            found = json.loads(cursor or "{}")
            reading = cls(**found)
        except (ValueError, TypeError, RecursionError):
            return cls()
        times = (reading.since_ms, reading.began_ms, reading.latest_ms)
        is_ours = all(type(each) is int for each in times) and isinstance(reading.place, int | str | None)
        return reading if is_ours else cls()

    @property
    def text(self) -> str:
        """The cursor."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    def noted(self, now_ms: int, changed_ms: Iterable[int]) -> Reading:
        """With a page that was answered at `now_ms`."""
        return replace(self, began_ms=self.began_ms or now_ms, latest_ms=max((self.latest_ms, *changed_ms)))

    def ended(self, overlap_s: int) -> str:
        """The cursor after the last page. Without any time of the service's all is read again the next time."""
        overlap_ms = overlap_s * 1000
        since_ms = self.began_ms - overlap_ms if self.began_ms else max(self.since_ms, self.latest_ms - overlap_ms)
        return Reading(since_ms=max(0, since_ms)).text


def server_ms(answer: Answer) -> int:
    """When the service answered, by its own clock; 0 when it does not say."""
    from email.utils import parsedate_to_datetime  # brings a library of mail with it

    try:
        return int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp()) * 1000
    except (ValueError, TypeError, OverflowError):
        return 0


def millis(value: Any) -> int:
    """A time of the service's in milliseconds UTC: ISO (without an offset it is UTC), seconds or milliseconds.

    0 for what is none.
    """
    if isinstance(value, str) and not value.strip().isdecimal():
        return _iso_ms(value)
    try:
        number = 0 if isinstance(value, bool) else float(value)
    except (ValueError, TypeError):
        return 0
    if not 0 < number < _SECONDS_END * 1000:
        return 0
    return int(number if number >= _SECONDS_END else number * 1000)


def iso(ms: int) -> str:
    """Milliseconds UTC as text; empty for 0."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")[:23] + "Z" if ms else ""


def _iso_ms(text: str) -> int:
    try:
        found = datetime.fromisoformat(text.strip())
        return max(0, int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000))
    except (ValueError, OverflowError):
        return 0
