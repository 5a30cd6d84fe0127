"""What happens around an open screen: another file, no file, another time, a sleep, a terminal of one cell."""

from __future__ import annotations

import shutil
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq import config, desktop, faults, privacy
from leadq.alerts import record
from leadq.clock import Clock
from leadq.errors import LeadqError
from leadq.paths import Home
from leadq.queue import Queue
from leadq.settings import check, effective, schema
from leadq.tui import resume
from leadq.tui.app import home_view
from leadq.tui.notice import Notice
from leadq.tui.pulse import Pulse
from leadq.tui.resume import Left
from leadq.tui.screens import living as screen
from leadq.tui.telling import tell_empty
from leadq.tui.words import VIEWS
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, MINUTE, Seat, Sit

DAY = 86_400_000


class Machine:
    """Its clock that only goes on, as the screen reads it."""

    def __init__(self) -> None:
        self.steady_s = 0.0

    def __call__(self) -> float:
        return self.steady_s


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    it = Machine()
    monkeypatch.setattr(screen, "monotonic", it)
    return it


async def pass_time(seat: Seat, machine: Machine, wall_ms: int, steady_s: float) -> None:
    seat.clock.forward(wall_ms)
    machine.steady_s += steady_s
    for _second in range(2):
        seat.queue.tick()
        await seat.settle()


def copy_of(home: Home, path: Path) -> Path:
    """The database as it is now, whole."""
    with closing(sqlite3.connect(home.database)) as db, closing(sqlite3.connect(path)) as to:
        db.backup(to)
    return path


async def test_a_database_put_in_the_place_of_this_one_is_shown_and_said(
    three: Queue, sit: Sit, home: Home, tmp_path: Path
) -> None:
    before = copy_of(home, tmp_path / "before.db")
    async with sit() as seat:
        await seat.press("a")
        hand_over(three, {"name": "Newcomer", "owner": ME, "email": "new@example.test"})
        seat.queue.tick()
        await seat.settle()
        assert "Newcomer" in seat.names
        for beside in ("-wal", "-shm"):
            home.database.with_name(home.database.name + beside).unlink(missing_ok=True)
        shutil.copy(before, tmp_path / "again.db")
        (tmp_path / "again.db").replace(home.database)
        for _second in range(3):
            seat.queue.tick()
            await seat.settle()
        assert seat.names == ["Hot Hélène", "Late Léo", "Later Lou"]
        assert len([told for told in seat.toasts if "Another database was put" in told]) == 1
        await seat.press("g", "a")
        assert any(told.startswith("Accepted") for told in seat.toasts)
        with three.store.read() as db:
            assert db.execute("SELECT count(*) FROM lead WHERE state = 'accepted'").fetchone()[0] == 1


async def test_a_database_that_is_gone_is_said_once_and_nothing_is_begun_in_its_place(
    three: Queue, sit: Sit, home: Home, tmp_path: Path
) -> None:
    kept = copy_of(home, tmp_path / "kept.db")
    async with sit() as seat:
        for path in home.data.glob("leadq.db*"):
            path.unlink()
        for _second in range(3):
            seat.queue.tick()
            await seat.settle()
        assert len([told for told in seat.toasts if "is gone" in told]) == 1
        assert seat.names == ["Hot Hélène", "Late Léo", "Later Lou"]
        await seat.press("a")
        assert any("is gone" in told and "leadq restore" in told for told in seat.toasts)
        assert not home.database.exists()
        shutil.copy(kept, home.database)
        seat.queue.tick()
        await seat.settle()
        await seat.press("a")
        assert any(told.startswith("Accepted") for told in seat.toasts)


async def test_a_clock_set_back_a_day_is_said_once_and_the_order_is_worked_out_anew(
    three: Queue, sit: Sit, machine: Machine
) -> None:
    async with sit() as seat:
        await pass_time(seat, machine, 1000, 1.0)
        ids = sorted(seat.list.order.ids)
        await pass_time(seat, machine, -DAY, 1.0)
        await pass_time(seat, machine, 60_000, 60.0)
        assert len([told for told in seat.toasts if "went back" in told]) == 1
        assert seat.queue._look is not None
        assert seat.queue._look.at.now_ms < NOW_MS - DAY + 2 * MINUTE
        assert sorted(seat.list.order.ids) == ids
        await seat.press("a")
        assert any(told.startswith("Accepted") for told in seat.toasts)


