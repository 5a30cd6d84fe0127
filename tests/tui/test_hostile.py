"""Whatever a web form holds, the terminal is only ever sent text: through every widget, dialog, toast and title."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual.color import Color

from leadq import config
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.errors import LeadqError
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.text import cell_width
from leadq.tui import telling
from leadq.tui.data import Data
from leadq.tui.fence import Fence
from leadq.tui.messages import Trouble
from leadq.tui.widgets.card_text import card_text, preview_text
from tests.hostile import HOSTILE, RAW_SIGNATURES
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, Sit
from tests.tui.terminal import play

pytestmark = pytest.mark.usefixtures("painting")

SHORT = tuple(text for text in HOSTILE if len(text) < 10_000)


def spoil(home: Home) -> None:
    """Put the corpus into the database as it is, past the cleaning at the door: the screen must not rely on that."""
    with Store(home).transaction() as db:
        for lead_id, text in enumerate(SHORT, start=1):
            safe = text.encode("utf-8", "replace").decode("utf-8")  # SQLite stores no lone surrogate
            db.execute(
                "UPDATE person SET name = ?, company = ?, title = ?, phone = ?, email = ?"
                " WHERE id = (SELECT person_id FROM lead WHERE id = ?)",
                (safe, safe, safe, safe, safe, lead_id),
            )
            db.execute(
                "UPDATE lead SET source = ?, campaign = ?, trigger = ?, owner = ? WHERE id = ?",
                (safe, safe, safe, "" if lead_id % 2 else ME, lead_id),
            )


@pytest.fixture
def spoilt(zoes: Queue, home: Home) -> Queue:
    """A home in which every text of every lead is hostile."""
    hand_over(zoes, *({"owner": ME, "email": f"p{n}@example.test", "phone": ""} for n in range(len(SHORT))))
    for lead_id in (1, 2, 13):
        zoes.perform([str(lead_id)], verbs.Touch("call", "no_answer", note=SHORT[12], evidence="[/]"))
    spoil(home)
    return zoes


def assert_harmless(text: str) -> None:
    """No byte that a terminal would obey."""
    raw = text.encode("utf-8", "surrogatepass")
    assert not [signature for signature in RAW_SIGNATURES if signature in raw]
    assert "\x1b" not in text
    assert "\x9b" not in text


async def test_every_lead_passes_through_list_card_dialogs_toasts_and_titles(spoilt: Queue, sit: Sit) -> None:
    async with sit(width=120, height=40) as seat:
        seen = set()
        while seat.list.place < len(SHORT) - 1:
            screen = await seat.painted()
            assert_harmless(screen)
            seen.update(screen.splitlines())
            await seat.press("pagedown")
        assert len(seen) > len(SHORT)
        for key in ("enter", "t", "c", "v", "m", "ctrl+p", "f", "D", "L", "Y", "ctrl+s"):
            await seat.press(key)
            assert_harmless(await seat.painted())
            await seat.press("escape")
            assert len(seat.app.screen_stack) == 1
        await seat.press("-", "a", "y", "u")
        assert_harmless(await seat.painted() + "".join(seat.toasts) + seat.app.title + seat.app.sub_title)
        assert seat.app.is_running


def test_every_card_is_text(spoilt: Queue, home: Home) -> None:
    data = Data(home, Clock(NOW_MS))
    for lead_id in range(1, len(SHORT) + 1):
        card = data.card_now(lead_id).result(10)
        assert card is not None
        texts = (card_text(card, NOW_MS, 50, whole=True), preview_text(card, NOW_MS, 80))
        assert_harmless("".join(text.plain for text in texts))
    data.close()


async def test_an_error_with_hostile_words_is_shown_and_nothing_else(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        for text in SHORT:
            seat.queue.post_message(Trouble("look", LeadqError("bug", text or "x")))
        await seat.settle()
        assert_harmless(await seat.painted() + "".join(seat.toasts))


async def test_hostile_text_that_somebody_types_stays_text(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("/", *"[/] [b")
        assert "[/] [b" in await seat.painted()
        await seat.press("escape")
        await seat.press("m", *"[@click=app.quit]x[/]")
        assert "[@click=app.quit]x[/]" in await seat.painted()
        await seat.press("enter")
        assert seat.app.is_running


@pytest.mark.parametrize("text", SHORT)
def test_the_last_fence_stops_what_a_widget_lets_through(text: str) -> None:
    kept = Segment("\x1b[?25l", None, [(1,)])  # type: ignore[list-item]
    fenced = Fence().apply([Segment(text), kept], Color(0, 0, 0))
    assert_harmless(fenced[0].text.replace("\n", " "))
    assert fenced[1] is kept
    assert cell_width(fenced[0].text) >= 0


@pytest.mark.parametrize("text", SHORT)
def test_what_sync_prints_is_text(text: str) -> None:
    told, well = telling.tell_sync({"ok": False, "error": {"message": text, "hint": text}})
    assert not well
    assert_harmless(told)
    assert_harmless(telling.tell_empty("mine", text, text, any_lead=True))


def test_the_bytes_that_reach_a_real_terminal_are_harmless(spoilt: Queue, home: Home) -> None:
    """The program itself on a pseudo-terminal: through the list, a card and a dialog."""
    config.write(home, ME)
    sent = play(
        home,
        [(b"radar", b"\r"), (b"History", b"\x1b"), (b"radar", b"G"), (b"Clocks", b"v"), (b"Unusable", b"")],
    )
    for signature in RAW_SIGNATURES:
        assert signature not in sent
    assert "�".encode() in sent
