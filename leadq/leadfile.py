"""A file of handed-off leads: which column is which field, and its rows as the intake takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

from leadq.errors import Exit, LeadqError
from leadq.headers import BadMapping, map_columns
from leadq.i18n import _
from leadq.tabular import REASONS, BadRow, Reason, Table, TabularError, read_table
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leadq.intake import Report, Row

_WHO: Final = frozenset({"name", "first_name", "last_name", "company", "email", "phone"})
_NOT_KEPT: Final = frozenset({"linkedin", "website", "need", "budget", "timing"})
"""Fields that are recognised but have no column of their own yet: their cells stay with the raw row."""


class LeadFile:
    """The columns of a table by field, and the cells that no field claims by their header."""

    def __init__(self, table: Table, name: str, forced: Mapping[str, str]) -> None:
        """Raises LeadqError `bad_map` or `no_columns` (2)."""
        self.table = table
        fields = _mapped(table, forced)
        self._fields = {field: index for field, index in fields.items() if field not in _NOT_KEPT}
        claimed = set(self._fields.values())
        self._rest = {header: index for index, header in enumerate(table.header) if header and index not in claimed}
        if not _WHO & fields.keys():
            raise _nobody(table, name)

    def rows(self, report: Report, owner: Callable[[str], str]) -> Iterator[Row]:
        """Its good rows, owners named by `owner`; a row that cannot be read goes to `report` in its place."""
        for row in self.table.rows:
            if isinstance(row, BadRow):
                report.read += 1
                report.reject(row.line, worded(row.reason))
                continue
            cells = {field: row.cells[index] for field, index in self._fields.items()}
            if cells.get("owner"):
                cells["owner"] = owner(cells["owner"])
            yield row.line, cells, {name: cell for name, index in self._rest.items() if (cell := row.cells[index])}


def open_lead_file(source: BinaryIO, name: str, sheet: str | None, forced: Mapping[str, str]) -> LeadFile:
    """The lead file in `source`, called `name` in messages; `forced` maps a column to a field.

    Raises TabularError when there is no table in it, LeadqError `no_sheet`, `bad_map` or `no_columns` (2).
    """
    try:
        return LeadFile(read_table(source, name=name, sheet=sheet), name, forced)
    except TabularError as error:
        if error.reason.code != "no_such_sheet":
            raise
        raise LeadqError("no_sheet", f"{worded(error.reason)}.", exit_status=Exit.USAGE) from error


def worded(reason: Reason) -> str:
    """A reason of the reader in the user's language."""
    return _(REASONS[reason.code]).format(**reason.params)


def _mapped(table: Table, forced: Mapping[str, str]) -> dict[str, int]:
    try:
        return map_columns(table.header, forced)
    except BadMapping as error:
        candidates = [{"name": name} for name in error.nearest]
        raise LeadqError("bad_map", str(error), exit_status=Exit.USAGE, candidates=candidates) from error


def _nobody(table: Table, name: str) -> LeadqError:
    columns: list[Any] = [{"column": header} for header in table.header]
    found = ", ".join(clean(header, 60) for header in table.header)
    return LeadqError(
        "no_columns",
        _("Nothing in {name} says who the leads are; its columns are: {columns}.").format(name=name, columns=found),
        hint=_('Say which is which with --map COLUMN=FIELD, for example --map "Firma=company".'),
        exit_status=Exit.USAGE,
        candidates=columns,
    )
