"""The line at the top: which view, what there is, what is late, what would be forgotten, and whether the CRM knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from leadq.i18n import _, ngettext, number
from leadq.saying import say_minutes
from leadq.text import clean
from leadq.tui.tones import TONES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual import events

    from leadq.read import Counts

Part = tuple[str, str]

_GAP: Final = "  "
_WORDS, _SIGNS, _TERSE = range(3)
_LAYOUTS: Final = (
    (_WORDS, ()),
    (_WORDS, ("me",)),
    (_WORDS, ("me", "views")),
    (_SIGNS, ("me", "views")),
    (_SIGNS, ("me", "views", "open")),
    (_TERSE, ("me", "views", "open")),
    (_TERSE, ("me", "views", "open", "at_risk")),
    (_TERSE, ("me", "views", "open", "at_risk", "breached")),
    (_TERSE, ("me", "views", "open", "at_risk", "breached", "sync")),
)
"""From wide to narrow: the member and the other views go, words become signs, the count goes that the headings of the
list show anyway, words become shorter, and the other figures go. Of sync's four answers (fetched when, waiting, for how
long, needing you) none goes before them."""


class Shows(NamedTuple):
    """What the header says. `views` are the names as they are read, `at` is the place of the one that is shown.

    `sync` and `terse` are the same in a few words, and in fewer.
    """

    views: Sequence[str] = ("",)
    at: int = 0
    me: str = ""
    counts: Counts | None = None
    sync: str = ""
    terse: str = ""
    now_ms: int = 0


class Header(Static):
    """Figures come after the first page; until then there is only the view's name. The radar is never left out."""

    class Clicked(Message):
        """A part was clicked: the place of a view, or `radar` or `needs_you`."""

        def __init__(self, part: str | int) -> None:
            super().__init__()
            self.part = part

    def __init__(self) -> None:
        super().__init__(Content(""), id="header")
        self._shows = Shows()
        self._parts: Mapping[str, Part] = {}
        self._shown = Content("")

    def show(self, shows: Shows) -> None:
        """Take new figures."""
        self._shows = shows
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for more, or less."""
        self._paint()

    def on_click(self, event: events.Click) -> None:
        """A view's name goes there, and so do the radar and what needs somebody."""
        name = self._part_at(event.x)
        if name.startswith("view "):
            self.post_message(self.Clicked(int(name.partition(" ")[2])))
        elif name in ("radar", "needs_you"):
            self.post_message(self.Clicked(name))

    def _paint(self) -> None:
        text = self._fitting(self.size.width)
        if not text.is_same(self._shown):
            self._shown = text
            self.update(text, layout=False)

    def _fitting(self, width: int) -> Content:
        """All that fits."""
        for brevity, left_out in _LAYOUTS:
            parts = {**dict(self._views(alone="views" in left_out)), **self._others(brevity)}
            self._parts = {name: part for name, part in parts.items() if part[0] and name not in left_out}
            text = Content(_GAP).join(Content.assemble(part) for part in self._parts.values())
            if text.cell_length <= width:
                break
        return text

    def _part_at(self, x: int) -> str:
        """The name of the part at a cell, "" between two."""
        begin = 0
        for name, (text, _style) in self._parts.items():
            width = Content(text).cell_length
            if begin <= x < begin + width:
                return name
            begin += width + len(_GAP)
        return ""

    def _views(self, *, alone: bool) -> Iterator[tuple[str, Part]]:
        """Each view with the digit that goes there; `alone`: only the one that is shown."""
        for place, word in enumerate(self._shows.views):
            said = f"{place + 1} {word}" if place < 9 else word
            if place == self._shows.at:
                yield f"view {place}", (f" {said} ", "bold reverse")
            elif not alone:
                yield f"view {place}", (said, TONES["muted"])

    def _others(self, brevity: int) -> dict[str, Part]:
        shows = self._shows
        parts = self._figures(shows.counts, brevity) if shows.counts else {}
        sync = shows.terse if brevity == _TERSE else shows.sync
        return {**parts, "sync": (sync, TONES["muted"]), "me": (clean(shows.me, 20), TONES["muted"])}

    def _figures(self, counts: Counts, brevity: int) -> dict[str, Part]:
        at_risk, breached = number(counts.at_risk), number(counts.breached)
        words = brevity == _WORDS
        return {
            "open": (ngettext("{n} open", "{n} open", counts.open).format(n=number(counts.open)), ""),
            "at_risk": (
                _("~ {n} at risk").format(n=at_risk) if words else f"~ {at_risk}",
                TONES["soon"] if counts.at_risk else "",
            ),
            "breached": (
                _("! {n} late").format(n=breached) if words else f"! {breached}",
                TONES["late"] if counts.breached else "",
            ),
            "radar": (_("radar {n}").format(n=number(counts.radar)), TONES["soon"] if counts.radar else ""),
            "waiting": (self._waiting(counts, brevity), ""),
            "needs_you": (_needs_you(counts.needs_you, brevity), TONES["late"]),
        }

    def _waiting(self, counts: Counts, brevity: int) -> str:
        """How many changes wait, and how long the first of them has."""
        told = (_("{n} unsent") if brevity == _TERSE else _("{n} to send")).format(n=number(counts.waiting))
        if counts.oldest_ms is None:
            return told
        return f"{told} ({say_minutes(max(0, self._shows.now_ms - counts.oldest_ms))})"


def _needs_you(count: int, brevity: int) -> str:
    if not count:
        return ""
    if brevity == _TERSE:
        return _("! {n} for you").format(n=number(count))
    return ngettext("! {n} needs you", "! {n} need you", count).format(n=number(count))