async def test_after_a_sleep_everything_is_caught_up_at_once_and_rings_once(
    zoes: Queue, sit: Sit, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    bells: list[str] = []
    monkeypatch.setattr("leadq.tui.program.LeadqApp.bell", lambda app: bells.append("bell"))
    hand_over(zoes, {"name": "Hélène", "owner": ME}, {"name": "Léo", "owner": ""})
    record(zoes.store, Clock(NOW_MS))
    async with sit() as seat:
        await pass_time(seat, machine, 0, 1.0)
        await pass_time(seat, machine, 3 * 3_600_000, 1.0)  # monotonic clocks stand still in a sleep
        assert bells == ["bell"]
        assert "! 2 late" in await seat.painted()
        assert [told for told in seat.toasts if "clock" in told and "went back" in told] == []
        await pass_time(seat, machine, 60_000, 60.0)
        assert bells == ["bell"]


@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=20))
def test_a_clock_that_goes_on_as_it_should_never_jumps(steps: list[int]) -> None:
    pulse, now_ms, steady_s = Pulse(), NOW_MS, 5.0
    for step in steps:
        now_ms, steady_s = now_ms + step, steady_s + step / 1000
        assert pulse.beat(now_ms, steady_s) == 0


def test_a_clock_that_goes_back_is_told_by_how_much_and_a_frozen_one_never_does() -> None:
    pulse = Pulse()
    assert pulse.beat(NOW_MS, 0) == 0
    assert pulse.beat(NOW_MS, 99_999) == 0
    assert pulse.beat(NOW_MS - DAY, 100_000) == DAY + 1000
    assert pulse.beat(NOW_MS, 100_000) == 0


async def test_a_terminal_of_one_cell_and_back_loses_nothing(three: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        await seat.press("j")
        before = await seat.painted()
        for size in ((1, 1), (20, 3), (200, 60), (80, 24)):
            await seat.pilot.resize_terminal(*size)
            await seat.settle()
        assert seat.selected == "Late Léo"
        assert (await seat.painted()).splitlines()[0] == before.splitlines()[0]
        await seat.press("f")
        await seat.pilot.resize_terminal(1, 1)
        await seat.pilot.resize_terminal(80, 24)
        await seat.press("f")
        assert seat.selected == "Late Léo"


async def test_ctrl_z_gives_the_terminal_back(three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("leadq.tui.program.LeadqApp.action_suspend_process", lambda app: asked.append("z"))
    async with sit() as seat:
        for page in ("", "O", "l", "D"):
            await seat.press(*page, "ctrl+z", "escape")
        assert asked == ["z"] * 4
        looked: list[object] = []
        monkeypatch.setattr(seat.queue, "tick", lambda: looked.append(None))
        seat.app.app_resume_signal.publish(seat.app)
        await seat.settle()
        assert looked


async def test_the_next_session_begins_where_the_last_one_ended(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("tab", *"/l", "enter", "G", "f")
        left = Left("all", seat.list.selected, "l", alone=True)
    assert resume.load(home) == left
    async with sit(left=left) as seat:
        assert seat.selected == "Later Lou"
        assert seat.names == ["Hot Hélène", "Late Léo", "Later Lou"]
        assert seat.queue.has_class("-alone")
        await seat.press("f", "escape", "k")
        assert seat.queue.searched == ""
        assert seat.selected == "Late Léo"


async def test_a_saved_view_is_found_again_once_it_is_known(three: Queue, sit: Sit, home: Home) -> None:
    home.settings.write_text("[me]\nmember = 'zoe'\n[view.\"Léo\"]\nsearch = 'léo'\n", "utf-8")
    async with sit(left=Left("Léo")) as seat:
        await seat.settle()
        assert seat.queue.shown.name == "Léo"
        assert seat.names == ["Late Léo"]
    async with sit(left=Left("gone")) as seat:
        assert seat.queue.shown.name == "mine"
        assert not [told for told in seat.toasts if "gone" in told]


async def test_a_lead_further_down_than_the_first_page_is_found_again(zoes: Queue, sit: Sit) -> None:
    hand_over(zoes, *({"name": f"P{n:02}", "owner": ME, "email": f"p{n}@example.test"} for n in range(60)))
    async with sit(height=10) as seat:
        last = seat.list.order.ids[-1]
    async with sit(height=10, left=Left("mine", last)) as seat:
        assert seat.list.selected == last
        await seat.press("g")
        assert seat.list.place == 0
    async with sit(left=Left("mine", 12_345)) as seat:
        assert seat.list.place == 0


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"view": 1}', '{"view": "all", "lead": "x", "search": "", "alone": true}', "\0" * 20_000],
    ids=range(7),
)
def test_a_broken_note_of_the_last_session_is_a_line_in_the_log(three: Queue, home: Home, text: str) -> None:
    home.screen.write_text(text, "utf-8")
    assert resume.load(home) == resume.NEW
    assert len(faults.log_of(home).read_text("utf-8").splitlines()) == 1


def test_a_view_that_nobody_has_any_more_is_the_usual_one(three: Queue, home: Home) -> None:
    resume.keep(home, Left("gone", 3, "x" * 5000, alone=False))
    left = resume.load(home)
    assert (left.view, left.lead, len(left.search)) == ("gone", 3, 200)
    assert home_view(ME, left).view == "mine"
    assert home.screen.stat().st_mode & 0o777 == 0o600


def test_an_erasure_forgets_what_was_searched(three: Queue, home: Home) -> None:
    resume.keep(home, Left("all", 1, "hél", alone=False))
    privacy.erase(three.store, Clock(NOW_MS), "1")
    assert not home.screen.exists()


def test_nothing_is_kept_where_there_is_no_home(home: Home) -> None:
    resume.keep(home, Left("all"))
    assert not home.config.parent.exists()


def test_the_desktop_is_told_by_arguments_that_nothing_reads() -> None:
    nasty = '-x <b>[/] "; rm -rf ~ $(id) `id`\x1b]52;c;x\x07\n%0'
    for platform, program in (("linux", "notify-send"), ("darwin", "osascript"), ("win32", "powershell")):
        found = desktop.command(nasty, platform, lambda name: f"/bin/{name}")
        assert found is not None
        words, more = found
        assert words[0] == f"/bin/{program}"
        assert "\x1b" not in "".join(words) + "".join(more.values())
        if platform == "win32":
            assert "rm -rf" not in "".join(words)
            assert "rm -rf" in more["LEADQ_NOTICE"]
        elif platform == "darwin":
            assert [word for word in words if "rm -rf" in word] == [words[-1]]
        else:
            assert words[2:4] == ["--", "leadq"]
            assert "<b>" not in words[-1]
        assert desktop.command(nasty, platform, lambda name: None) is None


def test_a_desktop_that_cannot_is_said_once_in_the_log(
    three: Queue, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def show(text: str) -> str:
        tried.append(text)
        return "exit 1"

    monkeypatch.setattr(desktop, "show", show)
    notice = Notice(home)
    for text in ("a", "b"):
        if thread := notice.show(text):
            thread.join(10)
    assert tried == ["a"]
    assert "exit 1" in faults.log_of(home).read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="a program of a shell")
def test_a_program_that_fails_or_is_gone_is_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop, "command", lambda text: (["/bin/false"], {}))
    assert desktop.show("x") == "exit 1"
    monkeypatch.setattr(desktop, "command", lambda text: ([str(tmp_path / "none")], {}))
    assert desktop.show("x") == "FileNotFoundError"
    monkeypatch.setattr(desktop, "command", lambda text: None)
    assert desktop.show("x")


