"""The one door: what a rep does is whole or not at all, can be taken back, and goes out once."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from leadq import config, read, views
from leadq.clock import Clock
from leadq.domain import verbs
from leadq.errors import Exit, LeadqError
from leadq.ledger import history
from leadq.queue import Done, Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over

MINUTE = 60_000


@pytest.fixture
def leads(queue: Queue) -> list[int]:
    """Three fresh leads."""
    return list(hand_over(queue, {}, {}, {}).lead_ids)


def shape(store: Store, lead_id: int, now_ms: int = NOW_MS) -> dict[str, Any]:
    with store.read() as connection:
        return views.lead(connection, read.moment(connection, now_ms), lead_id)


def ops(store: Store) -> list[tuple[Any, ...]]:
    with store.read() as connection:
        return connection.execute(
            "SELECT verb, state, seq, compensates FROM outbox ORDER BY created_ms, seq"
        ).fetchall()


def do(queue: Queue, verb: verbs.Verb, *lead_ids: int) -> Done:
    return queue.perform([str(lead_id) for lead_id in lead_ids], verb)


def refusal(queue: Queue, verb: verbs.Verb, *lead_ids: int) -> LeadqError:
    with pytest.raises(LeadqError) as caught:
        do(queue, verb, *lead_ids)
    return caught.value


def test_a_verb_changes_the_lead_its_clocks_and_its_outbox_together(
    queue: Queue, store: Store, leads: list[int]
) -> None:
    do(queue, verbs.Touch("call", "no_answer"), leads[0])
    lead = shape(store, leads[0])
    assert (lead["state"], lead["owner"]) == ("working", config.NOBODY)
    assert {clock["kind"]: clock["state"] for clock in lead["clocks"]} == {
        "accept": "met",
        "first_touch": "met",
        "disposition": "running",
    }
    assert [(verb, state) for verb, state, *_ in ops(store)] == [("accept", "held"), ("touch", "held")]
    assert lead["sync"]["pending"] == 2


def test_several_leads_are_one_gesture_all_or_nothing(queue: Queue, store: Store, leads: list[int]) -> None:
    do(queue, verbs.Accept(), leads[1])
    assert refusal(queue, verbs.Accept(), *leads).exit_status == Exit.REFUSED
    assert [shape(store, lead_id)["state"] for lead_id in leads] == ["handed_off", "accepted", "handed_off"]
    do(queue, verbs.Note("salon"), *leads)
    assert len(queue.undo().undone) == 3


def test_a_lead_named_twice_is_one_lead(queue: Queue, leads: list[int]) -> None:
    assert do(queue, verbs.Accept(), leads[0], leads[0]).lead_ids == (leads[0],)


def test_a_refusal_says_what_is_allowed_now(queue: Queue, leads: list[int]) -> None:
    do(queue, verbs.Touch("call", "no_answer"), leads[0])
    error = refusal(queue, verbs.Reject("rej.spam", 1), leads[0])
    assert (error.code, error.exit_status) == ("has_touch", Exit.REFUSED)
    assert "disqualify" in error.hint


@pytest.mark.parametrize(
    ("reference", "code", "status"),
    [
        ("9999", "no_such_lead", Exit.NOT_FOUND),
        ("csv:unknown", "no_such_lead", Exit.NOT_FOUND),
        ("nobody@nowhere.example", "no_such_lead", Exit.NOT_FOUND),
        ("018f4d3c-0000-7000-8000-000000000000", "no_such_lead", Exit.NOT_FOUND),
        ("", "bad_lead", Exit.USAGE),
        ("Jeanne", "bad_lead", Exit.USAGE),
        ("9" * 40, "no_such_lead", Exit.NOT_FOUND),
    ],
)
def test_a_lead_that_cannot_be_found_says_so(
    queue: Queue, leads: list[int], reference: str, code: str, status: Exit
) -> None:
    with pytest.raises(LeadqError) as caught:
        queue.perform([reference], verbs.Accept())
    assert (caught.value.code, caught.value.exit_status) == (code, status)


def test_a_lead_is_named_by_number_uid_email_or_crm_id(queue: Queue, store: Store) -> None:
    (lead_id,) = hand_over(queue, {"id": "L-7", "email": "Jeanne@Forges.example"}).lead_ids
    uid = shape(store, lead_id)["uid"]
    for reference in (str(lead_id), uid, "jeanne@forges.example", "csv:L-7"):
        assert queue.perform([reference], verbs.Note("vu")).lead_ids == (lead_id,)


def test_an_email_of_two_open_leads_is_a_question(queue: Queue) -> None:
    hand_over(queue, {"id": "A", "email": "x@forges.example"}, {"id": "B", "email": "x@forges.example"})
    with pytest.raises(LeadqError) as caught:
        queue.perform(["x@forges.example"], verbs.Accept())
    assert caught.value.exit_status == Exit.USAGE
    assert len(caught.value.candidates) == 2


def test_an_undo_restores_the_lead_and_cancels_what_had_not_left(queue: Queue, store: Store, leads: list[int]) -> None:
    before = shape(store, leads[0])
    do(queue, verbs.Touch("call", "connected"), leads[0])
    undone = queue.undo()
    after = shape(store, leads[0])
    assert (len(undone.undone), undone.compensated) == (2, ())
    assert {key: after[key] for key in after if key != "events"} == {
        key: before[key] for key in before if key != "events"
    }
    assert [state for _verb, state, *_ in ops(store)] == ["cancelled", "cancelled"]


def test_what_had_left_is_followed_by_a_compensation(queue: Queue, store: Store, leads: list[int]) -> None:
    do(queue, verbs.Accept(), leads[0])
    with store.transaction() as connection:
        connection.execute("UPDATE outbox SET state = 'done'")
    undone = queue.undo()
    assert len(undone.compensated) == 1
    ((_v, _s, first, _c), (verb, state, second, compensates)) = ops(store)
    assert (verb, state, second) == ("undo", "held", first + 1)
    assert compensates is not None


def test_undo_goes_back_one_gesture_at_a_time(queue: Queue, store: Store, leads: list[int]) -> None:
    do(queue, verbs.Accept(), leads[0])
    do(queue, verbs.Touch("call", "no_answer"), leads[0])
    queue.undo()
    assert shape(store, leads[0])["state"] == "accepted"
    queue.undo()
    assert shape(store, leads[0])["state"] == "handed_off"
    with pytest.raises(LeadqError) as caught:
        queue.undo()
    assert (caught.value.code, caught.value.exit_status) == ("nothing_to_undo", Exit.REFUSED)


def test_undo_takes_back_only_my_own_gesture(queue: Queue, store: Store, leads: list[int]) -> None:
    do(queue, verbs.Accept(), leads[0])
    config.write(store.home, "karim")
    with pytest.raises(LeadqError):
        queue.undo()
    assert shape(store, leads[0])["state"] == "accepted"


def test_no_event_holds_what_identifies_a_person(queue: Queue, store: Store) -> None:
    (lead_id,) = hand_over(queue, {"name": "Zélie Unique", "email": "zelie.unique@forges.example"}).lead_ids
    do(
        queue,
        verbs.Touch("call", "connected", note="Zélie Unique rappelle", evidence="https://x.example/zelie"),
        lead_id,
    )
    do(queue, verbs.Disqualify("other", 2, note="Zélie Unique part"), lead_id)
    with store.read() as connection:
        (uid,) = connection.execute("SELECT uid FROM lead WHERE id = ?", (lead_id,)).fetchone()
        said = " ".join(str(dict(event.data)) for event in history(connection, uid))
    assert "unique" not in said.lower()
    assert "+3319900" not in said


def test_a_duplicate_points_at_its_original_by_uid(queue: Queue, store: Store, leads: list[int]) -> None:
    do(queue, verbs.Reject("rej.duplicate", 3, into=str(leads[1])), leads[0])
    assert shape(store, leads[0])["events"][-1]["data"]["into"] == shape(store, leads[1])["uid"]


def test_the_same_home_at_the_same_instant_reads_the_same(queue: Queue, store: Store, leads: list[int]) -> None:
    do(queue, verbs.Touch("call", "callback_set", next_ms=NOW_MS + 90 * MINUTE), leads[0])
    assert shape(store, leads[0], NOW_MS + MINUTE) == shape(store, leads[0], NOW_MS + MINUTE)


def test_a_promise_brings_the_lead_back_to_the_top(queue: Queue, store: Store, leads: list[int]) -> None:
    do(queue, verbs.Touch("call", "callback_set", next_ms=NOW_MS + 90 * MINUTE), leads[2])
    assert shape(store, leads[2], NOW_MS + 79 * MINUTE)["band"] != "B0"
    assert shape(store, leads[2], NOW_MS + 80 * MINUTE)["band"] == "B0"
    with store.read() as connection:
        at = read.moment(connection, NOW_MS + 80 * MINUTE)
        assert read.queue_ids(connection, at, read.Filter())[0] == leads[2]


def test_a_clock_keeps_the_contract_it_started_under(queue: Queue, store: Store, leads: list[int]) -> None:
    old = shape(store, leads[0])
    text = store.home.contract.read_text("utf-8")
    version = old["clocks"][0]["contract_version"]
    store.home.contract.write_text(text.replace(f'version = "{version}"', 'version = "new"'), "utf-8")
    (later,) = hand_over(queue, {"email": "later@forges.example"}).lead_ids
    do(queue, verbs.Accept(), leads[0])
    assert shape(store, leads[0])["clocks"][0]["contract_version"] == version
    assert shape(store, later)["clocks"][0]["contract_version"] == "new"


def test_a_broken_contract_leaves_the_one_in_force(queue: Queue, store: Store, leads: list[int]) -> None:
    store.home.contract.write_text("schema = 1\n[contract\n", "utf-8")
    assert do(queue, verbs.Accept(), leads[0]).problems
    assert shape(store, leads[0])["state"] == "accepted"


def test_a_contract_that_was_moved_away_stays_in_force(queue: Queue, store: Store, leads: list[int]) -> None:
    text = store.home.contract.read_text("utf-8")
    store.home.contract.write_text(text.replace('version = "', 'version = "mine-', 1), "utf-8")
    do(queue, verbs.Accept(), leads[0])
    store.home.contract.unlink()
    (later,) = hand_over(queue, {"email": "later@forges.example"}).lead_ids
    assert shape(store, later)["clocks"][0]["contract_version"].startswith("mine-")


def test_a_gesture_that_fails_leaves_nothing_behind(
    queue: Queue, store: Store, leads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("leadq.recording.enqueue", broken)
    with pytest.raises(Exception, match="disk"):
        do(queue, verbs.Accept(), leads[0])
    monkeypatch.undo()
    assert shape(store, leads[0])["state"] == "handed_off"
    assert ops(store) == []


def test_when_it_happened_and_when_it_was_recorded_are_two_instants(
    store: Store, queue: Queue, leads: list[int]
) -> None:
    """E43: a laptop that was offline, or whose clock is wrong, can be told from the order of what was recorded."""
    later = Queue(store, Clock(NOW_MS + 240 * MINUTE))
    do(later, verbs.Touch("call", "no_answer", at_ms=NOW_MS + 5 * MINUTE), leads[0])
    with store.read() as db:
        (instants,) = db.execute("SELECT occurred_ms, recorded_ms FROM event WHERE type = 'touched'").fetchall()
    assert instants == (NOW_MS + 5 * MINUTE, NOW_MS + 240 * MINUTE)


def test_work_done_later_is_judged_at_its_own_instant(store: Store, queue: Queue, leads: list[int]) -> None:
    later = Queue(store, Clock(NOW_MS + 240 * MINUTE))
    do(later, verbs.Touch("call", "no_answer", at_ms=NOW_MS + 5 * MINUTE), leads[0])
    clocks = {clock["kind"]: clock["state"] for clock in shape(store, leads[0], NOW_MS + 300 * MINUTE)["clocks"]}
    assert clocks["first_touch"] == "met"
