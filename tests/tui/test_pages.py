"""The pages beside the queue, by keys: the radar's groups, the contract, the log; and what a state means."""

from __future__ import annotations

import pytest

from leadq import read
from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.rulebook import template_text, write_contract
from leadq.sqlite import Store
from leadq.tui.contract_lines import contract_lines
from leadq.tui.messages import Synced
from leadq.tui.screens.help import help_text
from leadq.tui.screens.log import LogScreen
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, Seat, Sit
from tests.tui.test_hostile import SHORT, assert_harmless


def log(seat: Seat) -> LogScreen:
    """The log, which is on top."""
    screen = seat.app.screen
    assert isinstance(screen, LogScreen)
    return screen


async def test_the_radar_is_headed_by_its_groups_and_verbs_work_there(zoes: Queue, sit: Sit) -> None:
    hand_over(
        zoes,
        {"name": "Late Léo", "owner": ME, "trigger": "webinar", "handed_off_at": "2026-05-11T08:00:00Z"},
        {"name": "Nobody’s Noé", "owner": "", "trigger": "webinar"},
        {"name": "In time", "owner": ME, "trigger": "webinar"},
    )
    async with sit(80, 24) as seat:
        await seat.press("R")
        screen = await seat.painted()
        assert "Late, and nobody has touched it  1  the oldest for 1d05h" in screen
        assert "Nobody’s  1  the oldest for 5m" in screen
        assert seat.names == ["Late Léo", "Nobody’s Noé"]
        await seat.press("G", "a")
        assert seat.names == ["Late Léo"]
        await seat.press("enter")
        assert "On the radar" in await seat.painted()
        await seat.press("escape", "R")
        assert "In time" in seat.names


async def test_the_contract_is_a_page_in_the_companys_words(three: Queue, sit: Sit) -> None:
    async with sit(100, 60) as seat:
        await seat.press("C")
        screen = await seat.painted()
        for part in (
            "PME 2026-1",
            "In force here since today 15:00; written for 2026-01-01 on, in the zone",
            "SQL (accepted): Examined and validated by sales",
            "Marketing: 100 leads a month, 30 % of them qualified",
            "hot: accept 15m, first touch 30m",
            "not signed for sales yet",
            "Mon 09:00-12:30, 14:00-18:00",
        ):
            assert part in screen
        await seat.pilot.resize_terminal(60, 60)
        await seat.settle()
        assert "2026-01-01 on, in the zone" not in await seat.painted()
        await seat.press("escape")
        assert len(seat.app.screen_stack) == 1


def test_the_contract_page_tells_a_signature_of_this_text_from_one_of_another(home: Home, queue: Queue) -> None:
    signed = '[{ role = "sales", by = "A. Martin", on = 2026-03-28, hash = "0000" }]'
    write_contract(home.contract, template_text("pme-fr").replace("signed = []", f"signed = {signed}").encode())
    hand_over(queue)
    with queue.store.read() as db:
        lines = contract_lines(db, read.moment(db, NOW_MS), 80)
    assert "  A. Martin (sales, 2026-03-28) - unsigned: edited since" in lines


def test_a_home_without_a_contract_says_so(store: Store) -> None:
    with store.read() as db:
        (line,) = contract_lines(db, read.moment(db, NOW_MS), 80)
    assert line.startswith("No contract is in force yet")


async def test_help_begins_with_what_the_state_means_on_the_queue_and_on_the_card(three: Queue, sit: Sit) -> None:
    three.perform(["1"], verbs.Accept())
    async with sit() as seat:
        for keys in (("?",), ("enter", "?")):
            await seat.press(*keys)
            screen = await seat.painted()
            assert "State: SQL (accepted)" in screen
            assert "Examined and validated by sales" in screen
            assert "A rep has taken it on" in screen
            await seat.press("escape")


def test_help_without_a_lead_is_about_keys_alone() -> None:
    assert help_text(80).plain.startswith("On this screen\nMove")


