"""The outbox and what needs a person, by keys: the command line's decisions, one by one or all alike at once."""

from __future__ import annotations

import json

import pytest

from leadq import drafts
from leadq.domain import verbs
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import hand_over
from tests.tui.conftest import ME, Sit
from tests.tui.test_hostile import SHORT, assert_harmless


@pytest.fixture
def stuck(zoes: Queue) -> Queue:
    """Two conflicts of one kind, two refusals that differ only by a number, and a change that waits."""
    names = ("Conflict One", "Conflict Two", "Refused One", "Refused Two", "Waiting")
    hand_over(zoes, *({"name": name, "owner": ME} for name in names))
    for lead_id in range(1, 6):
        zoes.perform([str(lead_id)], verbs.Reject("rej.spam", 1))
    with zoes.store.transaction() as db:
        at = "(SELECT uid FROM lead WHERE id {})"
        db.execute(f"UPDATE outbox SET state = 'conflict', base = 'new', theirs = 'qualified', last_error = 'Changed.'"
                   f" WHERE lead_uid IN {at.format('< 3')}")  # fmt: skip
        for lead_id in (3, 4):
            db.execute(f"UPDATE outbox SET state = 'dead', last_error = ? WHERE lead_uid = {at.format('= ?')}",
                       (f"Record {lead_id} refuses [/] it.", lead_id))  # fmt: skip
    return zoes


def states(home: Home) -> list[str]:
    """How the changes stand, in the order of their leads."""
    with Store(home).read() as db:
        rows = db.execute("SELECT o.state FROM outbox o JOIN lead l ON l.uid = o.lead_uid ORDER BY l.id, o.seq")
        return [state for (state,) in rows]


def settled(home: Home, lead_id: int) -> list[tuple[str, str]]:
    """What was decided about the changes of a lead, with its notes."""
    query = """SELECT e.data, t.text FROM event e JOIN lead l ON l.uid = e.lead_uid
        LEFT JOIN event_text t ON t.event_uid = e.uid WHERE e.type = 'change_settled' AND l.id = ?"""
    with Store(home).read() as db:
        return [(json.loads(data)["how"], note or "") for data, note in db.execute(query, (lead_id,))]


async def test_a_conflict_shows_what_was_known_mine_and_theirs_side_by_side(stuck: Queue, sit: Sit) -> None:
    async with sit(80, 24) as seat:
        await seat.press("!")
        lines = (await seat.painted()).splitlines()
        heads = next(index for index, line in enumerate(lines) if "we knew" in line)
        places = [lines[heads].index(word) for word in ("we knew", "1 mine", "2 the CRM’s")]
        assert [lines[heads + 1][place:].split()[0] for place in places] == ["new", "Rejected", "Qualified"]
        assert "! in conflict" in lines[1]
        assert "Needs you 4" in lines[0]
        assert "= [ ] the same for 1 similar change" in "\n".join(lines)


@pytest.mark.parametrize(
    ("keys", "state", "how"),
    [
        (("1",), "pending", ("mine", "")),
        (("2",), "cancelled", ("theirs", "")),
        (("x", *"no", "enter"), "cancelled", ("discarded", "no")),
    ],
    ids=["mine", "theirs", "discard"],
)
async def test_each_decision_is_a_key_and_stays_with_the_lead(
    stuck: Queue, sit: Sit, home: Home, keys: tuple[str, ...], state: str, how: tuple[str, str]
) -> None:
    async with sit() as seat:
        await seat.press("!", *keys)
        assert "Needs you 3" in await seat.painted()
        assert any("1 change: " in told for told in seat.toasts)
    assert (settled(home, 1), settled(home, 2)) == ([how], [])
    assert states(home)[:2] == [state, "conflict"]


