"""The figures of the week, by keys: counted beside the screen, told with their weeks, opened to the leads behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from leadq import i18n, week
from leadq.domain import verbs
from leadq.errors import LeadqError
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.tui import counting
from leadq.tui.widgets.figure_text import bar, spark
from tests.leads import hand_over
from tests.tui.conftest import ME, Sit
from tests.tui.test_hostile import assert_harmless


@pytest.fixture
def counted_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in this process: that it is another one is a matter of test_week.py."""

    async def counted(home: Home, now_ms: int) -> Mapping[str, Any]:
        with Store(home).read() as db:
            return week.as_shape(db, now_ms)

    monkeypatch.setattr(counting, "counted", counted)


@pytest.fixture
def decided(zoes: Queue) -> Queue:
    """Two taken, one refused whose name is hostile."""
    hand_over(
        zoes,
        {"name": "Taken Tom", "owner": ME},
        {"name": "Taken Tina", "owner": ME},
        {"name": "[@click=app.quit]Refused[/]", "owner": ME},
    )
    zoes.perform(["1", "2"], verbs.Accept())
    zoes.perform(["3"], verbs.Reject("rej.spam", 1))
    zoes.undo()
    zoes.perform(["3"], verbs.Reject("rej.off_icp", 2, criterion="size"))
    return zoes


async def test_a_figure_opens_to_its_leads_the_exceptions_first_and_a_lead_to_its_card(
    counted_here: None, decided: Queue, sit: Sit
) -> None:
    async with sit(100, 40) as seat:
        await seat.press("F")
        screen = await seat.painted()
        assert "this week" in screen
        assert "66.7% [#######---]" in screen
        await seat.press("j", "j")
        assert "accepted, of those decided" in await seat.painted()
        await seat.press("enter")
        screen = await seat.painted()
        assert_harmless(screen)
        assert "3 leads behind it" in screen
        assert screen.index("[@click=app.quit]Refused[/]") < screen.index("Taken T")
        await seat.press("enter")
        assert "History" in await seat.painted()
        await seat.press("escape", "escape")
        assert "this week" in await seat.painted()
        await seat.press("escape")
        assert len(seat.app.screen_stack) == 1


async def test_tab_turns_to_the_week_before_and_one_laptops_figures_say_so_in_french_too(
    counted_here: None, decided: Queue, sit: Sit
) -> None:
    i18n.use("fr")
    async with sit() as seat:
        await seat.press("F", "tab")
        assert "la semaine dernière" in await seat.painted()
        await seat.press("tab")
        screen = await seat.painted()
        assert "cette semaine" in screen
        assert "mes leads seulement" in screen
        await seat.press("j", "enter")
        assert "Aucun lead en particulier n’est derrière ce chiffre." in seat.toasts
        assert "cette semaine" in await seat.painted()


async def test_a_count_that_fails_is_one_sentence_and_a_line_of_the_log(
    decided: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(home: Home, now_ms: int) -> Mapping[str, Any]:
        raise LeadqError("bug", "No [/] figures today.")

    monkeypatch.setattr(counting, "counted", broken)
    async with sit() as seat:
        await seat.press("F", "enter", "tab")  # of what is not counted yet nothing opens
        assert "No [/] figures today." in await seat.painted()
        assert [note.text for note in seat.app.data.journal.notes] == ["No [/] figures today."]
        await seat.press("escape")
        assert len(seat.app.screen_stack) == 1


def test_a_week_without_a_figure_is_a_dot_and_the_highest_the_highest() -> None:
    assert spark([None, 0.0, 1.0, 2.0]) == "·▁▅█"
    assert spark([None, None]) == "··"
    assert spark([0.0, 0.0]) == "▁▁"


def test_a_bar_has_the_promise_in_it_and_never_leaves_its_place() -> None:
    assert bar(0.5, None) == "[#####-----]"
    assert bar(0.5, 1.0) == "[#####----|]"
    assert bar(1.6, 1.0) == "[#########|]"
    assert bar(None, 1.0) == " " * 12
