"""A file of what marketing spent: each row a period, an amount, and on what.

Two rows about the same thing that share a day are refused with both named: nobody can know whether the money is there
twice. The same row again, as in a file that grows every month, says nothing new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadq.i18n import _
from leadq.inputs import kept
from leadq.inputs.cells import BadCell, instant, month
from leadq.inputs.kept import SpendRow
from leadq.text import clean, fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from leadq.inputs.kept import Input
    from leadq.inputs.tables import InputFile, Line

_LONGEST: Final = 200
_Thing = tuple[str, str, str]


def read_spend(
    db: sqlite3.Connection, file: InputFile, zone: str, now_ms: int
) -> tuple[list[SpendRow], list[SpendRow]]:
    """The rows of a file, and those of them that say something new; what is wrong is told to `file`."""
    rows = file.rows(lambda line: _row(line, ZoneInfo(zone)))
    for row, other, _where in _clashes([(row, None) for row in rows]):
        file.wrong(row.line, "", _("it overlaps row {line}").format(line=other.line))
    given = [(row, one) for one in kept.standing(db, "spend", now_ms) for row in one.rows if isinstance(row, SpendRow)]
    known = {row.said for row, _one in given}
    fresh = [row for row in rows if row.said not in known]
    for row, other, where in _clashes([*given, *((row, None) for row in fresh)]):
        if where is not None:
            file.wrong(row.line, "", _overlap(other, where))
    return rows, fresh


def _overlap(other: SpendRow, where: Input) -> str:
    return _("it overlaps row {line} of {file}: `leadq inputs rm {id}` takes that file back").format(
        line=other.line, file=where.file, id=where.id
    )


def strangers(db: sqlite3.Connection, rows: Sequence[SpendRow]) -> dict[str, list[str]]:
    """Sources and campaigns of the rows that no lead has, in any spelling: what was spent on them costs no lead."""
    found: dict[str, list[str]] = {}
    for name in ("source", "campaign"):
        known = {fold(text) for (text,) in db.execute(f"SELECT DISTINCT {name} FROM lead")}
        texts = {getattr(row, name) for row in rows} - {""}
        found[f"{name}s"] = sorted(text for text in texts if fold(text) not in known)
    return found


def _row(line: Line, zone: ZoneInfo) -> SpendRow:
    first, last = _period(line, zone)
    amount, currency = line.money(line.needed("amount"))
    source, campaign = (clean(line.text(name), _LONGEST) for name in ("source", "campaign"))
    return SpendRow(line.number, first, last, amount, currency, source, campaign)


def _period(line: Line, zone: ZoneInfo) -> tuple[str, str]:
    """The first and the last day. A month, or from and to; where a row says both, from and to."""
    if line.text("from") or line.text("to") or not line.text("month"):
        (_f, first), (_t, last) = (instant(name, line.needed(name), zone) for name in ("from", "to"))
        if last < first:
            raise BadCell("to", _("the period ends before it begins"))
    else:
        first, last = month("month", line.text("month"))
    return first.isoformat(), last.isoformat()


def _thing(row: SpendRow) -> _Thing:
    return fold(row.source), fold(row.campaign), row.currency


def _clashes(
    rows: Sequence[tuple[SpendRow, Input | None]],
) -> Iterator[tuple[SpendRow, SpendRow, Input | None]]:
    """Rows that share a day with another one about the same thing, that one, and the input that it is known from.

    Rows come with the input that they are known from, None for those that are just being read.
    """
    running: dict[_Thing, tuple[SpendRow, Input | None]] = {}
    for row, where in sorted(rows, key=lambda one: (one[0].first, one[1] is None, one[0].line)):
        before, known = running.get(_thing(row), (None, None))
        if before is not None and row.first <= before.last:
            yield (row, before, known) if where is None else (before, row, where)
        if before is None or row.last > before.last:
            running[_thing(row)] = row, where
