"""Figures as cells: the value as `metric_shapes` has it, the words short enough for a column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from leadq.i18n import _, number
from leadq.metric_shapes import figure_shape
from leadq.metric_words import NEEDS, NOTES, TITLES, figure_name, say_figure
from leadq.reports.document import Cell, Column, Section, table

if TYPE_CHECKING:
    from leadq.domain.metrics.figures import Figure
    from leadq.reports.sources import Sources

FEW: Final = "*"
"""Marks a share of fewer than thirty."""


def full(figure: Figure | None) -> Cell:
    """A figure with all that belongs to it: of how many, and how sure."""
    if figure is None:
        return nothing()
    shape = figure_shape(figure)
    return Cell(shape, say_figure(figure), shape["value"], _drawn(figure))


def brief(figure: Figure | None) -> Cell:
    """A share without its interval, for a column of many: `75.0% (6/8)*`; anything else as it is."""
    if figure is None:
        return nothing()
    shape = figure_shape(figure)
    return Cell(shape, _brief(figure), shape["value"], _drawn(figure))


def _brief(figure: Figure) -> str:
    if figure.value is None and figure.note in NOTES:
        return _("not reached") if figure.note == "not_reached" else _("n/a")
    if figure.kind != "share" or figure.value is None or figure.hits is None:
        return say_figure(figure)
    said = _("{share}% ({hits}/{of})").format(
        share=number(100 * float(figure.value), 1), hits=number(figure.hits), of=number(figure.of or 0)
    )
    return f"{said}{FEW}" if figure.small else said


def _drawn(figure: Figure) -> float | None:
    return None if figure.value is None else float(figure.value)


def count(n: int) -> Cell:
    """How many."""
    return Cell(n, number(n), n, float(n))


def nothing() -> Cell:
    """What is not known."""
    return Cell(None, _("n/a"))


def named(figure: Figure) -> Cell:
    """What a figure is called; its name is the value, because that stays."""
    return Cell(figure.name, figure_name(figure.name), figure_name(figure.name))


def coded(code: str, said: str) -> Cell:
    """A code with its words."""
    return Cell(code, said, said)


def right(*columns: tuple[str, str]) -> tuple[Column, ...]:
    """Columns of figures."""
    return tuple(Column(id_, title, right=True) for id_, title in columns)


def vertical(figures: Iterable[Figure | None], earlier: Sequence[Figure | None] = ()) -> list[list[Cell]]:
    """A row for each figure that there is, with that of the time before beside it."""
    rows = []
    before = list(earlier)
    for place, figure in enumerate(figures):
        if figure is not None:
            row = [named(figure), full(figure)]
            rows.append([*row, brief(before[place])] if before else row)
    return rows


def said(*lines: str) -> tuple[str, ...]:
    """The sentences that say something."""
    return tuple(line for line in lines if line)


def needed(codes: Iterable[str]) -> tuple[str, ...]:
    """What is missing for figures that are n/a, each once."""
    return tuple(dict.fromkeys(_(NEEDS[code]) for code in codes))


def noted(codes: Iterable[str]) -> tuple[str, ...]:
    """What the reader has to know of metrics, each once."""
    return tuple(dict.fromkeys(_(NOTES[code]) for code in codes))


def figures(sources: Sources, id_: str, title: str, names: Sequence[str]) -> Section:
    """A section of all figures of these metrics, and of what is missing for those that are n/a. On a short report they
    are left out, because what is missing is said."""
    found = [sources.metric(name) for name in names]
    rows = [
        [coded(one.id, _(TITLES[one.id])), *row]
        for one in found
        for row in vertical(figure for figure in one.figures if figure.value is not None or not sources.asked.short)
    ]
    columns = (Column("metric", _("About")), Column("figure", _("Figure")), *right(("now", _("This period"))))
    lines = (*needed(code for one in found for code in one.needs), *noted(code for one in found for code in one.notes))
    repeat = tuple(sources.command(f"metrics {name}") for name in names)
    return Section(id_, title, (table(id_, columns, rows),), lines, repeat)
