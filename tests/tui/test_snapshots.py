"""Pictures of whole screens, few: what cannot be said in an assertion. `pytest --snapshot-update` takes new ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from leadq import i18n
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui.app import home_view
from leadq.tui.data import Data
from leadq.tui.program import LeadqApp
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, MINUTE, MovingClock, Seat


@pytest.fixture
def morning(zoes: Queue) -> Queue:
    """A queue with something in most bands, and one hostile name."""
    people = (
        ("Zoé Œuvrard", "Forges d’Ardèche", "demo", "2026-05-13T12:55:00Z"),
        ("Paul O’Neil", "Loire Logistique", "contact", "2026-05-13T12:40:00Z"),
        ("[/] ACME", "[@click=app.quit]x", "webinar", "2026-05-12T14:00:00Z"),
        ("山田太郎", "東京株式会社", "pricing", "2026-05-13T09:00:00Z"),
        ("Marie-Thérèse de La Rochefoucauld-Doudeauville", "Sopra Béton", "event", "2026-05-13T08:00:00Z"),
        ("Émile Zöller", "Nordmeca", "whitepaper", "2026-05-11T08:00:00Z"),
        ("Ann Lee", "Acme Ltd", "webinar", "2026-05-13T12:00:00Z"),
    )
    rows = [
        {"name": name, "company": company, "trigger": trigger, "handed_off_at": at, "owner": ME, "email": f"{n}@x.test"}
        for n, (name, company, trigger, at) in enumerate(people)
    ]
    hand_over(zoes, *rows, {"name": "Incomplete", "company_size": "5", "consent_basis": "", "owner": ""})
    earlier = Queue(zoes.store, Clock(NOW_MS - 30 * MINUTE))
    earlier.perform(["7"], verbs.Touch("call", "callback_set", next_ms=NOW_MS + 5 * MINUTE, note="after his meeting"))
    earlier.perform(["4"], verbs.Touch("email", "no_answer"))
    return zoes


@pytest.fixture
def shows(home: Home, snap_compare: Any) -> Iterator[Callable[..., bool]]:
    """Whether the screen looks as in its picture, at a size and after some keys."""
    made: list[Data] = []

    def compare(width: int, height: int, *keys: str) -> bool:
        clock = MovingClock(NOW_MS)
        data = Data(home, clock)
        made.append(data)
        app = LeadqApp(data, data.first(home_view(data.me), height), width)

        def run_before(pilot: Pilot[None]) -> Awaitable[None]:
            return _drive(Seat(app, pilot, clock), keys)

        return bool(snap_compare(app, terminal_size=(width, height), run_before=run_before))

    yield compare
    for data in made:
        data.close()


async def _drive(seat: Seat, keys: tuple[str, ...]) -> None:
    await seat.pilot.pause()
    await seat.settle()
    for key in keys:
        await seat.press(key)
    await seat.pilot.pause()


def test_the_queue_on_a_wide_screen(morning: Queue, shows: Callable[..., bool]) -> None:
    assert shows(120, 40, "j", "j")


def test_the_queue_on_80_by_24(morning: Queue, shows: Callable[..., bool]) -> None:
    assert shows(80, 24)


def test_several_leads_chosen_on_a_very_wide_screen_in_french(morning: Queue, shows: Callable[..., bool]) -> None:
    i18n.use("fr")
    assert shows(200, 60, "space", "space", "-")


def test_the_verdict_on_80_by_24(morning: Queue, shows: Callable[..., bool]) -> None:
    assert shows(80, 24, "j", "v", "7", "2")


def test_the_card_on_80_by_24(morning: Queue, shows: Callable[..., bool]) -> None:
    assert shows(80, 24, "enter")


def test_the_help(morning: Queue, shows: Callable[..., bool]) -> None:
    assert shows(120, 112, "?")


def test_the_queue_without_colour(morning: Queue, shows: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert shows(80, 24, "j")
