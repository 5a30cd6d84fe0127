"""A report as values: what it says once, for every format to say in its own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from leadq.domain.metrics.figures import Metric

Plain = str | int | float | None
Drawn = Literal["", "bars", "trend", "against"]
"""How a table is drawn beside itself: a bar for each row, a line over time, or what was done against what was said."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: as JSON has it, as a spreadsheet has it (`plain`), and in words.

    `drawn` is its height where the table is drawn: a share of 1, or a number; None: nothing to draw.
    """

    value: Any
    text: str
    plain: Plain = None
    drawn: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `right`: its figures stand under each other."""

    id: str
    title: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. `drawn` says how, `over` which columns, `label` what names a row there (else the first);
    `empty` is what is said when there is no row."""

    id: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    empty: str = ""
    drawn: Drawn = ""
    over: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part with its heading: sentences, tables, and the commands that give its numbers again."""

    id: str
    title: str
    tables: tuple[Table, ...] = ()
    lines: tuple[str, ...] = ()
    repeat: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The whole of it. `stem` names its period, for a file; `data` is what only the JSON says beside the sections."""

    kind: str
    edition: str
    title: str
    subtitle: str
    stem: str
    from_ms: int
    to_ms: int
    as_of_ms: int
    zone: str
    command: str
    sections: tuple[Section, ...]
    metrics: Mapping[str, Metric]
    commands: Mapping[str, str]
    data: Mapping[str, Any] = field(default_factory=dict)


def text(said: str) -> Cell:
    """A word or a sentence."""
    return Cell(said, said, said)


def table(
    id_: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, title: str = "", empty: str = "",
    drawn: Drawn = "", over: Sequence[str] = (), label: str = "",
) -> Table:  # fmt: skip
    """A table of any sequences."""
    return Table(id_, tuple(columns), tuple(tuple(row) for row in rows), title, empty, drawn, tuple(over), label)
