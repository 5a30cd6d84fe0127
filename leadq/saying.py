"""How an instant and a remaining time are said to people, in English and French.

The words live here, not in the catalogue, because French abbreviates and punctuates dates by its own
rules (1er, 14 h 30, lun.). What `say_when` says, `parse_when` reads back.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from leadq.i18n import _, current, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

_NEAR_DAYS = {
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
    "fr": {-1: "hier", 0: "aujourd’hui", 1: "demain"},
}
_WEEKDAYS = {
    "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    "fr": ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
}
_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_COUNTED_S: Final = 2 * _MINUTE
"""By the second only so near: a screenful that counts down draws the eye off the pointer, and costs power."""
_MOST_DAYS = 99_999


def say_when(ms: int, zone: ZoneInfo, now_ms: int) -> str:
    """The local day and minute (floor) of `ms` as seen at `now_ms`: `today 14:30`, `lun. 23 nov. 9 h`.

    The year is said when it is not this one.
    """
    there, now = (datetime.fromtimestamp(instant // 1000, UTC).astimezone(zone) for instant in (ms, now_ms))
    return f"{_say_day(there.date(), now.date())} {_say_time(there)}"


def say_lately(ms: int, zone: ZoneInfo, now_ms: int) -> str:
    """As `say_when`, but of today only the time: for a place that has little room."""
    there, now = (datetime.fromtimestamp(instant // 1000, UTC).astimezone(zone) for instant in (ms, now_ms))
    return _say_time(there) if there.date() == now.date() else say_when(ms, zone, now_ms)


def say_day(ms: int, zone: ZoneInfo, now_ms: int) -> str:
    """The local day of `ms` as seen at `now_ms`: `tomorrow`, `lun. 23 nov.`."""
    there, now = (datetime.fromtimestamp(instant // 1000, UTC).astimezone(zone) for instant in (ms, now_ms))
    return _say_day(there.date(), now.date())


def say_date(ms: int, zone: ZoneInfo) -> str:
    """The local day of `ms` with its year, whenever it is read: for what is kept, `Wed 13 May 2026`."""
    return _say_day(datetime.fromtimestamp(ms // 1000, UTC).astimezone(zone).date(), date.min)


def say_span(from_ms: int, to_ms: int, zone: ZoneInfo, now_ms: int) -> str:
    """From when until when, without the day it begins on: `09:00-12:30`, `09:00-tomorrow 09:00`."""
    begin, end = (datetime.fromtimestamp(instant // 1000, UTC).astimezone(zone) for instant in (from_ms, to_ms))
    until = _say_time(end) if begin.date() == end.date() else say_when(to_ms, zone, now_ms)
    return f"{_say_time(begin)}-{until}"


def _say_day(day: date, today: date) -> str:
    language = current()
    near = _NEAR_DAYS[language].get((day - today).days)
    if near:
        return plain(near)
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    year = "" if day.year == today.year else f" {day.year}"
    return plain(f"{_WEEKDAYS[language][day.weekday()]} {number} {_MONTHS[language][day.month - 1]}{year}")


def _say_time(moment: datetime) -> str:
    if current() == "en":
        return f"{moment:%H:%M}"
    return f"{moment.hour} h {moment:%M}" if moment.minute else f"{moment.hour} h"


def say_remaining(ms: int) -> str:
    """What is left of `ms` milliseconds: `2d04h`, `2h05m`, `14m`, `1:48` under two minutes; 7 cells at most.

    Overdue has a leading `-`. Seconds are floored as in `remaining_s`, larger units are cut; from 100 days
    on only days are said. In French a day is `j`.
    """
    seconds = ms // 1000
    sign, left = ("-", -seconds) if seconds < 0 else ("", seconds)
    return sign + _say_length(left)


def say_minutes(ms: int) -> str:
    """As `say_remaining`, by the minute: for what stands beside a countdown and need not be repainted each second."""
    seconds = ms // 1000
    if abs(seconds) >= _COUNTED_S:
        return say_remaining(ms)
    return f"{'-' if seconds < 0 else ''}{abs(seconds) // _MINUTE}m"


def say_stopwatch(ms: int) -> str:
    """How long something has been going on, by the second: `0:42`, `12:05`, `1:02:00`."""
    minutes, seconds = divmod(ms // 1000, _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _say_length(seconds: int) -> str:
    if seconds < _COUNTED_S:
        return f"{seconds // _MINUTE}:{seconds % _MINUTE:02}"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < _DAY:
        return f"{seconds // _HOUR}h{seconds % _HOUR // _MINUTE:02}m"
    days, day = seconds // _DAY, "j" if current() == "fr" else "d"
    return f"{days}{day}{seconds % _DAY // _HOUR:02}h" if days < 100 else f"{min(days, _MOST_DAYS)}{day}"


def tally(*counts: tuple[int, str], rejected: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """How much a file held of each kind, without the kinds that it held nothing of; then each line that is refused."""
    for count, word in counts:
        if count:
            yield f"  {count:>7}  {word}"
    for one in rejected:
        yield _("line {line}: {reason}").format(**one)
