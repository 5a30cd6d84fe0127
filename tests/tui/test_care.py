"""Putting leads off and passing them on, by keys; and how the card and the list show it."""

from __future__ import annotations

import pytest

from leadq import read, views
from leadq.domain import verbs
from leadq.glance import glance
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, MINUTE, Sit
from tests.tui.test_dialogs import stored
from tests.tui.test_lead_list import line


@pytest.fixture
def two(zoes: Queue) -> Queue:
    """Two leads of Zoé's."""
    hand_over(
        zoes,
        {"owner": ME, "name": "First", "trigger": "webinar"},
        {"owner": ME, "name": "Second", "trigger": "webinar", "handed_off_at": "2026-05-13T12:58:00Z"},
    )
    return zoes


def other(home: Home, lead_id: int) -> dict[str, object]:
    with Store(home).read() as db:
        return views.lead(db, read.moment(db, NOW_MS), lead_id)


async def test_a_pause_is_a_reason_and_a_day_and_resume_is_one_key(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("p", "1", *"lundi", "enter")
        assert "The contract asks where the reason for a pause can be seen." in await seat.painted()
        await seat.press(*"crm/1", "enter")
        assert stored(home)["events"][-1]["data"]["reason"] == "prospect_asked_date"
        assert any("Paused: First" in told for told in seat.toasts)
        await seat.press("g", "k")
        seat.list.go(seat.names.index("First"))
        await seat.press("P")
    assert [event["type"] for event in stored(home)["events"][-2:]] == ["paused", "resumed"]


async def test_what_a_pause_lacks_is_said_at_its_question(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("p", "tab", "enter")
        assert "A pause has a reason that both teams accept." in await seat.painted()
        await seat.press("1", "tab", *"crm/1", "enter")
        assert "A pause has an end." in await seat.painted()
        await seat.press(*"+90d", "enter")
        assert "does not let lead 1 wait that long. The last" in await seat.painted()
    assert stored(home)["events"][-1]["type"] == "handed_off"


async def test_resuming_what_is_not_paused_says_so(two: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("P")
        assert any("is not paused" in told for told in seat.toasts)


async def test_a_snooze_needs_a_few_words_and_shows_on_the_row_and_the_card(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("z", *"demain 11h", "enter")
        assert "This is said with a reason." in await seat.painted()
        await seat.press(*"trade fair", "enter")
        assert stored(home)["snoozed_until"] == "2026-05-14T09:00:00Z"
        assert "z snoozed" in await seat.painted()
        seat.list.go(seat.names.index("First"))
        await seat.settle()
        assert "z snoozed until tomorrow 11:00" in await seat.painted()


async def test_a_lead_is_given_to_a_member_by_number_or_letters(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("o")
        assert "Zoé" not in (await seat.painted()).split("to whom")[1].split("note")[0]
        await seat.press("enter", "enter")
    assert stored(home)["owner"] not in (ME, "")


async def test_leads_are_merged_by_the_number_typed(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("M", "enter")
        assert "Name the lead that goes on." in await seat.painted()
        await seat.press("1", "enter")
        assert "cannot be merged into itself" in await seat.painted()
        await seat.press("backspace")
        await seat.press("2", "enter")
        assert seat.names == ["Second"]
    assert (stored(home)["state"], stored(home)["merged_into"]) == ("merged", other(home, 2)["uid"])


async def test_an_undo_is_done_again_with_redo(two: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("a", "u")
        assert stored(home)["state"] == "handed_off"
        await seat.press("ctrl+r")
        assert stored(home)["state"] == "accepted"
        assert any("Done again: First" in told for told in seat.toasts)
        await seat.press("ctrl+r")
        assert any("There is nothing to do again" in told for told in seat.toasts)


async def test_a_closed_lead_is_reopened_with_a_few_words(two: Queue, sit: Sit, home: Home) -> None:
    two.perform(["1"], verbs.Reject("rej.spam", 1))
    with two.store.transaction() as db:
        db.execute("UPDATE outbox SET state = 'dead'")  # so that it is on the radar
    async with sit() as seat:
        await seat.press("R")
        assert seat.selected == "First"
        await seat.press("o")
        assert any("Not possible: not while it is" in told for told in seat.toasts)
        await seat.press("r", "enter")
        assert "This is said with a reason." in await seat.painted()
        await seat.press(*"a real one", "enter")
    assert other(home, 3)["state"] == "handed_off"


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24)])
async def test_the_card_says_what_is_wrong_with_a_phone_and_who_is_not_to_be_called(
    two: Queue, sit: Sit, width: int, height: int
) -> None:
    two.perform(["1"], verbs.Touch("call", "wrong_number"))
    async with sit(width, height) as seat:
        seat.list.go(seat.names.index("First"))
        await seat.settle()
        assert "+33199000002 (wrong)" in await seat.painted()
        two.perform(["1"], verbs.Disqualify("dq.opt_out", 1))
        with two.store.transaction() as db:
            db.execute("UPDATE outbox SET state = 'dead'")
        await seat.press("R")
        assert "! does not want to be contacted" in await seat.painted()


async def test_a_merged_lead_names_the_one_that_goes_on(two: Queue, sit: Sit) -> None:
    two.perform(["1"], verbs.Merge("2"))
    async with sit() as seat:
        card = await _card(seat.app.data, 1)
    from leadq.tui.widgets.card_text import card_text

    assert "= merged into lead 2" in card_text(card, NOW_MS, 80).plain  # type: ignore[arg-type]


async def _card(data: object, lead_id: int) -> object:
    import asyncio

    return await asyncio.wrap_future(data.card_now(lead_id))  # type: ignore[attr-defined]


def test_a_snoozed_lead_says_so_until_a_clock_is_at_risk_or_its_time_has_come() -> None:
    snoozed = line(1, snoozed_until_ms=NOW_MS + 60 * MINUTE, risk_ms=NOW_MS + 30 * MINUTE, due_ms=NOW_MS + 90 * MINUTE)
    words = [glance(snoozed, NOW_MS + minutes * MINUTE, NOW_MS + 600 * MINUTE).word for minutes in (0, 29, 30, 61)]
    assert words == ["snoozed", "snoozed", "soon", "soon"]
    late = line(1, snoozed_until_ms=NOW_MS + MINUTE, due_ms=NOW_MS - MINUTE)
    assert [glance(late, NOW_MS + ms, NOW_MS).word for ms in (0, MINUTE)] == ["snoozed", "late"]
