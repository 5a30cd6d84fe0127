"""How a row of the queue is laid out in cells: what is shown at which width, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rich.cells import set_cell_size

from leadq.glance import SIGNS
from leadq.i18n import N_, _
from leadq.text import cell_width, clean, fit

if TYPE_CHECKING:
    from leadq.glance import Glance
    from leadq.read import Line

_TIME: Final = 7
_LEAST_NAME: Final = 14
_EXTRAS: Final = (
    ("trigger", N_("trigger"), 11, 64),
    ("score", N_("score"), 5, 72),
    ("label", N_("state"), 12, 84),
    ("owner", N_("owner"), 8, 96),
    ("marks", N_("to note"), 14, 110),
)
"""Columns after name and company: attribute, title, cells, and the list width from which they are shown."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The cells of each part at one width; `live` is where the part that a tick changes ends."""

    word: int
    name: int
    company: int
    extras: tuple[tuple[str, str, int], ...]

    @property
    def live(self) -> int:
        """Pointer, glyph, word and time."""
        return 1 + 2 + self.word + 1 + _TIME + 2


@lru_cache(maxsize=8)
def columns(width: int, language: str) -> Columns:
    """The layout at `width` cells; `language` because its words decide how wide the state is."""
    word = max(cell_width(_(word)) for _glyph, word, _tone in SIGNS.values())
    extras = tuple((name, title, cells) for name, title, cells, least in _EXTRAS if width >= least)
    free = width - (1 + 2 + word + 1 + _TIME + 2) - sum(cells + 1 for _name, _title, cells in extras)
    name = max(_LEAST_NAME, free // 2)
    return Columns(word, name, max(0, free - name - 1), extras)


def live_text(seen: Glance, layout: Columns) -> tuple[str, str]:
    """The state (glyph and word) and the time, each padded to its cells."""
    return f"{seen.glyph} {_cell(seen.word, layout.word)} ", f"{seen.time:>{_TIME}}  "


def still_text(line: Line, layout: Columns) -> tuple[str, str, str]:
    """Name, company and the rest, each padded to its cells."""
    name = line.name or line.company or _("(no name)")
    company = line.company if line.name else ""
    rest = "".join(f" {_cell(_extra(line, attribute), cells)}" for attribute, _title, cells in layout.extras)
    return _cell(name, layout.name), f" {_cell(company, layout.company)}" if layout.company else "", rest


def titles(layout: Columns) -> str:
    """The line above the list."""
    state = f" {_cell(_('state'), layout.word + 2)} {_('time'):>{_TIME}}  "
    company = f" {_cell(_('company'), layout.company)}" if layout.company else ""
    rest = "".join(f" {_cell(_(title), cells)}" for _name, title, cells in layout.extras)
    return f"{state}{_cell(_('name'), layout.name)}{company}{rest}"


def _extra(line: Line, attribute: str) -> str:
    if attribute == "score":
        return "" if line.score is None else f"{line.score:>5.0f}"
    if attribute == "marks":
        return _marks(line)
    return str(getattr(line, attribute))


def _marks(line: Line) -> str:
    missing = _("{n} missing").format(n=line.missing) if line.missing else ""
    waiting = _("{n} to send").format(n=line.waiting) if line.waiting else ""
    return " ".join(filter(None, (missing, waiting)))


def _cell(text: str, width: int) -> str:
    """`text` safe, cut with an ellipsis, and padded as the screen library counts cells."""
    return set_cell_size(fit(clean(text), width), width)
