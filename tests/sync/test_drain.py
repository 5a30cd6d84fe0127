"""Seven days without a network: all that was done goes out in one sync, in its order, with few requests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

from leadq.domain.verbs import Accept, Note, Qualify, Touch
from leadq.sync import ops
from leadq.sync.engine import run_sync
from leadq.sync.run import Wishes
from leadq.testing.crm import LAGGING
from leadq.testing.inside import Inside
from leadq.testing.invariants import (
    OpRow,
    appends_are_in_order,
    each_acked_append_is_there_once,
    every_op_ends,
)
from leadq.testing.straight import Straight
from tests.sync.laptop import TOKEN, Laptop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.paths import Home
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Open
    from leadq.sync.wire import Reply, Request

BATCH = 100
WEEK = (
    Accept(),
    Touch("call", "connected"),
    Touch("email", "no_answer"),
    Note("Rappeler après le salon."),
    Touch("call", "no_answer"),
    Note("Veut un devis."),
    Touch("call", "connected"),
    Touch("email", "no_answer"),
    Note("Devis envoyé."),
    Qualify(4),
)
"""What is done to each lead, a day and more apart; the acceptance is said again by the call that follows it."""


@dataclass
class Stoppable(Laptop):
    """Ctrl-C comes with the request number `stop_at`: once it was served when `late`, else before."""

    stop_at: int = 0
    late: bool = False
    count: int = 0

    def open(self, order: Open, ticks: Ticks) -> Inside:
        return Inside(replace(order, secrets={"token": TOKEN}), self.kind, Straight(self._answer, self.time), ticks)

    def _answer(self, request: Request) -> Reply:
        assert self.crm
        self.count += 1
        if self.count != self.stop_at:
            return self.crm(request)
        if self.late:
            self.crm(request)
        raise KeyboardInterrupt


def offline(home: Home, leads: int) -> Stoppable:
    """A week's work on `leads` leads, a few at a time, and no sync."""
    laptop = Stoppable(home, LAGGING, options={"batch": BATCH})
    for number in range(leads):
        laptop.book.create(f"L{number}", name=f"Lead {number}")
    laptop.time.sleep(60)
    laptop.sync()
    names = [f"crm:L{number}" for number in range(leads)]
    for verb in WEEK:
        for start in range(0, leads, 50):
            laptop.queue.perform(names[start : start + 50], verb)
        laptop.time.sleep(7 * 86_400 / len(WEEK))
    laptop.count = 0
    return laptop


def optimum(laptop: Laptop) -> int:
    """The fewest requests to this service for what is to be said, after coalescing.

    A batch holds 100 changes and a lead once: as many as the changes fill, and at least as many as the busiest lead
    has. Notes have no batch: one request for each entry on a timeline. Before a status is written over, the lead is
    looked at: one request for 100 leads.
    """
    rows = laptop.rows("SELECT lead_uid, adds, status FROM outbox WHERE state <> 'superseded'")
    busiest = max(Counter(lead for lead, _adds, _status in rows).values())
    looked_at = {lead for lead, _adds, status in rows if status}
    entries = sum(adds for _lead, adds, _status in rows)
    return max(ceil(len(rows) / BATCH), busiest) + entries + ceil(len(looked_at) / BATCH)


def broken(laptop: Laptop, written: Sequence[str]) -> list[Any]:
    """What does not hold: nothing lost, nothing twice, each lead's entries in their order."""
    rows = laptop.rows(
        "SELECT o.op_id, l.external_id, o.seq, o.state, o.adds, o.state <> 'superseded' FROM outbox o"
        " JOIN lead l ON l.uid = o.lead_uid"
    )
    ops = [OpRow(op, lead, seq, state, appends=bool(adds), was_sent=bool(sent))
           for op, lead, seq, state, adds, sent in rows]  # fmt: skip
    effects = laptop.book.effects
    return [
        *each_acked_append_is_there_once(effects, ops),
        *every_op_ends(written, ops),
        *appends_are_in_order(effects, ops),
    ]


class Explaining:
    """Asks SQLite how it would do each statement."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.plans: list[str] = []

    def execute(self, statement: str, values: Any = ()) -> Any:
        self.plans += [row[3] for row in self._db.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        return self._db.execute(statement, values)


def drained(laptop: Stoppable) -> None:
    written = [op for (op,) in laptop.rows("SELECT op_id FROM outbox")]
    report = laptop.sync(pull=False)
    assert (report.error, report.pending, report.unknown) == (None, 0, 0)
    assert laptop.count <= 1.2 * optimum(laptop)
    laptop.time.sleep(16 * 60)
    laptop.sync()
    assert broken(laptop, written) == []


def test_a_week_of_work_goes_out_in_one_sync_with_hardly_more_requests_than_there_must_be(home: Home) -> None:
    drained(offline(home, 60))


@pytest.mark.deep
def test_five_thousand_verbs_go_out_in_one_sync(home: Home) -> None:
    laptop = offline(home, 500)
    assert laptop.rows("SELECT count(*) FROM outbox") == [(5_000,)]
    drained(laptop)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("stop_at", [1, 2, 3, 40, 77])
def test_ctrl_c_and_going_on_loses_nothing_and_says_nothing_twice(home: Home, stop_at: int, late: bool) -> None:
    laptop = offline(home, 12)
    written = [op for (op,) in laptop.rows("SELECT op_id FROM outbox")]
    laptop.stop_at, laptop.late = stop_at, late
    with pytest.raises(KeyboardInterrupt):
        laptop.sync(pull=False)
    laptop.time.sleep(120)
    for _ in range(3):
        laptop.sync(pull=False)
        laptop.time.sleep(16 * 60)
    assert broken(laptop, written) == []
    statuses = {laptop.book.get(f"L{number}").properties["status"] for number in range(12)}  # type: ignore[union-attr]
    assert statuses == {"qualified"}


def test_progress_is_told_and_ends_at_the_whole(home: Home) -> None:
    laptop = offline(home, 6)
    heard: list[tuple[int, int]] = []
    run_sync(
        laptop.home, now_ms=laptop.time.wall_ms(), timeout_s=1e6, wishes=Wishes(pull=False), ticks=laptop.time,
        open_child=laptop.open, on_progress=lambda name, done, total: heard.append((done, total)),
    )  # fmt: skip
    ((sent,),) = laptop.rows("SELECT count(*) FROM outbox WHERE state <> 'superseded'")
    assert heard == sorted(heard)
    assert heard[-1] == (sent, sent)


def test_no_cycle_goes_through_what_was_sent_long_ago(home: Home) -> None:
    laptop = offline(home, 2)
    with laptop.store.transaction() as connection:
        db: Any = Explaining(connection)
        ops.recover(db, "crm")
        ops.release(db, "crm", None)
        ops.reblock(db, "crm")
        ops.coalesce(db, "crm")
        heads = ops.heads(db, "crm")
        ops.following(db, "crm", heads)
        ops.to_audit(db, "crm", 0)
        ops.disputed(db, "crm")
        ops.counts(db, "crm")
        ops.next_wake_ms(db, "crm")
        db.execute(ops.GONE, ("crm",))
    assert len(heads) == 2
    assert [plan for plan in db.plans if plan.startswith("SCAN")] == []