async def test_the_log_says_what_happened_to_mine_or_all_and_opens_the_lead(three: Queue, sit: Sit) -> None:
    hand_over(three, {"name": "Karim’s", "owner": "karim", "email": "karims@x.test"})
    three.perform(["1"], verbs.Touch("call", "callback_set", next_ms=2_000_000_000_000, note="after lunch"))
    async with sit() as seat:
        await seat.press("l")
        screen = await seat.painted()
        assert "Call: Callback set" in screen
        assert "note: after lunch" in screen
        assert "Karim’s" not in screen
        await seat.press("tab")
        assert "Karim’s" in await seat.painted()
        await seat.press("shift+tab")
        await seat.press("enter")
        assert "Hot Hélène" in await seat.painted()
        await seat.press("escape", "escape")
        assert len(seat.app.screen_stack) == 1


async def test_the_log_follows_what_is_written_and_keeps_the_pointer_on_its_line(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("l", "j")
        before = log(seat).pointed
        three.perform(["2"], verbs.Note("new"))
        seat.queue.tick()
        await seat.settle()
        await seat.settle()
        assert "noted" in await seat.painted()
        assert log(seat).pointed == before


async def test_older_lines_are_read_when_the_pointer_comes_near_the_end(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadq.logbook.leaf.__kwdefaults__", {"before": None, "count": 60})
    with three.store.transaction() as db:
        (uid,) = db.execute("SELECT uid FROM lead WHERE id = 1").fetchone()
        db.executemany(
            "INSERT INTO event SELECT NULL, 'n' || ?, device, ?, 'n' || ?, 'noted', 1, occurred_ms, recorded_ms,"
            " 'zoe', 'human', '{}' FROM event LIMIT 1",
            [(n, uid, n) for n in range(250)],
        )
    async with sit(80, 24) as seat:
        await seat.press("l")
        first = len(log(seat)._log.lines)
        for _end in range(8):
            await seat.press("G")
        assert first < 250
        assert "handed off" in await seat.painted()
        keys = [line.key for line in log(seat)._log.lines]
        assert len(keys) == len(set(keys)) == 253


async def test_what_fails_in_a_worker_is_a_line_to_copy_and_what_a_rule_refuses_is_not(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise ZeroDivisionError("[/] in a worker")

    async with sit() as seat:
        await seat.press("u")
        assert seat.app.data.journal.notes == ()
        monkeypatch.setattr("leadq.queue.Queue.undo", broken)
        monkeypatch.setattr("leadq.tui.clipboard.program", lambda: ())
        await seat.press("u")
        assert any("The log (l) has it to copy" in told for told in seat.toasts)
        await seat.press("l", "tab", "tab", "G", "y")
        assert "Something unexpected happened (undo: ZeroDivisionError)" in await seat.painted()
        assert "leadq.tui.data:" in seat.app.clipboard
        assert "in a worker" not in seat.app.clipboard  # what an error says may hold anybody's name
        assert seat.app.is_running


async def test_a_sync_and_how_each_connection_stands_are_on_the_log(three: Queue, sit: Sit) -> None:
    with three.store.transaction() as db:
        db.execute(
            "INSERT INTO connection_state (name, adapter, last_pull_ms, last_error, trouble) VALUES"
            " ('crm', 'rest', ?, 'The login was refused.', 'auth')",
            (1_778_670_000_000,),
        )
    async with sit() as seat:
        seat.queue.post_message(Synced({"connections": [{"name": "crm", "pulled": 2, "pushed": 1, "error": None}]}))
        await seat.settle()
        await seat.press("l", "tab", "tab")
        screen = await seat.painted()
        assert "The login was refused." in screen
        assert "fetched: today 13:00" in screen
        assert "Synced: 1 sent, 2 fetched" in screen


async def test_hostile_words_on_a_page_are_text(zoes: Queue, store: Store, sit: Sit) -> None:
    hand_over(zoes, *({"owner": ME, "email": f"p{n}@x.test", "phone": ""} for n in range(8)))
    with store.transaction() as db:
        for lead_id, text in enumerate(SHORT[:8], start=1):
            safe = text.encode("utf-8", "replace").decode("utf-8")
            db.execute("UPDATE person SET name = ?, company = ? WHERE id = ?", (safe, safe, lead_id))
    zoes.perform(["1"], verbs.Touch("call", "no_answer", note="[@click=app.quit]\x1b]52;c;cHc=\x07[/]"))
    async with sit() as seat:
        for keys in (("l",), ("l", "tab"), ("C",), ("?",), ("R",)):
            await seat.press(*keys)
            assert_harmless(await seat.painted())
            await seat.press("escape")
        assert seat.app.is_running
