"""What the program does to a terminal and to its environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from leadq.domain.verbs import Accept
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui.app import home_view
from leadq.tui.data import Data
from leadq.tui.program import LeadqApp
from tests.leads import NOW_MS
from tests.plugins.fakes import adapter, announce
from tests.tui.conftest import MovingClock
from tests.tui.terminal import play

pytestmark = pytest.mark.usefixtures("painting")

STYLE = re.compile(rb"\x1b\[([0-9;]*)m")
COLOURS = {str(code).encode() for code in (*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108))}


def coloured(sent: bytes) -> bool:
    """Whether any style says a colour; 39 and 49 are the terminal's own."""
    return any(COLOURS & set(found[1].split(b";")) for found in STYLE.finditer(sent))


def test_no_color_sends_no_colour_and_keeps_signs_and_words(three: Queue, home: Home) -> None:
    sent = play(home, [(b"radar", b"q")], {"NO_COLOR": "1"})
    assert not coloured(sent)
    assert b"> hot" in sent
    assert b"! late" in sent


def test_colour_is_sent_otherwise(three: Queue, home: Home) -> None:
    assert coloured(play(home, [(b"radar", b"q")]))


@pytest.mark.deep
def test_a_sync_that_never_ends_keeps_nobody_from_leaving(three: Queue, home: Home, tmp_path: Path) -> None:
    """Deep because it is timed; the waits themselves are counted in test_faults."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    announce(plugins, "slow", adapter("slow", "time.sleep(600); yield"))
    home.settings.write_text("[me]\nmember = 'zoe'\n[connection.csv]\nadapter = 'slow'\n", "utf-8")
    three.perform(["1"], Accept())
    left: list[float] = []

    def script() -> Iterator[tuple[bytes, bytes]]:
        yield b"radar", b"s"
        yield b"syncing", b"q"
        left.append(monotonic())

    play(home, script(), {"PYTHONPATH": f"{plugins}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"})
    assert monotonic() - left[0] < 1.5


@pytest.mark.parametrize(("value", "theme"), [("1", "ansi-dark"), ("", "textual-dark")])
def test_an_empty_no_color_says_nothing(
    three: Queue, home: Home, monkeypatch: pytest.MonkeyPatch, value: str, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", value)
    data = Data(home, MovingClock(NOW_MS))
    app = LeadqApp(data, data.first(home_view(data.me), 24), 80)
    data.close()
    assert app.theme == theme
    assert app.no_color is bool(value)


def test_bytes_that_are_no_text_do_not_end_it_and_a_lone_escape_is_a_key(three: Queue, home: Home) -> None:
    sent = play(home, [(b"radar", b"\xff\xc3?"), (b"Undo", b"\x1b"), (b"radar", b"\xe2q")])
    assert b"\x1b[?1049l" in sent
    assert b"Traceback" not in sent
