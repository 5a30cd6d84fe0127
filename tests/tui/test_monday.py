"""A rep's Monday a third time (tests/cli/test_monday.py has the other two): on the screen, by keys that are counted.

On a train at 9:02 with 37 leads of a fair. No gesture of a normal day is refused, the promised call comes up by itself,
and each outcome leaves once.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from leadq.clock import to_ms
from leadq.paths import Home
from leadq.queue import Queue
from tests.cli.runner import Leadq
from tests.cli.test_monday import at, check_the_evening, done, monday
from tests.tui.conftest import Seat, Sit

__all__ = ["monday"]

MOST = {"accept": 1, "logged call": 3, "reject with a reason": 5, "next lead": 1, "undo": 1}
"""Gesture -> how many keys it may take, when nothing is typed."""


@pytest.fixture
def empty(home: Home) -> Leadq:
    """The home that the screen is opened on."""
    return Leadq(home.config.parent)


class Rep:
    """Zoé at the keyboard: each gesture by its keys, none of them refused."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.took: dict[str, int] = {}

    async def does(self, gesture: str, *keys: str) -> None:
        """Press the keys of a gesture in one burst, and count them."""
        await self.seat.press(*keys)
        self.took[gesture] = max(len(keys), self.took.get(gesture, 0))
        assert len(self.seat.app.screen_stack) == 1, f"{gesture}: the dialog is still open"
        refused = [note.message for note in self.seat.app._notifications if note.severity != "information"]
        assert [told for told in refused if not told.startswith(("! ", "~ "))] == [], gesture  # those are alerts

    async def finds(self, number: str) -> None:
        """Go to a lead by what its name ends with."""
        await self.seat.press("escape", "/", *number, "enter")
        assert self.seat.selected == f"Visiteur {number}"

    async def waits_until(self, time: str) -> None:
        """Let the morning go by; the screen looks at its clock once a second."""
        hour, minute = map(int, time.split(":"))
        now_ms = to_ms(datetime.fromisoformat(f"2026-05-18T{hour - 2:02}:{minute:02}:00Z"))
        self.seat.clock.forward(now_ms - self.seat.clock.now_ms())
        self.seat.queue.tick()
        await self.seat.settle()
        self.seat.app.clear_notifications()


async def test_the_whole_day_on_the_screen(monday: Leadq, queue: Queue, sit: Sit) -> None:
    async with sit(at_ms=to_ms(datetime.fromisoformat(monday.now))) as seat:
        rep = Rep(seat)
        await the_morning(rep)
        await rep.waits_until("10:15")
        await a_reply(rep)
        await rep.waits_until("14:19")
        assert seat.names[0] != "Visiteur 02"
        await rep.waits_until("14:20")
        assert seat.names[0] == "Visiteur 02"
        assert "* promise" in await seat.painted()
        await rep.waits_until("14:31")
        await seat.press("g")
        await rep.does("logged call", "c", "5", "enter")
        await rep.waits_until("17:35")
        await seat.press("D")
        told = await seat.painted()
        assert "Done today: 7 touches · Recycle 1 · Qualify 1" in told
        assert "14 outcomes are not sent yet" in told
    assert {gesture: keys for gesture, keys in rep.took.items() if keys > MOST.get(gesture, keys)} == {}
    assert set(MOST) <= set(rep.took)
    evening = at(monday, "17:35")
    done(evening("sync"))
    check_the_evening(evening)


async def the_morning(rep: Rep) -> None:
    seat = rep.seat
    await seat.press("D")
    assert "of 37 fit" in await seat.painted()
    await seat.press("escape")
    assert seat.selected == "Visiteur 01"
    await rep.does("accept", "a")
    await rep.does("logged call", "c", "1", "enter")
    assert seat.selected == "Visiteur 02"  # it came by itself
    await rep.does("a call with a promise", "c", "6", *"14h30", "enter")
    assert seat.selected == "Visiteur 03"
    await rep.does("logged call", "c", "4", "enter")
    await rep.finds("03")
    await rep.does("a touch with a note", "t", "e", "1", "tab", "tab", *"sent the brochure", "enter")
    await seat.press("escape")


async def a_reply(rep: Rep) -> None:
    """Lead 3 writes, and is qualified; lead 4 is not ready yet; lead 5 was refused by mistake."""
    seat = rep.seat
    await rep.finds("03")
    await rep.does("what the prospect did", "t", "e", "7", *["tab"] * 4, "2", "enter")
    await seat.press("escape", "g")
    assert seat.selected == "Visiteur 03"  # a reply comes first
    await rep.does("a call with a promise", "c", "9", "tab", *"demain 10h", "enter")
    await rep.finds("03")
    facts = ("tab", "y", "tab", "u", "tab", "y")
    await rep.does("a qualification", "v", "Q", "5", *facts, "tab", "tab", *"karim", "tab", *"a demo", "tab",
                   *"demain 10h", "enter")  # fmt: skip
    await rep.finds("04")
    await rep.does("accept", "a")
    await rep.does("logged call", "c", "5", "enter")
    await rep.finds("04")
    await rep.does("a recycling", "v", "w", "2", "3", *"+30d", "enter")
    await rep.finds("05")
    await seat.press("escape")
    await rep.does("reject with a reason", "v", "0", "1", "enter")
    assert seat.selected != "Visiteur 05"
    await rep.does("undo", "u")
    assert seat.selected == "Visiteur 05"
    await rep.does("next lead", "j")
    assert seat.selected != "Visiteur 05"
