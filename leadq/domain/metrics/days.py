"""Time counted in days of a zone, each of which is one, whether it has 23, 24 or 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from leadq.domain.compile_calendar import at_wall


class Days:
    """The days of one zone."""

    def __init__(self, zone_name: str) -> None:
        self._zone = ZoneInfo(zone_name)
        self._begins: dict[date, int] = {}

    def at(self, instant_ms: int) -> Fraction:
        """How many days are over at an instant; of the day that runs, the share of it. Sums of lengths are exact."""
        day = datetime.fromtimestamp(instant_ms // 1000, UTC).astimezone(self._zone).date()
        begin_ms, end_ms = self.midnight(day), self.midnight(day + timedelta(days=1))
        return day.toordinal() + Fraction(instant_ms - begin_ms, end_ms - begin_ms)

    def midnight(self, day: date) -> int:
        """The instant at which a day begins; rows of a file speak of the same few days."""
        if day not in self._begins:
            self._begins[day] = at_wall(datetime(day.year, day.month, day.day, tzinfo=self._zone))
        return self._begins[day]
