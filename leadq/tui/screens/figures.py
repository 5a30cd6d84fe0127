"""The figures of the week: each with its last eight weeks, and the leads behind it, which open like any other."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final
from zoneinfo import ZoneInfo

from textual.content import Content

from leadq import read
from leadq.actions import BY_ID
from leadq.errors import LeadqError
from leadq.glance import glance
from leadq.i18n import _, ngettext, number
from leadq.saying import say_day, say_stopwatch
from leadq.text import clean
from leadq.tui import counting, telling
from leadq.tui.keys import bindings_of
from leadq.tui.screens.listing import MOVES, ListingScreen
from leadq.tui.tones import TONES
from leadq.tui.widgets.blocks import cell
from leadq.tui.widgets.figure_text import row_text, whole_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.binding import BindingType

    from leadq.read import Line, Moment
    from leadq.tui.data import Data

_OTHERS: Final = ("leave", "quit", "next_view", "previous_view")
_STATE: Final = 18


class FiguresScreen(ListingScreen):
    """Two lists in one place: the figures, and behind Enter the leads of one; Esc goes back through them."""

    SCOPE = "page"
    KEYS = ("open", "next_view", "leave")
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(BY_ID[name] for name in (*MOVES, *_OTHERS))

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self._found: Mapping[str, Any] = {}
        self._week = -1
        self._began_s = monotonic()
        self._figure: Mapping[str, Any] | None = None  # whose leads are shown
        self._ids: tuple[tuple[int, bool], ...] = ()
        self._lines: Mapping[int, Line] = {}
        self._at: Moment | None = None

    def on_mount(self) -> None:
        """Have them counted, and say how long that has been going on."""
        self.set_focus(self._list)
        self._show_head()
        self._list.show(0, 0, _("Counting…"))
        self.set_interval(1.0, self._tick)
        self.run_worker(self._count(), exit_on_error=False)

    async def _count(self) -> None:
        try:
            self._found = await counting.counted(self._data.home, self._data.clock.now_ms())
        except LeadqError as error:
            self._data.journal.trouble("figures", error)
            self._list.show(0, 0, telling.tell_trouble(error))
            return
        self._show_figures(0)

    def _tick(self) -> None:
        if not self._found:
            self._show_head()

    @property
    def figures(self) -> list[Mapping[str, Any]]:
        """What was counted."""
        return list(self._found.get("figures", ()))

    def action_next_view(self) -> None:
        """This week, or the last one."""
        if self._found and self._figure is None:
            self._week = -3 - self._week
            self._show_figures(self._list.at)

    action_previous_view = action_next_view

    async def action_open(self) -> None:
        """The leads behind a figure; then the card of one, to read."""
        if self._figure is None:
            await self._open_figure()
        elif self._list.at < len(self._ids):
            await self.open_card(self._ids[self._list.at][0])

    async def _open_figure(self) -> None:
        if self._list.at >= len(self.figures):
            return
        figure = self.figures[self._list.at]
        behind = figure["leads"][self._week]
        both = [[(lead_id, mark) for lead_id in behind[name]] for name, mark in (("others", False), ("counted", True))]
        ids = [one for some in sorted(both, key=len) for one in some]  # the exceptions first, whichever they are
        if not ids:
            self.notify(_("No single lead is behind this figure."), markup=False)
            return
        wanted = [lead_id for lead_id, _counted in ids]
        try:
            self._at, self._lines = await asyncio.wrap_future(
                self._data.read_now(lambda db, at: (at, read.lines(db, at, wanted)))
            )
        except LeadqError as error:
            self.say(telling.tell_trouble(error), well=False)
            return
        self._figure = figure
        self._ids = tuple(one for one in ids if one[0] in self._lines)
        self._show_head()
        self._list.show(len(self._ids), 0, "")

    def action_leave(self) -> None:
        """Back to the figures, then to the queue."""
        if self._figure is None:
            self.dismiss()
            return
        place = self.figures.index(self._figure)
        self._figure = None
        self._show_figures(place)

    def _show_figures(self, place: int) -> None:
        self._show_head()
        self._list.show(len(self.figures), place, _("Counting…"))

    def pointed_at(self) -> None:
        if self._figure is not None:
            self._whole.update(whole_text(self._figure, self._week))
        elif self._list.at < len(self.figures):
            self._whole.update(whole_text(self.figures[self._list.at], self._week))

    def row(self, place: int, width: int) -> Content:
        if self._figure is None:
            return row_text(self.figures[place], self._week, width)
        lead_id, counted = self._ids[place]
        return self._lead_row(self._lines[lead_id], counted=counted, width=width)

    def _lead_row(self, line: Line, *, counted: bool, width: int) -> Content:
        """Whether it was counted, who, and how it stands."""
        seen = glance(line, self._data.clock.now_ms(), self._at.day_end_ms if self._at else 0)
        who = " · ".join(filter(None, (clean(line.name), clean(line.company)))) or _("(no name)")
        sign, tone = (_("+ counted"), TONES["good"]) if counted else (_("x not"), TONES["soon"])
        state = f"{clean(line.label)} {seen.time}".strip()
        return Content.assemble(
            (cell(sign, 10), tone), f" {line.id:>6}  ", (cell(who, max(16, width - 40)), "bold"), " ", cell(state, 20)
        )

    def _show_head(self) -> None:
        parts: list[tuple[str, str]] = [(f" {_('Figures')} ", "bold reverse")]
        if not self._found:
            lasted = say_stopwatch(int((monotonic() - self._began_s) * 1000))
            parts.append((f"  {_('counting… {time}').format(time=lasted)}", TONES["muted"]))
        elif self._figure is not None:
            of = self._figure["leads"][self._week]["of"]
            told = ngettext("{n} lead behind it", "{n} leads behind it", of).format(n=number(of))
            newest = _("the newest {n} of them").format(n=number(len(self._ids))) if len(self._ids) < of else ""
            parts.append((f"  {told}  {newest}", ""))
        else:
            parts.append((f"  {self._week_text()}", ""))
            parts.append((f"  {_('my leads only')}" if self._found["alone"] else "", TONES["soon"]))
        self._head.update(Content.assemble(*parts))

    def _week_text(self) -> str:
        week, as_of_ms = self._found["weeks"][self._week], self._found["as_of_ms"]
        zone = ZoneInfo(self._found["zone"])
        begin, end = (say_day(ms, zone, as_of_ms) for ms in (week["from_ms"], week["to_ms"] - 1))
        name = _("this week") if self._week == -1 else _("last week")
        return f"{name} · {begin} – {end}"
