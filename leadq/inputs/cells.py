"""What people write into the cells of such files: money, currencies, days, months. What may mean two things is refused.

Each function gives the value or raises `BadCell`, whose sentence is in the user's language.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from leadq.i18n import _
from leadq.text import clean, fold
from leadq.values import parse_date, plain_number

_SHOWN: Final = 60
"""Characters of a cell that a message repeats."""

_SYMBOLS: Final = {"€": "EUR", "£": "GBP"}
_CODE: Final = re.compile(r"[A-Z]{3}")
_MONEY: Final = re.compile(r"(€|£|[A-Za-z]{3})?\s*([^A-Za-z€£]*?)\s*(€|£|[A-Za-z]{3})?")
_THREE_PLACES: Final = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_FINEST: Final = Decimal("0.000001")
_TOO_MUCH: Final = 10**15
_UTC: Final = ZoneInfo("UTC")
_MONTH: Final = (
    re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})"),
    re.compile(r"(?P<month>[0-9]{1,2})[-/.](?P<year>[0-9]{4})"),
    re.compile(r"(?P<name>[a-z]{3,9})[ .-]+(?P<year>[0-9]{4}|[0-9]{2})"),
)
_NAMES: Final = (
    "january janvier", "february fevrier", "march mars", "april avril", "may mai", "june juin", "july juillet",
    "august aout", "september septembre", "october octobre", "november novembre", "december decembre",
)  # fmt: skip


class BadCell(Exception):
    """A cell that cannot be taken: its field ("" for the row as a whole), and why, in words."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def shown(text: str) -> str:
    """A cell as a message repeats it."""
    return clean(text, _SHOWN)


def money(field: str, text: str) -> tuple[str, str]:
    """The digits of an amount that is nothing or more, with a point, and the currency that stood beside it, if any.

    As written in French, English, German or Swiss. `1.234` may be either of two numbers a thousand apart.
    """
    parts = _MONEY.fullmatch(text.strip())
    digits = plain_number(parts[2]) if parts and not (parts[1] and parts[3]) else None
    if parts is None or digits is None or abs(Decimal(digits)) >= _TOO_MUCH:
        raise BadCell(field, _("“{text}” is no amount of money").format(text=shown(text)))
    if _THREE_PLACES.fullmatch(parts[2].strip()):
        message = _("“{text}” may mean {small} or {large}: write it with two decimals or none")
        raise BadCell(field, message.format(text=shown(text), small=digits, large=digits.replace(".", "")))
    amount = Decimal(digits)
    if amount < 0:
        raise BadCell(field, _("“{text}” is below zero").format(text=shown(text)))
    return _digits(amount), currency(field, parts[1] or parts[3] or "")


def _digits(amount: Decimal) -> str:
    """As given, but for the noise behind the sixth decimal that a spreadsheet's arithmetic leaves."""
    if int(amount.as_tuple().exponent) < -6:
        amount = amount.quantize(_FINEST).normalize()
    return f"{abs(amount):f}"


def currency(field: str, text: str) -> str:
    """The ISO code of a currency; "" for nothing."""
    bare = text.strip()
    code = _SYMBOLS.get(bare, bare.upper())
    if code and not _CODE.fullmatch(code):
        raise BadCell(field, _("“{text}” is no currency: write its three letters, as EUR").format(text=shown(text)))
    return code


def instant(field: str, text: str, zone: ZoneInfo) -> tuple[int, date]:
    """Milliseconds UTC, and the day in `zone`; a day alone is its 00:00. A bare date is day first."""
    found = parse_date(text, zone)
    if found is None:
        raise BadCell(field, _("“{text}” is no date: write it as 2026-05-31 or 31/05/2026").format(text=shown(text)))
    return found[0], datetime.fromtimestamp(found[0] // 1000, UTC).astimezone(zone).date()


def month(field: str, text: str) -> tuple[date, date]:
    """The first and the last day of a month: `2026-06`, `06/2026`, `juin 2026`, `June 2026`, `Jun-26`, or the first day
    of it, which Excel makes of those."""
    found = _month_of(" ".join(fold(text).split()))
    if found is None:
        raise BadCell(field, _("“{text}” is no month: write it as 2026-05").format(text=shown(text)))
    year, number = found
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def _month_of(text: str) -> tuple[int, int] | None:
    whole = parse_date(text, _UTC)
    if whole is not None:
        day = datetime.fromtimestamp(whole[0] // 1000, UTC).date()
        return (day.year, day.month) if day.day == 1 else None
    for pattern in _MONTH:
        if match := pattern.fullmatch(text):
            said = match.groupdict()
            number = int(said["month"]) if said.get("month") else _named(said["name"])
            year = int(said["year"])
            year += 2000 if year < 100 else 0
            return (year, number) if 1 <= number <= 12 and 1970 <= year < 2200 else None
    return None


def _named(word: str) -> int:
    """The number of a month that is called so, or begins so and no other does; 0 for none."""
    known = [number for number, names in enumerate(_NAMES, 1) if any(name.startswith(word) for name in names.split())]
    return known[0] if len(known) == 1 else 0
