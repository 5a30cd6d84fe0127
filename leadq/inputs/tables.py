"""A file of inputs: which column is what, its rows by field, and all that is wrong with it told at once.

A file is taken whole or not at all: a sum that lacks a row looks like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from leadq.errors import Exit, LeadqError
from leadq.headers import BadMapping, Fields, map_columns
from leadq.i18n import _, ngettext
from leadq.inputs.cells import BadCell, currency, money, shown
from leadq.leadfile import worded
from leadq.tabular import BadRow, TabularError, read_table

if TYPE_CHECKING:
    from leadq.tabular import Table

_WHO: Final = {
    "lead": (
        "lead uid|uid|lead id|external id|crm id|record id|contact id|hs object id|id du lead|id du contact|identifiant"
        "|id client|customer id|id"
    ),
    "email": (
        "email|e-mail|mail|email address|adresse e-mail|adresse email|courriel|work email|email professionnel"
        "|customer email|email du client|contact email"
    ),
}
_MONEY: Final = {
    "amount": (
        "amount|spend|spent|amount spent|cost|budget spent|total|value|customer value|lifetime value|clv|ltv|montant"
        "|dépense|dépenses|coût|montant dépensé|montant total|valeur|valeur client|valeur vie client|revenue|chiffre"
        " d'affaires|ca|deal value|montant de l'affaire"
    ),
    "currency": "currency|currency code|devise|monnaie|code devise",
}
FIELDS: Final[Mapping[str, Fields]] = {
    "spend": Fields({
        "from": "from|start|start date|begin|begins|period start|date from|du|de|début|date de début|date début",
        "to": "to|end|end date|ends|until|period end|date to|au|à|fin|jusqu'au|date de fin|date fin",
        "month": "month|mois|period|période",
        **_MONEY,
        "source": "source|lead source|canal|channel|provenance|origine|utm source",
        "campaign": "campaign|campaign name|campagne|nom de la campagne|opération|utm campaign",
    }),
    "value": Fields({**_WHO, **_MONEY}),
    "deals": Fields({
        **_WHO,
        "state": "state|status|outcome|result|won lost|won or lost|résultat|statut|issue|état|gagné perdu",
        **_MONEY,
        "closed": (
            "closed|closed date|close date|closed at|closed on|date closed|date de clôture|clôture|clôturé le|date"
            "|date de signature|signé le"
        ),
        "deal": (
            "deal id|deal|deal name|opportunity id|opportunity|id de l'affaire|affaire|n° d'affaire|opportunité"
            "|nom de l'affaire|transaction"
        ),
    }),
}  # fmt: skip
_NEEDED: Final[Mapping[str, Sequence[tuple[str, ...]]]] = {
    "spend": (("month", "from"), ("month", "to"), ("amount",)),
    "value": (("lead", "email"), ("amount",)),
    "deals": (("lead", "email"), ("state",), ("closed",)),
}
"""Kind -> of each group of fields one must have a column."""

_COLUMN_SHOWN: Final = 60
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row, in words; `column` is its header, "" for the row as a whole."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A good row about somebody, or something, that does not belong here: whom it names, and why."""

    line: int
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of a row by field. `currency` is what is meant where a row names none."""

    number: int
    cells: Mapping[str, str]
    currency: str

    def text(self, name: str) -> str:
        """The cell of a field, trimmed; "" when it is empty or there is no such column."""
        return self.cells.get(name, "").strip()

    def needed(self, name: str) -> str:
        """A cell that must say something. Raises BadCell."""
        if text := self.text(name):
            return text
        raise BadCell(name, _("the cell is empty"))

    def money(self, text: str) -> tuple[str, str]:
        """An amount and its currency, which stands in its own column, beside it, or is that of the file.

        Raises BadCell: for two of them, and for none.
        """
        amount, beside = money("amount", text)
        column = currency("currency", self.text("currency"))
        if beside and column and beside != column:
            raise BadCell("currency", _("{one} here, and {other} beside the amount").format(one=column, other=beside))
        if code := column or beside or self.currency:
            return amount, code
        raise BadCell("currency", _("no currency: add the column, or --currency EUR for the whole file"))


@dataclass
class InputFile:
    """A file that is read once: its table, which column is which field, and what was found wrong with its rows."""

    name: str
    kind: str
    table: Table
    columns: Mapping[str, int]
    currency: str
    progress: Callable[[int], None]
    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def rows(self, take: Callable[[Line], _Row]) -> list[_Row]:
        """What `take` makes of each row; those that cannot be read are `problems`."""
        return list(self._taken(take))

    def _taken(self, take: Callable[[Line], _Row]) -> Iterator[_Row]:
        for row in self.table.rows:
            self.read += 1
            self.progress(self.read)
            if isinstance(row, BadRow):
                self.wrong(row.line, "", worded(row.reason))
                continue
            line = Line(row.line, {name: row.cells[index] for name, index in self.columns.items()}, self.currency)
            try:
                yield take(line)
            except BadCell as bad:
                self.wrong(row.line, bad.field, bad.reason)

    def wrong(self, line: int, name: str, reason: str) -> None:
        """Remember what is wrong with the cell of a field."""
        column = shown(self.table.header[self.columns[name]]) if name in self.columns else ""
        self.problems.append(Problem(line, column, reason))

    def leave_out(self, line: Line, who: str, reason: str) -> None:
        """Remember that a row is about nobody here."""
        self.left_out.append(LeftOut(line.number, who, reason))

    def refuse(self) -> None:
        """Raises LeadqError `bad_input` (2) when a row is wrong, or there is none: nothing may be written then."""
        if not self.read:
            raise _bad(_("{file} has a header and no rows.").format(file=self.name))
        if not self.problems:
            return
        self.problems.sort(key=lambda one: one.line)
        count = len({one.line for one in self.problems})
        message = ngettext(
            "{file} was not taken, and nothing was written: {count} row is wrong (line, column, why).",
            "{file} was not taken, and nothing was written: {count} rows are wrong (line, column, why).",
            count,
        ).format(file=self.name, count=count)
        raise _bad(message, [_candidate(one) for one in self.problems])


def open_input(
    source: BinaryIO, name: str, kind: str, *, sheet: str | None, forced: Mapping[str, str], currency_: str,
    progress: Callable[[int], None],
) -> InputFile:  # fmt: skip
    """The file of a kind in `source`, called `name` in messages; `currency_` is that of rows that name none; `progress`
    hears how many rows are read.

    Raises LeadqError `bad_input`, `no_sheet`, `bad_map` or `no_columns` (2).
    """
    try:
        table = read_table(source, name=name, sheet=sheet)
    except TabularError as error:
        if error.reason.code == "no_such_sheet":
            raise LeadqError("no_sheet", f"{worded(error.reason)}.", exit_status=Exit.USAGE) from error
        raise _bad(f"{worded(error.reason)}.") from error
    return InputFile(name, kind, table, _mapped(table, name, kind, forced), currency_, progress)


def _mapped(table: Table, name: str, kind: str, forced: Mapping[str, str]) -> Mapping[str, int]:
    try:
        columns = map_columns(table.header, forced, FIELDS[kind])
    except BadMapping as error:
        candidates = [{"name": near} for near in error.nearest]
        raise LeadqError("bad_map", str(error), exit_status=Exit.USAGE, candidates=candidates) from error
    for group in _NEEDED[kind]:
        if not any(one in columns for one in group):
            raise _without(table, name, group)
    return columns


def _without(table: Table, name: str, group: tuple[str, ...]) -> LeadqError:
    found = ", ".join(shown(header) for header in table.header)
    return LeadqError(
        "no_columns",
        _("{file} has no column for {field}; its columns are: {columns}.").format(
            file=name, field=" / ".join(group), columns=found
        ),
        hint=_("Say which one it is with --map COLUMN={field}.").format(field=group[-1]),
        exit_status=Exit.USAGE,
        candidates=[{"column": header} for header in table.header],
    )


def _bad(message: str, candidates: Sequence[Mapping[str, object]] = ()) -> LeadqError:
    return LeadqError(
        "bad_input", message, hint=_("Put the file right and read it again."), exit_status=Exit.USAGE,
        candidates=candidates,
    )  # fmt: skip


def _candidate(problem: Problem) -> Mapping[str, object]:
    return {"line": problem.line, "column": problem.column, "reason": problem.reason}
