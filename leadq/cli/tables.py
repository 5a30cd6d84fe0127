"""Tables in fixed columns, measured in terminal cells; rows are written as they come."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from leadq.text import cell_width, clean, fit

_GAP = "  "
_NARROWEST = 72
_WIDEST = 140


@dataclass(frozen=True, slots=True)
class Column:
    """A title and a width in cells; `share` is its part of what the fixed widths leave free."""

    title: str
    width: int
    right: bool = False
    share: int = 0


def page_width() -> int:
    """Cells of a line: the terminal's (or COLUMNS), 100 where there is none, within what stays readable."""
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((100, 24)).columns))


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The title line and a line for each row. Cells are cleaned; None is nothing."""
    widths = _widths(columns)
    titles = [column.title for column in columns]
    for row in _with_titles(titles, rows):
        yield _GAP.join(
            _cell(value, width, column.right) for value, width, column in zip(row, widths, columns, strict=True)
        ).rstrip()


def _with_titles(titles: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    yield titles
    yield from rows


def _widths(columns: Sequence[Column]) -> list[int]:
    taken = sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1)
    free, shares = max(0, page_width() - taken), sum(column.share for column in columns)
    return [column.width + (free * column.share // shares if shares else 0) for column in columns]


def _cell(value: object, width: int, right: bool) -> str:
    shown = fit(clean("" if value is None else str(value)), width)
    blank = " " * (width - cell_width(shown))
    return blank + shown if right else shown + blank
