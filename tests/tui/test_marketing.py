"""Correcting, disputing, answering, rerouting and resubmitting by keys."""

from __future__ import annotations

import pytest

from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from tests.leads import hand_over
from tests.tui.conftest import ME, Seat, Sit
from tests.tui.test_care import other


@pytest.fixture
def judged(zoes: Queue) -> Queue:
    """A lead that Zoé refused, and that stays on the radar because its change got stuck."""
    hand_over(zoes, {"owner": ME, "name": "First"})
    zoes.perform(["1"], verbs.Reject("rej.incomplete", 2, missing=("phone",), note="no number"))
    return zoes


async def on_the_radar(seat: Seat, queue: Queue) -> None:
    """Closed leads are seen where something is still to be done about them."""
    with queue.store.transaction() as db:
        db.execute("UPDATE outbox SET state = 'dead'")
    await seat.press("R")
    assert seat.selected == "First"


def newest(home: Home, lead_id: int = 1) -> dict[str, object]:
    """The last event of a lead."""
    event: dict[str, object] = other(home, lead_id)["events"][-1]  # type: ignore[index]
    return event


async def test_a_touch_that_did_not_happen_is_chosen_from_the_history_and_taken_back(
    zoes: Queue, sit: Sit, home: Home
) -> None:
    hand_over(zoes, {"owner": ME, "name": "First"})
    zoes.perform(["1"], verbs.Touch("call", "no_answer", note="the first"))
    zoes.perform(["1"], verbs.Touch("email", "bounced"))
    async with sit() as seat:
        await seat.press("e")
        screen = await seat.painted()
        assert screen.index("1>today 15:00  E-mail: Bounced") < screen.index("2 today 15:00  Call: No answer")
        assert "handed off" not in screen.split("Correct")[1].split("Enter saves")[0]
        await seat.press("2", "enter")
        assert "This is said with a reason." in await seat.painted()
        await seat.press(*"wrong lead", "enter")
        assert any("Corrected: First" in told for told in seat.toasts)
    events = other(home, 1)["events"]
    assert [event["data"].get("undone") for event in events if event["type"] == "touched"] == [True, None]  # type: ignore[attr-defined]
    assert newest(home)["data"]["note"] == "wrong lead"  # type: ignore[index]


async def test_letters_find_what_did_not_happen_and_a_long_history_is_counted(
    zoes: Queue, sit: Sit, home: Home
) -> None:
    hand_over(zoes, {"owner": ME, "name": "First"})
    for number in range(14):
        zoes.perform(["1"], verbs.Note(f"note {number}"))
    zoes.perform(["1"], verbs.Touch("linkedin", "replied"))
    async with sit(80, 24) as seat:
        await seat.press("e")
        assert "5 more" in await seat.painted()
        assert "note 0" not in await seat.painted()
        await seat.press("up")  # round to the oldest
        assert "note 0" in await seat.painted()
        await seat.press(*"linked", *"a slip", "enter")
    assert newest(home)["type"] == "corrected"


async def test_with_nothing_to_correct_that_is_said_instead(zoes: Queue, sit: Sit) -> None:
    hand_over(zoes, {"owner": ME})
    async with sit() as seat:
        await seat.press("e")
        assert len(seat.app.screen_stack) == 1
        assert any("nothing in its history" in told for told in seat.toasts)


async def test_a_verdict_is_disputed_with_a_few_words_beside_what_it_said(judged: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await on_the_radar(seat, judged)
        await seat.press("d", "enter")
        screen = await seat.painted()
        assert "The note is empty." in screen
        assert "rejected · Missing required info" in screen
        await seat.press(*"the number was there", "enter")
        assert any("Disputed: First" in told for told in seat.toasts)
    assert newest(home)["data"]["note"] == "the number was there"  # type: ignore[index]


async def test_marketing_answers_by_a_digit_and_says_why_it_declines(judged: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await on_the_radar(seat, judged)
        await seat.press("B", "enter", "3", "enter")
        assert "needs a few words" in await seat.painted()
        await seat.press(*"look again", "enter")
    assert newest(home)["data"] == {"answer": "declined", "note": "look again"}


async def test_an_answer_is_found_by_letters(judged: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await on_the_radar(seat, judged)
        await seat.press("B", *"chan", "enter")
        assert any("takes it back" in told for told in seat.toasts)
        await seat.press("B", *"chan", "enter")
        assert "It was answered so already: nothing was written." in seat.toasts
    assert newest(home)["data"] == {"answer": "changed"}


async def test_a_connected_lead_has_no_verdict_to_answer_until_it_is_given_back(zoes: Queue, sit: Sit) -> None:
    hand_over(zoes, {"owner": ME})
    zoes.perform(["1"], verbs.Touch("call", "connected"))
    async with sit() as seat:
        await seat.press("B")
        assert any("nobody has given a verdict" in told for told in seat.toasts)
        zoes.perform(["1"], verbs.Qualify(4))
        zoes.perform(["1"], verbs.AeReturn("ret.no_show"))
        seat.queue.ask_for_order()
        await seat.settle()
        await seat.press("B", "1", "enter")
        assert any("Answered:" in told for told in seat.toasts)


@pytest.mark.parametrize(("key", "owner"), [("", ""), ("zo", ME)])
async def test_a_rejected_lead_goes_to_a_member_or_to_nobody_yet(
    judged: Queue, sit: Sit, home: Home, key: str, owner: str
) -> None:
    async with sit() as seat:
        await on_the_radar(seat, judged)
        if not key:
            await seat.press("w", "tab", "enter")
            assert "Say to whom, or to nobody yet." in await seat.painted()
            await seat.press("up", "enter", "enter")
        else:
            await seat.press("w", *key, "enter")
    assert (other(home, 1)["state"], other(home, 1)["owner"]) == ("handed_off", owner)


async def test_a_refused_lead_is_handed_over_again_with_what_was_fixed(judged: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await on_the_radar(seat, judged)
        await seat.press("b", "enter")
        assert "handed over again after something was fixed" in await seat.painted()
        await seat.press(*"phone added", "enter")
        assert any("Resubmitted:" in told for told in seat.toasts)
    assert other(home, 2)["state"] == "handed_off"
    assert newest(home)["data"] == {"answer": "changed", "note": "phone added"}
