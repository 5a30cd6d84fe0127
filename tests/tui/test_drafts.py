"""What is typed into a dialog survives Esc, a resize and a killed program, and goes once its verb is on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from leadq import drafts
from leadq.domain import verbs
from leadq.paths import Home
from leadq.privacy import erase
from leadq.queue import Queue
from leadq.tui.screens.note import NoteDialog
from leadq.tui.widgets.choice import Choice
from tests.leads import hand_over
from tests.tui.conftest import ME, MINUTE, Seat, Sit
from tests.tui.terminal import play
from tests.tui.test_care import other

KEPT = "What you typed comes back with the same dialog."


@pytest.fixture
def two(zoes: Queue) -> Queue:
    """Two leads of Zoé's, the first one more urgent."""
    hand_over(
        zoes,
        {"owner": ME, "name": "First", "email": "f@x.example"},
        {"owner": ME, "name": "Second", "trigger": "webinar", "email": "s@x.example"},
    )
    return zoes


def kept(home: Home) -> list[dict[str, tuple[str, ...]]]:
    """The answers of the drafts on disk that are not empty."""
    return [{name: values for name, values in one.answers.items() if any(values)} for one in drafts.load(home)]


def answer(seat: Seat, question: str) -> tuple[str, ...]:
    """How a question of the open dialog is answered."""
    values: tuple[str, ...] = seat.app.screen.answers()[question]  # type: ignore[attr-defined]
    return values


