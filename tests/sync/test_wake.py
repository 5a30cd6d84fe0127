"""What the laboratory found in a push: each was a schedule of `leadq-crashlab` before it was a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.clock import Clock
from leadq.domain.verbs import Note
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
