"""The call loop by keys: what one sees, how many keys it takes, and at which instant a call happened."""

from __future__ import annotations

from typing import Any

import pytest

from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui import dial
from tests.leads import hand_over
from tests.tui.conftest import ME, MINUTE, Seat, Sit
from tests.tui.test_dialogs import stored

SEGMENT = """
[segment.industry]
when = "sector == 'industry'"
talk_track = { en = "Downtime first, then stock.", fr = "D'abord les arrêts." }
assets = [{ title = "Case study", url = "https://example.test/case" }]
"""
SHOWN = ("+33 (0)1 99 00 12 34", "Downtime first, then stock.", "Case study: https://example.test/case")


@pytest.fixture
def two(zoes: Queue, home: Home) -> Queue:
    """Two leads of Zoé's under a contract that says what to tell them; the first is the more urgent one."""
    hand_over(zoes, {"owner": ME, "name": "First", "title": ""})
    home.contract.write_text(home.contract.read_text("utf-8") + SEGMENT, "utf-8")
    hand_over(zoes, {"owner": ME, "name": "Hot", "email": "h@x.test", "phone": "+33 (0)1 99 00 12 34"})
    hand_over(zoes, {"owner": ME, "name": "Warm", "email": "w@x.test", "trigger": "webinar", "phone": "call me [/]"})
    return zoes


def last(home: Home) -> dict[str, Any]:
    """The newest touch of the first lead."""
    return next(event for event in reversed(stored(home)["events"]) if event["type"] == "touched")


async def go_to(seat: Seat, name: str) -> None:
    seat.list.go(seat.names.index(name))
    await seat.settle()


WALK = {
    "accept": (("a",), 1),
    "undo": (("u",), 1),
    "logged call": (("c", "1", "enter"), 3),
    "next lead": (("j",), 1),
    "reject with a reason": (("v", "5", "1", "1", "enter"), 5),
}
"""Gesture -> its keys, and how many it may take."""


async def test_a_walk_through_the_day_takes_as_few_keys_as_agreed(two: Queue, sit: Sit, home: Home) -> None:
    assert [gesture for gesture, (keys, most) in WALK.items() if len(keys) > most] == []
    async with sit() as seat:
        await go_to(seat, "First")
        following = seat.names[seat.names.index("First") + 1 :]
        await seat.press(*WALK["accept"][0])
        assert stored(home)["state"] == "accepted"
        await seat.press(*WALK["undo"][0])
        assert (stored(home)["state"], seat.selected) == ("handed_off", "First")
        await seat.press(*WALK["logged call"][0])
        assert (stored(home)["state"], seat.selected) == ("working", following[0])  # it came by itself
        await seat.press(*WALK["reject with a reason"][0])
        assert seat.selected not in ("First", following[0])
        assert any(f"Rejected: {following[0]}" in told for told in seat.toasts)
        await seat.press("g", *WALK["next lead"][0])
        assert seat.selected == seat.names[1]


