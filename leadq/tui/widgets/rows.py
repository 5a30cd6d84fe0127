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
GUTTER: Final = 2
"""The cells before a row: where the pointer is, and whether the lead is marked."""
_DAY_MS: Final = 86_400_000
_EXTRAS: Final = (
    ("trigger", N_("trigger"), 11, 64),
    ("score", N_("score"), 5, 72),
    ("label", N_("state"), 11, 84),
    ("owner", N_("owner"), 8, 96),
    ("marks", N_("to note"), 11, 110),
    ("touched", N_("touched"), 7, 118),
    ("source", N_("source"), 10, 130),
    ("campaign", N_("campaign"), 14, 150),
)
"""Columns after name and company: attribute, title, cells, and the list width from which they are shown."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The cells of each part at one width; `live` is where the part that a tick changes ends.

    `hidden` are the columns that have no room; a second line of a row has them, and the titles count them.
    """

    word: int
    name: int
    company: int
    extras: tuple[tuple[str, str, int], ...]
    hidden: tuple[str, ...] = ()

    @property
    def live(self) -> int:
        """Gutter, glyph, word and time."""
        return GUTTER + 2 + self.word + 1 + _TIME + 2


@lru_cache(maxsize=8)
def columns(width: int, language: str) -> Columns:
    """The layout at `width` cells; `language` because its words decide how wide the state is."""
    word = max(cell_width(_(word)) for _glyph, word, _tone in SIGNS.values())
    extras = tuple((name, title, cells) for name, title, cells, least in _EXTRAS if width >= least)
    hidden = tuple(name for name, _title, _cells, least in _EXTRAS if width < least)
    free = width - (GUTTER + 2 + word + 1 + _TIME + 2) - sum(cells + 1 for _name, _title, cells in extras)
    name = max(_LEAST_NAME, free // 2)
    return Columns(word, name, max(0, free - name - 1), extras, hidden)


def live_text(seen: Glance, layout: Columns) -> tuple[str, str]:
    """The state (glyph and word) and the time, each padded to its cells."""
    return f"{seen.glyph} {_cell(seen.word, layout.word)} ", f"{seen.time:>{_TIME}}  "


def still_text(line: Line, layout: Columns, day_end_ms: int) -> tuple[str, str, str]:
    """Name, company and the rest, each padded to its cells; `day_end_ms` is the end of today."""
    name = line.name or line.company or _("(no name)")
    company = line.company if line.name else ""
    rest = "".join(
        f" {_cell(_extra(line, attribute, day_end_ms), cells)}" for attribute, _title, cells in layout.extras
    )
    return _cell(name, layout.name), f" {_cell(company, layout.company)}" if layout.company else "", rest


def second_text(line: Line, layout: Columns, width: int, day_end_ms: int) -> str:
    """The second line of a row, `width` cells: what the person does, and the columns that have no room above."""
    known = {name: _extra(line, name, day_end_ms).strip() for name in layout.hidden}
    if "score" in known and line.score is not None:
        known["score"] = _("score {n}").format(n=known["score"])
    if "touched" in known and line.last_touch_ms is not None:
        known["touched"] = _("touched {when}").format(when=known["touched"])
    return " " * layout.live + _cell(" · ".join(filter(None, (line.title, *known.values()))), width - layout.live)


def titles(layout: Columns) -> str:
    """The line above the list, with how many columns have no room."""
    state = f"{'':{GUTTER}}{_cell(_('state'), layout.word + 2)} {_('time'):>{_TIME}}  "
    more = f"+{len(layout.hidden)}" if layout.hidden else ""
    company = f" {_cell(_('company'), layout.company - len(more))}{more}" if layout.company > len(more) else ""
    rest = "".join(f" {_cell(_(title), cells)}" for _name, title, cells in layout.extras)
    return f"{state}{_cell(_('name'), layout.name)}{company}{rest}"


def _extra(line: Line, attribute: str, day_end_ms: int) -> str:
    if attribute == "score":
        return "" if line.score is None else f"{line.score:>5.0f}"
    if attribute == "marks":
        return _marks(line)
    if attribute == "touched":
        return _touched(line, day_end_ms)
    return str(getattr(line, attribute))


def _touched(line: Line, day_end_ms: int) -> str:
    """How many days ago anybody last touched it."""
    if line.last_touch_ms is None:
        return ""
    days = max(0, (day_end_ms - line.last_touch_ms) // _DAY_MS)
    return _("{n}d ago").format(n=days) if days else _("today")


def _marks(line: Line) -> str:
    missing = _("{n} missing").format(n=line.missing) if line.missing else ""
    waiting = _("{n} to send").format(n=line.waiting) if line.waiting else ""
    return " ".join(filter(None, (missing, waiting)))


def _cell(text: str, width: int) -> str:
    """`text` safe, cut with an ellipsis, and padded as the screen library counts cells."""
    return set_cell_size(fit(clean(text), width), width)
