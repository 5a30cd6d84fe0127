"""Dates and times as people type them, in English and French: `14h30`, `demain 9h`, `next friday`, `+2bd`.

Nothing is guessed: the whole text is read by a strict grammar or refused. dateparser is only asked what
a word means (a month's name, a unit of days), because on whole sentences it can be wrong without a sign:
it gave 19:00 for "demain 9h" and the 14th of the month for "lundi 14h", and even its strict mode reads
"12 six 2027" as June and "dans 3 demain" as tomorrow.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

from leadq.domain.compile_calendar import EPOCH, at_wall
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

_MAX_TYPED = 80
_YEARS = range(1970, 2100)  # 2206 for 2026 is a slip of the finger, not an appointment
_MINUTE_MS = 60_000
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class When:
    """An instant in milliseconds UTC; `date_only` when a day was typed, `ms` being its local midnight."""

    ms: int
    date_only: bool


class BadWhen(LeadqError):
    """What was typed is not wholly a date or a time."""

    def __init__(self, text: str) -> None:
        sentence = _("“{typed}” is not a date or a time: type for example “14:30”, “tomorrow 9am” or “+2bd”.")
        super().__init__("bad_when", sentence.format(typed=clean(text, 60)), exit_status=Exit.USAGE)


class Calendar(Protocol):
    """What is needed of business time; `leadq.domain.calendar.Calendar` is one."""

    def add_days(self, start_ms: int, days: int, /) -> int | None:
        """The instant `days` working days after `start_ms`; None when that is not known."""
        ...

    def next_opening(self, ms: int, /) -> int | None:
        """`ms` itself when open, else the next opening; None when that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class _Asked:
    """The circumstances in which something was typed."""

    now_ms: int
    zone: ZoneInfo
    calendar: Calendar | None
    past: bool

    @property
    def now(self) -> datetime:
        return (EPOCH + timedelta(milliseconds=self.now_ms)).astimezone(self.zone)

    @property
    def today(self) -> date:
        return self.now.date()

    def at(self, day: date, clock: time = time()) -> int:
        """The instant of a local time: a skipped one is the end of the gap, one shown twice is the first."""
        return at_wall(datetime.combine(day, clock, self.zone))


def parse_when(
    text: str,
    *,
    now_ms: int,
    zone: ZoneInfo,
    calendar: Calendar | None = None,
    opening: bool = False,
    past: bool = False,
) -> When:
    """The instant that `text` names for somebody in `zone` at `now_ms`; raises BadWhen.

    What names no direction (`14h30`, `lundi`, `25/12`) is ahead, or behind with `past`: a time that is over
    today is tomorrow's, a weekday is one to seven days away, a day and month have the nearest year. Days come
    before months (25/12). `+3d` and `+2bd` keep the time of day, `in 3 days` is a day. With `opening` and a
    calendar, a bare day is the first opening from its midnight on. `+2bd` needs the calendar.
    """
    asked = _Asked(now_ms, zone, calendar, past)
    found = next(_readings(_tidy(text), asked), None)
    if found is None:
        raise BadWhen(text)
    if found.date_only and opening and calendar is not None:
        opens_ms = calendar.next_opening(found.ms)
        return found if opens_ms is None else When(opens_ms, date_only=False)
    return found


def _tidy(text: str) -> str:
    """`text` without case, accents, needless dots and spaces; empty when it holds what no date does."""
    if len(text) > _MAX_TYPED:
        return ""
    # Canonical decomposition only: the compatible one would make 12 of 1² and pass foreign digits.
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    words = " ".join(bare.casefold().replace("’", "'").split())
    words = re.sub(r"(?<=[a-z])\.|,(?= |$)", "", words)
    words = re.sub(r"^(in |dans |il y a |(?=.* ago$))(?:an?|one|une?) (?=[a-z])", r"\g<1>1 ", words)
    return words if words.isascii() else ""


def _readings(said: str, asked: _Asked) -> Iterator[When]:
    """The readings of `said`; the forms exclude each other, so that the first one is the only one."""
    for read in (_iso, _plus_days, _span, _clock_time):
        ms = read(said, asked)
        if ms is not None:
            yield When(ms, date_only=False)
    day = _day(said, asked)
    if day is not None:
        yield When(asked.at(day), date_only=True)


_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(z|[+-](?:0\d|1[0-4]):?[0-5]\d)?")


def _iso(said: str, asked: _Asked) -> int | None:
    """2026-12-25T10:00, with seconds or not, with an offset, Z or neither."""
    found = _ISO.fullmatch(said)
    try:
        moment = datetime.fromisoformat("{}T{}{}".format(*found.groups("")).upper()) if found else None
    except ValueError:
        return None
    if moment is None or moment.year not in _YEARS:
        return None
    return at_wall(moment if moment.tzinfo else moment.replace(tzinfo=asked.zone))


