"""The building blocks of a card: sections with a title, labelled rows, parts on one line. Pure."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from textual.content import Content

from leadq.text import cell_width, fit
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL: Final = 12
"""Cells of the labels, which the values stand behind."""
WHEN: Final = 20
"""Cells of an instant: `jeu. 19 nov. 18 h 35`."""

Part = Content | str | tuple[str, str]


def section(title: str, lines: Sequence[Content]) -> Content:
    """The lines under their title; nothing when there are none."""
    if not lines:
        return Content("")
    return Content("\n").join([Content.assemble((title, TONES["title"])), *lines])


def fact(label: str, text: str) -> Content:
    """A value behind its label."""
    return Content.assemble((padded(label, LABEL), TONES["muted"]), "  ", text)


def line(*parts: Part) -> Content:
    """The parts that are there, two spaces apart."""
    return Content("  ").join(Content.assemble(part) for part in parts if part)


def padded(text: str, width: int) -> str:
    """`text` with the blanks that make it `width` cells; longer ones stay as they are."""
    return text + " " * max(0, width - cell_width(text))


def cell(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut where it is longer."""
    return padded(fit(text, width), width)


def beside(left: Sequence[str], right: Sequence[str], width: int) -> list[Content]:
    """Two columns of text that share `width` cells; each breaks its own lines."""
    half = max(16, (width - 3) // 2)
    columns = [[part for text in texts for part in _broken(text, half)] for texts in (left, right)]
    height = max(map(len, columns))
    rows = zip(*([*column, *[""] * (height - len(column))] for column in columns), strict=True)
    return [Content(f"{cell(one, half)} | {other}".rstrip()) for one, other in rows]


def _broken(text: str, width: int) -> list[str]:
    """`text` in lines of `width` cells at most; where characters are two cells wide, of half as many characters."""
    return wrap(text, width if cell_width(text) == len(text) else width // 2)
