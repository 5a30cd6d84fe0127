"""A file of inputs is taken, or only rehearsed: what it says, what of that is new, and what was left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso
from leadq.inputs import kept
from leadq.inputs.deals import Found, read_deals, tell, untell
from leadq.inputs.kept import DealRow, Input, Row, SpendRow
from leadq.inputs.spending import read_spend, strangers
from leadq.inputs.worth import read_values
from leadq.text import clean

if TYPE_CHECKING:
    import sqlite3

    from leadq.desk import Desk
    from leadq.inputs.tables import InputFile, LeftOut

_FILE: Final = 100
"""Characters of a file's name that are remembered."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file. `read` are its rows, `rows` those about somebody here, `fresh` those that say something new.

    `strange`: of sources and campaigns, those of which no lead is known. `number` is what the input goes by, None where
    nothing was written.
    """

    kind: str
    file: str
    read: int
    rows: Sequence[Row]
    fresh: Sequence[Row]
    left_out: Sequence[LeftOut]
    strange: Mapping[str, Sequence[str]]
    deals: Sequence[Found] = ()
    number: int | None = None

    def as_shape(self) -> dict[str, Any]:
        """As `leadq inputs add --json` prints it."""
        return {
            "input": self.number, "kind": self.kind, "file": self.file, "read": self.read, "added": len(self.fresh),
            "unchanged": len(self.rows) - len(self.fresh), "totals": totals(self.rows), **span(self.rows),
            "left_out": [asdict(one) for one in self.left_out], "strange": self.strange,
        }  # fmt: skip


def rehearse(db: sqlite3.Connection, file: InputFile, zone: str, now_ms: int) -> Taken:
    """What would come of a file. Raises LeadqError `bad_input` (2) when it cannot be taken whole."""
    read = {"spend": _spend, "value": _value, "deals": _deals}[file.kind]
    taken = read(db, file, zone, now_ms)
    file.refuse()
    return replace(taken, file=clean(file.name, _FILE), read=file.read, left_out=tuple(file.left_out))


def take(desk: Desk, file: InputFile) -> Taken:
    """Take a file: what is new in it is remembered, and deals are told as a CRM tells them. Raises as `rehearse`."""
    taken = rehearse(desk.db, file, desk.rules.current.zone, desk.now_ms)
    if not taken.fresh:
        return taken
    tell(desk, (one for one in taken.deals if one.is_new))
    return replace(taken, number=kept.keep(desk.db, file.kind, taken.file, desk.me, desk.now_ms, taken.fresh))


def take_back(desk: Desk, number: int) -> Input:
    """Let an input stand no longer; it, as it was. Raises LeadqError `no_such_input` (6)."""
    given = kept.take_back(desk.db, number, desk.now_ms)
    untell(desk, given)
    return given


def _spend(db: sqlite3.Connection, file: InputFile, zone: str, now_ms: int) -> Taken:
    rows, fresh = read_spend(db, file, zone, now_ms)
    return Taken(file.kind, "", 0, rows, fresh, (), strangers(db, rows))


def _value(db: sqlite3.Connection, file: InputFile, zone: str, now_ms: int) -> Taken:
    return Taken(file.kind, "", 0, *read_values(db, file, now_ms), (), {})


def _deals(db: sqlite3.Connection, file: InputFile, zone: str, now_ms: int) -> Taken:
    found = read_deals(db, file, zone, now_ms)
    rows, fresh = [one.row for one in found], [one.row for one in found if one.is_new]
    return Taken(file.kind, "", 0, rows, fresh, (), {}, found)


def totals(rows: Iterable[Row]) -> dict[str, str]:
    """The sum of each currency, by its name: two are never added."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.amount:
            found[row.currency] += Decimal(row.amount)
    return {code: f"{found[code]:f}" for code in sorted(found)}


def span(rows: Iterable[Row]) -> dict[str, str | None]:
    """The first and the last day that rows speak of; customer values speak of none."""
    days = [day for row in rows for day in _days(row)]
    return {"from": min(days, default=None), "to": max(days, default=None)}


def _days(row: Row) -> tuple[str, ...]:
    if isinstance(row, SpendRow):
        return row.first, row.last
    return (row.day,) if isinstance(row, DealRow) else ()


def as_shape(given: Input) -> dict[str, Any]:
    """An input as `leadq inputs list --json` prints it."""
    return {
        "input": given.id, "kind": given.kind, "file": given.file, "rows": len(given.rows), "by": given.by,
        "added_at": iso(given.added_ms), "taken_back_at": iso(given.removed_ms), "totals": totals(given.rows),
        **span(given.rows),
    }  # fmt: skip
