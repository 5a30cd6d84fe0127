"""What other processes do to a lead while a dialog about it is open: one sentence there, and nothing typed is lost."""

from __future__ import annotations

import pytest

from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from tests.leads import hand_over
from tests.tui.conftest import ME, Sit
from tests.tui.test_care import other
from tests.tui.test_drafts import kept


@pytest.fixture
def one(zoes: Queue) -> Queue:
    """One lead of Zoé's."""
    hand_over(zoes, {"owner": ME, "name": "First"})
    return zoes


async def test_a_lead_that_was_given_to_a_colleague_is_said_to_be_and_enter_does_it_all_the_same(
    one: Queue, sit: Sit, home: Home
) -> None:
    async with sit() as seat:
        await seat.press("t", "5", "tab", "tab", *"spoke to him")
        one.perform(["1"], verbs.Assign("karim"))
        await seat.press("enter")
        screen = await seat.painted()
        assert "Meanwhile the lead was given to karim. Enter does it all the same." in screen
        assert "spoke to him" in screen
        assert kept(home)[0]["note"] == ("spoke to him",)
        await seat.press("enter")
    assert (other(home, 1)["state"], other(home, 1)["owner"]) == ("connected", "karim")
    assert kept(home) == []


async def test_a_lead_that_became_mine_meanwhile_is_no_news(zoes: Queue, sit: Sit, home: Home) -> None:
    hand_over(zoes, {"owner": ""})
    async with sit() as seat:
        await seat.press("a", "m", *"mine now", "enter")
        assert len(seat.app.screen_stack) == 1
    assert other(home, 1)["owner"] == ME


async def test_a_lead_that_was_closed_keeps_the_dialog_and_the_words(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("z", *"tomorrow 9am", "tab", *"trade fair")
        one.perform(["1"], verbs.Reject("rej.spam", 1))
        await seat.press("enter")
        screen = await seat.painted()
        assert "Lead 1 cannot take “snooze”: it is rejected." in screen
        assert "trade fair" in screen
        await seat.press("escape")
    assert kept(home) == [{"until": ("tomorrow 9am",), "why": ("trade fair",)}]
    assert other(home, 1)["state"] == "rejected"


async def test_a_lead_that_is_gone_keeps_the_dialog_and_the_words(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("m", *"to whom?")
        with one.store.transaction() as db:
            db.execute("PRAGMA defer_foreign_keys = ON")
            for table in ("clock", "remote_ref"):
                db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM event_text")
            db.execute("DELETE FROM event")
            db.execute("DELETE FROM lead")
        await seat.press("enter")
        screen = await seat.painted()
        assert "! Meanwhile the lead has gone from this home." in screen
        assert "to whom?" in screen
        await seat.press("escape")
    assert kept(home) == [{"note": ("to whom?",)}]


async def test_a_lead_that_was_merged_names_the_one_that_goes_on(zoes: Queue, sit: Sit, home: Home) -> None:
    hand_over(zoes, {"owner": ME, "name": "First"}, {"owner": ME, "name": "Second", "trigger": "webinar"})
    async with sit() as seat:
        await seat.press("t", "1", "tab", "tab", *"rang")
        zoes.perform(["1"], verbs.Merge("2"))
        await seat.press("enter")
        assert "it is merged. It was merged into lead 2; work on that" in await seat.painted()
    assert kept(home)[0]["note"] == ("rang",)