async def test_the_same_is_decided_for_all_similar_ones_and_for_no_other(stuck: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("!", "j", "j", "=")
        assert "= [x] the same for 1 similar change" in await seat.painted()
        await seat.press("r")
        assert any("2 changes: to be sent after all" in told for told in seat.toasts)
        assert "Needs you 2" in await seat.painted()
        await seat.press("=", "k", "2")  # it was said of another
    assert states(home)[2:4] == ["pending", "pending"]
    assert [settled(home, lead_id) for lead_id in (1, 2)] == [[("theirs", "")], []]


async def test_what_was_done_by_hand_must_be_said_and_escape_decides_nothing(
    stuck: Queue, sit: Sit, home: Home
) -> None:
    async with sit() as seat:
        await seat.press("!", "x")
        assert "Never to be sent" in await seat.painted()
        await seat.press("escape", "h", "enter")
        assert "Say what was done instead." in await seat.painted()
        assert states(home)[0] == "conflict"
        await seat.press(*"typed in", "enter")
    assert (states(home)[0], settled(home, 1)) == ("done", [("handled", "typed in")])


async def test_a_refusal_is_said_and_nothing_changes(stuck: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("O", "G", "1")
        assert any("This cannot be done to change" in told for told in seat.toasts)
        assert "Waiting" in await seat.painted()
    assert states(home)[4] not in ("conflict", "cancelled")


async def test_the_lists_follow_what_others_write_and_the_lead_can_be_read(stuck: Queue, sit: Sit) -> None:
    async with sit() as seat:
        await seat.press("O")
        assert "Outbox 5" in await seat.painted()
        stuck.perform(["5"], verbs.Note("more"))
        with stuck.store.transaction() as db:
            db.execute("UPDATE outbox SET state = 'done' WHERE state = 'dead'")
        seat.queue.tick()
        await seat.settle()
        await seat.settle()
        assert "Needs you 2" in await seat.painted()
        await seat.press("enter")
        assert "History" in await seat.painted()
        await seat.press("a")
        await seat.press("escape")
        await seat.press("tab", "escape")
        assert len(seat.app.screen_stack) == 1


async def test_marketings_answers_are_there_and_disputes_come_first(zoes: Queue, sit: Sit) -> None:
    hand_over(zoes, {"name": "Thanked", "owner": ME}, {"name": "Disputed", "owner": ME})
    for lead_id, answer in (("1", "changed"), ("2", "declined")):
        zoes.perform([lead_id], verbs.Reject("rej.spam", 1))
        zoes.perform([lead_id], verbs.Answer(answer, "we looked"))
    async with sit() as seat:
        await seat.press("!")
        text = await seat.painted()
        assert text.index("Disputed") < text.index("Thanked")
        assert "The two teams disagree" in text
        await seat.press("j", "1")
        assert "we looked" in await seat.painted()
        assert any("no change to decide here" in told for told in seat.toasts)


async def test_an_empty_list_says_so(zoes: Queue, sit: Sit) -> None:
    zoes.store.create()
    async with sit(80, 24) as seat:
        await seat.press("!")
        assert "Nothing needs you." in await seat.painted()
        await seat.press("tab", "x", "j", "=", "enter")
        assert "Nothing waits to go out." in await seat.painted()


async def test_hostile_words_of_leads_and_services_are_text(stuck: Queue, sit: Sit) -> None:
    with stuck.store.transaction() as db:
        for lead_id, text in enumerate(SHORT[:5], start=1):
            safe = text.encode("utf-8", "replace").decode("utf-8")
            db.execute("UPDATE person SET name = ? WHERE id = (SELECT person_id FROM lead WHERE id = ?)",
                       (safe, lead_id))  # fmt: skip
        db.execute("UPDATE outbox SET last_error = ?, theirs = '[/]'", (SHORT[0],))
    async with sit(80, 24) as seat:
        await seat.press("!", "x")
        assert_harmless(await seat.painted())
        await seat.press("escape", "2")
        assert_harmless(await seat.painted() + "".join(seat.toasts))
        assert seat.app.is_running


async def test_why_something_is_discarded_survives_escape_and_goes_with_the_decision(
    stuck: Queue, sit: Sit, home: Home
) -> None:
    async with sit() as seat:
        await seat.press("!", "x", *"wrong per", "escape", "x")
        assert "Brought back" in await seat.painted()
        await seat.press(*"son", "enter")
        assert settled(home, 1) == [("discarded", "wrong person")]
        assert drafts.load(home) == []


async def test_one_key_takes_the_last_decision_back_and_then_the_one_before(stuck: Queue, sit: Sit, home: Home) -> None:
    before = states(home)
    async with sit() as seat:
        await seat.press("!", "=", "1")
        assert states(home)[:2] == ["pending", "pending"]
        assert any("2 changes: goes out over what the CRM has · u takes it back" in told for told in seat.toasts)
        await seat.press("x", *"spam", "enter")
        await seat.press("escape", "!", "u")  # also when the screen was left meanwhile
        assert any("1 change: to be decided anew" in told for told in seat.toasts)
        assert states(home)[:2] == ["pending", "pending"]
        await seat.press("u")
        assert states(home) == before
        assert [how for how, _note in settled(home, 1)] == ["mine", "taken_back"]
        await seat.press("u")
        assert "There is no decision of yours to take back here." in seat.toasts


async def test_a_decision_that_a_sync_has_taken_up_stands_and_that_is_said(stuck: Queue, sit: Sit, home: Home) -> None:
    async with sit() as seat:
        await seat.press("!", "x")
        assert "u takes it back until a sync has gone on from it" in await seat.painted()
        await seat.press("escape", "r")
        with stuck.store.transaction() as db:
            db.execute("UPDATE outbox SET state = 'inflight' WHERE state = 'pending'")
        await seat.press("u")
        assert any("has gone on since that was decided (is on its way)" in told for told in seat.toasts)
    assert states(home)[0] == "inflight"


async def test_a_dispute_is_settled_where_it_is_shown(zoes: Queue, sit: Sit, home: Home) -> None:
    hand_over(zoes, {"name": "Disputed", "owner": ME})
    zoes.perform(["1"], verbs.Reject("rej.spam", 1))
    zoes.perform(["1"], verbs.Answer("declined", "it was real"))
    async with sit(80, 24) as seat:
        await seat.press("!")
        screen = await seat.painted()
        assert "B Answer  d Dispute  w Reroute  b Resubmit" in screen
        await seat.press("w", "escape")
        await seat.press("B", *"chan", "enter")
        assert any("Answered: lead 1" in told for told in seat.toasts)
        assert "settle it with marketing" not in await seat.painted()
        await seat.press("u")
        assert any("Taken back: answered by marketing" in told for told in seat.toasts)
        assert "settle it with marketing" in await seat.painted()
        await seat.press("w", "up", "enter", "enter")
        assert any("Rerouted: lead 1" in told for told in seat.toasts)
    with Store(home).read() as db:
        assert db.execute("SELECT disputed_ms, state, owner FROM lead").fetchone() == (None, "handed_off", "")
