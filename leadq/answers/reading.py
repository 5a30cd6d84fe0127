"""A table of verdicts that was filled in: its rows as marketing meant them, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final

from leadq.answers.columns import COLUMNS, FILLED, answers, named, places, titles
from leadq.domain.verbs import Answer
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.leadfile import worded
from leadq.tabular import BadRow, TabularError, read_table
from leadq.text import clean, clean_block, fold
from leadq.words import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadq.tabular import Row, Table

_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: on which line of the file it stands, to which event (a verdict's uid), and what it says."""

    line: int
    event_uid: str
    answer: Answer


@dataclass(slots=True)
class Filled:
    """What a file holds: `read` rows, of which `empty` ones wait on; `rejected` are line and why, in words."""

    read: int = 0
    empty: int = 0
    given: list[Given] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    encoding: str = ""
    delimiter: str = ""
    warnings: tuple[str, ...] = ()


def read(source: BinaryIO, name: str) -> Filled:
    """What `source`, called `name` in messages, holds: CSV or XLSX, in either language, its columns in any order.

    Raises TabularError when it is no table, LeadqError `no_columns` (2) when it is another one than ours.
    """
    table, at = _table(source, name)
    filled, words = Filled(), answers()
    for row in table.rows:
        filled.read += 1
        if isinstance(row, BadRow):
            filled.rejected.append((row.line, worded(row.reason)))
        else:
            _take(filled, row, at, words)
    filled.encoding, filled.delimiter = table.encoding, table.delimiter
    filled.warnings = tuple(map(worded, table.warnings))
    return filled


def _table(source: BinaryIO, name: str) -> tuple[Table, Mapping[str, int]]:
    """The table, and where its columns are; of a workbook whose sheets were moved, the sheet that is called so."""
    table = read_table(source, name=name)
    try:
        return table, places(table.header)
    except KeyError as missing:
        wrong = _not_ours(name, str(missing.args[0]))
    if table.encoding == "xlsx" and source.seekable():
        for title in titles():
            source.seek(0)
            try:
                table = read_table(source, name=name, sheet=title)
                return table, places(table.header)
            except (KeyError, TabularError):
                continue
    raise wrong


def _not_ours(name: str, column: str) -> LeadqError:
    return LeadqError(
        "no_columns",
        _("{name} has no column “{column}”.").format(name=name, column=_(COLUMNS[column])),
        hint=_("Give a file that `leadq feedback export` wrote, with its header as it was."),
        exit_status=Exit.USAGE,
    )


def _take(filled: Filled, row: Row, at: Mapping[str, int], words: Mapping[str, str]) -> None:
    """Sort one row in: empty, an answer, or something that nobody can read."""
    cells = {column: row.cells[place].strip() for column, place in at.items()}
    answer, note, by = (cells.get(column, "") for column in FILLED)
    if not answer and not note:
        filled.empty += 1
        return
    code = words.get(fold(" ".join(answer.split())), "")
    uid = named(cells["key"], cells["lead"], cells["code"])
    if not code:
        filled.rejected.append((row.line, _unread(answer)))
    elif uid is None:
        filled.rejected.append((row.line, _unfit(cells["key"], cells["lead"])))
    elif code == "declined" and not note:
        filled.rejected.append((row.line, _("to decline takes a note: write why, and send the file again")))
    else:
        said = Answer(code, clean_block(note).strip(), clean(by, _LONGEST_NAME))
        filled.given.append(Given(row.line, uid, said))


def _unread(answer: str) -> str:
    known = ", ".join(_(word) for word in ANSWERS.values())
    if not answer:
        return _("there is a note, and no answer: choose one of {known}").format(known=known)
    return _("“{answer}” is no answer: choose one of {known}").format(answer=clean(answer, 60), known=known)


def _unfit(key: str, lead: str) -> str:
    if not key:
        return _("the key is empty: copy the answer into a new export, or give it with `leadq feedback answer`")
    return _(
        "the key does not fit this row (lead {lead}): one of the two was changed, or columns were sorted apart;"
        " copy the answer into a new export"
    ).format(lead=clean(lead, 20) or "?")