async def test_the_desktop_is_told_what_rings_only_where_the_settings_ask_for_it(
    zoes: Queue, sit: Sit, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    seen = threading.Event()

    def show(text: str) -> str:
        shown.append(text)
        seen.set()
        return ""

    monkeypatch.setattr(desktop, "show", show)
    hand_over(zoes, {"name": "Hélène", "owner": ME})
    record(zoes.store, Clock(NOW_MS))
    assert not config.load(home).desktop
    home.settings.write_text(home.settings.read_text("utf-8") + "[screen]\ndesktop = true\n", "utf-8")
    async with sit() as seat:
        seat.clock.forward(3 * MINUTE)
        for _second in range(2):
            seat.queue.tick()
            await seat.settle()
    assert seen.wait(10)
    assert shown == ["~ At risk: Hélène (accept, due today 15:10)"]


def test_whether_the_desktop_is_told_is_a_setting_like_the_bell(home: Home) -> None:
    config.write(home, ME)
    assert [one.value for one in effective(home) if one.key == "screen.desktop"] == [False]
    assert schema()["properties"]["screen"]["properties"]["desktop"]["default"] is False
    home.settings.write_text("[me]\nmember = 'zoe'\n[screen]\ndesktop = 'yes'\n", "utf-8")
    assert check(home)[0]
    with pytest.raises(LeadqError, match="desktop under"):
        config.load(home)


@pytest.mark.parametrize("view", [*VIEWS, "a saved one"])
def test_every_empty_view_names_the_next_key_or_command(view: str) -> None:
    for told in (tell_empty(view, "V", "", any_lead=True), tell_empty(view, "V", "", any_lead=False)):
        assert any(way in told for way in ("Tab", "R goes", "s fetches", "leadq import"))
    assert "Esc" in tell_empty(view, "V", "x", any_lead=True)
