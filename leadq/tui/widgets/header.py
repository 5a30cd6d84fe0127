"""The line at the top: what there is, what is late, what would be forgotten, and whether the CRM knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from leadq.i18n import _, ngettext, number
from leadq.saying import say_minutes
from leadq.text import clean
from leadq.tui.tones import TONES
from leadq.tui.words import VIEWS

if TYPE_CHECKING:
    from textual import events

    from leadq.read import Counts

Part = tuple[str, str]

_LAYOUTS: Final = (
    (False, ()),
    (False, ("me",)),
    (True, ("me",)),
    (True, ("me", "open")),
    (True, ("me", "open", "at_risk")),
    (True, ("me", "open", "at_risk", "breached")),
    (True, ("me", "open", "at_risk", "breached", "sync")),
)
"""From wide to narrow: signs instead of words, and what is left out. Of sync's four answers (fetched when, waiting,
for how long, needing you) none is left out before the figures that the list shows anyway."""


class Header(Static):
    """Figures come after the first page; until then there is only the view's name. The radar is never left out."""

    def __init__(self) -> None:
        super().__init__(Content(""), id="header")
        self._view, self._me, self._sync = "mine", "", ""
        self._counts: Counts | None = None
        self._now_ms = 0
        self._shown = Content("")

    def show(self, *, view: str, me: str, counts: Counts | None, sync: str, now_ms: int) -> None:
        """Take new figures; `sync` is a sentence of a few words."""
        self._view, self._me, self._counts, self._sync, self._now_ms = view, me, counts, sync, now_ms
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for more, or less."""
        self._paint()

    def _paint(self) -> None:
        text = self._fitting(self.size.width)
        if not text.is_same(self._shown):
            self._shown = text
            self.update(text, layout=False)

    def _fitting(self, width: int) -> Content:
        """All that fits: first the member goes, then words become signs, then the least urgent figures go."""
        for short, left_out in _LAYOUTS:
            parts = {name: part for name, part in self._parts(short=short).items() if name not in left_out}
            text = Content("  ").join(Content.assemble(part) for part in parts.values() if part[0])
            if text.cell_length <= width:
                break
        return text

    def _parts(self, *, short: bool) -> dict[str, Part]:
        parts: dict[str, Part] = {"view": (f" {_(VIEWS[self._view])} ", "bold reverse")}
        if self._counts:
            parts |= self._figures(self._counts)
        if self._counts and short:
            counts = self._counts
            parts["at_risk"] = (f"~ {number(counts.at_risk)}", parts["at_risk"][1])
            parts["breached"] = (f"! {number(counts.breached)}", parts["breached"][1])
        parts["sync"] = (self._sync, TONES["muted"])
        parts["me"] = (clean(self._me, 20), TONES["muted"])
        return parts

    def _figures(self, counts: Counts) -> dict[str, Part]:
        return {
            "open": (ngettext("{n} open", "{n} open", counts.open).format(n=number(counts.open)), ""),
            "at_risk": (_("~ {n} at risk").format(n=number(counts.at_risk)), TONES["soon"] if counts.at_risk else ""),
            "breached": (_("! {n} late").format(n=number(counts.breached)), TONES["late"] if counts.breached else ""),
            "radar": (_("radar {n}").format(n=number(counts.radar)), TONES["soon"] if counts.radar else ""),
            "waiting": (self._waiting(counts), ""),
            "needs_you": (self._needs_you(counts.needs_you), TONES["late"]),
        }

    def _waiting(self, counts: Counts) -> str:
        """How many changes wait, and how long the first of them has."""
        told = _("{n} to send").format(n=number(counts.waiting))
        if counts.oldest_ms is None:
            return told
        return f"{told} ({say_minutes(max(0, self._now_ms - counts.oldest_ms))})"

    def _needs_you(self, count: int) -> str:
        return ngettext("! {n} needs you", "! {n} need you", count).format(n=number(count)) if count else ""
