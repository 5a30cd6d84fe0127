"""The list of 100,000 leads: what is read, laid out and painted is what is in view, and a tick costs its changes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.app import App, ComposeResult

from leadq import read
from leadq.domain.bands import BANDS
from leadq.glance import SIGNS, glance
from leadq.queue import Queue
from leadq.read import Line, Moment
from leadq.text import cell_width
from leadq.tui.data import Data
from leadq.tui.widgets.lead_list import LeadList
from leadq.tui.widgets.order import Heading, Order
from leadq.tui.widgets.rows import GUTTER, columns, live_text, second_text, still_text, titles
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, MINUTE, Sit

pytestmark = pytest.mark.usefixtures("painting")


def line(lead_id: int, **known: Any) -> Line:
    """A row that is due in a day."""
    fields: dict[str, Any] = dict.fromkeys(Line.__dataclass_fields__)
    fields |= dict.fromkeys(("source", "campaign", "owner", "tier", "title"), "")
    fields |= {"id": lead_id, "name": f"Lead {lead_id}", "company": "Acme", "trigger": "demo", "state": "accepted"}
    fields |= {"label": "SAL", "band": "B7", "missing": 0, "at_risk": False, "waiting": 0, "version": 1}
    fields |= {"due_ms": NOW_MS + 1440 * MINUTE, **known}
    return Line(**fields)


@given(
    st.lists(st.tuples(st.sampled_from([*BANDS, ""]), st.integers(1, 5)), unique_by=lambda pair: pair[0]),
    st.integers(1, 2),
)
def test_lines_are_leads_with_a_heading_above_each_band(bands: list[tuple[str, int]], height: int) -> None:
    bands.sort(key=lambda pair: (*BANDS, "").index(pair[0]))
    ids = array("q", range(100, 100 + sum(count for _band, count in bands)))
    order = Order(ids, tuple(bands)).taller(height)
    expected: list[Heading | int] = []
    first = 0
    for band, count in bands:
        expected += [Heading(band, count), *(place for place in range(first, first + count) for _line in range(height))]
        first += count
    assert [order.at(y) for y in range(len(order))] == expected
    for place, lead_id in enumerate(ids):
        assert expected.index(place) == order.line_of(place)
        assert order.place_of(lead_id) == place
    if ids:
        assert order.between(-5, len(order) + 5) == ids
        assert set(order.between(0, 1)) <= set(ids)
    assert order.place_of(1) is None


def test_the_headings_of_the_first_page_have_no_counts_yet() -> None:
    order = Order(array("q", [1, 2]), (("B1", 2),), counted=False)
    assert order.at(0) == Heading("B1", None)


@pytest.mark.parametrize("width", [40, 56, 67, 80, 100, 120, 200])
def test_every_row_fills_the_width_whatever_stands_in_it(width: int) -> None:
    layout = columns(width, "en")
    for name in ("x" * 300, "東京株式会社 山田太郎", "", "Zoé\x1b[31m", "👩‍👩‍👧‍👦 family"):
        row = line(1, name=name, company=name, trigger=name, owner=name, label=name, missing=2, waiting=1, score=82.0)
        cells = [*live_text(glance(row, NOW_MS, NOW_MS), layout), *still_text(row, layout, NOW_MS)]
        below = second_text(row, layout, width, NOW_MS)
        assert "\x1b" not in "".join((*cells, below))
        assert sum(map(cell_width, cells)) + GUTTER in range(min(width - 1, 38), max(width, 39) + 1)
        assert cell_width(below) == max(width, layout.live)
        assert cell_width(titles(layout)) == GUTTER + sum(map(cell_width, cells))


def test_every_state_has_its_own_sign_and_word() -> None:
    pairs = [(glyph, word) for glyph, word, _tone in SIGNS.values()]
    assert len(set(pairs)) == len(pairs)


class Alone(App[None]):
    """A list and nothing else; it remembers what was asked for and which lines were painted."""

    def __init__(self) -> None:
        super().__init__()
        self.list = Counting()
        self.wanted: list[array[int]] = []

    def compose(self) -> ComposeResult:
        """The list."""
        yield self.list

    def on_lead_list_wanted(self, message: LeadList.Wanted) -> None:
        """Remember."""
        self.wanted.append(message.lead_ids)


class Counting(LeadList):
    """Counts what it paints."""

    painted = 0

    def render_line(self, y: int) -> Any:
        """One line more."""
        self.painted += 1
        return super().render_line(y)


AT = Moment(NOW_MS, NOW_MS + 9 * 60 * MINUTE, None)  # type: ignore[arg-type]


async def test_of_100_000_leads_only_those_near_the_view_are_asked_for() -> None:
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        ids = array("q", range(1, 100_001))
        app.list.show(Order(ids, (("B7", 100_000),)), {}, AT, 0)
        await pilot.pause()
        assert sum(map(len, app.wanted)) <= 4 * 24
        app.wanted.clear()
        app.list.go(50_000)
        await pilot.pause()
        assert 50_001 in app.wanted[-1]
        assert sum(map(len, app.wanted)) <= 4 * 24
        assert app.list.painted <= 6 * 24


async def test_an_idle_tick_paints_nothing_and_a_changed_text_only_its_own_line() -> None:
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        lines = {lead_id: line(lead_id) for lead_id in range(1, 30)}
        lines[3] = line(3, due_ms=NOW_MS + 2 * MINUTE)
        app.list.show(Order(array("q", lines), (("B7", 29),)), lines, AT, 0)
        await pilot.pause()
        app.list.painted = 0
        assert app.list.tick(NOW_MS) == 0
        await pilot.pause()
        assert app.list.painted == 0
        assert app.list.tick(NOW_MS + 1000) == 1 + 21  # lead 3 counts seconds; the others say 23h59m now
        await pilot.pause()
        app.list.painted = 0
        assert app.list.tick(NOW_MS + 2000) == 1
        await pilot.pause()
        assert app.list.painted == 1


@pytest.mark.parametrize("height", [1, 2])
async def test_moving_the_pointer_paints_two_rows_and_a_mark_one(height: int) -> None:
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        lines = {lead_id: line(lead_id) for lead_id in range(1, 10)}
        app.list.show(Order(array("q", lines), (("B7", 9),), height=height), lines, AT, 0)
        await pilot.pause()
        for act, rows in ((lambda: app.list.move(1), 2), (app.list.tick_mark, 1), (lambda: app.list.tick(NOW_MS), 0)):
            app.list.painted = 0
            act()
            await pilot.pause()
            assert app.list.painted == rows * height
        app.list.painted = 0
        app.list.tick(NOW_MS + 1000)
        await pilot.pause()
        assert app.list.painted == 9  # 23h59m: only the line that says it


async def test_a_row_of_two_lines_is_in_view_whole_and_says_what_has_no_column() -> None:
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        known = {"title": "CEO", "owner": "zoe", "last_touch_ms": NOW_MS - 2880 * MINUTE, "score": 82.0}
        lines = {lead_id: line(lead_id, **known) for lead_id in range(1, 100)}
        app.list.show(Order(array("q", lines), (("B7", 99),)), lines, AT, 0)
        app.list.set_height(2)
        app.list.go(50)
        await pilot.pause()
        first = app.list.order.line_of(50) - app.list.scroll_offset.y
        assert 0 <= first < first + 1 < app.list.page
        above, below = (app.list.render_line(first + y + 1).text for y in range(2))
        assert ("Lead 51" in above, "Lead 51" in below) == (True, False)
        assert "CEO · SAL · zoe · touched 2d ago" in below
        assert "82" not in below  # it has a column
        assert "+6 trigger" in app.list.render_line(0).text


async def test_the_wheel_scrolls_and_leaves_the_pointer_on_its_lead() -> None:
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        app.list.show(Order(array("q", range(1, 200)), (("B7", 199),)), {}, AT, 0)
        await pilot.pause()
        app.post_message(events.MouseScrollDown(app.screen, 9, 9, 0, 0, 0, False, False, False, 9, 9))
        await pilot.pause()
        assert app.list.scroll_offset.y > 0
        assert app.list.selected == 1


async def test_the_pointer_stays_on_its_line_of_the_screen_when_the_order_changes() -> None:
    app = Alone()
    async with app.run_test(size=(80, 24)) as pilot:
        ids = list(range(1, 200))
        app.list.show(Order(array("q", ids), (("B7", 199),)), {}, AT, 100)
        await pilot.pause()
        on_screen = app.list.order.line_of(100) - app.list.scroll_offset.y
        app.list.show(Order(array("q", ids), (("B7", 199),)), {}, AT, 150)
        await pilot.pause()
        assert app.list.order.line_of(150) - app.list.scroll_offset.y == on_screen


class Counts:
    """How often each reading function ran, and with what limit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, int]] = []
        for name in ("ranked", "lines", "counts"):
            monkeypatch.setattr(read, name, self._counted(name, getattr(read, name)))

    def _counted(self, name: str, function: Any) -> Any:
        def run(connection: Any, at: Any, wanted: Any, *rest: Any) -> Any:
            size = len(wanted) if name == "lines" and isinstance(wanted, Sequence) else (rest[0] if rest else -1)
            self.calls.append((name, size if name != "lines" else len(wanted)))
            return function(connection, at, wanted, *rest)

        return run

    def take(self) -> Iterator[tuple[str, int]]:
        """What ran since the last time."""
        calls, self.calls = self.calls, []
        return iter(calls)


