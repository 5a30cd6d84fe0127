"""A decision about changes is taken back while nobody has gone on from it, and never later."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from leadq import opcare, opundo
from leadq.desk import Desk
from leadq.doctor import refold
from leadq.domain.verbs import Accept, Note, Reject
from leadq.errors import LeadqError
from leadq.opundo import Decision
from leadq.paths import Home
from tests.sync.laptop import Laptop

WAYS: dict[str, Callable[[Desk, Sequence[str]], object]] = {
    "retried": opcare.retry,
    "handled": lambda desk, ops: opcare.resolve(desk, ops, "Typed in by hand."),
    "discarded": opcare.discard,
    "mine": lambda desk, ops: [opcare.take(desk, op, "mine") for op in ops],
    "theirs": lambda desk, ops: [opcare.take(desk, op, "theirs") for op in ops],
}


@pytest.fixture
def contested(home: Home) -> Laptop:
    """A lead that was accepted and rejected here, with a note behind it, and qualified there."""
    laptop = Laptop(home)
    laptop.book.create("L0", name="Jeanne", email="jeanne@forges.example")
    laptop.time.sleep(60)
    laptop.sync()
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",), note="Faux."))
    laptop.queue.perform(["crm:L0"], Note("Vu."))
    laptop.book.set("L0", {"status": "qualified"})
    laptop.sync()
    assert laptop.states() == ["superseded", "conflict", "blocked"]
    return laptop


def outbox(laptop: Laptop) -> list[object]:
    return laptop.rows("SELECT * FROM outbox ORDER BY rowid")


def decide(laptop: Laptop, how: str) -> Decision:
    (op,) = laptop.rows("SELECT op_id FROM outbox WHERE state = 'conflict'")
    with laptop.queue.desk() as desk, opundo.remembered(desk, how, op) as decision:
        WAYS[how](desk, op)
    return decision


def take_back(laptop: Laptop, decision: Decision) -> list[str]:
    with laptop.queue.desk() as desk:
        return opundo.take_back(desk, decision).events


def settled(laptop: Laptop) -> list[str]:
    return [json.loads(data)["how"] for data in laptop.events("change_settled")]


@pytest.mark.parametrize("how", WAYS)
def test_every_decision_is_taken_back_whole_and_can_be_decided_anew(contested: Laptop, how: str) -> None:
    before = outbox(contested)
    decision = decide(contested, how)
    assert outbox(contested) != before
    take_back(contested, decision)
    assert outbox(contested) == before
    assert settled(contested) == ([] if how == "retried" else [how, "taken_back"])
    decide(contested, "mine")
    contested.sync()
    assert contested.book.get("L0").properties["status"] == "rejected"  # type: ignore[union-attr]
    assert len(contested.events("remote_changed")) == 1  # learnt once, however often it was decided


@pytest.mark.parametrize("how", WAYS)
def test_once_a_sync_has_gone_on_it_is_said_why_not_and_nothing_changes(contested: Laptop, how: str) -> None:
    decision = decide(contested, how)
    contested.sync()
    after, told = outbox(contested), settled(contested)
    with pytest.raises(LeadqError, match="has gone on since that was decided") as found:
        take_back(contested, decision)
    assert found.value.code == "wrong_op_state"
    assert (outbox(contested), settled(contested)) == (after, told)


def test_a_change_whose_verb_was_undone_never_waits_again(contested: Laptop) -> None:
    decision = decide(contested, "discarded")
    for _gesture in range(2):  # the note, then the verdict
        contested.queue.undo()
    with pytest.raises(LeadqError, match="cannot be taken back"):
        take_back(contested, decision)


def test_a_later_decision_stands_in_the_way_of_an_earlier_one_and_goes_first(contested: Laptop) -> None:
    first = decide(contested, "retried")
    (op,) = contested.rows("SELECT op_id FROM outbox WHERE verb = 'reject'")
    with contested.queue.desk() as desk, opundo.remembered(desk, "discarded", op) as second:
        opcare.discard(desk, op)
    with pytest.raises(LeadqError):
        take_back(contested, first)
    take_back(contested, second)
    take_back(contested, first)
    assert contested.states() == ["superseded", "conflict", "blocked"]


def test_a_taken_back_decision_folds_as_it_did(contested: Laptop) -> None:
    take_back(contested, decide(contested, "theirs"))
    with contested.store.read() as db:
        assert all(same for _lead, same in refold(db))
