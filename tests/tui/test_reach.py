"""Out of the program: links that show their host first, and the clipboard by the door that there is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from leadq import config
from leadq.paths import Home
from leadq.queue import Queue
from leadq.tui import clipboard, dial
from tests.leads import hand_over
from tests.tui.conftest import ME, Sit

program = clipboard.program


@pytest.fixture
def one(zoes: Queue) -> Queue:
    """A lead with a record in a CRM of the house."""
    hand_over(
        zoes, {"owner": ME, "id": "7", "email": "jeanne@forges.example", "phone": "+33199001122"}, connection="crm"
    )
    return zoes


async def test_a_link_shows_its_host_and_opens_on_enter_alone(
    one: Queue, sit: Sit, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(dial, "opened", lambda address: bool(opened.append(address)))
    text = home.settings.read_text("utf-8")
    config.save(home.settings, f'{text}\n[connection.crm]\nadapter = "mine"\nlink = "https://crm.example/l/{{id}}"\n')
    async with sit() as seat:
        await seat.press("L")
        screen = await seat.painted()
        assert all(text in screen for text in ("1 In the CRM", "crm.example", "2 E-mail", "forges.example", "3 Phone"))
        await seat.press("3", "escape")
        assert opened == []
        await seat.press("L", "3", "enter", "L", "enter")
        await seat.app.workers.wait_for_complete()
        assert opened == ["tel:+33199001122", "https://crm.example/l/7"]
        assert any("Nothing on this machine opens https://crm.example/l/7" in told for told in seat.toasts)


async def test_a_record_that_cannot_be_opened_says_what_is_lacking(one: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("L")
        screen = await seat.painted()
        assert "Nobody has said where crm shows a record: link in [connection.crm]" in " ".join(screen.split())
        assert "1 E-mail" in screen


async def test_one_thing_is_copied_by_its_number(one: Queue, sit: Sit) -> None:
    async with sit() as seat:
        for number, copied in ((1, "jeanne@forges.example"), (2, "+33199001122"), (3, "Jeanne Martin")):
            await seat.press("Y", str(number))
            assert seat.app.clipboard == copied
            assert any(told == f"Sent to the terminal's clipboard: {copied}" for told in seat.toasts)
        await seat.press("Y", "5")
        assert "Directrice d’usine" in seat.app.clipboard


async def test_a_program_of_this_machine_is_asked_first_and_named(
    one: Queue, sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    script = f"import sys; open({str(taken)!r}, 'wb').write(sys.stdin.buffer.read())"
    monkeypatch.setattr(clipboard, "program", lambda: (sys.executable, "-c", script))
    async with sit() as seat:
        await seat.press("Y", "3")
        await seat.app.workers.wait_for_complete()
        assert taken.read_text("utf-8") == "Jeanne Martin"
        assert any(told.startswith("Copied with python") for told in seat.toasts)
        monkeypatch.setattr(clipboard, "program", lambda: (str(tmp_path / "none"),))
        await seat.press("Y", "1")
        await seat.app.workers.wait_for_complete()
        assert seat.app.clipboard == "jeanne@forges.example"


def test_the_program_is_one_that_can_reach_this_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {"wl-copy", "xclip", "clip.exe"}
    monkeypatch.setattr(clipboard.shutil, "which", lambda name: f"/bin/{name}" if name in installed else None)
    assert program({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}) == ("/bin/wl-copy",)
    assert program({"DISPLAY": ":0"}) == ("/bin/xclip", "-selection", "clipboard")
    assert program({}) == ("/bin/clip.exe",)
    assert program({"DISPLAY": ":0", "SSH_CONNECTION": "x"}) == ()
    installed.clear()
    assert program({"DISPLAY": ":0"}) == ()
