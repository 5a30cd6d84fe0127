"""Views on the screen: by Tab, by their number, by a click; saved under a name with their search."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from leadq import config, i18n, read, saved_views
from leadq.order import Filter
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui.widgets.header import Header
from tests.leads import hand_over
from tests.tui.conftest import ME, Seat, Sit

SAVED = '[me]\nmember = "zoe"\n\n[view.Old]\nsearch = "leo"\n\n[view.Hot]\nband = "B1"\n'


def top(screen: str) -> str:
    """The header."""
    return screen.splitlines()[0]


async def test_digits_and_tab_go_to_the_saved_views_behind_the_four(three: Queue, sit: Sit, home: Home) -> None:
    config.save(home.settings, SAVED)
    async with sit() as seat:
        await seat.press("5")
        assert (seat.names, " 5 Old " in top(await seat.painted())) == (["Late Léo"], True)
        await seat.press("tab")
        assert (seat.names, " 6 Hot " in top(await seat.painted())) == (["Hot Hélène"], True)
        assert "1 open" in await seat.painted()
        await seat.press("tab")
        assert " 1 Mine " in top(await seat.painted())
        await seat.press("9")
        assert any("There is no view 9 yet" in told for told in seat.toasts)
        await seat.press("ctrl+p", *"hot", "enter")
        assert " 6 Hot " in top(await seat.painted())
        await seat.press("5", "/", *"hel")
        assert seat.names == []  # words that are searched narrow a saved view


async def test_a_view_and_its_search_are_kept_under_a_name(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("/", *"lou", "enter", "ctrl+s", *"My Lou", "enter")
        assert " 5 My Lou " in top(await seat.painted())
        assert (seat.names, seat.queue.searched) == (["Later Lou"], "")
        assert any("View 5 kept: My Lou" in told for told in seat.toasts)
        await seat.press("1")
        assert len(seat.names) == 3
    assert saved_views.named(home, "my lou", ME) == Filter("mine", ME, search="lou")


async def test_a_name_that_cannot_be_one_is_said_and_one_that_is_taken_is_asked_for_twice(
    three: Queue, sit: Sit, home: Home
) -> None:
    config.save(home.settings, SAVED)
    async with sit() as seat:
        await seat.press("ctrl+s", *"x", "escape")
        assert home.settings.read_text("utf-8") == SAVED
        await seat.press("ctrl+s", "enter")
        assert "1 to 30 letters" in await seat.painted()
        await seat.press(*"old", "enter")
        assert "“Old” is there already" in await seat.painted()
        await seat.press("enter")
        assert " 5 Old " in top(await seat.painted())
    assert saved_views.saved(home)[0] == saved_views.SavedView("Old", Filter(view="mine"))


async def test_a_view_that_is_taken_out_of_the_settings_is_left(three: Queue, sit: Sit, home: Home) -> None:
    config.save(home.settings, SAVED)
    async with sit() as seat:
        await seat.press("5")
        config.save(home.settings, '[me]\nmember = "zoe"\n')
        hand_over(three, {"name": "Newcomer", "owner": ME, "email": "new@example.test"})
        seat.queue.tick()
        await seat.settle()
        assert " 1 Mine " in top(await seat.painted())
        assert len(seat.names) == 4


async def test_a_slip_in_a_view_is_said_once_and_costs_nobody_the_queue(three: Queue, sit: Sit, home: Home) -> None:
    config.save(home.settings, SAVED.replace("B1", "B9"))
    async with sit() as seat:
        await seat.press("tab")
        assert len(seat.names) == 3
        assert len([told for told in seat.toasts if "[view.Hot]: band is one of" in told]) == 1


async def click(seat: Seat, words: str) -> None:
    """Click on words of the header."""
    x = top(await seat.painted()).index(words)
    await _clicked(seat.pilot, x)
    await seat.settle()


async def _clicked(pilot: Pilot[None], x: int) -> None:
    await pilot.click(Header, offset=(x, 0))


async def test_a_click_on_a_view_or_a_figure_of_the_header_goes_there(three: Queue, sit: Sit) -> None:
    async with sit(width=200, height=40) as seat:
        await click(seat, "3 Radar")
        assert seat.names == ["Late Léo"]
        await click(seat, "1 Mine")
        assert len(seat.names) == 3
        await click(seat, "radar 1")
        assert seat.names == ["Late Léo"]


async def test_a_key_gives_each_lead_a_second_line_and_the_settings_remember_it(
    three: Queue, sit: Sit, home: Home
) -> None:
    async with sit(width=80, height=24) as seat:
        assert "Directrice" not in "".join((await seat.painted()).splitlines()[:19])
        await seat.press("-")
        assert (await seat.painted()).count("Directrice d’usine · MQL · zoe") == 3
    assert config.load(home).roomy
    async with sit(width=80, height=24) as seat:
        assert (await seat.painted()).count("Directrice d’usine · MQL · zoe") == 3
        await seat.press("-")
    assert not config.load(home).roomy


async def test_the_names_of_the_other_views_go_before_any_figure(three: Queue, sit: Sit) -> None:
    i18n.use("fr")
    async with sit(width=200, height=24) as seat:
        header = top(await seat.painted())
        assert all(f"{place} {word}" in header for place, word in enumerate(seat.queue.shown.titles, start=1))
    async with sit(width=100, height=24) as seat:
        assert seat.queue.shown.titles[1] not in top(await seat.painted())
        assert "radar 1" in top(await seat.painted())


async def test_a_search_that_finds_few_is_followed_by_what_it_may_have_meant(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    ranked = read.ranked
    monkeypatch.setattr(read, "ranked", lambda *given: asked.append(1) or ranked(*given))
    async with sit(width=80, height=24) as seat:
        asked.clear()
        await seat.press("/", *"la")
        assert seat.names == ["Late Léo", "Later Lou"]
        await seat.press(*"tr")
        screen = await seat.painted()
        assert seat.names == ["Later Lou"]
        assert "~ Perhaps: these letters, in this order  1" in screen
        assert "0 leads" in screen.splitlines()[-1]
        assert len(asked) <= 4  # the top of the view is known: one question a letter, as without it
        await seat.press("enter", "*")
        assert seat.list.marked == {}
        await seat.press("space")
        assert len(seat.list.marked) == 1
