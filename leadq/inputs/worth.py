"""A file of what customers are worth, as somebody worked it out: leadq never does.

A value belongs to a person, and counts with the lead that made a customer of them. What a newer file says of somebody
takes the place of what an older one said.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leadq.i18n import _
from leadq.inputs import kept
from leadq.inputs.kept import ValueRow
from leadq.inputs.who import People, UnknownError, called

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from leadq.inputs.tables import InputFile, Line


def read_values(db: sqlite3.Connection, file: InputFile, now_ms: int) -> tuple[list[ValueRow], list[ValueRow]]:
    """The rows about people who are known here, and those of them that say something new; others are left out."""
    people = People(db)
    rows = [row for row in file.rows(lambda line: _row(line, people, file)) if row]
    _refuse_twice(file, rows)
    known = kept.newest_values(kept.standing(db, "value", now_ms))
    said = kept.by_person(rows)
    return rows, [row for row in rows if _all(said[row.person]) != _all(known.get(row.person, ()))]


def _all(rows: Sequence[ValueRow]) -> set[tuple[str, Decimal, str]]:
    return {(row.lead_uid, Decimal(row.amount), row.currency) for row in rows}


def _row(line: Line, people: People, file: InputFile) -> ValueRow | None:
    amount, currency = line.money(line.needed("amount"))
    try:
        customer = people.of(line)
    except UnknownError as unknown:
        file.leave_out(line, called(line), str(unknown))
        return None
    lead = customer.lead()
    assert lead is not None  # a person without leads is nobody here
    return ValueRow(line.number, customer.person, lead.uid, amount, currency)


def _refuse_twice(file: InputFile, rows: list[ValueRow]) -> None:
    """One customer has one value in one currency."""
    first: dict[tuple[int, str], int] = {}
    for row in rows:
        line = first.setdefault((row.person, row.currency), row.line)
        if line != row.line:
            file.wrong(row.line, "", _("row {line} is about the same customer, in the same currency").format(line=line))
