"""The main screen as a rep uses it: order, keys, verbs, what is said."""

from __future__ import annotations

import sqlite3

import pytest

from leadq import i18n, read, views
from leadq.domain import verbs
from leadq.order import Filter
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.tui.commands import matching
from tests.leads import NOW_MS, hand_over
from tests.tui.conftest import ME, MINUTE, Sit


def shape(home: Home, name: str) -> dict[str, object]:
    """The stored lead of that name."""
    with Store(home).read() as db:
        at = read.moment(db, NOW_MS)
        ids = list(read.queue_ids(db, at, Filter(states=())))
        ids += [row[0] for row in db.execute("SELECT id FROM lead")]
        return next(views.lead(db, at, lead.id) for lead in read.lines(db, at, ids).values() if lead.name == name)


async def test_the_bands_come_in_order_with_their_counts(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        assert seat.names == ["Hot Hélène", "Late Léo", "Later Lou"]
        screen = await seat.painted()
        for heading in ("B1 Hot, first touch running  1", "B6 Late for longer  1", "B7 Later  1"):
            assert heading in screen


async def test_a_state_is_a_sign_and_a_word(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        screen = await seat.painted()
        assert "> hot" in screen
        assert "! late" in screen
        assert "· ok" in screen


async def test_the_header_says_what_is_late_and_never_hides_the_radar(three: Queue, sit: Sit) -> None:
    for width in (120, 80, 30):
        async with sit(width=width, height=24) as seat:
            top = (await seat.painted()).splitlines()[0]
            assert "radar 1" in top
            if width > 30:
                assert "! 1" in top
                assert "3 open" in top


async def test_vim_keys_and_arrows_move_the_pointer(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        for key, name in (
            ("j", "Late Léo"), ("down", "Later Lou"), ("down", "Later Lou"), ("k", "Late Léo"), ("up", "Hot Hélène"),
            ("G", "Later Lou"), ("g", "Hot Hélène"), ("shift+g", "Later Lou"), ("home", "Hot Hélène"),
            ("end", "Later Lou"),
        ):  # fmt: skip
            await seat.press(key)
            assert seat.selected == name, key


async def test_accepting_takes_one_key_and_stays_on_the_lead(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("a")
        assert seat.selected == "Hot Hélène"
        assert any("Accepted: Hot Hélène" in told for told in seat.toasts)
    assert shape(home, "Hot Hélène")["state"] == "accepted"


async def test_a_logged_call_takes_three_keys_even_in_one_burst_and_the_next_lead_comes_by_itself(
    three: Queue, sit: Sit, home: Home
) -> None:
    async with sit() as seat:
        await seat.press("t", "1", "enter")
        assert seat.selected == "Late Léo"
    stored = shape(home, "Hot Hélène")
    assert stored["state"] == "working"
    last = stored["events"][-1]  # type: ignore[index]
    assert (last["data"]["channel"], last["data"]["outcome"]) == ("call", "no_answer")


async def test_undo_takes_the_last_verb_back_and_goes_to_its_lead(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("t", "1", "enter")
        await seat.press("u")
        assert seat.selected == "Hot Hélène"
        assert any("Taken back: accepted, touched (Hot Hélène)" in told for told in seat.toasts)
    assert shape(home, "Hot Hélène")["state"] == "handed_off"


async def test_undo_says_when_the_crm_already_knows(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("a")
        with Store(home).transaction() as db:
            db.execute("UPDATE outbox SET state = 'done'")
        await seat.press("u")
        assert any("a correction follows with the next sync" in told for told in seat.toasts)


async def test_what_cannot_be_done_says_why(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("a")
        await seat.press("a")
        assert any(told.startswith("Not possible: not while it is") for told in seat.toasts)


async def test_somebody_elses_lead_is_taken_over_with_a_capital_a(zoes: Queue, sit: Sit, home: Home) -> None:
    hand_over(zoes, {"name": "Karim’s", "owner": "karim", "email": "k@example.test"})
    async with sit() as seat:
        await seat.press("tab")
        await seat.press("a")
        assert any("Press A to take it over" in told for told in seat.toasts)
        await seat.press("A")
    assert shape(home, "Karim’s")["owner"] == ME


async def test_a_search_follows_each_letter_without_accents_and_escape_ends_it(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("/", *"lou")
        assert seat.names == ["Later Lou"]
        await seat.press("enter")
        await seat.press("j")
        assert seat.names == ["Later Lou"]
        await seat.press("escape")
        assert len(seat.list.order.ids) == 3
        assert seat.selected == "Later Lou"
        await seat.press("/", *"helene", "escape")
        assert len(seat.list.order.ids) == 3


async def test_matches_go_round(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("/", *"late", "enter")
        assert seat.selected == "Late Léo"
        for key, name in (("n", "Later Lou"), ("n", "Late Léo"), ("N", "Later Lou")):
            await seat.press(key)
            assert seat.selected == name


async def test_letters_of_a_search_are_never_verbs(three: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("/", "a", "t", "q", "u")
        assert seat.app.is_running
        assert len(seat.app.screen_stack) == 1
    assert shape(home, "Hot Hélène")["state"] == "handed_off"


async def test_tab_goes_through_the_views_and_capital_r_to_the_radar_and_back(three: Queue, sit: Sit) -> None:
    hand_over(three, {"name": "Karim’s", "owner": "karim", "email": "k@example.test"})
    async with sit() as seat:
        assert "Karim’s" not in seat.names
        await seat.press("tab")
        assert "Karim’s" in seat.names
        await seat.press("R")
        assert seat.names == ["Late Léo"]
        await seat.press("R")
        assert len(seat.list.order.ids) == 3


async def test_an_empty_view_teaches_the_next_key(zoes: Queue, sit: Sit) -> None:
    zoes.store.create()
    async with sit() as seat:
        assert "No leads yet. `leadq import FILE`" in await seat.painted()
        hand_over(zoes, {"owner": ME})
        seat.queue.tick()
        await seat.settle()
        assert seat.names == ["Jeanne Martin"]
        await seat.press("shift+tab")
        assert "No lead needs you. Tab goes on" in await seat.painted()
        await seat.press("R")
        assert "R goes back" in await seat.painted()


async def test_what_another_process_writes_is_seen_and_the_pointer_stays_on_its_lead(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("G")
        hand_over(three, {"name": "Newcomer", "owner": ME, "email": "new@example.test"})
        seat.queue.tick()
        await seat.settle()
        assert "Newcomer" in seat.names
        assert seat.selected == "Later Lou"


async def test_a_lead_changes_band_when_its_instant_comes(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        assert "B1 Hot, first touch running  1" in await seat.painted()
        seat.clock.forward(31 * MINUTE)
        seat.queue.tick()
        await seat.settle()
        assert "B3 Late, can still be saved  1" in await seat.painted()
        assert seat.selected == "Hot Hélène"


async def test_the_card_opens_as_a_screen_and_a_verb_leaves_it(three: Queue, sit: Sit) -> None:
    async with sit(width=80, height=40) as seat:
        await seat.press("enter")
        screen = await seat.painted()
        assert "Forges d’Ardèche" in screen
        assert "History" in screen
        await seat.press("t")
        assert "Voicemail" in await seat.painted()
        await seat.press("escape")
        assert seat.selected == "Hot Hélène"


async def test_the_card_shows_the_handoff_and_its_gaps(zoes: Queue, sit: Sit) -> None:
    hand_over(zoes, {"owner": ME, "consent_basis": "", "company_size": "5"})
    async with sit() as seat:
        screen = await seat.painted()
        for text in (
            "Jeanne Martin", "Directrice d’usine", "salon-2026", "? missing: consent_basis",
            "+ meets role, action", "x does not meet size", "accept", "first touch", "verdict",
        ):  # fmt: skip
            assert text in screen


async def test_help_and_palette_come_from_the_registry(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("?")
        assert "Take the lead on" in await seat.painted()
        await seat.press("escape")
        await seat.press("ctrl+p", *"take the lead")
        assert "Accept" in await seat.painted()
        await seat.press("enter")
        assert any("Accepted" in told for told in seat.toasts)


async def test_the_palette_shows_what_it_points_at_however_long_the_helps_above_it(three: Queue, sit: Sit) -> None:
    async with sit(width=60, height=18) as seat:
        tenth = matching("", seat.list.selected_line)[9].action.title
        await seat.press("ctrl+p", *["down"] * 9)
        assert tenth in await seat.painted()


async def test_the_palette_says_why_an_action_is_not_possible_and_does_not_do_it(three: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("ctrl+p", *"disqualify")
        assert "not while it is MQL" in await seat.painted()
        await seat.press("enter")
        assert len(seat.app.screen_stack) == 2


async def test_sync_runs_beside_the_screen_and_its_result_is_told(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    import leadq.tui.sync as beside

    def pretend(home: Home, clock: object) -> dict[str, object]:
        return {"run_id": "r", "connections": [{"name": "csv", "pulled": 0, "pushed": 2, "error": None}]}

    monkeypatch.setattr(beside, "run_sync", pretend)
    async with sit() as seat:
        await seat.press("s")
        await seat.settle()
        assert any("Synced: 2 sent, 0 fetched" in told for told in seat.toasts)


async def test_a_thread_that_fails_is_told_and_the_screen_goes_on(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise ZeroDivisionError("[/] boom")

    async with sit() as seat:
        monkeypatch.setattr(seat.app.data, "_look", broken)
        await seat.press("tab")
        assert any("ZeroDivisionError" in told for told in seat.toasts)
        assert not any("boom" in told for told in seat.toasts)
        await seat.press("j")
        assert seat.selected == "Late Léo"


async def test_a_disk_that_fails_is_said_once_in_one_sentence_and_the_screen_goes_on(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    async with sit() as seat:
        monkeypatch.setattr(seat.app.data, "_written", broken)
        for _second in range(3):
            seat.queue.tick()
            await seat.settle()
        told = [toast for toast in seat.toasts if "database disk image is malformed" in toast]
        assert len(told) == 1
        assert told[0].startswith("leadq cannot use ")
        await seat.press("j")
        assert seat.selected == "Late Léo"


async def test_a_home_that_cannot_be_read_at_first_is_said_on_an_empty_screen(
    three: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(read, "ranked", broken)
    async with sit() as seat:
        assert any("leadq cannot use " in toast for toast in seat.toasts)
        assert seat.app.is_running


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", ("! 1 needs you", "3 to send (20m)")), ("fr", ("! 1 à régler", "3 envois (20m)"))],
    ids=["en", "fr"],
)
async def test_what_waits_and_needs_somebody_is_always_in_the_header(
    three: Queue, sit: Sit, language: i18n.Language, told: tuple[str, ...]
) -> None:
    for lead_id in ("1", "2", "3"):
        three.perform([lead_id], verbs.Accept())
    with three.store.transaction() as db:
        db.execute("UPDATE outbox SET created_ms = ?", (NOW_MS - 20 * MINUTE,))
        db.execute("UPDATE outbox SET state = 'dead' WHERE rowid = 1")
    i18n.use(language)
    async with sit(80, 24) as seat:
        header = (await seat.painted()).splitlines()[0]
        assert [words for words in (*told, "~ 0", "radar", "sync") if words not in header] == []


async def test_a_wave_of_changes_is_told_while_it_goes_out(three: Queue, sit: Sit) -> None:
    for _round in range(2):
        for lead_id in ("1", "2", "3"):
            three.perform([lead_id], verbs.Note("more"))
    async with sit() as seat:
        with three.store.transaction() as db:
            db.execute("UPDATE outbox SET state = 'done', done_ms = 1 WHERE rowid = 1")
        seat.queue.tick()
        await seat.settle()
        assert "sending 1 of 6" in await seat.painted()


async def test_a_refusal_that_comes_while_nobody_does_anything_is_seen(three: Queue, sit: Sit) -> None:
    three.perform(["1"], verbs.Accept())
    async with sit() as seat:
        with three.store.transaction() as db:
            db.execute("UPDATE outbox SET state = 'dead'")
        seat.queue.tick()
        await seat.settle()
        assert "! 1 needs you" in await seat.painted()
