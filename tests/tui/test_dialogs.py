"""The dialogs: how many keys they take, what they offer, and that a refusal loses nothing."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input

from leadq import read, views
from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.tui.widgets.form import Field
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, MINUTE, Seat, Sit


@pytest.fixture
def one(zoes: Queue) -> Queue:
    """One lead of Zoé's, handed off five minutes ago."""
    hand_over(zoes, {"owner": ME})
    return zoes


def stored(home: Home) -> dict[str, Any]:
    """That lead as it is on disk."""
    with Store(home).read() as db:
        return views.lead(db, read.moment(db, NOW_MS), 1)


def shown(seat: Seat) -> set[str]:
    """The questions that the dialog asks."""
    return {str(field.id).removeprefix("field-") for field in seat.app.screen.query(Field) if field.display}


async def test_a_rejection_with_its_criterion_takes_five_keys(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("v", "7", "2", "1", "enter")
    lead = stored(home)
    assert lead["state"] == "rejected"
    assert lead["events"][-1]["data"] == {"reason": "rej.off_icp", "quality": 2, "criterion": "size"}


async def test_a_disqualification_takes_four_keys(one: Queue, sit: Sit, home: Home) -> None:
    one.perform(["1"], verbs.Touch("call", "connected"))
    async with sit() as seat:
        await seat.press("v", "3", "2", "enter")
    assert stored(home)["feedback"]["reason"] == "dq.no_need"


async def test_a_recycling_takes_five_keys_when_the_reason_suggests_a_date(one: Queue, sit: Sit, home: Home) -> None:
    one.perform(["1"], verbs.Accept())
    async with sit() as seat:
        await seat.press("v", "w", "4", "3")
        assert "+60d" in await seat.painted()
        assert "= Sun 12 Jul" in await seat.painted()
        await seat.press("enter")
    data = stored(home)["events"][-1]["data"]
    assert (data["reason"], data["quality"]) == ("rec.went_silent", 3)


async def test_a_qualification_takes_four_keys(one: Queue, sit: Sit, home: Home) -> None:
    one.perform(["1"], verbs.Accept())
    async with sit() as seat:
        await seat.press("v", "Q", "4", "enter")
    lead = stored(home)
    assert (lead["state"], lead["feedback"]["quality"]) == ("qualified", 4)


async def test_what_is_missing_is_several_answers(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("v", "5", "1", "1", "3", "enter")
    assert stored(home)["feedback"]["missing"] == ["phone", "role"]


async def test_letters_find_a_reason(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("v", *"comp", "2", "enter")
    assert stored(home)["feedback"]["reason"] == "rej.competitor"


@pytest.mark.parametrize(
    ("before", "offered", "not_offered"),
    [
        ((), "reason", "verb"),
        ((verbs.Accept(),), "Reject", "Disqualify"),
        ((verbs.Touch("call", "no_answer"),), "Disqualify", "Reject"),
    ],
)
async def test_only_verdicts_that_the_state_allows_are_offered(
    one: Queue, sit: Sit, before: tuple[verbs.Verb, ...], offered: str, not_offered: str
) -> None:
    for verb in before:
        one.perform(["1"], verb)
    async with sit() as seat:
        await seat.press("v")
        visible = await seat.painted() + " ".join(shown(seat))
        assert offered in visible
        assert not_offered not in visible


async def test_a_closed_lead_has_its_verdict_already(one: Queue, sit: Sit) -> None:
    one.perform(["1"], verbs.Reject("rej.spam", 1))
    hand_over(one, {"owner": ME, "email": "b@example.test", "name": "Open"})
    async with sit() as seat:
        await seat.press("v")
        assert len(seat.app.screen_stack) == 2
        assert "Open" in await seat.painted()


async def test_questions_appear_only_when_the_reason_raises_them(one: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("v")
        assert shown(seat) == {"reason", "quality", "note"}
        for digit, question in (("2", "into"), ("5", "missing"), ("8", "criterion")):
            seat.app.screen.ask(seat.app.screen.field("reason").control)  # type: ignore[attr-defined]
            await seat.press(digit)
            assert shown(seat) == {"reason", "quality", "note", question}


async def test_a_refusal_is_shown_at_its_question_and_nothing_typed_is_lost(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("v", "7", "2", "tab", *"too small", "enter")
        screen = await seat.painted()
        assert "“rej.off_icp” cites a criterion of the contract." in screen
        assert "too small" in screen
        assert "--criterion" not in screen
        await seat.press("1", "enter")
    assert stored(home)["feedback"]["note"] == "too small"


async def test_the_quality_mark_shows_what_each_number_means(one: Queue, sit: Sit) -> None:
    async with sit(width=80, height=24) as seat:
        await seat.press("v")
        assert "1 Unusable  2 Off target  3 Plausible  4 Good  5 Ready" in await seat.painted()


async def test_a_callback_asks_for_its_time_and_shows_the_instant(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("t", "6", *"tomorrow 9am")
        assert "= tomorrow 09:00" in await seat.painted()
        await seat.press("enter")
    assert stored(home)["promise_at"] == "2026-05-14T07:00:00Z"


async def test_a_callback_without_a_time_is_refused_at_the_time(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("t", "6", "enter")
        assert "A callback has a time." in await seat.painted()
        await seat.press(*"never", "enter")
        assert "is not a date or a time" in await seat.painted()
        assert isinstance(seat.app.focused, Input)
    assert stored(home)["state"] == "handed_off"


async def test_the_channel_is_one_letter(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("t", "e", "7", "enter")
    data = stored(home)["events"][-1]["data"]
    assert (data["channel"], data["outcome"]) == ("email", "replied")


async def test_escape_leaves_a_dialog_without_doing_anything(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        for key in ("t", "v", "m"):
            await seat.press(key, "1", "escape")
            assert len(seat.app.screen_stack) == 1
    assert len(stored(home)["events"]) == 1


async def test_a_note_is_a_line_and_enter(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("m", *"[b]call back[/b]", "enter")
    assert stored(home)["events"][-1]["data"]["note"] == "[b]call back[/b]"


async def test_enter_pressed_twice_logs_one_call(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("t", "1", "enter", "enter")
    assert [event["type"] for event in stored(home)["events"]] == ["handed_off", "accepted", "touched"]


async def test_a_dialog_stays_open_when_the_rule_changed_meanwhile(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("v", "0", "1")
        one.perform(["1"], verbs.Touch("call", "connected"))
        await seat.press("enter")
        assert "was already contacted, so it cannot be rejected" in await seat.painted()
    assert stored(home)["state"] == "connected"


async def test_a_promise_comes_to_the_top_ten_minutes_before(one: Queue, sit: Sit) -> None:
    one.perform(["1"], verbs.Touch("call", "callback_set", next_ms=NOW_MS + 20 * MINUTE))
    async with sit() as seat:
        assert "B0" not in await seat.painted()
        seat.clock.forward(11 * MINUTE)
        seat.queue.tick()
        await seat.settle()
        assert "B0 Replies and promises, now  1" in await seat.painted()
        assert "* promise" in await seat.painted()
