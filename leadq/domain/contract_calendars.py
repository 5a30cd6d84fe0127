"""The calendars of a contract file: zones, opening hours, days off."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from leadq.domain.calendar import CalendarSpec, Minutes, parse_windows
from leadq.domain.contract_messages import Hint, M

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadq.domain.contract_read import Remarks, Section
    from leadq.domain.toml_positions import Path

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES: Final = 1440

Week = tuple[tuple[Minutes, ...], ...]


def read_calendars(root: Section, *, check_holidays: bool) -> dict[str, CalendarSpec]:
    """The calendars by name; with `check_holidays`, the `holidays` library must know their countries."""
    return {name: _calendar(name, table, check_holidays) for name, table in root.named("calendar").items()}


def read_zone(table: Section) -> str:
    """The required key `zone`: a name of the IANA list."""
    zone = table.text("zone", required=True)
    if zone.strip() and not _zone_exists(zone):
        known = sorted(available_timezones())
        table.remarks.unknown(table.at("zone"), M.UNKNOWN_ZONE, zone, known, otherwise=Hint.ZONE, value=zone)
    return zone


def _zone_exists(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # unknown; not a name; a folder of the zone database
        return False
    return True


def _calendar(name: str, table: Section, check_holidays: bool) -> CalendarSpec:
    zone = read_zone(table)
    off = table.section("holidays")
    country, subdivision = off.text("country"), off.text("subdivision")
    if subdivision and not country:
        table.remarks.error(off.at("subdivision"), M.NO_COUNTRY)
    elif country and check_holidays:
        _check_country(off, country, subdivision)
    return CalendarSpec(
        name=name,
        zone=zone,
        week=_week(name, table),
        country=country,
        subdivision=subdivision,
        extra=off.days("extra"),
        except_=off.days("except"),
    )


def _check_country(off: Section, country: str, subdivision: str) -> None:
    """Only codes are let in: the library takes some names too, which nobody can look up."""
    from holidays import list_supported_countries  # 100 ms: only a file that is new to us pays for it

    known = list_supported_countries()
    if country not in known:
        off.remarks.unknown(off.at("country"), M.UNKNOWN_COUNTRY, country, known, otherwise=Hint.COUNTRY, value=country)
    elif subdivision and subdivision not in known[country]:
        off.remarks.unknown(
            off.at("subdivision"),
            M.UNKNOWN_SUBDIVISION,
            subdivision,
            known[country],
            value=subdivision,
            country=country,
        )


def _week(name: str, table: Section) -> Week:
    """Seven days from Monday; `all` speaks for the days that are not named, "" closes a day."""
    hours = table.section("week", required=True)
    every = _windows(hours, "all")
    week = tuple(_windows(hours, day) if hours.has(day) else every for day in DAYS)
    written = any(hours.text(key).strip() for key in ("all", *DAYS))
    if hours.present and not written:
        table.remarks.error(hours.path, M.NEVER_OPEN, Hint.OPEN, at="key", name=name)
    _check_nights(hours, week)
    return week


def _windows(hours: Section, day: str) -> tuple[Minutes, ...]:
    text = hours.text(day)
    if not text.strip():
        return ()
    try:
        return parse_windows(text)
    except ValueError:
        _what_is_wrong(text, hours.at(day), hours.remarks)
        return ()


def _what_is_wrong(text: str, path: Path, remarks: Remarks) -> None:
    """Point to the first window that is wrong by itself; when all are right, they overlap."""
    column = 1
    for part in text.split(","):
        try:
            parse_windows(part)
        except ValueError:
            indent = len(part) - len(part.lstrip())
            remarks.error(path, M.NOT_A_WINDOW, Hint.WINDOW, column=column + indent, value=part.strip())
            return
        column += len(part) + 1
    remarks.error(path, M.WINDOWS_OVERLAP, Hint.NO_OVERLAP, value=text)


def _check_nights(hours: Section, week: Week) -> None:
    """A window across midnight belongs to its first day, and must end before the next day opens."""
    for (today, tomorrow), day in zip(_neighbours(week), range(7), strict=True):
        if today and tomorrow and today[-1][1] - _DAY_MINUTES > tomorrow[0][0]:
            key = DAYS[day] if hours.has(DAYS[day]) else "all"
            hours.remarks.error(hours.at(key), M.NIGHT_OVERLAPS, Hint.NO_OVERLAP, day=DAYS[(day + 1) % 7])


def _neighbours(week: Week) -> Iterable[tuple[tuple[Minutes, ...], tuple[Minutes, ...]]]:
    return pairwise((*week, week[0]))