_PLUS_DAYS = re.compile(r"\+ ?(\d{1,4}) ?(d|j|bd|jo)")


def _plus_days(said: str, asked: _Asked) -> int | None:
    """+3d or +3j: the same local time three days on; +2bd or +2jo: two working days on."""
    found = _PLUS_DAYS.fullmatch(said)
    if not found:
        return None
    days = int(found[1])
    if found[2] in ("bd", "jo"):
        return asked.calendar.add_days(asked.now_ms, days) if asked.calendar else None
    return asked.at((asked.now + timedelta(days=days)).date(), asked.now.time())


_AHEAD_OR_BEHIND = re.compile(r"(?P<ahead>\+ ?|in |dans )(?P<on>.+)|il y a (?P<since>.+)|(?P<ago>.+) ago")
_HOURS = re.compile(r"(\d{1,3}) ?(?:h|hrs?|hours?|heures?)(?: ?([0-5]\d))?")
_MINUTES = re.compile(r"(\d{1,4})(?:m| ?(?:mn|mins?|minutes?))")


def _span(said: str, asked: _Asked) -> int | None:
    """+2h30, in 3 hours, dans 30 minutes, il y a 2h, 5 minutes ago: elapsed time, whatever clocks do."""
    found = _AHEAD_OR_BEHIND.fullmatch(said)
    if not found:
        return None
    amount = found["on"] or found["since"] or found["ago"]
    if hours := _HOURS.fullmatch(amount):
        minutes = 60 * int(hours[1]) + int(hours[2] or 0)
    elif few := _MINUTES.fullmatch(amount):
        minutes = int(few[1])
    else:
        return None
    return asked.now_ms + minutes * (_MINUTE_MS if found["ahead"] else -_MINUTE_MS)


_TIME = (
    r"(?:at |a )?(?:(?P<h24>[01]?\d|2[0-3])(?: ?h(?: ?(?P<past_h>[0-5]\d))?|:(?P<past_colon>[0-5]\d))"
    r"|(?P<h12>0?[1-9]|1[0-2])(?::(?P<past_12>[0-5]\d))? ?(?P<half>[ap])m)"
)
_TIME_LAST = re.compile(rf"(?:(?P<day>.+?) )??{_TIME}")
_TIME_FIRST = re.compile(rf"{_TIME} (?P<day>.+)")


def _clock_time(said: str, asked: _Asked) -> int | None:
    """14h30, 14 h, 14:30, 9am, 2:30 pm; alone, or after or before a day."""
    for pattern in (_TIME_LAST, _TIME_FIRST):
        if found := pattern.fullmatch(said):
            clock = _time_of(found)
            if found["day"] is None:
                return _nearest_time(clock, asked)
            if day := _day(found["day"], asked):
                return asked.at(day, clock)
    return None


def _time_of(found: re.Match[str]) -> time:
    minute = int(found["past_h"] or found["past_colon"] or found["past_12"] or 0)
    if found["h12"]:
        return time(int(found["h12"]) % 12 + (12 if found["half"] == "p" else 0), minute)
    return time(int(found["h24"]), minute)


def _nearest_time(clock: time, asked: _Asked) -> int:
    at_ms = asked.at(asked.today, clock)
    if at_ms < asked.now_ms and not asked.past:
        return asked.at(asked.today + timedelta(days=1), clock)
    if at_ms > asked.now_ms and asked.past:
        return asked.at(asked.today - timedelta(days=1), clock)
    return at_ms


# The words of nearly every call-back. They are answered here because asking dateparser costs its import, 100
# to 250 ms, while somebody is on the phone, and because it does not know "vendredi prochain".
_DAY_WORDS = {
    "today": 0,
    "aujourd'hui": 0,
    "tomorrow": 1,
    "demain": 1,
    "apres-demain": 2,
    "apres demain": 2,
    "yesterday": -1,
    "hier": -1,
}
_WEEK = (
    "monday mon lundi lun",
    "tuesday tue mardi mar",
    "wednesday wed mercredi mer",
    "thursday thu jeudi jeu",
    "friday fri vendredi ven",
    "saturday sat samedi sam",
    "sunday sun dimanche dim",
)
_WEEKDAYS = {word: number for number, words in enumerate(_WEEK) for word in words.split()}


def _day(words: str, asked: _Asked) -> date | None:
    """The local day that `words` name; a weekday in front of a date must be the weekday of that date."""
    words = re.sub(r"^(?:le|on|the) ", "", words)
    first, _space, rest = words.partition(" ")
    if words in _DAY_WORDS:
        return asked.today + timedelta(days=_DAY_WORDS[words])
    if (day := _weekday(words, asked)) is not None:
        return day
    if first not in _WEEKDAYS:
        return _date(words, asked)
    day = _date(re.sub(r"^(?:le|the) ", "", rest), asked)
    return day if day is not None and day.weekday() == _WEEKDAYS[first] else None


