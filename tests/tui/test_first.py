"""A first start: demo, file or CRM; nothing is written before somebody says go."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key, Paste
from textual.keys import _character_to_key

from leadq import config, i18n, read
from leadq.paths import Home
from leadq.plugins.csv import CsvAdapter
from leadq.plugins.sdk import Step as CrmStep
from leadq.sqlite import Store
from leadq.sync import supervisor, visit
from leadq.sync.wire import Lost, Reply, Request
from leadq.testing.crm import ORDERED, FakeCRM
from leadq.testing.inside import Inside
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime
from leadq.tui import completing
from leadq.tui.screens.first import FirstScreen
from leadq.tui.screens.queue import QueueScreen
from tests.cli.crm import OTHER, TOKEN, URL, Described
from tests.hostile import HOSTILE
from tests.keyrings import Memory, error, failing, install
from tests.leads import NOW_MS
from tests.plugins.fakes import announce
from tests.tui.conftest import Seat, Sit, _turns
from tests.tui.test_hostile import assert_harmless


@pytest.fixture
def first(sit: Sit) -> object:
    """Sit down in front of a home that does not exist."""

    @asynccontextmanager
    async def open_screen(width: int = 80, height: int = 24) -> AsyncIterator[Beginner]:
        async with sit(width=width, height=height) as seat:
            beginner = Beginner(seat)
            try:
                yield beginner
            finally:
                seat.app.data.close()
                if seat.app.demo:
                    seat.app.demo.close()

    return open_screen


class Beginner:
    """Somebody who starts leadq for the first time."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat

    @property
    def screen(self) -> FirstScreen:
        screen = self.seat.app.screen_stack[0]
        assert isinstance(screen, FirstScreen)
        return screen

    @property
    def on_the_queue(self) -> bool:
        return isinstance(self.seat.app.screen, QueueScreen)

    async def burst(self, *keys: str) -> None:
        """Keys as a slow line delivers them."""
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.seat.app.post_message(Key(name, key if len(key) == 1 else None))
        await _turns()

    async def press(self, *keys: str) -> str:
        """Keys one after the other, each to its end; what is shown then."""
        for key in keys or ("f12",):
            await self.burst(key)
            while not self.on_the_queue and (self.screen._waiting or any(job.is_alive() for job in self.screen.jobs)):
                await asyncio.sleep(0.002)
            await _turns()
        if self.on_the_queue:
            await self.seat.settle()
        return await self.seat.painted()

    async def type(self, text: str, *keys: str) -> str:
        """A text at once, as it is pasted, then keys."""
        self.seat.app.post_message(Paste(text))
        await _turns()
        return await self.press(*keys)


def untouched(home: Home) -> bool:
    return not home.config.parent.exists()


def leads(home: Home) -> list[str]:
    with Store(home).read() as db:
        at = read.moment(db, NOW_MS)
        ids = [lead.id for lead in read.lines(db, at, [row[0] for row in db.execute("SELECT id FROM lead")]).values()]
        return [line.name for line in read.lines(db, at, ids).values()]


def table(folder: Path, *rows: dict[str, str], name: str = "leads.csv") -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path = folder / name
    path.write_text(text.getvalue(), "utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return table(
        tmp_path,
        {"Nom": "Alice Martin", "Firma": "ACME", "E-mail": "alice@acme.example", "Was": "demo"},
        {"Nom": "Bob [/] Durand", "Firma": "Borel", "E-mail": "bob@borel.example", "Was": "contact"},
        {"Nom": "", "Firma": "", "E-mail": "", "Was": "x"},
    )


async def test_a_file_comes_in_after_preview_mapping_and_go(first: Sit, home: Home, file: Path) -> None:
    async with first() as me:
        await me.press("2")
        await me.type("Camille Durand", "enter")
        shown = await me.type(str(file), "enter")
        assert "Nom" in shown
        assert "Alice Martin · Bob [/]" in shown
        assert "Not in the file" in shown
        await me.press("j", "m")
        assert "company" in (await me.type("compan", "enter")).splitlines()[2]
        await me.press("j", "j", "m")
        await me.type("trigger", "enter")
        shown = await me.press("enter")
        assert "1  rejected" in shown
        await me.press("enter")
        assert me.on_the_queue
        assert sorted(me.seat.names) == ["Alice Martin", "Bob [/] Durand"]
        assert any("2 leads are here" in told for told in me.seat.toasts)
    assert config.load(home).me == "camille"
    with Store(home).read() as db:
        assert db.execute("SELECT name FROM member WHERE id = 'camille'").fetchone()[0] == "Camille Durand"
        assert [row[0] for row in db.execute("SELECT company FROM person ORDER BY id")] == ["ACME", "Borel"]
        assert [row[0] for row in db.execute("SELECT trigger FROM lead ORDER BY id")] == ["demo", "contact"]


