"""The bell: once for all that came at once, at its instant, never into somebody's typing, and nothing for the past."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from leadq import i18n
from leadq.alerts import News, record
from leadq.clock import Clock
from leadq.config import load
from leadq.domain import verbs
from leadq.errors import LeadqError
from leadq.paths import Home
from leadq.queue import Queue
from leadq.read import moment
from leadq.tui.telling import tell_alerts
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, MINUTE, Seat, Sit


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each ring."""
    rung: list[str] = []
    monkeypatch.setattr("leadq.tui.program.LeadqApp.bell", lambda app: rung.append("bell"))
    return rung


@pytest.fixture
def hot(zoes: Queue) -> Queue:
    """Two hot leads of hers, at risk in two and a half minutes, in a home whose alerts were looked at before."""
    hand_over(zoes, {"name": "Hélène", "owner": ME}, {"name": "Léo", "owner": ""})
    record(zoes.store, Clock(NOW_MS))
    return zoes


async def pass_time(seat: Seat, minutes: float) -> None:
    """Let time pass, and the screen notice."""
    seat.clock.forward(round(minutes * MINUTE))
    for _second in range(2):
        seat.queue.tick()
        await seat.settle()


def alerts(seat: Seat) -> list[str]:
    return [told for told in seat.toasts if told[0] in "~!*"]


async def test_what_comes_at_once_is_one_ring_and_one_toast(hot: Queue, sit: Sit, bells: list[str]) -> None:
    async with sit() as seat:
        await pass_time(seat, 2)
        assert (alerts(seat), bells) == ([], [])
        await pass_time(seat, 1)
        assert alerts(seat) == ["~ 2 leads at risk"]
        await pass_time(seat, 1)
        assert bells == ["bell"]


async def test_an_alert_stays_when_a_verb_is_told(hot: Queue, sit: Sit, bells: list[str]) -> None:
    async with sit() as seat:
        await pass_time(seat, 3)
        await seat.press("a")
        await seat.press("u")
        assert [told.partition(":")[0] for told in seat.toasts] == ["~ 2 leads at risk", "Taken back"]
        await pass_time(seat, 1)
        assert bells == ["bell"]


async def test_one_lead_is_called_by_its_name(hot: Queue, sit: Sit, bells: list[str]) -> None:
    hot.perform(["2"], verbs.Touch("call", "no_answer"))
    async with sit() as seat:
        await pass_time(seat, 3)
        assert alerts(seat) == ["~ At risk: Hélène (accept, due today 15:10)"]


async def test_a_promise_rings_when_it_comes_to_the_top(hot: Queue, sit: Sit, bells: list[str]) -> None:
    for lead in ("1", "2"):
        hot.perform([lead], verbs.Touch("call", "no_answer"))
    hot.perform(["1"], verbs.Touch("call", "callback_set", next_ms=NOW_MS + 20 * MINUTE))
    async with sit() as seat:
        await pass_time(seat, 9)
        assert bells == []
        await pass_time(seat, 1)
        assert alerts(seat) == ["* Promised for today 15:20: Hélène"]
        assert bells == ["bell"]


@pytest.mark.parametrize("key", ["t", "v", "m", "ctrl+p"])
async def test_a_dialog_is_not_disturbed_and_one_toast_follows_it(
    hot: Queue, sit: Sit, bells: list[str], key: str
) -> None:
    async with sit() as seat:
        await seat.press(key)
        await pass_time(seat, 3)
        await pass_time(seat, 8)
        assert (alerts(seat), bells) == ([], [])
        await seat.press("escape")
        await pass_time(seat, 0)
        assert alerts(seat) == ["! 2 leads late"]
        assert bells == ["bell"]


async def test_what_was_heard_just_before_a_dialog_waits_for_its_end(hot: Queue, sit: Sit, bells: list[str]) -> None:
    async with sit() as seat:
        await seat.press("t")
        record(hot.store, Clock(NOW_MS + 3 * MINUTE))
        seat.queue.ask_for_order()
        await seat.settle()
        assert bells == []
        await seat.press("escape")
        await pass_time(seat, 0)
        assert bells == ["bell"]


