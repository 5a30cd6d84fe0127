"""The drawings of a report: inline SVG made by hand, each with a title, a description and its values as text.

Colour alone says nothing: lines differ by their dashes, marks by their shape, and every value stands beside its bar.
All sizes are in the units of the drawing, which the page scales.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from leadq.i18n import _
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.reports.document import Cell, Table

WIDTH: Final = 680
_LABEL, _VALUE, _ROW = 244, 96, 22
_HEIGHT, _FOOT, _TOP = 150, 34, 18
_MOST, _COMPARED = 12, 2
"""Bars at most, and at least: one alone is compared to nothing."""

_LETTERS: Final = 33
"""What there is room for beside a bar, in a wide letter."""

_TEXT: Final = 12


def drawing(table: Table, name: str) -> str:
    """The drawing of a table, "" when there is nothing to draw; `name` makes its ids the page's own."""
    made = {"bars": _bars, "against": _against, "trend": _trend}.get(table.drawn)
    body, height = made(table) if made else ("", 0)
    if not body:
        return ""
    title = escape(clean(table.title or " / ".join(column.title for column in table.columns)))
    told = escape(clean("; ".join(_told(table))))
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-t {name}-d"'
        f' xmlns="http://www.w3.org/2000/svg"><title id="{name}-t">{title}</title>'
        f'<desc id="{name}-d">{told}</desc>{body}</svg>'
    )


def _told(table: Table) -> Iterator[str]:
    """The values that are drawn, for who does not see them."""
    places = _places(table)
    for row in table.rows[:_MOST]:
        yield f"{row[_label(table)].text}: " + ", ".join(row[place].text for place in places)


def _label(table: Table) -> int:
    return [column.id for column in table.columns].index(table.label) if table.label else 0


def _places(table: Table) -> list[int]:
    ids = [column.id for column in table.columns]
    return [ids.index(name) for name in table.over]


def _bars(table: Table) -> tuple[str, int]:
    """A bar for each row, as long as its share of one, or of the largest."""
    place = _places(table)[0]
    named = [(row[_label(table)], row[place]) for row in table.rows if row[place].drawn is not None][:_MOST]
    if len(named) < _COMPARED:
        return "", 0
    most = max([_height(cell) for _name, cell in named] + [1.0 if _is_share(named[0][1]) else 0.0]) or 1.0
    parts = [_bar(at, label, cell, _height(cell) / most) for at, (label, cell) in enumerate(named)]
    return "\n".join(parts), _ROW * len(named) + 4


def _bar(at: int, label: Cell, cell: Cell, part: float) -> str:
    top, room = at * _ROW, WIDTH - _LABEL - _VALUE
    length = room * min(part, 1.0)
    return (
        f"{_say(_LABEL - 8, top + 15, label.text, 'end')}"
        f'<rect class="rail" x="{_LABEL}" y="{top + 4}" width="{room}" height="14"/>'
        f'<rect class="bar" x="{_LABEL}" y="{top + 4}" width="{length:.1f}" height="14"/>'
        f"{_say(_LABEL + room + 8, top + 15, cell.text.partition(' (')[0])}"
    )


def _against(table: Table) -> tuple[str, int]:
    """A bar for what was delivered, and a mark where the promise is."""
    promised, delivered = _places(table)
    rows = [row for row in table.rows if row[delivered].drawn is not None]
    if not rows:
        return "", 0
    parts = []
    for at, row in enumerate(rows):
        got, aim = _height(row[delivered]), row[promised].drawn
        most = max(got, aim or 0.0, 1.0 if _is_share(row[delivered]) else 0.0) or 1.0
        parts.append(_bar(at, row[_label(table)], row[delivered], got / most))
        if aim is not None:
            x = _LABEL + (WIDTH - _LABEL - _VALUE) * min(aim / most, 1.0)
            parts.append(f'<path class="aim" d="M{x:.1f} {at * _ROW + 1}v20"/>')
    foot = len(rows) * _ROW + 16
    key = f'<path class="aim" d="M{_LABEL + 4} {foot - 11}v14"/>{_say(_LABEL + 12, foot, _("what was promised"))}'
    return "\n".join((*parts, key)), foot + 8


def _trend(table: Table) -> tuple[str, int]:
    """Upright bars for how many, lines for the shares: volume is never drawn without what became of it."""
    many, *shares = _places(table)
    most = max(_height(row[many]) for row in table.rows)
    if len(table.rows) < _COMPARED or not most:
        return "", 0
    step = WIDTH / len(table.rows)
    parts = []
    for at, row in enumerate(table.rows):
        tall = (_HEIGHT - _TOP) * _height(row[many]) / most
        x = at * step
        parts.append(
            f'<rect class="pale" x="{x + step * 0.2:.1f}" y="{_HEIGHT - tall:.1f}" width="{step * 0.6:.1f}"'
            f' height="{tall:.1f}"/>{_say(x + step / 2, _HEIGHT - 6, row[many].text, "middle")}'
            f"{_say(x + step / 2, _HEIGHT + 16, _short(row[0].text), 'middle')}"
        )
    for number, place in enumerate(shares):
        parts += _line(table, place, step, f"line{number}")
    return "\n".join((*parts, *_key(table, [many, *shares]))), _HEIGHT + _FOOT + 12


def _short(unit: str) -> str:
    """The name of a unit under its bar; of a day, without the year."""
    return unit[5:] if len(unit) == len("2026-05-13") else unit


def _line(table: Table, place: int, step: float, kind: str) -> Iterator[str]:
    """One share over time; where it is not known the line has a gap."""
    points = [
        None if row[place].drawn is None else (at * step + step / 2, _HEIGHT - (_HEIGHT - _TOP) * _height(row[place]))
        for at, row in enumerate(table.rows)
    ]
    path, pen_is_up = "", True
    for point in points:
        if point is None:
            pen_is_up = True
            continue
        path += f"{'M' if pen_is_up else 'L'}{point[0]:.1f} {point[1]:.1f}"
        pen_is_up = False
        yield f'<circle class="{kind}" cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="3"/>'
    yield f'<path class="{kind}" fill="none" d="{path}"/>' if path else ""


def _key(table: Table, places: Sequence[int]) -> Iterator[str]:
    """What the bars and the lines are; lines are from nothing at the bottom to all at the top."""
    for at, place in enumerate(places):
        x, y = at * WIDTH / len(places), _HEIGHT + _FOOT + 4
        if at == 0:
            yield f'<rect class="pale" x="{x}" y="{y - 9}" width="18" height="10"/>'
        else:
            yield f'<path class="line{at - 1}" fill="none" d="M{x:.1f} {y - 4}h18"/>'
        yield _say(x + 24, y, table.columns[place].title)


def _height(cell: Cell) -> float:
    return max(0.0, cell.drawn or 0.0)


def _is_share(cell: Cell) -> bool:
    return isinstance(cell.value, dict) and cell.value.get("kind") == "share"


def _say(x: float, y: float, said: str, anchor: str = "start") -> str:
    shown = escape(clean(said, _LETTERS))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{_TEXT}">{shown}</text>'
