"""Every field by keyboard: words in either language, times as people type them, and texts of any length."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Paste

from leadq import drafts, i18n
from leadq.domain import verbs
from leadq.i18n import Language
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui.screens.call import CallDialog
from leadq.tui.screens.dialog import Dialog
from leadq.tui.screens.forms import FORMS
from leadq.tui.screens.touch import TouchDialog
from leadq.tui.widgets.text import LONGEST, Text
from tests.leads import hand_over
from tests.tui.conftest import ME, Seat, Sit
from tests.tui.test_dialogs import stored
from tests.tui.test_hostile import SHORT, assert_harmless


@pytest.fixture
def one(zoes: Queue) -> Queue:
    """One lead of Zoé's, handed off five minutes ago."""
    hand_over(zoes, {"owner": ME})
    return zoes


async def paste(seat: Seat, text: str) -> None:
    """What a terminal sends for a paste."""
    seat.app.post_message(Paste(text))
    await seat.settle()


def typed(seat: Seat) -> str:
    """What stands in the text that has the focus."""
    assert isinstance(seat.app.focused, Text)
    return seat.app.focused.value


@pytest.mark.parametrize(
    ("language", "letters", "reason"),
    [("en", "doub", "rej.duplicate"), ("fr", "dupl", "rej.duplicate"), ("en", "deja CL", "rej.customer")],
)
async def test_letters_find_a_reason_in_either_language_without_its_accents(
    one: Queue, sit: Sit, language: Language, letters: str, reason: str
) -> None:
    i18n.use(language)
    async with sit() as seat:
        await seat.press("v", *(("space" if letter == " " else letter) for letter in letters))
        assert isinstance(dialog := seat.app.screen, Dialog)
        assert getattr(dialog.field("reason").control, "value", "") == reason


async def test_letters_find_a_criterion_and_what_is_missing_too(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("v", "5", "2", *"telep", "space", *"fonc", "space", "enter")
    assert stored(home)["feedback"]["missing"] == ["phone", "role"]


async def test_a_touch_of_this_morning_says_when_and_shows_the_instant(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("t", "1", "tab", "tab", "tab", *"14h58")
        assert "= today 14:58" in await seat.painted()
        await seat.press("enter")
    assert stored(home)["events"][-1]["occurred_at"] == "2026-05-13T12:58:00Z"


async def test_a_touch_before_the_handoff_is_refused_at_its_time_and_can_be_mended(
    one: Queue, sit: Sit, home: Home
) -> None:
    async with sit() as seat:
        await seat.press("t", "1", "tab", "tab", "tab", *"soon", "enter")
        assert "is not a date or a time" in await seat.painted()
        await seat.press("ctrl+u")
        await seat.press(*"8h", "enter")
        assert "is before the handoff" in await seat.painted()
        await seat.press("ctrl+u")
        await seat.press("enter")
    assert stored(home)["state"] == "working"


async def test_what_the_prospect_did_is_logged_as_inbound_with_what_was_learnt(
    one: Queue, sit: Sit, home: Home
) -> None:
    async with sit(80, 24) as seat:
        await seat.press("t", "e", "7", *["tab"] * 4, "2", "tab", "5", *"they leave Acme", "tab", *"crm/9", "enter")
    event = stored(home)["events"][-1]["data"]
    assert (event["inbound"], event["channel"], event["evidence"]) == (True, "email", "crm/9")
    assert event["insights"] == [{"kind": "quote", "text": "they leave Acme"}]


async def test_a_horizon_that_is_no_number_is_refused_at_its_question(one: Queue, sit: Sit, home: Home) -> None:
    one.perform(["1"], verbs.Accept())
    async with sit() as seat:
        await seat.press("v", "Q", "4", *["tab"] * 4, *"soon", "enter")
        assert "A horizon is a number of months" in await seat.painted()
        await seat.press("ctrl+u")
        await seat.press("6", "enter")
    assert stored(home)["events"][-1]["data"]["horizon"] == 6


async def test_a_recycling_names_the_track_on_which_marketing_takes_it_up(one: Queue, sit: Sit, home: Home) -> None:
    one.perform(["1"], verbs.Accept())
    async with sit() as seat:
        await seat.press("v", "w", "3", "3", "tab", "tab", "tab", "2", "enter")
    assert stored(home)["events"][-1]["data"]["track"] == "interest"


async def test_a_paste_of_a_megabyte_is_cut_and_said_and_the_note_still_saves(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("m", *"so: ")
        await paste(seat, "ligne\r\n" * 150_000)
        assert len(typed(seat)) == LONGEST
        assert typed(seat).startswith("so: ligne ligne ligne")
        assert "A text has 10,000 characters at most: 890,003 characters found no" in await seat.painted()
        await seat.press("enter")
    assert len(stored(home)["events"][-1]["data"]["note"]) in (LONGEST, LONGEST - 1)


async def test_a_paste_replaces_what_is_selected_and_keeps_every_line(one: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("m", *"old")
        seat.app.focused.select_all()  # type: ignore[union-attr]
        await paste(seat, "first\nsecond\n\n  third")
        assert typed(seat) == "first second  third"


async def test_a_paste_into_a_time_is_bounded_too(one: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("z")
        await paste(seat, "9" * 1_000_000)
        assert len(typed(seat)) == 80
        assert "? not a time yet" in await seat.painted()


async def test_every_dialog_shows_hostile_text_as_text_also_when_a_draft_brings_it_back(
    zoes: Queue, sit: Sit, home: Home
) -> None:
    hand_over(zoes, {"owner": ME})
    bad = SHORT[12]
    for verb in (
        verbs.Touch("call", "connected", note=bad),
        verbs.Note(bad),
        verbs.Disqualify("dq.price", 2, note=bad),
    ):
        zoes.perform(["1"], verb)
    with zoes.store.transaction() as db:
        db.execute("UPDATE person SET name = :bad, company = :bad, phone = :bad", {"bad": bad})
    async with sit(80, 24) as seat:
        card = await asyncio.wrap_future(seat.app.data.card_now(1))
        assert card
        for form in (*FORMS.values(), TouchDialog, CallDialog, FORMS["note"]):
            await seat.queue._ask(form(seat.app.data, card))
            await seat.press("tab")
            await paste(seat, bad)
            assert_harmless(await seat.painted())
            await seat.press("escape")
        assert len(seat.app.screen_stack) == 1
    assert len(drafts.load(home)) > 5


async def test_letters_find_the_reason_of_another_verdict_which_is_the_one_meant_then(
    one: Queue, sit: Sit, home: Home
) -> None:
    one.perform(["1"], verbs.Touch("call", "connected"))
    async with sit() as seat:
        await seat.press("v", *"p")
        assert "Recycle: Project later (date)" in await seat.painted()
        await seat.press(*"lus", "space", *"tard")
        assert "[Recycle]" in await seat.painted()
        await seat.press("3", *"+30d", "enter")
    assert (stored(home)["state"], stored(home)["feedback"]["reason"]) == ("recycled", "rec.timing")
