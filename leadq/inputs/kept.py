"""The inputs that somebody gave, as a home remembers them: in `meta`, one entry for each file, never edited.

An input that is taken back stays, with the instant at which it was: so figures as of an earlier instant stay the same.
Rows hold days, not instants: they are of the zone that the contract has when figures are made. There is nothing in
them that says who anybody is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.metrics.cycle import CustomerValue, Spend
from leadq.domain.metrics.days import Days
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.text import fold

if TYPE_CHECKING:
    import sqlite3

    from leadq.domain.metrics.cycle import Cycle

KINDS: Final = ("spend", "value", "deals")
_KEY: Final = "input:"


@dataclass(frozen=True, slots=True)
class SpendRow:
    """What was spent from the day `first` to the day `last`, both ISO and included. `line` is where it stood."""

    line: int
    first: str
    last: str
    amount: str
    currency: str
    source: str
    campaign: str

    @property
    def said(self) -> tuple[object, ...]:
        """All that it says: two rows that say the same are one, however they spell a source or a round amount."""
        return self.first, self.last, Decimal(self.amount), self.currency, fold(self.source), fold(self.campaign)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """What a customer is worth. `person` is the local id, by which a newer file about the same customer is known."""

    line: int
    person: int
    lead_uid: str
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal of which this file told something new: the event that says so, and whose it is."""

    line: int
    event_uid: str
    lead_uid: str
    day: str
    amount: str
    currency: str


Row = SpendRow | ValueRow | DealRow
_ROWS: Final[Mapping[str, type[Row]]] = {"spend": SpendRow, "value": ValueRow, "deals": DealRow}


@dataclass(frozen=True, slots=True)
class Input:
    """One file as it was taken: the rows that said something new."""

    id: int
    kind: str
    file: str
    by: str
    added_ms: int
    rows: tuple[Row, ...]
    removed_ms: int | None = None

    def stood(self, at_ms: int) -> bool:
        """Whether it was known at an instant and not taken back by then."""
        return self.added_ms <= at_ms and (self.removed_ms is None or self.removed_ms > at_ms)


def all_inputs(db: sqlite3.Connection) -> list[Input]:
    """Every input ever given, in the order in which they were."""
    rows = db.execute("SELECT key, value FROM meta WHERE key GLOB ?", (f"{_KEY}*",))
    return sorted((_read(key, value) for key, value in rows), key=lambda one: one.id)


def standing(db: sqlite3.Connection, kind: str, at_ms: int) -> list[Input]:
    """The inputs of a kind that stood at an instant, oldest first."""
    return [one for one in all_inputs(db) if one.kind == kind and one.stood(at_ms)]


def keep(db: sqlite3.Connection, kind: str, file: str, by: str, now_ms: int, rows: Sequence[Row]) -> int:
    """Remember what a file said; the number that it goes by from now on."""
    number = max((one.id for one in all_inputs(db)), default=0) + 1
    _write(db, Input(number, kind, file, by, now_ms, tuple(rows)))
    return number


def take_back(db: sqlite3.Connection, number: int, now_ms: int) -> Input:
    """Let an input stand no longer; it, as it was. Raises LeadqError `no_such_input` (6)."""
    found = next((one for one in all_inputs(db) if one.id == number and one.removed_ms is None), None)
    if found is None:
        raise LeadqError(
            "no_such_input",
            _("There is no input {id}, or it was taken back already.").format(id=number),
            hint=_("`leadq inputs list` shows them."),
            exit_status=Exit.NOT_FOUND,
        )
    _write(db, replace(found, removed_ms=now_ms))
    return found


def spend(db: sqlite3.Connection, at_ms: int, zone: str, cycles: Iterable[Cycle]) -> list[Spend] | None:
    """What was known at an instant of what was spent, in the days of `zone` and the words of `cycles`: spend on “Web”
    is spend on the leads of “web”. None when nobody had given any."""
    given = standing(db, "spend", at_ms)
    if not given:
        return None
    of_leads = {(cycle.source, cycle.campaign) for cycle in cycles}
    sources, campaigns = _Spelling(one for one, _other in of_leads), _Spelling(other for _one, other in of_leads)
    days = Days(zone)
    return [
        _spent(row, days, sources.of(row.source), campaigns.of(row.campaign))
        for one in given
        for row in one.rows
        if isinstance(row, SpendRow)
    ]


class _Spelling:
    """How leads spell a word."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = set(words)
        self._folded = {fold(word): word for word in sorted(self._words)}

    def of(self, word: str) -> str:
        return word if word in self._words else self._folded.get(fold(word), word)


def _spent(row: SpendRow, days: Days, source: str, campaign: str) -> Spend:
    first, last = date.fromisoformat(row.first), date.fromisoformat(row.last)
    edges = days.midnight(first), days.midnight(last + timedelta(days=1))
    return Spend(*edges, Decimal(row.amount), row.currency, source, campaign)


def values(db: sqlite3.Connection, at_ms: int) -> list[CustomerValue] | None:
    """What was known at an instant of what customers are worth: of each, what the newest file said; None when nobody
    had given any."""
    given = standing(db, "value", at_ms)
    known = newest_values(given)
    found = [CustomerValue(row.lead_uid, Decimal(row.amount), row.currency) for rows in known.values() for row in rows]
    return found if given else None


def newest_values(given: Sequence[Input]) -> Mapping[int, list[ValueRow]]:
    """Person -> the rows of the newest input that says anything of them, one for each currency."""
    known: dict[int, list[ValueRow]] = {}
    for one in given:
        known |= by_person(row for row in one.rows if isinstance(row, ValueRow))
    return known


def by_person(rows: Iterable[ValueRow]) -> dict[int, list[ValueRow]]:
    """Person -> what is said of them."""
    found: dict[int, list[ValueRow]] = {}
    for row in rows:
        found.setdefault(row.person, []).append(row)
    return found


def _read(key: str, text: str) -> Input:
    said: dict[str, Any] = json.loads(text)
    made = _ROWS[said["kind"]]
    rows = tuple(made(*row) for row in said.pop("rows"))
    return Input(int(key.removeprefix(_KEY)), rows=rows, **said)


def _write(db: sqlite3.Connection, one: Input) -> None:
    said = {
        "kind": one.kind, "file": one.file, "by": one.by, "added_ms": one.added_ms, "removed_ms": one.removed_ms,
        "rows": [astuple(row) for row in one.rows],
    }  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"{_KEY}{one.id}", text))
