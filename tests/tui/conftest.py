"""A screen over a real home at a frozen instant, driven by keys."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.css.stylesheet import Stylesheet
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from leadq import config
from leadq.clock import Clock
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui import clipboard, program
from leadq.tui.app import home_view
from leadq.tui.data import Data
from leadq.tui.program import LeadqApp
from leadq.tui.resume import NEW, Left
from leadq.tui.screens.queue import QueueScreen
from leadq.tui.widgets.lead_list import LeadList
from tests.leads import NOW_MS, hand_over

ME = "zoe"
MINUTE = 60_000


class MovingClock(Clock):
    """A clock that a test sets."""

    __slots__ = ("at_ms",)

    def __init__(self, at_ms: int) -> None:
        super().__init__(at_ms)
        object.__setattr__(self, "at_ms", at_ms)

    def now_ms(self) -> int:
        """Where the test put it."""
        return int(self.at_ms)

    def forward(self, ms: int) -> None:
        """Let time pass."""
        object.__setattr__(self, "at_ms", self.at_ms + ms)


class Seat:
    """Somebody in front of the screen."""

    def __init__(self, app: LeadqApp, pilot: Pilot[None], clock: MovingClock) -> None:
        self.app, self.pilot, self.clock = app, pilot, clock

    @property
    def queue(self) -> QueueScreen:
        """The main screen."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, QueueScreen)
        return screen

    @property
    def list(self) -> LeadList:
        """The list."""
        return self.queue.list

    @property
    def selected(self) -> str:
        """The name of the lead that the pointer is on."""
        line = self.list.selected_line
        return line.name if line else ""

    @property
    def names(self) -> list[str]:
        """The leads of the list, in order, as far as their rows are here."""
        return [line.name for lead_id in self.list.order.ids if (line := self.list.line(lead_id))]

    @property
    def toasts(self) -> list[str]:
        """What was told."""
        return [notification.message for notification in self.app._notifications]

    async def press(self, *keys: str) -> None:
        """Keys in one burst, as a slow line delivers them, and whatever they lead to."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.app.post_message(Key(name, key if len(key) == 1 else None))
        await self.settle()

    async def settle(self) -> None:
        """Until both threads have done what was asked, and the screen has heard of it."""
        data = self.app.data
        for _round in range(3):  # a verb is written, then the order is read, then the card
            await _turns()
            barrier = threading.Barrier(3)
            for hand in (data._reader, data._writer):
                hand.ask("settle", barrier.wait)
            await asyncio.to_thread(barrier.wait, 10)
        await _turns()

    async def painted(self) -> str:
        """The whole screen as text."""
        await self.pilot.pause()
        return painted(self.app)


async def _turns() -> None:
    """Let every task of the screen have its turn until none has anything left; a pause of the pilot costs 20 ms."""
    for _turn in range(100):
        await asyncio.sleep(0)


def painted(app: LeadqApp) -> str:
    """What stands on the screen now, as text; the one place that looks into the compositor."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


Sit = Callable[..., AbstractAsyncContextManager[Seat]]


@pytest.fixture(autouse=True)
def no_clipboard_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test must not fill the clipboard of whoever runs it."""
    monkeypatch.setattr(clipboard, "program", lambda: ())


@pytest.fixture(autouse=True)
def _nobody_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The garbage of a whole test run takes a fifth of a second to look through."""
    monkeypatch.setattr(program, "SWEEP_S", 3600.0)


@pytest.fixture(autouse=True, scope="session")
def _rules_are_read_once() -> Iterator[None]:
    """Every program reads the same stylesheets: an eighth of what a test of the screen costs."""
    read: dict[tuple[object, ...], Any] = {}
    parse = Stylesheet._parse_rules

    def remembered(sheet: Stylesheet, *words: Any, **named: Any) -> Any:
        key = (tuple(sorted(sheet._variables.items())), words, tuple(sorted(named.items())))
        if key not in read:
            read[key] = parse(sheet, *words, **named)
        return read[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", remembered)
        yield


@pytest.fixture
def painting() -> None:
    """Whoever asks for it has every change of the screen painted, as in a terminal."""


@pytest.fixture(autouse=True)
def _painted_when_looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal nobody sees what is painted between two looks, and that was half of what these tests cost.
    `Seat.painted` paints the whole screen."""
    if "painting" not in request.fixturenames:
        monkeypatch.setattr(Compositor, "render_update", lambda self, **_: self._dirty_regions.clear())


@pytest.fixture
def zoes(home: Home, queue: Queue) -> Queue:
    """A home that belongs to Zoé."""
    config.write(home, ME)
    return queue


@pytest.fixture
def three(zoes: Queue) -> Queue:
    """Three leads of hers: a hot one handed off just now, one that is late, one for later."""
    hand_over(
        zoes,
        {"name": "Hot Hélène", "owner": ME, "trigger": "demo"},
        {"name": "Late Léo", "owner": ME, "trigger": "webinar", "handed_off_at": "2026-05-11T08:00:00Z"},
        {"name": "Later Lou", "owner": ME, "trigger": "webinar"},
    )
    return zoes


@pytest.fixture
def sit(home: Home) -> Iterator[Sit]:
    """Sit down in front of the home's screen: `async with sit() as seat`."""
    made: list[Data] = []

    @asynccontextmanager
    async def open_screen(
        width: int = 120, height: int = 40, at_ms: int = NOW_MS, left: Left = NEW
    ) -> AsyncIterator[Seat]:
        clock = MovingClock(at_ms)
        data = Data(home, clock)
        made.append(data)
        app = LeadqApp(data, data.first(home_view(data.me, left), height), width, left)
        async with app.run_test(size=(width, height)) as pilot:
            seat = Seat(app, pilot, clock)
            await pilot.pause()  # the first paint, after which the rest is asked for
            await seat.settle()
            yield seat

    yield open_screen
    for data in made:
        data.close()