async def test_the_first_page_asks_for_one_page_only(zoes: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_over(zoes, *({"owner": ME, "email": f"p{n}@example.test"} for n in range(60)))
    counts = Counts(monkeypatch)
    async with sit(width=80, height=24):
        calls = list(counts.take())
    assert calls[:2] == [("ranked", 24), ("lines", 24)]
    assert calls[2] == ("ranked", -1)
    assert [name for name, _size in calls].count("counts") == 1


async def test_a_tick_reads_nothing_until_something_changes_and_then_ranks_nothing_anew(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(monkeypatch)
    monkeypatch.setattr(Data, "alerts", lambda data, to: None)  # an alert is written down: that is a change
    async with sit() as seat:
        counts.take()
        for _second in range(3):
            seat.clock.forward(1000)
            seat.queue.tick()
            await seat.settle()
        assert list(counts.take()) == []
        seat.clock.forward(MINUTE)
        seat.queue.tick()
        await seat.settle()
        assert list(counts.take()) == []
        seat.clock.forward(30 * MINUTE)
        seat.queue.tick()
        await seat.settle()
        assert "ranked" not in [name for name, _size in counts.take()]
        assert "B3" in await seat.painted()


async def test_the_clock_rests_while_nobody_looks_and_catches_up(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        assert "20m" not in await seat.painted()
        seat.app.app_focus = False
        await seat.settle()
        timer = seat.queue._timer
        assert timer is not None
        assert not timer._active.is_set()
        seat.clock.forward(5 * MINUTE)
        seat.app.app_focus = True
        await seat.settle()
        assert timer._active.is_set()
        assert "20m" in await seat.painted()
