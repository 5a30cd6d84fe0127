"""Lengths of time in a contract file: "15m" and "4h" need a unit to run on, "2bd" is business days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadq.domain.contract import HOUR_MS, MINUTE_MS, Duration, Unit
from leadq.domain.contract_messages import Hint, M

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadq.domain.contract_read import Remarks, Section
    from leadq.domain.toml_positions import Path

_DURATION: Final = re.compile(r"([+-]?[0-9]{1,9})(m|h|bd)")
_OTHER_SUFFIX: Final = re.compile(r"([0-9]{1,9})\s*(m|h|b|d|j)[a-z]*", re.IGNORECASE)
_SUFFIX: Final = {"m": "m", "h": "h", "b": "bd", "d": "bd", "j": "bd"}
_DURATIONS: Final[Mapping[str, Callable[[int], Duration]]] = {
    "m": lambda count: Duration(amount_ms=count * MINUTE_MS),
    "h": lambda count: Duration(amount_ms=count * HOUR_MS),
    "bd": lambda count: Duration(days=count),
}
_UNITS: Final[Mapping[str, Unit]] = {"business": "business", "wall": "wall"}
_YEAR_DAYS: Final = 366
_YEAR_MS: Final = _YEAR_DAYS * 24 * HOUR_MS


def parse_duration(text: str, path: Path, remarks: Remarks) -> Duration | None:
    """The length of time written "15m", "4h" or "2bd"; None after noting what is wrong with it.

    A year is the most: a longer promise is a slip of the keyboard, and dates far away overflow.
    """
    found = _DURATION.fullmatch(text)
    if not found:
        _not_a_duration(text, path, remarks)
        return None
    count = int(found[1])
    if count <= 0:
        remarks.error(path, M.NOT_POSITIVE, value=text)
        return None
    duration = _DURATIONS[found[2]](count)
    if (duration.days or 0) > _YEAR_DAYS or (duration.amount_ms or 0) > _YEAR_MS:
        remarks.error(path, M.TOO_LONG, value=text)
        return None
    return duration


def _not_a_duration(text: str, path: Path, remarks: Remarks) -> None:
    meant = _OTHER_SUFFIX.fullmatch(text.strip())
    if meant:
        near = meant[1] + _SUFFIX[meant[2].lower()]
        remarks.error(path, M.NOT_DURATION, Hint.DID_YOU_MEAN, value=text, nearest=near)
    else:
        remarks.error(path, M.NOT_DURATION, Hint.DURATION, value=text)


def read_unit(table: Section) -> Unit | None:
    """The key `unit`: on which clock hours and minutes run; None when it is absent or wrong."""
    return _UNITS.get(table.choice("unit", tuple(_UNITS)))


def check_unit(duration: Duration, path: Path, table: Section, unit: Unit | None) -> None:
    """Refuse hours without a unit, and business days on a wall clock."""
    if duration.days is not None and unit == "wall":
        table.remarks.error(path, M.BD_ON_WALL, Hint.WALL_DAYS, value=duration.text)
    elif duration.days is None and not table.has("unit"):
        table.remarks.error(path, M.NEEDS_UNIT, Hint.UNIT, value=duration.text)
