"""Several leads at once: marked by a key or a click, worked in one gesture or not at all, while they are in view."""

from __future__ import annotations

import pytest

from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui.legal import why_not, why_not_all
from leadq.tui.screens import choosing
from leadq.tui.widgets.lead_list import LeadList
from tests.leads import hand_over
from tests.tui.conftest import MINUTE, Sit
from tests.tui.test_queue_screen import shape


def states(home: Home) -> list[object]:
    return [shape(home, name)["state"] for name in ("Hot Hélène", "Late Léo", "Later Lou")]


def bottom(screen: str) -> str:
    """The footer."""
    return screen.splitlines()[-1]


async def test_marked_leads_are_accepted_taken_back_and_accepted_again_in_one_gesture(
    three: Queue, sit: Sit, home: Home
) -> None:
    async with sit(width=80, height=24) as seat:
        await seat.press("space", "space")
        assert seat.selected == "Later Lou"
        screen = await seat.painted()
        assert "+ > hot" in screen
        assert bottom(screen).startswith("2 selected  Esc none  a Accept")
        await seat.press("a")
        assert states(home) == ["accepted", "accepted", "handed_off"]
        assert any("Accepted: 2 leads" in told for told in seat.toasts)
        assert (seat.list.marked, "selected" in bottom(await seat.painted())) == ({}, False)
        await seat.press("u")
        assert any("Taken back: accepted (2 leads)" in told for told in seat.toasts)
        assert states(home) == ["handed_off"] * 3
        await seat.press("ctrl+r")
        assert any("Done again: 2 leads" in told for told in seat.toasts)
    assert states(home) == ["accepted", "accepted", "handed_off"]


async def test_what_not_all_of_them_allow_is_not_done_and_says_for_how_many(three: Queue, sit: Sit, home: Home) -> None:
    three.perform(["1"], verbs.Accept())
    async with sit() as seat:
        await seat.press("*", "a")
        assert "Not possible: 1 of 3 is SQL." in seat.toasts
        await seat.press("j", "c")
        assert "Call 0:00" in await seat.painted()  # a call is with one, whoever is marked
        await seat.press("escape")
        await seat.press("enter", "m")
        assert "other" not in (await seat.painted()).splitlines()[1]  # and so is what a card's key does
        await seat.press("escape")
        await seat.press("f")
        assert "selected" not in bottom(await seat.painted())
        await seat.press("a")
        assert "Accepted: Late Léo · u takes it back" in seat.toasts
        await seat.press("f")
        assert len(seat.list.marked) == 2  # what was dealt with is not marked any more
    assert states(home) == ["accepted", "accepted", "handed_off"]


async def test_one_that_a_rule_refuses_keeps_all_from_it_and_says_so(zoes: Queue, sit: Sit, home: Home) -> None:
    hand_over(
        zoes, {"owner": "", "name": "Mine", "email": "m@x.test"}, {"owner": "karim", "name": "His", "email": "h@x.test"}
    )
    async with sit() as seat:
        await seat.press("2")
        await seat.press("*", "a")
        assert seat.toasts == [
            "Lead 2 belongs to karim. Press A to take it over. Nothing was done to any of the 2 leads."
        ]
        assert len(seat.list.marked) == 2
    assert shape(home, "Mine")["state"] == "handed_off"


async def test_a_verdict_on_several_goes_on_to_the_next_that_is_left(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("space", "space", "k", "v")
        assert "Late Léo · Forges d’Ardèche and 1 other" in await seat.painted()
        await seat.press("0", "1", "enter")
        assert states(home) == ["rejected", "rejected", "handed_off"]
        assert seat.selected == "Later Lou"


async def test_marks_survive_a_new_order_and_leads_that_leave_the_view_are_said(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("*")
        seat.clock.forward(31 * MINUTE)
        seat.queue.tick()
        await seat.settle()
        assert len(seat.list.marked) == 3
        Queue(three.store, seat.clock).perform(["2"], verbs.Reject("rej.spam", 1))
        seat.queue.tick()
        await seat.settle()
        assert len(seat.list.marked) == 2
        assert any("1 lead is not in this view any more, nor selected: 2 left" in told for told in seat.toasts)


async def test_a_star_marks_all_or_none_and_a_search_takes_marks_away_only_when_it_stands(
    three: Queue, sit: Sit
) -> None:
    async with sit(width=80, height=24) as seat:
        for key, count in (("space", 1), ("*", 3), ("*", 0), ("*", 3), ("escape", 0)):
            await seat.press(key)
            assert len(seat.list.marked) == count, key
        await seat.press("*", "/", *"lou", "escape")
        assert len(seat.list.marked) == 3
        await seat.press("/", *"lou", "enter")
        assert list(seat.list.marked) == [seat.list.selected]


async def test_a_click_selects_a_double_click_opens_and_one_at_the_left_marks(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.pilot.click(LeadList, offset=(20, 4))
        await seat.settle()
        assert (seat.selected, len(seat.list.marked)) == ("Late Léo", 0)
        await seat.pilot.click(LeadList, offset=(0, 2))
        await seat.settle()
        assert (seat.selected, len(seat.list.marked)) == ("Hot Hélène", 1)
        await seat.pilot.click(LeadList, offset=(20, 4), times=2)
        await seat.settle()
        assert "History" in await seat.painted()


async def test_more_than_an_undo_takes_back_is_refused(
    three: Queue, sit: Sit, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST", 2)
    async with sit() as seat:
        await seat.press("*", "a")
        assert any("3 leads are selected, and at most 2 go at once" in told for told in seat.toasts)
    assert states(home) == ["handed_off"] * 3


def test_why_not_is_said_of_all() -> None:
    assert why_not("view", None) == "press the number of the view"
    mixed = {"accepted": ("SAL", 9), "rejected": ("Rejected", 2), "merged": ("Merged", 1)}
    assert why_not_all("pause", mixed) == "3 of 12 are Rejected, Merged"
    assert why_not_all("note", mixed) == ""
    assert why_not_all("verdict", {"handed_off": ("MQL", 1), "working": ("Working", 1)}) != ""
    assert why_not_all("verdict", {"accepted": ("SAL", 1), "working": ("Working", 1)}) == ""
