"""The values people write in lead files: numbers, dates, e-mails, phones. What cannot be understood is None.

An import calls these for every cell, so each has a short way for a value that is already normal.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from leadq.text import fold

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_GROUP_SPACE = re.compile(r"(?<=[0-9])[ \u00a0\u202f\u2009'’](?=[0-9]{3}(?![0-9]))")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{3})*(?:[.,][0-9]{1,15})?|[+-]?[.,][0-9]{1,15}")
_ENGLISH_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+")


@lru_cache(maxsize=4096)  # scores and sizes come again and again
def parse_number(text: str) -> float | None:
    """A number as written in French, English, German or Swiss: `1 234,5`, `1,234.5`, `1.234,5`, `82 %`.

    A lone comma is a decimal one, except before exactly three digits after a whole part (`1,234`), which is
    an English thousand: figures about leads hardly have three decimals.
    """
    if _PLAIN_NUMBER.fullmatch(text):
        return float(text)
    plain = plain_number(text.strip().removesuffix("%").rstrip())
    return None if plain is None else float(plain)


def plain_number(text: str) -> str | None:
    """The digits of a number as `parse_number` reads them, with a point and no thousands marks; no percent sign."""
    bare = _GROUP_SPACE.sub("", text)
    return _with_point(bare) if _NUMBER.fullmatch(bare) else None


def _with_point(bare: str) -> str | None:
    """Digits with at most one kind of thousands mark, which comes before the decimal mark."""
    comma, point = bare.rfind(","), bare.rfind(".")
    if comma > point >= 0:
        bare = bare.replace(".", "").replace(",", ".")
    elif point > comma >= 0 or _ENGLISH_THOUSANDS.fullmatch(bare):
        bare = bare.replace(",", "")
    elif bare.count(".") > 1:
        bare = bare.replace(".", "")
    bare = bare.replace(",", ".")
    return bare if bare.count(".") <= 1 else None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_THERE = _EPOCH.replace(tzinfo=None)
_NO_OFFSET = timedelta(0)
_DAY_MS = 86_400_000
_YEARS = range(1970, 2200)  # outside, it is a typing mistake or the empty date of a database
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<time>[T ].+)?")
_TIME = r"(?:[ T]+([0-9]{1,2})[:hH]([0-9]{2})(?::([0-9]{2}))?)?"
_DAY_FIRST = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})" + _TIME)
_YEAR_FIRST = re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})" + _TIME)


@lru_cache(maxsize=16_384)  # a file hands over many leads at one moment; 3 MB
def parse_date(text: str, zone: ZoneInfo) -> tuple[int, bool] | None:
    """Milliseconds UTC, and whether only a date was given (then it is 00:00 in `zone`).

    ISO 8601 with or without an offset, `dd/mm/yyyy`, `dd.mm.yyyy`, `dd-mm-yyyy` and `yyyy/mm/dd`, each with
    or without `HH:MM` or `HH:MM:SS`. What has no offset is in `zone`. The day comes first: `05/13/2026` is
    None, as is every date that does not exist or is before 1970.
    """
    text = text.strip()
    try:
        iso = _ISO.fullmatch(text)
        moment, date_only = (datetime.fromisoformat(text), iso["time"] is None) if iso else _european(text)
        if moment.year not in _YEARS:
            return None
        # `replace(tzinfo=zone)` would say it shorter, and costs as much as all the rest.
        since = moment - _EPOCH if moment.tzinfo else moment - _EPOCH_THERE - (zone.utcoffset(moment) or _NO_OFFSET)
        return since.days * _DAY_MS + since.seconds * 1000 + since.microseconds // 1000, date_only
    except (ValueError, OverflowError):
        return None


def _european(text: str) -> tuple[datetime, bool]:
    """The local moment of a day-first or slashed date. Raises `ValueError`."""
    if match := _DAY_FIRST.fullmatch(text):
        day, _mark, month, year, hour, minute, second = match.groups()
    elif match := _YEAR_FIRST.fullmatch(text):
        year, month, day, hour, minute, second = match.groups()
    else:
        raise ValueError(text)
    time = (int(hour or 0), int(minute or 0), int(second or 0))
    return datetime(int(year), int(month), int(day), *time), hour is None  # noqa: DTZ001 - parse_date adds it


# Invisible characters come along from a web page; they would make two people of one.
_NOT_IN_EMAIL = r"\s@<>()\[\],;:\"\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_EMAIL = re.compile(rf"[^{_NOT_IN_EMAIL}]+@[^{_NOT_IN_EMAIL}.]+(?:\.[^{_NOT_IN_EMAIL}.]+)+")
_LONGEST_EMAIL = 254  # RFC 5321, with the errata


def normal_email(text: str) -> str | None:
    """The address trimmed and in lower case, for matching people; not a check of the whole RFC."""
    email = text.strip(" \t\r\n\u00a0\u200b\ufeff").lower()
    return email if len(email) <= _LONGEST_EMAIL and _EMAIL.fullmatch(email) else None


# Calling code, and a number as dialled inside the country: the group is what follows the code abroad. The
# code may lack its plus, and where lengths are fixed the 0 may be missing: a spreadsheet ate them. An Italian
# landline keeps its 0. Source: the national numbering plans as ITU-T E.164 lists them; premium and short
# numbers are not told apart.
_PLANS: dict[str, tuple[str, re.Pattern[str]]] = {
    "FR": ("33", re.compile(r"(?:0|33)?([1-9][0-9]{8})")),
    "BE": ("32", re.compile(r"(?:0|32)?(4[0-9]{8}|[1-9][0-9]{7})")),
    "CH": ("41", re.compile(r"(?:0|41)?([1-9][0-9]{8})")),
    "LU": ("352", re.compile(r"(?:352)?([2-9][0-9]{5,8})")),
    "GB": ("44", re.compile(r"(?:0|44)([1-9][0-9]{8,9})")),
    "US": ("1", re.compile(r"1?([2-9][0-9]{2}[2-9][0-9]{6})")),
    "DE": ("49", re.compile(r"(?:0|49)([1-9][0-9]{5,12})")),
    "ES": ("34", re.compile(r"(?:34)?([5-9][0-9]{8})")),
    "IT": ("39", re.compile(r"(?:39)?(0[0-9]{5,10}|3[0-9]{8,9})")),
}
_E164 = re.compile(r"\+(?!(?:33|32|41|44|49)0)[1-9][0-9]{7,14}")
_TRUNK_ZERO = re.compile(r"^(33|32|41|44|49)0+")
_PHONE = re.compile(r"\+?[0-9 .\-/()\u00a0\u202f\u2009\u2010-\u2013]+")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_BETWEEN_DIGITS = re.compile(r"[\s.\-/()]+")
_DIALLED = re.compile(r"\+?[0-9]{3,15}")


def normal_phone(text: str, country: str) -> str | None:
    """The phone in E.164 (`+33199000000`), for matching and dialling.

    `country` is an ISO code: how to read a number without `+` or `00`. In a country that is not in `_PLANS`
    such a number is None. With `+` or `00`, any number of 8 to 15 digits is taken.
    """
    bare = text.replace(" ", "")
    if _E164.fullmatch(bare):
        return bare
    text = text.strip()
    if not _PHONE.fullmatch(text):
        return None
    if text.startswith(("+", "00")):
        return _international(text)
    plan = _PLANS.get(country.upper())
    national = plan[1].fullmatch(_NOT_DIGITS.sub("", text)) if plan else None
    return f"+{plan[0]}{national[1]}" if plan and national else None


def tel(text: str, country: str) -> str:
    """The phone as a URI that other programs dial (RFC 3966): a plus sign and digits, nothing else; "" if it is none.

    A number of a country whose plan is not known is taken as it is dialled there.
    """
    bare = normal_phone(text, country) or _BETWEEN_DIGITS.sub("", text)
    return f"tel:{bare}" if _DIALLED.fullmatch(bare) else ""


def _international(text: str) -> str | None:
    digits = _NOT_DIGITS.sub("", text).removeprefix("00")
    if "(0)" in text and not digits.startswith("39"):
        digits = _NOT_DIGITS.sub("", text.replace("(0)", "")).removeprefix("00")
    digits = _TRUNK_ZERO.sub(r"\1", digits)
    return f"+{digits}" if 8 <= len(digits) <= 15 and digits[0] != "0" else None


# What people and exports write instead of an ISO 3166 code, folded and without points, for the same countries.
_COUNTRY_NAMES = {
    "FR": "france|fra|republique francaise|french republic|frankreich|francia",
    "BE": "belgique|belgium|bel|belgie|belgien|belgica|belgio|royaume de belgique",
    "CH": "suisse|switzerland|che|schweiz|svizzera|suiza|confederation suisse",
    "LU": "luxembourg|lux|luxemburg|letzebuerg|lussemburgo|grand-duche de luxembourg",
    "GB": "royaume-uni|royaume uni|united kingdom|the united kingdom|uk|gbr|great britain|grande-bretagne"
    "|grande bretagne|england|angleterre|scotland|ecosse|wales|pays de galles|northern ireland|irlande du nord",
    "US": "etats-unis|etats unis|etats-unis d'amerique|united states|the united states|united states of america|usa"
    "|us of america|america|amerique",
    "DE": "allemagne|germany|deu|deutschland|bundesrepublik deutschland|germania|alemania|brd",
    "ES": "espagne|spain|esp|espana|spanien|spagna",
    "IT": "italie|italy|ita|italia|italien",
}
_COUNTRIES = {name: code for code, names in _COUNTRY_NAMES.items() for name in names.split("|")}


def normal_country(text: str) -> str:
    """The ISO 3166 code of a country written in a usual way; two letters are a code; other text stays as it is."""
    if len(text) == 2 and text.isascii() and text.isupper() and text != "UK":
        return text
    known = _COUNTRIES.get(" ".join(fold(text).replace(".", "").split()))
    if known:
        return known
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else text
