"""What the screen says in signs and words: in ASCII, without any colour, and on 80 by 24."""

from __future__ import annotations

import pytest

from leadq import i18n
from leadq.domain import verbs
from leadq.drawing import use_ascii
from leadq.paths import Home
from leadq.queue import Queue
from tests.leads import hand_over
from tests.tui.conftest import ME, Sit

pytestmark = pytest.mark.usefixtures("painting")


@pytest.fixture
def plain_names(zoes: Queue) -> Queue:
    """Leads whose names are in ASCII, so that whatever is not was drawn by leadq."""
    hand_over(
        zoes,
        {"name": "Ann Lee", "company": "Acme", "title": "CEO", "owner": ME, "trigger": "demo"},
        {"name": "Bob Ray", "company": "Base", "title": "CTO", "owner": ME, "trigger": "webinar", "company_size": ""},
        {"name": "A very long name that is cut somewhere", "company": "Cafe", "title": "CFO", "owner": ME},
    )
    zoes.perform(["2"], verbs.Touch("call", "no_answer"))
    return zoes


SCREENS = {
    "queue": (), "card": ("enter",), "help": ("?",), "palette": ("ctrl+p",), "touch": ("t",), "verdict": ("v", "7"),
    "call": ("c",), "outbox": ("O",), "day": ("D",), "theme": (",", "t"), "search": ("/", "z", "z"), "focus": ("f",),
}  # fmt: skip


@pytest.mark.parametrize(("language", "names"), [("fr", tuple(SCREENS)), ("en", ("queue", "help", "verdict"))])
async def test_in_ascii_nothing_else_is_drawn(
    plain_names: Queue, sit: Sit, language: i18n.Language, names: tuple[str, ...]
) -> None:
    use_ascii(True)
    i18n.use(language)
    async with sit(80, 24) as seat:
        for name in names:
            for key in SCREENS[name]:
                await seat.press(key)
            lines = [line for line in (await seat.painted()).splitlines() if not line.isascii()]
            assert not lines, name
            while len(seat.app.screen_stack) > 1 or seat.queue.typing or seat.queue._alone:
                await seat.press("escape")


async def test_in_ascii_names_stay_and_the_code_that_cannot_be_drawn_is_refused(three: Queue, sit: Sit) -> None:
    use_ascii(True)
    async with sit(80, 24) as seat:
        await seat.press("c")
        assert "Hot Hélène" in await seat.painted()
        await seat.press("r")
        assert seat.toasts == ["A QR code cannot be drawn in ASCII."]


async def test_without_colours_80_by_24_says_everything_in_signs_and_words(
    three: Queue, home: Home, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    hand_over(three, {"name": "Lacking Lea", "email": "lea@x.test", "phone": "+33199009999", "owner": ME,
                       "trigger": "webinar", "consent_basis": "", "handed_off_at": "2026-05-13T12:59:00Z"})  # fmt: skip
    async with sit(80, 24) as seat:
        await seat.press("j")
        lines = (await seat.painted()).splitlines()
        assert seat.app.no_color
        pointed = [line for line in lines if line.startswith("▌")]
        assert len(pointed) == 1  # the selection
        assert seat.selected in pointed[0]
        assert any(line.startswith(" B1 Hot, first touch running  1") for line in lines)  # the band
        assert any("> hot " in line and "25m" in line for line in lines)  # the clock
        assert any("! late " in line and "-1d05h" in line for line in lines)
        assert "0 to send  not synced yet" in lines[0]  # sync
        await seat.press("G")
        assert seat.selected == "Lacking Lea"
        assert "missing" in (await seat.painted()).splitlines()[-3]  # what is missing
        await seat.press("/")
        assert (await seat.painted()).splitlines()[-2].startswith("▌")  # the focus
        await seat.press("escape")
        await seat.press("t")
        assert "▌outcome" in await seat.painted()
        assert "1>No answer" in await seat.painted()
        await seat.press("tab")
        assert "▌next step" in await seat.painted()
