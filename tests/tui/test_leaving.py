"""A screen leaves once, however often and from wherever it is told to, and what it was told to do is done."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
from textual.strip import Strip

from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui import program
from leadq.tui.screens.dialog import Dialog
from leadq.tui.screens.help import HelpScreen
from tests.tui.conftest import Sit
from tests.tui.test_dialogs import stored

pytestmark = pytest.mark.usefixtures("painting")


@pytest.mark.parametrize("key", ["enter", "c", "O", "?", "ctrl+p"])
async def test_escape_pressed_twice_in_one_burst_leaves_one_screen(three: Queue, sit: Sit, key: str) -> None:
    async with sit() as seat:
        await seat.press(key)
        assert len(seat.app.screen_stack) == 2
        await seat.press("escape", "escape")
        assert len(seat.app.screen_stack) == 1
        assert seat.app.is_running


async def test_a_dialog_whose_verb_is_stored_takes_along_what_lies_over_it(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        seat.list.go(seat.names.index("Hot Hélène"))
        await seat.press("m", *"note")
        dialog = seat.app.screen
        assert isinstance(dialog, Dialog)
        dialog.save()
        await seat.app.push_screen(HelpScreen())  # on a slow disk somebody is faster
        await seat.settle()
        assert len(seat.app.screen_stack) == 1
        assert stored(home)["events"][-1]["type"] == "noted"
        dialog.action_leave()  # an Escape that was on its way
        assert len(seat.app.screen_stack) == 1


async def test_a_dialog_that_has_left_leaves_nothing_painted_behind(three: Queue, sit: Sit) -> None:
    async def painted_lines() -> int:
        await seat.press("v")
        await seat.painted()
        await seat.press("escape")
        await seat.painted()  # the queue keeps what was painted of it, and is to have it at each count
        gc.collect()
        return sum(type(each) is Strip for each in gc.get_objects())

    async with sit() as seat:
        counts = [await painted_lines() for _dialog in range(4)]
        assert counts[3] - counts[1] < 50


async def test_what_a_page_was_made_of_is_gone_soon_though_the_collector_does_not_look(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = asyncio.Event()
    monkeypatch.setattr(program, "SWEEP_S", 0.2)
    async with sit() as seat:
        gc.disable()
        try:
            await seat.press("?")
            weakref.finalize(seat.app.screen, gone.set)
            await seat.press("escape")
            await asyncio.wait_for(gone.wait(), 5)
        finally:
            gc.enable()