_WEEKDAY = re.compile(r"(?:(?P<before>next|last) )?(?P<name>[a-z]+)(?: (?P<after>prochain|dernier))?")


def _weekday(words: str, asked: _Asked) -> date | None:
    """lundi, next friday, vendredi prochain, mardi dernier: never today, one to seven days away."""
    found = _WEEKDAY.fullmatch(words)
    if not found or found["name"] not in _WEEKDAYS or (found["before"] and found["after"]):
        return None
    said, gap = found["before"] or found["after"], _WEEKDAYS[found["name"]] - asked.today.weekday()
    if said in ("last", "dernier") or (asked.past and said is None):
        return asked.today - timedelta(days=(-gap - 1) % 7 + 1)
    return asked.today + timedelta(days=(gap - 1) % 7 + 1)


def _date(words: str, asked: _Asked) -> date | None:
    return _numeric_date(words, asked) or _named_date(words, asked) or _days_away(words, asked)


_YMD = re.compile(r"(\d{4})([-/])(\d\d)\2(\d\d)")
_DMY = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)")
_DM = re.compile(r"(\d{1,2})/(\d{1,2})")


def _numeric_date(words: str, asked: _Asked) -> date | None:
    """2026-12-25, 25/12/2026, 25.12.26, 25/12."""
    if found := _YMD.fullmatch(words):
        return _valid(int(found[1]), int(found[3]), int(found[4]))
    if found := _DMY.fullmatch(words):
        year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
        return _valid(year, int(found[3]), int(found[1]))
    if found := _DM.fullmatch(words):
        return _nearest_date(int(found[2]), int(found[1]), asked)
    return None


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def _nearest_date(month: int, day: int, asked: _Asked) -> date | None:
    """That day and month from today on, or up to today with `past`; a 29 February may be eight years away."""
    today = asked.today
    for distance in range(9):
        found = _valid(today.year + (-distance if asked.past else distance), month, day)
        if found and (found <= today if asked.past else found >= today):
            return found
    return None


_DAY_MONTH = re.compile(r"(?P<day>\d{1,2})(?:er|st|nd|rd|th)? (?:of )?(?P<month>[a-z]{3,9})(?: (?P<year>\d{4}))?")
_MONTH_DAY = re.compile(r"(?P<month>[a-z]{3,9}) (?P<day>\d{1,2})(?:st|nd|rd|th)?(?: (?P<year>\d{4}))?")


def _named_date(words: str, asked: _Asked) -> date | None:
    """12 mars, 1er avril 2027, march 12, 1st of march."""
    found = _DAY_MONTH.fullmatch(words) or _MONTH_DAY.fullmatch(words)
    month = _month(found["month"]) if found else None
    if not found or month is None:
        return None
    if found["year"]:
        return _valid(int(found["year"]), month, int(found["day"]))
    return _nearest_date(month, int(found["day"]), asked)


def _month(word: str) -> int | None:
    """The month that `word` names: the number beside it must be the day, which it is not for "six"."""
    fifth, sixth = _understood(f"{word} 5 2028"), _understood(f"{word} 6 2028")
    if fifth is None or sixth is None or (fifth.day, fifth.year) != (5, 2028):
        return None
    return fifth.month if sixth - fifth == timedelta(days=1) else None


_DAYS_AWAY = re.compile(r"(?P<lead>in |dans |il y a |)(?P<n>\d{1,3}) (?P<unit>[a-z]{3,10}|an|d|j)(?P<ago> ago|)")


def _days_away(words: str, asked: _Asked) -> date | None:
    """dans 2 jours, in 3 weeks, il y a 1 mois, 5 days ago: whole days, so hours and minutes are not."""
    found = _DAYS_AWAY.fullmatch(words)
    if not found or bool(found["lead"]) == bool(found["ago"]) or found["unit"] in _WEEKDAYS:
        return None
    number = int(found["n"])
    there, further = (
        _understood(f"{found['lead']}{n} {found['unit']}{found['ago']}", asked.today) for n in (number, number + 1)
    )
    # Where the number changes nothing it was not understood ("dans 3 demain").
    if there is None or there == further or there.time() != _NOON or there.year not in _YEARS:
        return None
    return there.date()


def _understood(words: str, today: date = date(2000, 1, 1)) -> datetime | None:
    """What dateparser makes of a phrase that this module composed, at noon; imported only when needed."""
    from dateparser import parse

    return parse(
        words,
        languages=["fr", "en"],
        settings={
            "RELATIVE_BASE": datetime.combine(today, _NOON),
            "DATE_ORDER": "DMY",
            "STRICT_PARSING": True,
        },
    )