async def test_escape_goes_back_a_step_and_who_leaves_has_left_nothing(first: Sit, home: Home, file: Path) -> None:
    async with first() as me:
        await me.press("2")
        await me.type("Priya", "enter")
        await me.type(str(file), "enter", "enter")
        for title in ("is each column", "Which file?", "Who are you?", "Where do the leads"):
            assert title in await me.press("escape")
        assert "Where do the leads" in await me.press("escape")
        assert "Priya" in await me.press("2")
        assert "Which file?" in await me.press("enter")
        assert "created" in await me.press("enter", "enter")
        await me.burst("q")
        assert me.seat.app._exit
    assert untouched(home)


async def test_a_member_is_known_by_a_part_of_the_contract_and_nobody_may_be_said(first: Sit, home: Home) -> None:
    async with first() as me:
        await me.press("2")
        assert "= Priya Shah" in await me.type("priya shah")
        assert "who is entered into the contract" in await me.type("x")
        await me.burst(*["backspace"] * 11)
        assert "nobody yet" in await me.press()
        assert "pme-fr" in await me.press("tab")
        assert "Karim Benali" in await me.press("1")


async def test_a_contract_that_is_there_is_kept_and_its_members_are_the_members(
    first: Sit, home: Home, file: Path
) -> None:
    from leadq.rulebook import write_template

    write_template(home, "pme-fr")
    before = home.contract.read_bytes()
    async with first() as me:
        await me.press("2")
        assert "has no member" in await me.type("Nemo", "enter")
        await me.burst(*["backspace"] * 4)
        await me.type("zoe", "enter")
        await me.type(str(file), "enter", "enter", "enter")
        assert me.on_the_queue
    assert home.contract.read_bytes() == before
    assert config.load(home).me == "zoe"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "There is no file"),
        ("empty.csv", b"", "is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "is not a table"),
    ],
    ids=["none", "empty", "binary"],
)
async def test_what_is_wrong_with_a_file_is_said_at_the_field(
    first: Sit, home: Home, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    async with first(120, 30) as me:
        await me.press("2", "enter")
        shown = await me.type(str(tmp_path / name), "enter")
        assert said in shown
        assert "Which file?" in shown
        assert said not in await me.type("x")
    assert untouched(home)


async def test_a_table_in_which_nobody_is_anybody_asks_for_the_column(first: Sit, home: Home, tmp_path: Path) -> None:
    file = table(tmp_path, {"a": "Alice", "b": "1"})
    async with first() as me:
        await me.press("2", "enter")
        assert "No column says who the leads are" in await me.type(str(file), "enter")
        assert "No column says who the leads are" in await me.press("enter")
        await me.press("m")
        await me.type("last", "up", "enter")
        assert "1  created" in await me.press("enter")


async def test_a_contract_that_is_broken_is_said_and_goes_no_further(first: Sit, home: Home) -> None:
    home.config.mkdir(parents=True)
    home.contract.write_text("[contract\n", "utf-8")
    async with first(120, 30) as me:
        assert "contract.toml:1" in await me.press("2")
        assert "contract.toml:1" in await me.press("enter")
        assert "Who are you?" in await me.type("x", "enter")


async def test_a_home_that_cannot_be_made_is_one_sentence(first: Sit, home: Home, file: Path) -> None:
    home.config.parent.mkdir()
    home.data.write_text("a file is in the way", "utf-8")
    async with first(120, 30) as me:
        await me.press("2", "enter")
        await me.type(str(file), "enter", "enter")
        assert "leadq cannot use" in await me.press("enter")
        assert "Bring them in?" in await me.press()


async def test_what_only_a_queue_has_does_nothing_yet(first: Sit, home: Home) -> None:
    async with first() as me:
        for keys in (("?", "f1", "ctrl+p", ",", "h"), ("2", "f1", "ctrl+p", "ctrl+c")):
            await me.press(*keys)
            assert len(me.seat.app.screen_stack) == 1
        assert "Who are you?" in await me.press()


async def test_tab_completes_a_path(first: Sit, home: Home, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "Leads mai.csv").write_text("name\nA\n", "utf-8")
    (tmp_path / "exports" / "Leads mars.xlsx").write_text("", "utf-8")
    (tmp_path / "exports" / "photo.png").write_text("", "utf-8")
    async with first(120, 30) as me:
        await me.press("2", "enter")
        await me.type(f"{tmp_path}/exp", "tab")
        shown = await me.type("lea", "tab")
        assert "Leads mai.csv" in shown
        assert "Leads mars.xlsx" in shown
        assert "photo" not in shown
        assert "No folder or table" in await me.type("zz", "tab")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("'/a/b c.csv' ", "/a/b c.csv"),
        ('"/a/b.csv"', "/a/b.csv"),
        ("/a/b\\ c.csv", "/a/b c.csv"),
        ("file:///a/b%20c.csv", "/a/b c.csv"),
    ],
)
def test_a_path_that_was_dropped_is_a_path(typed: str, meant: str) -> None:
    assert completing.path_of(typed) == Path(meant)