async def test_a_call_happened_when_it_began_however_long_it_took(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await go_to(seat, "First")
        await seat.press("c")
        assert "Call 0:00  First" in await seat.painted()
        seat.clock.forward(12 * MINUTE + 5000)
        seat.app.screen.tick()  # type: ignore[attr-defined]
        assert "Call 12:05  First" in await seat.painted()
        keys = ("5", "tab", *"16h", "tab", "3", *"a visit", "tab", *"met at the fair", "enter")
        await seat.press(*keys)
    touched = last(home)
    assert (touched["occurred_at"], touched["data"]["outcome"]) == ("2026-05-13T13:00:00Z", "connected")
    assert touched["data"]["insights"] == [{"kind": "expectation", "text": "a visit"}]
    assert (touched["data"]["note"], stored(home)["promise_at"]) == ("met at the fair", "2026-05-13T14:00:00Z")


async def test_a_call_shows_why_what_to_say_and_what_is_missing(two: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        await go_to(seat, "Hot")
        await seat.press("c")
        screen = await seat.painted()
        for words in (*SHOWN, "Forges d’Ardèche", "salon-2026", "also First", "0 Refused", "o Dial", "note"):
            assert words in screen, words


async def test_whoever_does_not_want_to_be_contacted_is_not_called(two: Queue, sit: Sit) -> None:
    with two.store.transaction() as db:
        db.execute("UPDATE lead SET opposed_ms = 1 WHERE id = 1")
    async with sit() as seat:
        await go_to(seat, "First")
        await seat.press("c")
        assert len(seat.app.screen_stack) == 1
        assert any("does not want to be contacted" in told for told in seat.toasts)


async def test_the_number_is_dialled_copied_and_drawn_as_digits_only(
    two: Queue, sit: Sit, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[str] = []
    monkeypatch.setattr(dial, "opened", lambda address: bool(dialled.append(address)))
    async with sit() as seat:
        await go_to(seat, "Hot")
        await seat.press("c", "o", "y")
        await seat.app.workers.wait_for_complete()
        assert dialled == ["tel:+33199001234"]
        assert any("Nothing on this machine opens tel:+33199001234" in told for told in seat.toasts)
        assert seat.app.clipboard == "+33199001234"
        await seat.press("r")
        assert dial.qr("tel:+33199001234")[4] in await seat.painted()
        assert "▀" in await seat.painted()
        await seat.press("2", "enter")  # the key that closes the code is already the outcome
        assert any("Touch logged: Hot" in told for told in seat.toasts)


async def test_what_is_no_number_is_never_handed_on_and_a_call_that_is_left_is_not_logged(
    two: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "opened", lambda address: pytest.fail(address))
    async with sit() as seat:
        await go_to(seat, "Warm")
        await seat.press("c", "o", "y", "r", "1")
        assert len([told for told in seat.toasts if told == "There is no number to dial."]) == 3
        assert "call me [/]" in await seat.painted()
        assert "o Dial" not in await seat.painted()
        await seat.press("escape")
        assert any("not logged" in told for told in seat.toasts)


async def test_focus_shows_one_lead_and_every_key_works_there(two: Queue, sit: Sit, home: Home) -> None:
    async with sit(80, 24) as seat:
        await go_to(seat, "First")
        await seat.press("f")
        screen = await seat.painted()
        assert "Why now" in screen
        assert "Hot" not in screen.replace("also Hot", "")
        await seat.press("a", "c", "1", "enter")
        assert "Why now" in await seat.painted()
        assert seat.selected not in ("First", "")
        assert seat.selected in await seat.painted()
        await seat.press("j", "k", "ctrl+d", "escape")
        assert "First" in await seat.painted()
    assert stored(home)["state"] == "working"


async def test_a_lead_that_stays_first_is_not_the_next_one(two: Queue, sit: Sit) -> None:
    two.perform(["1"], verbs.Touch("email", "replied", inbound=True))
    async with sit() as seat:
        assert seat.selected == "First"
        await seat.press("z", *"demain 11h", "tab", *"fair", "enter")
        assert seat.names[0] == "First"  # who waits for an answer stays on top
        assert seat.selected == seat.names[1]


def test_a_code_is_drawn_by_its_light_modules_two_rows_a_line() -> None:
    lines = dial.qr("tel:112")
    assert {len(line) for line in lines} == {21 + 2 * 4}  # the smallest code, and the paper around it
    assert len(lines) == (21 + 2 * 4 + 1) // 2
    assert set(lines[0]) == {"█"}
    assert lines[2].startswith("████ ▄▄▄▄▄ ")  # the ring and the eye of the corner mark


def test_an_address_that_nothing_opens_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "_OPEN", "import sys; sys.exit(sys.argv[1] != 'tel:112')")
    assert dial.opened("tel:112")
    assert not dial.opened("tel:113")
