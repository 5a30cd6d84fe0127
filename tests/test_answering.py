"""Marketing's answer is one event, whichever door it comes through: a command, the CRM or a table."""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from leadq.domain import verbs
from tests.answers.table import exported, filled, given, saved_csv
from tests.leads import hand_over
from tests.sync.laptop import Laptop

if TYPE_CHECKING:
    from leadq.paths import Home
    from leadq.queue import Queue

DOORS = ("table", "crm", "command")
SPAM = verbs.Reject("rej.spam", 1)


@pytest.mark.parametrize("order", list(permutations(DOORS))[::2], ids="-".join)
def test_the_same_answer_through_three_doors_is_one_event(home: Home, order: tuple[str, ...]) -> None:
    laptop = Laptop(home)
    laptop.book.create("L0", name="Jeanne")
    laptop.sync()
    laptop.queue.perform(["crm:L0"], verbs.Reject("rej.bad_data", 2, missing=("phone",)))
    laptop.sync()
    rows = exported(laptop.queue)
    said = saved_csv(filled(rows, {rows[0][1]: ("refusé", "the phone was  in the form")}))  # type: ignore[dict-item]
    for door in order:
        if door == "table":
            given(laptop.queue, said)
        elif door == "crm":
            laptop.book.set("L0", {"leadq_answer": "declined: the phone was in the form"})
        else:
            laptop.queue.perform(["crm:L0"], verbs.Answer("declined", "the phone was in the form"))
        laptop.sync()
    assert [json.loads(data)["answer"] for data in laptop.events("answered")] == ["declined"]
    assert laptop.rows("SELECT count(*) FROM outbox WHERE verb = 'answer'") == [(0 if order[0] == "crm" else 1,)]


def test_the_same_answer_again_writes_nothing_and_an_undo_takes_back_what_was_before(queue: Queue) -> None:
    hand_over(queue)
    queue.perform(["1"], SPAM)
    queue.perform(["1"], verbs.Answer("ack", "seen"))
    assert queue.perform(["1"], verbs.Answer("ack")).events == ()
    assert queue.perform(["1"], verbs.Answer("ack", " seen\n")).events == ()
    queue.undo()
    assert len(queue.perform(["1"], verbs.Answer("ack", "seen")).events) == 2


@pytest.mark.parametrize(
    ("between", "again"),
    [
        (verbs.Answer("declined", "it was a person"), verbs.Answer("ack")),
        (verbs.Dispute("it was a person"), verbs.Answer("ack")),
        (None, verbs.Answer("ack", "and thanks")),
        (None, verbs.Answer("changed")),
    ],
    ids=["answered otherwise", "disputed", "another note", "another word"],
)
def test_what_says_something_new_is_an_answer_of_its_own(
    queue: Queue, between: verbs.Verb | None, again: verbs.Answer
) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Reject("rej.routing", 3))
    queue.perform(["1"], verbs.Answer("ack"))
    if between:
        queue.perform(["1"], between)
    assert len(queue.perform(["1"], again).events) == 1


def test_an_answer_to_an_earlier_verdict_is_none_to_the_next(queue: Queue) -> None:
    hand_over(queue)
    routing = verbs.Reject("rej.routing", 3)
    queue.perform(["1"], routing)
    queue.perform(["1"], verbs.Answer("ack"))
    queue.perform(["1"], verbs.Reroute(""))
    queue.perform(["1"], routing)
    assert len(queue.perform(["1"], verbs.Answer("ack")).events) == 1
