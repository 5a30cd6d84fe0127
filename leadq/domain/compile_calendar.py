"""What a contract says about open hours, compiled once a year into instants that no later library can move.

A compiled year is stored with the contract version: refolding old events then never depends on the
`holidays` or the zone data that happen to be installed (DESIGN.md, section 3, decision 3).
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

Minutes = tuple[int, int]
"""Opening and closing in minutes of the local day; a closing past 1440 is after midnight."""

DayOff = tuple[str, str, str]
"""ISO date, name in English, name in French."""

DAY_MINUTES = 1440
YEARS_AHEAD = 3
"""Clocks look at most two years ahead; one more covers a due instant at the end of the second."""

REACH_MS = YEARS_AHEAD * 365 * 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
_WINDOW = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_EXTRA_EN, _EXTRA_FR = "Day off", "Jour de fermeture"
_DIGEST_VERSION = 1


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """Open hours as a contract states them.

    `week` has seven entries from Monday to Sunday, each sorted and without overlap (see `parse_windows`);
    `zone` is an IANA name; `country` and `subdivision` are codes of the `holidays` library, empty for none.
    `extra` dates are off besides public holidays; `except_` dates are worked although public holidays. A date
    in both is off.
    """

    name: str
    zone: str
    week: tuple[tuple[Minutes, ...], ...]
    country: str = ""
    subdivision: str = ""
    extra: tuple[date, ...] = ()
    except_: tuple[date, ...] = ()

    def digest(self) -> str:
        """Content address of the compiled windows: two names for the same hours share it."""
        content = {
            "v": _DIGEST_VERSION,
            "zone": self.zone,
            "week": self.week,
            "country": self.country,
            "subdivision": self.subdivision,
            "extra": sorted({day.isoformat() for day in self.extra}),
            "except": sorted({day.isoformat() for day in self.except_}),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """The windows whose start day lies in one local year, and the days off of that year by name.

    `windows` is flat, [opening, closing, opening, ...] in milliseconds UTC, sorted by opening, one pair for
    each window of each day: `Calendar` joins those that touch, and needs them apart to know the working days.
    """

    year: int
    windows: array[int]
    days_off: tuple[DayOff, ...]

    def to_bytes(self) -> bytes:
        """The windows as little-endian 64-bit integers."""
        return _little_endian(self.windows).tobytes()

    @property
    def days_off_json(self) -> str:
        """The days off as a JSON array of [date, name in English, name in French]."""
        return json.dumps(self.days_off, ensure_ascii=False)

    @classmethod
    def from_bytes(cls, year: int, windows: bytes, days_off_json: str) -> CalendarYear:
        """The year that `to_bytes` and `days_off_json` wrote; ValueError when either is damaged."""
        stored = array("q")
        stored.frombytes(windows)
        days_off = tuple((day, en, fr) for day, en, fr in json.loads(days_off_json))
        return cls(year, _little_endian(stored), days_off)


def _little_endian(windows: array[int]) -> array[int]:
    turned = array("q", windows)
    if sys.byteorder == "big":
        turned.byteswap()
    return turned


def parse_windows(text: str) -> tuple[Minutes, ...]:
    """The windows of a day written "09:00-12:30,14:00-18:00", sorted; "22:00-06:00" is (1320, 1800).

    Raises ValueError with one sentence when a window is malformed, empty, or overlaps another one.
    """
    windows = sorted(_parse_window(part.strip()) for part in text.split(","))
    for (_, closing), (opening, _) in pairwise(windows):
        if opening < closing:
            raise ValueError(f"Two windows of '{text.strip()}' overlap: join them or move one.")
    return tuple(windows)


def _parse_window(text: str) -> Minutes:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise ValueError(f"'{text}' is not a window: write opening and closing, such as 09:00-12:30.")
    opening = _minute_of_day(found[1], found[2])
    closing = _minute_of_day(found[3], found[4])
    if opening == DAY_MINUTES:
        raise ValueError(f"'{text}' opens at 24:00: write 00:00 of the next day.")
    if opening == closing:
        raise ValueError(f"'{text}' lasts no time: a whole day is 00:00-24:00.")
    return opening, closing if closing > opening else closing + DAY_MINUTES


def _minute_of_day(hours: str, minutes: str) -> int:
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > DAY_MINUTES:
        raise ValueError(f"'{hours}:{minutes}' is not a time of day: times go from 00:00 to 24:00.")
    return minute


@lru_cache(maxsize=64)
def compile_year(spec: CalendarSpec, year: int) -> CalendarYear:
    """The windows that start in `year` of the calendar's zone, and its days off. It takes some milliseconds, and who
    compares contracts asks for the same few years many times.

    Raises ValueError when the country or subdivision has no known holidays, and what `ZoneInfo` raises for an
    unknown zone.
    """
    zone = ZoneInfo(spec.zone)
    names = _days_off(spec, year)
    windows = array("q")
    for day in _days_of(year):
        if day in names:
            continue
        for opening, closing in spec.week[day.weekday()]:
            opens, closes = instant(day, opening, zone), instant(day, closing, zone, closing=True)
            if opens < closes:  # a window can vanish whole in the hour that a clock change skips
                windows.extend((opens, closes))
    return CalendarYear(year, windows, tuple((day.isoformat(), *names[day]) for day in sorted(names)))


def years_around(*instants_ms: int) -> range:
    """The years that a calendar needs for clocks that start at these instants, and between them.

    One year more before: the UTC year of an instant is not always its local one, and a night crosses New Year.
    """
    years = [datetime.fromtimestamp(ms / 1000, UTC).year for ms in instants_ms]
    return range(min(years) - 1, max(years) + YEARS_AHEAD + 1)


def _days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1).toordinal()
    return (date.fromordinal(day) for day in range(first, date(year, 12, 31).toordinal() + 1))


def _days_off(spec: CalendarSpec, year: int) -> dict[date, tuple[str, str]]:
    names = _public_holidays(spec.country, spec.subdivision, year) if spec.country else {}
    for day in spec.except_:
        names.pop(day, None)
    for day in spec.extra:
        if day.year == year:
            names.setdefault(day, (_EXTRA_EN, _EXTRA_FR))
    return names


def _public_holidays(country: str, subdivision: str, year: int) -> dict[date, tuple[str, str]]:
    """Names in English and French by local date; a country without French names keeps its English ones."""
    import holidays  # 30 ms and more: only a year that was never compiled pays for it

    try:
        known = holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        place = f"{country}, subdivision {subdivision}" if subdivision else country
        raise ValueError(
            f"No public holidays are known for {place}: check the country and subdivision codes."
        ) from None

    def named(language: str | None) -> dict[date, str]:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=language)
        return dict(found.items())

    english = next((name for name in ("en_US", known.default_language) if name in known.supported_languages), None)
    french = named("fr") if "fr" in known.supported_languages else {}
    return {day: (name, french.get(day, name)) for day, name in named(english).items() if day.year == year}


def instant(day: date, minute: int, zone: ZoneInfo, *, closing: bool = False) -> int:
    """The instant (ms UTC) at which a wall clock of `zone` shows `minute` minutes after midnight of `day`.

    A time that a clock change skips becomes the instant the gap ends. A time shown twice is the first one, or
    the last one for a closing, so that the repeated hour is counted.
    """
    return at_wall(datetime.combine(day, time(), zone) + timedelta(minutes=minute), closing=closing)


def at_wall(wall: datetime, *, closing: bool = False) -> int:
    """As `instant`, for a wall clock time that carries its zone and a fold of 0."""
    late = wall.replace(fold=1)
    if _offset(wall) < _offset(late):
        return _gap_end_s(wall, late) * 1000
    return ((late if closing else wall) - EPOCH) // _MILLISECOND


def _gap_end_s(wall: datetime, late: datetime) -> int:
    """The epoch second at which the gap around `wall` ends: the two readings of `wall` lie on either side."""
    low, high, offset = (late - EPOCH) // _SECOND, (wall - EPOCH) // _SECOND, _offset(late)

    def changed(second: int) -> bool:
        return _offset((EPOCH + second * _SECOND).astimezone(wall.tzinfo)) == offset

    return low + bisect_left(range(low, high), True, key=changed)


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    assert offset is not None
    return offset
