"""When which report is to be published: the `[[publish]]` tables of `leadq.toml`, and the newest hour that has come."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leadq import config
from leadq.domain.compile_calendar import at_wall
from leadq.i18n import LANGUAGES, _
from leadq.reports.names import AUDIENCES, FORMATS, REPORTS
from leadq.reports.period import UNITS, Span, before, begin, local, name, whole

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from leadq.errors import LeadqError
    from leadq.paths import Home

_AT: Final = re.compile(r"(?:([^\W\d]+)\.?\s+|([1-9]|1\d|2[0-8])(?:er)?\s+)?(\d{1,2})\s?(?::|h)\s?(\d{2})?")
_WEEKDAYS: Final[Mapping[str, int]] = {
    word: day
    for day, words in enumerate(
        ("mon monday lun lundi", "tue tuesday mar mardi", "wed wednesday mer mercredi", "thu thursday jeu jeudi",
         "fri friday ven vendredi", "sat saturday sam samedi", "sun sunday dim dimanche")
    )
    for word in words.split()
}  # fmt: skip
_MANY: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One `[[publish]]`: a report, `day` (0-6 of a week, 0-27 of a month) and minute at which it is due, and where to.

    `to` is a folder or an https address; `token_command` prints the secret that signs what is sent to an address.
    """

    report: str
    day: int
    minute: int
    to: str
    lang: str
    audience: str
    format: str
    token_command: tuple[str, ...] = ()

    @property
    def is_webhook(self) -> bool:
        """Whether it goes to an address and not to a folder."""
        return "://" in self.to

    @property
    def key(self) -> str:
        """What its publications are remembered by: at another hour it is still the same one."""
        told = f"{self.report}\n{self.to}\n{self.lang}\n{self.audience}\n{self.format}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Slot:
    """One time at which an entry is due: `at_ms` is the instant as of which its report of `span` is made."""

    at_ms: int
    span: Span
    period: str


def entries(home: Home) -> tuple[Entry, ...]:
    """What is to be published. Raises LeadqError `config` (78)."""
    tables = config.load(home).publish
    return tuple(_entry(home, table, number) for number, table in enumerate(tables, start=1))


def _entry(home: Home, table: Mapping[str, Any], number: int) -> Entry:
    def wrong(why: str) -> LeadqError:
        return config.broken(home, _("[[publish]] number {number}: {why}").format(number=number, why=why))

    unknown = sorted(table.keys() - {"report", "at", "to", "lang", "audience", "format", "token_command"})
    if unknown:
        raise wrong(_("there is no key “{key}”").format(key=unknown[0]))
    to = table.get("to")
    if not isinstance(to, str) or not to.strip():
        raise wrong(_("“to” is a folder or an https:// address"))
    chosen = {
        key: _one_of(table.get(key, default), known)
        for key, known, default in (
            ("report", REPORTS, None), ("lang", LANGUAGES, "en"), ("audience", AUDIENCES, "team"),
            ("format", FORMATS, "json" if "://" in to else "html"),
        )
    }  # fmt: skip
    for key, value in chosen.items():
        if value is None:
            raise wrong(_("“{key}” is not one of those that docs/reports.md lists").format(key=key))
    moment = _moment(chosen["report"] or "", table.get("at", "8:00"))
    command = table.get("token_command", [])
    if moment is None:
        raise wrong(_("“at” is a time such as 08:00, after a weekday for a week, after a day for a month"))
    if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
        raise wrong(_("token_command is a list of words"))
    return Entry(to=to.strip(), day=moment[0], minute=moment[1], token_command=tuple(command), **_whole(chosen))


def _one_of(value: object, known: tuple[str, ...]) -> str | None:
    return value if isinstance(value, str) and value in known else None


def _whole(chosen: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in chosen.items() if value is not None}


def _moment(report: str, text: object) -> tuple[int, int] | None:
    """The day within the unit and the minute of the day that `at` says; None when it says none."""
    found = _AT.fullmatch(text.strip().lower()) if isinstance(text, str) else None
    if found is None:
        return None
    word, number, hour, minute = found.groups()
    minutes = int(hour) * 60 + int(minute or 0)
    fits = {"day": not (word or number), "week": not number and (not word or word in _WEEKDAYS)}
    if minutes >= 24 * 60 or not fits.get(UNITS[report], not word):
        return None
    return (_WEEKDAYS[word] if word else int(number or 1) - 1), minutes


def newest(entry: Entry, now_ms: int, zone: ZoneInfo) -> Slot:
    """The newest time at which the entry was due: a day on that day, anything else in the unit after its own."""
    unit = UNITS[entry.report]
    first = begin(unit, local(now_ms, zone))
    if _instant(entry, first, zone) > now_ms:
        first = before(unit, first)
    about = first if unit == "day" else before(unit, first)
    return Slot(_instant(entry, first, zone), whole(unit, about, zone), name(unit, about))


def _instant(entry: Entry, first: date, zone: ZoneInfo) -> int:
    hour, minute = divmod(entry.minute, 60)
    day = first + timedelta(days=entry.day)
    return at_wall(datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone))


def missed(entry: Entry, since: str, slot: Slot, zone: ZoneInfo) -> int:
    """How many were due between the one of the period `since` and this one."""
    unit, count = UNITS[entry.report], 0
    first = before(unit, local(slot.span.from_ms, zone))
    while count < _MANY and name(unit, first) > since:
        first, count = before(unit, first), count + 1
    return count
