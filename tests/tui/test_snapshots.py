"""Pictures of whole screens, few: what cannot be said in an assertion. `pytest --snapshot-update` takes new ones."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Final

import pytest
from textual.pilot import Pilot

from leadq import i18n, themes
from leadq.clock import Clock
from leadq.config_edit import set_key
from leadq.domain import verbs
from leadq.drawing import use_ascii
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui.app import home_view
from leadq.tui.data import Data
from leadq.tui.program import LeadqApp
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, MINUTE, MovingClock, Seat

pytestmark = pytest.mark.usefixtures("painting")


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


@dataclass(frozen=True)
class Picture:
    """A whole screen: its size, how it is spoken and coloured, and the keys that lead there."""

    name: str
    width: int
    height: int
    keys: tuple[str, ...] = ()
    lang: i18n.Language = "en"
    theme: str = "default"

    def __str__(self) -> str:
        return f"{self.name}-{self.width}x{self.height}-{self.lang}-{self.theme}"


PICTURES: Final = (
    Picture("queue", 80, 24),
    Picture("queue", 80, 24, ("j",), theme="no-colour"),
    Picture("queue", 80, 24, ("j",), "fr", "ascii"),
    Picture("queue", 80, 24, ("j",), theme="ansi-dark"),
    Picture("queue", 120, 40, ("j", "j")),
    Picture("queue", 120, 40, ("j", "j"), "fr", "light"),
    Picture("queue", 120, 40, ("j", "j"), theme="high-contrast"),
    Picture("queue", 120, 40, ("j", "j"), theme="ansi-light"),
    Picture("queue", 200, 60, ("space", "space", "-"), "fr"),
    Picture("card", 80, 24, ("enter",)),
    Picture("card", 200, 60, ("enter",), "fr"),
    Picture("verdict", 80, 24, ("j", "v", "7", "2")),
    Picture("verdict", 120, 40, ("j", "v", "7"), "fr", "high-contrast"),
    Picture("call", 80, 24, ("c",), "fr"),
    Picture("call", 120, 40, ("c",), theme="light"),
    Picture("day", 120, 40, ("D",), "fr"),
    Picture("palette", 80, 24, ("ctrl+p", "l")),
    Picture("help", 120, 40, ("?",)),
)
"""The screens people live in, at three sizes, in both languages and all kinds of themes; everything else is asserted as
text. At most 25: each costs a third of a second, and all of them change with the library."""


def _app(home: Home, data: Data, picture: Picture, monkeypatch: pytest.MonkeyPatch) -> LeadqApp:
    """The program as the picture has it."""
    i18n.use(picture.lang)
    if picture.theme == "ascii":
        use_ascii(True)
    elif picture.theme == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    elif picture.theme != "default":
        set_key(home, ("screen",), "theme", picture.theme)
    return LeadqApp(data, data.first(home_view(data.me), picture.height), picture.width)


@pytest.mark.parametrize("picture", PICTURES, ids=str)
def test_the_screen_looks_as_in_its_picture(
    morning: Queue, home: Home, snap_compare: Any, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MovingClock(NOW_MS)
    data = Data(home, clock)
    app = _app(home, data, picture, monkeypatch)

    def run_before(pilot: Pilot[None]) -> Awaitable[None]:
        return _drive(Seat(app, pilot, clock), picture.keys)

    looks = snap_compare(app, terminal_size=(picture.width, picture.height), run_before=run_before)
    data.close()
    assert looks


async def _drive(seat: Seat, keys: tuple[str, ...]) -> None:
    await seat.pilot.pause()
    await seat.settle()
    for key in keys:
        await seat.press(key)
    await seat.pilot.pause()


def test_there_are_few_pictures_of_all_kinds() -> None:
    assert 15 <= len(PICTURES) <= 25
    assert {(one.width, one.height) for one in PICTURES} == {(80, 24), (120, 40), (200, 60)}
    assert {one.lang for one in PICTURES} == set(i18n.LANGUAGES)
    assert {one.theme for one in PICTURES} >= set(themes.BUILT_IN)
