"""A dialog about several leads: all of them in one gesture, or none."""

from __future__ import annotations

import asyncio

import pytest

from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui.screens.note import NoteDialog
from leadq.tui.screens.verdict import VerdictDialog
from tests.leads import hand_over
from tests.tui.conftest import ME, Seat, Sit
from tests.tui.test_care import other


@pytest.fixture
def four(zoes: Queue) -> Queue:
    """Four leads of Zoé's."""
    hand_over(zoes, *({"owner": ME, "name": f"Lead {n}", "email": f"{n}@example.test"} for n in range(4)))
    return zoes


async def ask(seat: Seat, dialog: type[NoteDialog | VerdictDialog], also: tuple[int, ...]) -> None:
    """Open a dialog about lead 1 and others, as the list does."""
    card = await asyncio.wrap_future(seat.app.data.card_now(1))
    assert card
    await seat.app.push_screen(dialog(seat.app.data, card, also=also), seat.queue.after)


def states(home: Home) -> list[object]:
    return [other(home, lead_id)["state"] for lead_id in range(1, 5)]


async def test_a_verdict_on_several_leads_is_one_gesture_and_one_undo(four: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await ask(seat, VerdictDialog, (3, 4, 3, 1))
        assert "Lead 0 · Forges d’Ardèche and 2 others" in await seat.painted()
        await seat.press("0", "1", "enter")
        assert states(home) == ["rejected", "handed_off", "rejected", "rejected"]
        await seat.press("u")
        assert states(home) == ["handed_off"] * 4


async def test_one_lead_that_cannot_take_it_keeps_all_from_it_and_the_answers_stay(
    four: Queue, sit: Sit, home: Home
) -> None:
    async with sit() as seat:
        await ask(seat, VerdictDialog, (2, 3))
        four.perform(["3"], verbs.Touch("call", "connected"))
        await seat.press("0", "1", "tab", *"spam", "enter")
        screen = await seat.painted()
        assert "Lead 3 was already contacted" in screen
        assert "Nothing was done to any of the 3 leads." in screen
        assert "spam" in screen
    assert states(home) == ["handed_off", "handed_off", "connected", "handed_off"]


async def test_one_other_is_said_in_the_singular(four: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await ask(seat, NoteDialog, (2,))
        assert "and 1 other" in await seat.painted()
        assert "and 1 others" not in await seat.painted()