async def test_the_demo_is_a_queue_that_is_thrown_away(first: Sit, home: Home) -> None:
    async with first() as me:
        await me.press("1")
        assert me.on_the_queue
        assert len(me.seat.list.order.ids) > 20
        assert any("nothing of it is kept" in told for told in me.seat.toasts)
        folder = me.seat.app.data.home.config.parent
        assert folder.exists()
        assert not me.seat.app.data.may_watch
    assert not folder.exists()
    assert untouched(home)


class Office:
    """The CRM that somebody connects to, and what it answers."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.crm = FakeCRM(ORDERED, self.time)
        for number in range(7):
            self.crm.book.create(f"L{number}", name=f"Lead {number}", company="[/] ACME")
        self.time.sleep(60)
        self.twist = lambda request, reply: reply

    def open(self, order: object, ticks: object) -> object:
        kind = CsvAdapter if order.adapter == "csv" else Described  # type: ignore[attr-defined]
        return Inside(order, kind, Straight(self.answer, self.time), self.time)  # type: ignore[arg-type]

    def answer(self, request: Request) -> Reply:
        return self.twist(request, self.crm(request))


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Office:
    """An adapter called `rest` is installed, beside a keyring that works."""
    it = Office()
    monkeypatch.setattr(visit, "open_any", it.open)
    monkeypatch.setattr(supervisor, "Child", it.open)
    monkeypatch.setattr(Described, "missing", [])
    monkeypatch.setattr(Described, "made", [])
    monkeypatch.setattr("leadq.secrets._memory", {})
    install(monkeypatch, Memory())
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    monkeypatch.syspath_prepend(str(announce(plugins, "rest", "raise SystemExit('imported')")))
    return it


async def to_login(me: Beginner) -> None:
    await me.press("3")
    await me.type("Priya Shah", "enter")
    assert "rest · leadq-rest 1.2" in await me.press()
    await me.burst(*"rest", "enter")
    await me.press()


async def test_a_crm_is_connected_after_login_mapping_and_preview(first: Sit, home: Home, office: Office) -> None:
    async with first(100, 30) as me:
        await to_login(me)
        await me.type(URL, "enter")
        shown = await me.type(TOKEN)
        assert TOKEN not in shown
        shown = await me.press("enter")
        assert "Does the mapping hold?" in shown
        assert "Camille Martin" in shown
        assert "has no field" in await me.type("score = hs_skore", "enter")
        await me.burst(*["backspace"] * 16)
        assert "“score” is “hs_score” there." in await me.type("score = Lead score", "enter")
        shown = await me.press("enter")
        assert "Lead 0" in shown
        assert "Lead 6" not in shown
        assert untouched(home)
        await me.press("enter")
        assert me.on_the_queue
        assert len(me.seat.list.order.ids) == 7
        assert any("7 fetched" in told for told in me.seat.toasts)
    settings = tomllib.loads(home.settings.read_text("utf-8"))
    assert settings["me"]["member"] == "priya"
    assert settings["connection"]["rest"] == {"adapter": "rest", "url": URL, "fields": {"score": "hs_score"}}
    assert TOKEN not in "".join(path.read_text("utf-8", "replace") for path in home.config.iterdir())


async def test_a_login_that_is_refused_is_said_at_the_secret(first: Sit, home: Home, office: Office) -> None:
    async with first(100, 30) as me:
        await to_login(me)
        await me.type(URL, "enter")
        shown = await me.type(OTHER, "enter")
        assert "does not accept the login" in shown
        assert "how does leadq log in?" in shown
        await me.burst(*["backspace"] * len(OTHER))
        assert "This cannot be left out" in await me.press("enter")
        assert "Does the mapping hold?" in await me.type(TOKEN, "enter")
    assert untouched(home)


async def test_who_is_offline_keeps_the_connection_as_not_verified_and_a_locked_keyring_keeps_no_secret(
    first: Sit, home: Home, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(request: Request, reply: Reply) -> Reply:
        raise Lost("refused")

    office.twist = gone
    install(monkeypatch, failing(error("KeyringLocked")))
    async with first(100, 30) as me:
        await to_login(me)
        await me.type(URL, "enter")
        assert "not verified" in await me.type(TOKEN, "enter")
        await me.press("enter")
        assert me.on_the_queue
        assert any("not verified" in told for told in me.seat.toasts)
        assert any("The secret is not kept" in told for told in me.seat.toasts)
    assert "rest" in config.load(home).connections


async def test_what_is_missing_in_the_crm_is_created_only_when_somebody_agrees(
    first: Sit, home: Home, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Described, "missing", [CrmStep("field", "The field {name}", {"name": "leadq_stamp"})])
    async with first(100, 30) as me:
        await to_login(me)
        await me.type(URL, "enter")
        await me.type(TOKEN, "enter")
        shown = await me.press("enter")
        assert "The field leadq_stamp" in shown
        assert Described.made == []
        await me.press("1", "enter")
        assert me.on_the_queue
        assert Described.made == ["field"]


async def test_going_back_while_the_service_is_asked_hears_nothing_of_it(
    first: Sit, home: Home, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, asked = threading.Event(), threading.Event()

    def slow(request: Request, reply: Reply) -> Reply:
        asked.set()
        gate.wait(20)
        return reply

    office.twist = slow
    async with first(100, 30) as me:
        await to_login(me)
        await me.type(URL, "enter")
        me.seat.app.post_message(Paste(TOKEN))
        await me.burst("enter")
        await asyncio.to_thread(asked.wait, 20)
        assert "Asking the service" in await me.seat.painted()
        await me.burst("escape")
        gate.set()
        assert "how does leadq log in?" in await me.press()
    assert untouched(home)


async def test_hostile_columns_and_cells_are_only_text(first: Sit, home: Home, tmp_path: Path) -> None:
    nasty = [text for text in HOSTILE if len(text) < 500 and "\0" not in text][:60]
    cells = {f"{number}{text}".encode("utf-8", "replace").decode(): "x" + text.encode("utf-8", "replace").decode()
             for number, text in enumerate(nasty)}  # fmt: skip
    file = table(tmp_path, {"name": "Alice", **cells})
    async with first() as me:
        await me.press("2", "enter")
        assert_harmless(await me.type(str(file), "enter"))
        for _page in range(2):
            assert_harmless(await me.press("pagedown", "m"))
            await me.press("escape")
        assert_harmless(await me.press("enter"))


async def test_the_lines_of_keys_fit_eighty_columns_in_french(first: Sit, home: Home, file: Path) -> None:
    """Which are the longer ones."""
    i18n.use("fr")
    async with first() as me:
        keys = [(await me.press()).splitlines()[-1], (await me.press("2")).splitlines()[-1]]
        keys.append((await me.press("enter")).splitlines()[-1])
        keys += [(await me.type(str(file), "enter")).splitlines()[-1], (await me.press("enter")).splitlines()[-1]]
    assert [line for line in keys if not line.rstrip() or len(line.rstrip()) >= 80] == []


async def test_where_settings_are_laid_nothing_is_asked_and_nothing_is_written(home: Home, sit: Sit) -> None:
    """Whoever rolls leadq out lays them there: the rep begins with an empty queue, and the key that fetches leads."""
    config.write(home, "zoe")
    async with sit() as seat:
        assert isinstance(seat.app.screen, QueueScreen)
        assert "No leads yet" in await seat.painted()
    assert not home.exists
