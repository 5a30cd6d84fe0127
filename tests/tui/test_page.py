"""The day on the screen: what `leadq day` prints, read again when something was written."""

from __future__ import annotations

from leadq.domain import verbs
from leadq.queue import Queue
from tests.tui.conftest import MINUTE, Sit


async def test_the_day_is_a_page_that_follows_what_is_written(three: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        await seat.press("D")
        screen = await seat.painted()
        assert "Hot, first touch running: 1" in screen
        assert "Promises today" not in screen
        three.perform(["1"], verbs.Touch("call", "callback_set", next_ms=seat.clock.now_ms() + 30 * MINUTE))
        seat.queue.tick()
        await seat.settle()
        assert "Promises today: 1" in await seat.painted()
        await seat.press("j", "G", "g", "enter", "escape")
        assert len(seat.app.screen_stack) == 1
