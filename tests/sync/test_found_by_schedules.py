"""What the laboratory found in the engine: each was a schedule of `leadq-crashlab` before it was a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.clock import Clock
from leadq.domain.verbs import Accept, Note, Reject, Resubmit
from leadq.queue import Queue
from leadq.sync import ops, snapshot
from tests.conftest import NOW_MS, hand_over

if TYPE_CHECKING:
    from leadq.paths import Home
    from leadq.sqlite import Store


def test_what_waits_behind_another_op_of_its_lead_wakes_nobody_by_itself(home: Home, store: Store) -> None:
    queue = Queue(store, Clock(NOW_MS))
    hand_over(queue, {"id": "42"})
    queue.perform(["1"], Note("one"))
    queue.perform(["1"], Note("two"))
    with store.transaction() as db:
        db.execute("UPDATE outbox SET state = 'unknown', next_attempt_ms = 7000 WHERE seq = 1")
        db.execute("UPDATE outbox SET state = 'pending', next_attempt_ms = NULL WHERE seq = 2")
        assert ops.next_wake_ms(db, "csv") == 7000
        db.execute("UPDATE outbox SET state = 'done' WHERE seq = 1")
        assert ops.next_wake_ms(db, "csv") == 0


def test_a_write_that_says_no_status_leaves_the_known_one(store: Store) -> None:
    with store.transaction() as db:
        snapshot.written(db, "crm", "42", "", 1000)
        snapshot.written(db, "crm", "42", "accepted", 2000)
        snapshot.written(db, "crm", "42", "", 1500)
        (found,) = snapshot.find(db, "crm", ["42"]).values()
    assert (found.status, found.updated_ms) == ("accepted", 2000)


def test_what_a_record_was_like_before_our_write_is_news_when_it_comes_back(store: Store) -> None:
    with store.transaction() as db:
        snapshot.keep(db, "crm", [snapshot.Snapshot("42", 1000, "new", "mark", "")])
        snapshot.written(db, "crm", "42", "accepted", None)
        assert snapshot.find(db, "crm", ["42"])["42"].hash == "mark"
        snapshot.written(db, "crm", "42", "accepted", 2000)
        assert snapshot.find(db, "crm", ["42"])["42"].hash == ""


def test_a_late_write_of_ours_is_told_from_somebody_elses_by_its_stamp(home: Home, store: Store) -> None:
    queue = Queue(store, Clock(NOW_MS))
    hand_over(queue, {"id": "42"})
    queue.perform(["1"], Accept())
    with store.read() as db:
        (lead,) = db.execute("SELECT uid FROM lead").fetchone()
        (mine,) = db.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
        assert ops.setter(db, lead, f"{mine}:1", "accepted").seq == 1
        assert not ops.setter(db, lead, f"{mine}:1", "qualified").seq
        assert not ops.setter(db, lead, "other:1", "accepted").seq
        assert not ops.setter(db, lead, "", "accepted").seq


def test_what_a_late_write_covered_is_the_newest_state_not_the_newest_op(home: Home, store: Store) -> None:
    queue = Queue(store, Clock(NOW_MS))
    hand_over(queue, {"id": "42"})
    queue.perform(["1"], Accept())
    queue.perform(["1"], Note("no state of its own"))
    with store.transaction() as db:
        (lead,) = db.execute("SELECT uid FROM lead").fetchone()
        db.execute("UPDATE outbox SET state = 'done', last_sent_ms = 1")
        newest = ops.newest_status_there(db, "csv", lead)
    assert newest is not None
    assert (newest.seq, newest.status) == (1, "accepted")


def test_a_late_write_of_one_cycle_does_not_stay_over_the_state_of_the_next(home: Home, store: Store) -> None:
    queue = Queue(store, Clock(NOW_MS))
    hand_over(queue, {"id": "42"})
    queue.perform(["1"], Reject("rej.bad_data", 2, missing=("phone",)))
    queue.perform(["1"], Resubmit("the phone is there now"))
    queue.perform(["2"], Accept())
    with store.transaction() as db:
        db.execute("UPDATE outbox SET state = 'done', last_sent_ms = 1")
        rows = db.execute("SELECT op_id, lead_uid, status FROM outbox ORDER BY rowid").fetchall()
        newest = ops.newest_status_there(db, "csv", rows[0][1])
        assert newest is not None
        assert (rows[0][2], newest.status, newest.op_id) == ("rejected", "accepted", rows[-1][0])
        assert ops.is_older(db, rows[0][0], newest)
        assert not ops.is_older(db, rows[-1][0], newest)
        assert not ops.is_older(db, "somebody else's", newest)