async def test_a_note_that_was_left_comes_back_on_its_lead_only_and_is_said_to_have(two: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("m", *"half a", "escape")
        assert KEPT in seat.toasts
        seat.clock.forward(20 * MINUTE)
        await seat.press("j", "m")
        assert answer(seat, "note") == ("",)
        assert "Brought back" not in await seat.painted()
        await seat.press("escape", "k", "m")
        screen = await seat.painted()
        assert "half a" in screen
        assert "Brought back, from today 15:00; ctrl+l empties it" in screen
        await seat.press(*" sentence", "enter")
    assert other_note(two.store.home) == "half a sentence"
    assert kept(two.store.home) == []


def other_note(home: Home) -> object:
    events = other(home, 1)["events"]
    return [event["data"]["note"] for event in events if event["type"] == "noted"][-1]  # type: ignore[attr-defined]


async def test_in_one_burst_of_keys_a_dialog_is_left_and_found_again(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("m", *"one", "escape")
        await seat.press("m", *" two", "enter")
    assert other_note(home) == "one two"


async def test_every_answer_comes_back_when_something_was_typed(two: Queue, sit: Sit) -> None:
    two.perform(["1"], verbs.Accept())
    async with sit() as seat:
        await seat.press("v", "w", "2", "4", *"in autumn", "tab", "tab", "tab", *"call Paul", "escape")
        await seat.press("v")
        assert answer(seat, "verb") == ("recycle",)
        assert answer(seat, "reason") == ("rec.timing",)
        assert (answer(seat, "quality"), answer(seat, "wake")) == (("4",), ("in autumn",))
        assert answer(seat, "note") == ("call Paul",)
        assert "Project later (date)" in await seat.painted()
        await seat.press("ctrl+l")
        assert (answer(seat, "verb"), answer(seat, "reason"), answer(seat, "note")) == (("reject",), (), ("",))
        assert "Brought back" not in await seat.painted()
        assert isinstance(seat.app.focused, Choice)
        await seat.press("escape")
    assert kept(two.store.home) == []


async def test_what_one_key_chooses_is_no_draft_and_neither_is_a_date_that_was_suggested(
    two: Queue, sit: Sit, home: Home
) -> None:
    two.perform(["1"], verbs.Accept())
    async with sit() as seat:
        await seat.press("v", "w", "4", "3", "escape")
        await seat.press("t", "1", "escape")
        assert KEPT not in seat.toasts
        await seat.press("t")
        assert answer(seat, "outcome") == ()
    assert kept(home) == []


async def test_emptied_by_hand_it_is_no_draft_any_more(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("m", *"ab", "escape")
        assert kept(home) == [{"note": ("ab",)}]
        await seat.press("m", "backspace", "backspace", "escape")
        await seat.press("m")
        assert answer(seat, "note") == ("",)
    assert kept(home) == []


async def test_a_call_that_was_not_logged_keeps_its_words(two: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        await seat.press("c", "5", "tab", "tab", "tab", *"wants a visit", "escape")
        assert {KEPT, "The call was not logged."} <= set(seat.toasts)
        await seat.press("c")
        assert "wants a visit" in await seat.painted()
        assert "Brought back" in await seat.painted()


@pytest.mark.parametrize("key", ["m", "c"])
async def test_a_resize_to_one_cell_and_back_loses_nothing(two: Queue, sit: Sit, key: str) -> None:
    async with sit() as seat:
        await seat.press(key, *["shift+tab"] * (key != "m"), *"typed")  # the note is the last question
        await seat.pilot.resize_terminal(1, 1)
        await seat.press(*" on")
        await seat.pilot.resize_terminal(80, 24)
        await seat.settle()
        assert "typed on" in await seat.painted()


async def test_what_was_typed_when_the_program_died_is_there_in_the_next_one(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("m", *"before the cr")
        assert kept(home) == [{"note": ("before the cr",)}]  # with the dialog still open
        async with sit() as other_seat:
            await other_seat.press("m")
            assert answer(other_seat, "note") == ("before the cr",)


async def test_a_verb_typed_right_before_leaving_is_done_and_so_is_a_draft(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        data = seat.app.data
        blocked = asyncio.Event()
        data._writer.ask("block", lambda: None)
        await seat.press("m", *"last words", "escape")
        data.perform(seat.queue, 2, verbs.Accept())
        data.close()
        blocked.set()
    assert kept(home) == [{"note": ("last words",)}]
    assert other(home, 2)["state"] == "accepted"


async def test_a_draft_about_several_leads_is_theirs_together(two: Queue, sit: Sit) -> None:
    async with sit() as seat:
        card = await asyncio.wrap_future(seat.app.data.card_now(1))
        assert card
        for typed in ("both", ""):
            dialog = NoteDialog(seat.app.data, card, also=(2,))
            await seat.queue._ask(dialog)
            await seat.press(*typed)
            assert answer(seat, "note") == ("both",)
            await seat.press("escape")
        await seat.press("m")
        assert answer(seat, "note") == ("",)


async def test_a_refused_verb_keeps_its_draft_and_a_done_one_spends_it(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("z", *"tomorrow 9am", "enter")
        assert kept(home) == [{"until": ("tomorrow 9am",)}]
        await seat.press(*"fair", "enter", *"typed ahead of the answer")
    assert kept(home) == []


async def test_of_somebody_erased_meanwhile_nothing_is_kept(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("m", *"ask him")
        erase(two.store, seat.clock, "f@x.example")
        assert kept(home) == []
        await seat.press(*" again", "escape")
    assert kept(home) == []


async def test_a_disk_that_refuses_is_said_in_the_dialog_and_the_verb_still_works(
    two: Queue, sit: Sit, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(drafts, "_write", full)
    async with sit() as seat:
        await seat.press("m", *"still")
        assert "! What you type is not kept beside the dialog" in await seat.painted()
        await seat.press("enter")
    assert other_note(home) == "still"


@pytest.mark.deep
def test_a_killed_program_gives_back_what_was_typed(two: Queue, home: Home, tmp_path: Path) -> None:
    play(home, [(b"radar", b"mkill -9 is no Esc"), (b"no Esc", b"")])  # ends with SIGKILL
    sent = play(home, [(b"radar", b"m"), (b"kill -9 is no Esc", b"")])
    assert b"Brought back" in sent


async def test_on_24_lines_what_to_press_is_seen_under_a_draft_that_was_brought_back(two: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        for _time in range(2):
            await seat.press("t")
            await seat.press("shift+tab", "shift+tab", *"crm/1")
            screen = await seat.painted()
            assert "Enter saves, Tab goes on, Esc leaves" in screen
            assert "crm/1" in screen
            await seat.press("escape")
        assert "Brought back" in screen
