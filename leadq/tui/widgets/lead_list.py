"""The queue as a list of lines: only what is in view is ever read, laid out or painted.

Textual's Line API over ids: 100,000 leads are an array of integers here, and a row is read when it comes into view.
A tick works out the state and time of the visible rows again and repaints only those whose text is another.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from leadq.glance import Glance, glance, next_promise
from leadq.i18n import current
from leadq.tui.widgets.order import Heading, Order
from leadq.tui.widgets.rows import GUTTER, Columns, columns, live_text, second_text, still_text, titles
from leadq.tui.words import heading_text

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Mapping

    from rich.style import Style
    from textual import events

    from leadq.read import Line, Moment

_MOST_LINES: Final = 2000
"""Rows kept in memory; beyond that, those out of reach are dropped."""
_STRIPS: Final = 192
"""Painted rows kept, each with what the library makes of it (several kB): three pages of a large terminal. A row that
counts down is another one each second, so more would only be those of seconds gone by."""
_TITLES: Final = 1
"""The line of column titles that stays at the top."""
POINTER: Final = "▌"
MARK: Final = "+"
"""Stands before each lead that is marked: verbs then act on all of these."""


class LeadList(ScrollView, can_focus=True):
    """The list. It asks for rows with `Wanted`, and says with `Selected` which lead the pointer is on."""

    DEFAULT_CSS = """
    LeadList {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 20%;
        scrollbar-background: $background;
        & > .lead-list--heading { color: $text-muted; text-style: bold; }
        & > .lead-list--name { text-style: bold; }
        & > .lead-list--muted { color: $text-muted; }
        & > .lead-list--late { color: $text-error; text-style: bold; }
        & > .lead-list--soon { color: $text-warning; text-style: bold; }
        & > .lead-list--hot { color: $text-accent; text-style: bold; }
        & > .lead-list--wait { color: $text-primary; text-style: bold; }
        & > .lead-list--plain { color: $text-muted; }
        & > .lead-list--pointed { background: $boost; text-style: bold; }
        &:focus > .lead-list--pointed { background: $primary-muted; text-style: bold; }
        &:ansi > .lead-list--pointed { background: ansi_default; text-style: reverse; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"lead-list--{name}" for name in ("heading", "name", "muted", "late", "soon", "hot", "wait", "plain", "pointed")
    }
    ALLOW_SELECT = False

    class Selected(Message):
        """The pointer is on another lead (None: on nothing), or on the same one with other facts."""

        def __init__(self, lead_id: int | None) -> None:
            super().__init__()
            self.lead_id = lead_id

    class Wanted(Message):
        """Rows of these leads are in view, or about to be, and not here."""

        def __init__(self, lead_ids: array[int]) -> None:
            super().__init__()
            self.lead_ids = lead_ids

    class Opened(Message):
        """A lead was clicked twice."""

    class Ticked(Message):
        """The place of a lead's mark was clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own word
        super().__init__(id=id)
        self.order = Order()
        self.place = 0
        self.marked: dict[int, None] = {}
        self._lines: dict[int, Line] = {}
        self._at: Moment | None = None
        self._now_ms = 0
        self._painted: dict[int, Glance] = {}
        self._strips: LRUCache[object, Strip] = LRUCache(_STRIPS)
        self._stills: LRUCache[object, tuple[Segment, ...]] = LRUCache(_STRIPS)
        self._sized: tuple[Size, str] | None = None
        self._width = 0
        self._asked_for: tuple[int, int] | None = None
        self._styles: dict[str, Style] = {}
        self.empty = ""

    @property
    def selected(self) -> int | None:
        """The id of the lead that the pointer is on."""
        return self.order.ids[self.place] if self.place < len(self.order.ids) else None

    @property
    def selected_line(self) -> Line | None:
        """Its row, when it is here."""
        return self.line(self.selected) if self.selected is not None else None

    def line(self, lead_id: int) -> Line | None:
        """The row of a lead, when it is here."""
        return self._lines.get(lead_id)

    @property
    def page(self) -> int:
        """How many lines are in view, under the line of titles."""
        return max(1, self.scrollable_content_region.height - _TITLES)

    def show(self, order: Order, lines: Mapping[int, Line], at: Moment, place: int) -> None:
        """Take a new order with the pointer on `place`; the pointer stays on its line of the screen."""
        offset = self.order.line_of(self.place) - self.scroll_offset.y if len(self.order) else 0
        self.order, self._at, self._now_ms = order, at, at.now_ms
        self.place = min(max(place, 0), max(len(order.ids) - 1, 0))
        self._lines = {**(self._lines if len(self._lines) < _MOST_LINES else {}), **lines}
        self._asked_for, self._painted = None, {}
        self._fit()
        self._scroll_so_that(self.order.line_of(self.place) if order.ids else 0, offset)
        self.refresh()
        self._ask_for_rows()
        self.post_message(self.Selected(self.selected))

    def add(self, lines: Mapping[int, Line]) -> None:
        """Take rows that were asked for."""
        self._lines.update(lines)
        self.refresh()
        if self.selected in lines:
            self.post_message(self.Selected(self.selected))

    def tick(self, now_ms: int) -> int:
        """Repaint the rows whose state or time reads otherwise at `now_ms`; how many those were."""
        self._now_ms = now_ms
        live = self._layout().live
        changed = [
            Region(0, y + _TITLES, live, 1)
            for y, line in self._visible()
            if (before := self._painted.get(line.id)) is not None and before != self._glance(line)
        ]
        if changed:
            self.refresh(*changed)
        return len(changed)

    def next_promise(self) -> int | None:
        """When a promise of a visible lead next brings it up (milliseconds UTC)."""
        instants = (next_promise(line, self._now_ms) for _y, line in self._visible())
        return min((at_ms for at_ms in instants if at_ms is not None), default=None)

    def set_height(self, height: int) -> None:
        """Give each lead so many lines; the pointer stays on its line of the screen."""
        offset = self.order.line_of(self.place) - self.scroll_offset.y
        self.order = self.order.taller(height)
        self._asked_for = None
        self._fit()
        if self.order.ids:
            self._scroll_so_that(self.order.line_of(self.place), offset)
        self.refresh()
        self._ask_for_rows()

    def mark(self, lead_ids: Iterable[int]) -> None:
        """Mark these leads and no other."""
        self.marked = dict.fromkeys(lead_ids)
        self.refresh()

    def tick_mark(self) -> None:
        """Mark the lead that the pointer is on, or take its mark away."""
        if self.selected is None:
            return
        if self.selected in self.marked:
            del self.marked[self.selected]
        else:
            self.marked[self.selected] = None
        self._repaint(self.place)

    def move(self, places: int) -> None:
        """Move the pointer down, or up when negative, and stop at the ends."""
        self.go(self.place + places)

    def go(self, place: int) -> None:
        """Put the pointer on a lead by its place."""
        place = min(max(place, 0), len(self.order.ids) - 1)
        if place < 0 or place == self.place:
            return
        self._repaint(self.place)
        self.place = place
        self._repaint(place)
        self._reveal()
        self.post_message(self.Selected(self.selected))

    def render_line(self, y: int) -> Strip:
        """One line of the view: the titles, then leads and headings."""
        layout, width = self._layout(), self._width
        if y < _TITLES:
            return self._plain(titles(layout), "muted", width)
        line = self.scroll_offset.y + y - _TITLES
        if line >= len(self.order):
            return self._plain(self._empty_line(y, width), "muted", width)
        found = self.order.at(line)
        if isinstance(found, Heading):
            return self._heading(found, width)
        return self._row(found, width, first=line == self.order.line_of(found))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Rows that come into view are asked for."""
        super().watch_scroll_y(old_value, new_value)
        self._ask_for_rows()

    def on_resize(self) -> None:
        """More lines, or wider ones."""
        self._ask_for_rows()
        self._reveal()

    def notify_style_update(self) -> None:
        """Another theme, or another focus: painted strips have the old colours."""
        self._strips.clear()
        self._stills.clear()
        self._styles.clear()
        super().notify_style_update()

    def on_click(self, event: events.Click) -> None:
        """A click selects, a double click opens; one at the very left, or with Ctrl, marks."""
        line = self.scroll_offset.y + event.y - _TITLES
        found = self.order.at(line) if 0 <= line < len(self.order) and event.y >= _TITLES else None
        if not isinstance(found, int):
            return
        self.go(found)
        if event.x < GUTTER or event.ctrl:
            self.post_message(self.Ticked())
        elif event.chain == 2:
            self.post_message(self.Opened())

    def _fit(self) -> None:
        """Tell the scroll bar how many lines there are; before the first layout, without asking for another."""
        lines = Size(0, len(self.order) + _TITLES)
        if self.size:
            self.virtual_size = lines
        else:
            self.set_reactive(ScrollView.virtual_size, lines)

    def _row(self, place: int, width: int, *, first: bool) -> Strip:
        """The first line of a row, or the one below it."""
        line = self._lines.get(self.order.ids[place])
        pointed, marked = place == self.place, self.order.ids[place] in self.marked
        if line is None:
            return self._strip([Segment("…", self._style("muted"))], width, pointed=pointed, marked=marked)
        seen = self._glance(line)
        if first:
            self._painted[line.id] = seen
        key = (line, seen if first else None, width, pointed, marked, current(), self._day_end)
        if key not in self._strips:
            segments = self._segments(line, seen) if first else self._below(line)
            self._strips[key] = self._strip(segments, width, pointed=pointed, marked=marked and first)
        return self._strips[key]

    def _segments(self, line: Line, seen: Glance) -> list[Segment]:
        """A row: the state and the time, which a tick may change, and the rest, which is laid out once."""
        layout = self._layout()
        key = (line, self._sized, self._day_end)
        if key not in self._stills:
            name, company, rest = still_text(line, layout, self._day_end)
            self._stills[key] = (
                Segment(name, self._style("name")),
                Segment(company, self._style("")),
                Segment(rest, self._style("muted")),
            )
        return [Segment("".join(live_text(seen, layout)), self._style(seen.tone)), *self._stills[key]]

    def _below(self, line: Line) -> list[Segment]:
        text = second_text(line, self._layout(), self._width, self._day_end)
        return [Segment(text[GUTTER:], self._style("muted"))]

    def _heading(self, heading: Heading, width: int) -> Strip:
        return self._plain(f" {heading_text(heading, self._now_ms)}", "heading", width)

    def _empty_line(self, y: int, width: int) -> str:
        """The sentence of an empty list, from the third line on."""
        if not self.empty or self.order.ids or y < _TITLES + 1:
            return ""
        lines = wrap(self.empty, max(20, width - 2))
        return f" {lines[y - _TITLES - 1]}" if y - _TITLES - 1 < len(lines) else ""

    def _plain(self, text: str, style: str, width: int) -> Strip:
        return Strip([Segment(text, self._style(style))]).adjust_cell_length(width, self._style(""))

    def _strip(self, segments: list[Segment], width: int, *, pointed: bool, marked: bool) -> Strip:
        mark = MARK if marked else " "
        strip = Strip([Segment(f"{POINTER}{mark}" if pointed else f"{mark} ", self._style("wait")), *segments])
        if not pointed:
            return strip.adjust_cell_length(width, self._style(""))
        bar = self.get_component_rich_style("lead-list--pointed", partial=True)
        strip = strip.adjust_cell_length(width, self._style(""))
        return Strip([Segment(text, _over(style, bar), control) for text, style, control in strip], width)

    def _style(self, name: str) -> Style:
        """The style of a component, "" for the list's own; working one out costs a tenth of a millisecond."""
        if name not in self._styles:
            style = self.get_component_rich_style(f"lead-list--{name}") if name else self.rich_style
            self._styles[name] = style
        return self._styles[name]

    def _layout(self) -> Columns:
        """The columns at this size; asking the library for the width costs more than laying out a row."""
        if self._sized != (now := (self.outer_size, current())):
            self._sized, self._width = now, self.scrollable_content_region.width
        return columns(self._width, now[1])

    def _glance(self, line: Line) -> Glance:
        return glance(line, self._now_ms, self._day_end)

    @property
    def _day_end(self) -> int:
        return self._at.day_end_ms if self._at else 0

    def _visible(self) -> Iterator[tuple[int, Line]]:
        """The leads of which the first line is in view: that line on the screen, and their row when it is here."""
        top = self.scroll_offset.y
        for y in range(min(self.page, len(self.order) - top)):
            found = self.order.at(top + y)
            if isinstance(found, Heading) or self.order.line_of(found) != top + y:
                continue
            if line := self._lines.get(self.order.ids[found]):
                yield y, line

    def _ask_for_rows(self) -> None:
        """Ask once for what is missing within a page of the view."""
        if not self.is_attached or not self.order.ids:
            return
        top, page = self.scroll_offset.y, self.page
        near = self.order.between(top - page, top + 2 * page)
        missing = [lead_id for lead_id in near if lead_id not in self._lines]
        if not missing or (reach := (near[0], near[-1])) == self._asked_for:
            return
        self._asked_for = reach
        if len(self._lines) > _MOST_LINES:
            self._lines = {lead_id: self._lines[lead_id] for lead_id in near if lead_id in self._lines}
            self._painted.clear()
        self.post_message(self.Wanted(near))

    def _repaint(self, place: int) -> None:
        for y in range(self.order.height):
            self.refresh_line(self.order.line_of(place) + y + _TITLES)

    def _reveal(self) -> None:
        """Scroll as little as needed to have the pointer in view; at the top of a band, its heading too."""
        if not self.order.ids:
            return
        line = self.order.line_of(self.place)
        above = line - 1 if line and isinstance(self.order.at(line - 1), Heading) else line
        last, top = line + self.order.height - 1, self.scroll_offset.y
        if above < top:
            self._scroll_to_line(above)
        elif last >= top + self.page:
            self._scroll_to_line(last - self.page + 1)

    def _scroll_so_that(self, line: int, offset: int) -> None:
        self._scroll_to_line(max(0, line - min(max(offset, 0), self.page - 1)))
        self._reveal()

    def _scroll_to_line(self, y: int) -> None:
        self.scroll_to(y=y, animate=False, force=True)


def _over(style: Style | None, bar: Style) -> Style:
    return bar if style is None else style + bar
