"""The last fence before the terminal: whatever a widget was handed, no control character leaves through it, and with
`--ascii` no box, bar or ellipsis.

Text is cleaned when it is put into a widget (`leadq.text.clean`); this filter is for the day when somebody forgets.
Textual passes ESC, OSC, C1 and NUL on as they are, also with `markup=False`. The library asks every filter about every
line of every widget at each repaint, changed or not, so the fence does the work of the other filters as well: one
question instead of two was a twentieth of what a tick costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

from leadq.drawing import drawn
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.color import Color

_LONGEST = 10_000
"""Longer than any terminal line, so that nothing is cut here."""


class Fence(LineFilter):
    """Cleans the text of every segment, after `others`. Segments that carry a control of the library's own pass."""

    def __init__(self, others: Sequence[LineFilter] = ()) -> None:
        super().__init__()
        self.others = others

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """What the others make of the segments, each with harmless text."""
        for other in self.others:
            segments = other.apply(segments, background)
        return [_harmless(segment) for segment in segments]


def _harmless(segment: Segment) -> Segment:
    text, style, control = segment
    if control or (text.isascii() and text.isprintable()):
        return segment
    safe = drawn(clean(text, _LONGEST))
    return segment if safe is text else Segment(safe, style)
