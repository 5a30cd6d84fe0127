"""More than 300 hostile texts through the whole screen: the terminal is sent text and what the library writes, the text
can be read, nothing runs and nothing ends."""

from __future__ import annotations

import pytest

from leadq import config
from leadq.actions import ACTIONS
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.errors import LeadqError
from leadq.paths import Home
from leadq.queue import Queue
from leadq.text import clean
from leadq.tui import telling
from leadq.tui.data import Data
from leadq.tui.gaze import Gesture
from leadq.tui.messages import Trouble
from leadq.tui.widgets.card_text import card_text, preview_text
from tests.corpus import CORPUS, FAMILIES, LONG, SIGNATURES
from tests.leads import NOW_MS, hand_over
from tests.spoilt import LEADS, spoil, texts_of
from tests.tui.conftest import ME, Seat, Sit
from tests.tui.terminal import play
from tests.tui.wire import foreign, is_text

pytestmark = pytest.mark.usefixtures("painting")

DIALOGS = ("t", "c", "v", "m", "p", "z", "o", "M", "enter")
LEAVES = frozenset({"quit", "sync", "undo", "redo", "copy", "open"})
"""Actions of the queue that open nothing, or that are tried by themselves."""


@pytest.fixture
def spoilt(zoes: Queue, home: Home) -> Queue:
    """Zoé's home, every text of it hostile."""
    spoil(zoes, home, owner=ME)
    return zoes


def assert_text(shown: str) -> None:
    """No character that a terminal obeys, hides or turns round."""
    assert [hex(ord(char)) for char in set(shown) if not is_text(char) and char != "\n"] == []


def without_spaces(text: str) -> str:
    """Where lines break and how far columns are apart is the screen's own business."""
    return "".join(text.split())


def test_the_corpus_is_what_it_says() -> None:
    assert len(CORPUS) == len(set(CORPUS)) > 300
    assert all(FAMILIES.values())
    raw = "\n".join(CORPUS).encode("utf-8", "surrogatepass")
    assert [sign for sign in SIGNATURES if sign not in raw] == []


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        (b"\x1b[31;5mpwned", []),  # in the grammar: that is what the signatures are for
        (b"\x1b[0;1;38;2;1;2;3mx\x1b[3;14Hy\x1b[?25l\r\nz", []),
        (b"a\x1b[2Jb", [b"\x1b[2Jb"]),
        (b"a\x1b]52;c;x\x07b", [b"\x1b]52;c;x", b"\x07b"]),
        (b"\x1bcx", [b"\x1bcx"]),
        ("\x9b31m".encode(), ["\x9b31m".encode()]),
        ("\u202ex".encode(), ["\u202ex".encode()]),
        (b"\xff", [b"\xff"]),
        (b"\x00", [b"\x00"]),
        (b"\x1b[999;9999Hx", [b"\x1b[999;9999Hx"]),
    ],
    ids=range(10),
)
def test_the_grammar_knows_its_own(sent: bytes, what: list[bytes]) -> None:
    assert foreign(sent) == what


async def test_every_list_and_every_page_shows_text(spoilt: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("tab")
        seen = ""
        for _page in range(LEADS // 30 + 2):
            seen += await seat.painted()
            await seat.press("pagedown")
        assert seat.list.place == len(seat.list.order.ids) - 1
        assert_text(seen)
        for action in ACTIONS:
            if action.scope == "queue" and action.group != "Move" and action.id not in LEAVES:
                await look(seat, action.keys[0])
                await seat.press("k")
        assert_text("".join(seat.toasts))
        assert seat.app.is_running


async def look(seat: Seat, key: str) -> None:
    """Open what `key` opens, if anything; look at it, and go back."""
    await seat.press(key)
    assert_text(await seat.painted())
    while len(seat.app.screen_stack) > 1:
        await seat.press("escape")


def test_every_card_can_be_read_whatever_it_holds(spoilt: Queue, home: Home) -> None:
    data = Data(home, Clock(NOW_MS))
    for lead_id in range(1, LEADS + 1):
        card = data.card_now(lead_id).result(10)
        assert card is not None
        whole = card_text(card, NOW_MS, 500, whole=True).plain
        assert_text(whole + preview_text(card, NOW_MS, 80).plain)
        name, company = (without_spaces(clean(text)) for text in texts_of(lead_id)[:2])
        assert name in without_spaces(whole)
        assert company in without_spaces(whole)
    data.close()


def test_what_is_told_is_text(spoilt: Queue) -> None:
    for text in CORPUS:
        told, well = telling.tell_sync({"ok": False, "error": {"message": text, "hint": text}})
        assert not well
        done = telling.tell_done(Gesture("accept", (1,)), text)
        assert_text(told + done + telling.tell_empty("mine", text, text, any_lead=True))
        assert_text(telling.tell_trouble(LeadqError("bug", text, hint=text)))


async def test_toasts_are_text(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        for texts in FAMILIES.values():
            for text in texts[:3]:
                seat.queue.post_message(Trouble("look", LeadqError("bug", text or "x")))
        await seat.settle()
        assert_text(await seat.painted() + "".join(seat.toasts))


async def test_what_is_typed_or_pasted_stays_text(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        for key, text in (("/", "".join(FAMILIES["markup"])), ("ctrl+p", "".join(FAMILIES["paths and code"]))):
            await seat.press(key, *text[:80])
            assert_text(await seat.painted())
            await seat.press("escape", "escape")
        assert seat.app.is_running


def test_the_bytes_on_a_terminal_are_text_and_what_the_library_writes(spoilt: Queue, home: Home) -> None:
    config.write(home, ME)
    page = b"\x1b[6~"
    sent = play(
        home,
        [(b"radar", b"\t"), (b"All", page), (b"\x1b[", page), (b"\x1b[", b"\r"), (b"History", b"\x1b"), (b"All", b"g"),
         (b"Clocks", b"c"), (b"Refused", b"\x1b"), (b"All", b"!"), (b"Needs you", b"\x1b"), (b"All", b"q")],
    )  # fmt: skip
    assert foreign(sent) == []
    assert [sign for sign in SIGNATURES if sign in sent] == []
    assert "�".encode() in sent


@pytest.mark.deep
@pytest.mark.parametrize("turn", range(1, 10))
async def test_every_text_in_every_field(zoes: Queue, home: Home, sit: Sit, turn: int) -> None:
    spoil(zoes, home, owner=ME, turn=turn)
    async with sit(80, 24) as seat:
        await seat.press("tab", "g")
        for lead in range(LEADS):
            await look(seat, DIALOGS[lead % len(DIALOGS)])
            await seat.press("j")
        assert seat.app.is_running


@pytest.mark.deep
async def test_a_megabyte_of_each(zoes: Queue, home: Home, sit: Sit) -> None:
    hand_over(zoes, *({"name": text, "company": text, "title": text, "owner": ME, "note": text} for text in LONG))
    for number, text in enumerate(LONG, start=1):
        zoes.perform([str(number)], verbs.Note(f"a {text}"))
    async with sit() as seat:
        for _lead in LONG:
            for key in DIALOGS:
                await look(seat, key)
            await seat.press("j")