async def test_the_help_is_no_dialog(hot: Queue, sit: Sit, bells: list[str]) -> None:
    async with sit() as seat:
        await seat.press("?")
        await pass_time(seat, 3)
        assert bells == ["bell"]


async def test_an_alert_that_a_sync_wrote_rings_on_an_open_screen(hot: Queue, sit: Sit, bells: list[str]) -> None:
    async with sit() as seat:
        record(hot.store, Clock(NOW_MS + 3 * MINUTE))
        await pass_time(seat, 0)
        assert alerts(seat) == ["~ 2 leads at risk"]


async def test_a_first_look_at_an_old_home_rings_nothing(three: Queue, sit: Sit, bells: list[str]) -> None:
    async with sit() as seat:
        await pass_time(seat, 0)
        assert bells == []


async def test_what_passed_while_nobody_looked_is_one_ring(hot: Queue, sit: Sit, bells: list[str]) -> None:
    hand_over(hot, *({"owner": ME, "email": f"p{n}@example.test"} for n in range(20)))
    async with sit() as seat:
        await pass_time(seat, 12)
        assert alerts(seat) == ["! 22 leads late"]
        assert bells == ["bell"]


async def test_nobody_in_front_of_the_screen_hears_it_too(hot: Queue, sit: Sit, bells: list[str]) -> None:
    async with sit() as seat:
        seat.queue._looked_at(False)
        waits = seat.queue._ringer._dozing
        assert waits is not None
        assert waits._interval == 60.0
        seat.clock.forward(3 * MINUTE)
        seat.queue._ringer._look_up()
        await seat.settle()
        assert bells == ["bell"]
        seat.queue._looked_at(True)
        assert seat.queue._ringer._dozing is None


async def test_a_second_without_an_instant_asks_nothing(
    hot: Queue, sit: Sit, bells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sit() as seat:
        asked: list[Any] = []
        monkeypatch.setattr(seat.app.data, "alerts", asked.append)
        for _second in range(60):
            seat.clock.forward(1000)
            seat.queue.tick()
        assert asked == []


async def test_a_screen_that_may_not_ring_only_says_it(hot: Queue, sit: Sit, home: Home, bells: list[str]) -> None:
    home.settings.write_text(home.settings.read_text("utf-8") + "[screen]\nbell = false\n", "utf-8")
    async with sit() as seat:
        await pass_time(seat, 3)
        assert alerts(seat) == ["~ 2 leads at risk"]
        assert bells == []


def test_the_bell_is_on_or_off(home: Home, zoes: Queue) -> None:
    assert load(home).bell
    home.settings.write_text("[screen]\nbell = 'loud'\n", "utf-8")
    with pytest.raises(LeadqError, match="bell under"):
        load(home)


async def test_a_disk_that_refuses_is_said_once(
    hot: Queue, sit: Sit, bells: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    async with sit() as seat:
        monkeypatch.setattr("leadq.alerts.record", refuse)
        await pass_time(seat, 3)
        await pass_time(seat, 5)
        assert len([told for told in seat.toasts if "disk is full" in told]) == 1


def test_several_alerts_are_counted_by_lead_and_by_what_is_worst(hot: Queue) -> None:
    news = [
        News(1, "A", "accept", "at_risk", NOW_MS),
        News(1, "A", "first_touch", "breach", NOW_MS),
        News(2, "B", "accept", "at_risk", NOW_MS),
        News(3, "C", "next_touch", "promise", NOW_MS),
    ]
    with hot.store.read() as db:
        zone = moment(db, NOW_MS).zone
    assert tell_alerts(news, zone, NOW_MS) == "* 1 promise comes up · ! 1 lead late · ~ 1 lead at risk"
    assert tell_alerts(news[:2], zone, NOW_MS) == "! Late: A (first touch, due today 15:00)"
    i18n.use("fr")
    assert "1" in tell_alerts(news, zone, NOW_MS)
