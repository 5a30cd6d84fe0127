"""What a person decides about changes that are stuck, against a CRM: nothing twice, nothing silent, nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadq import opcare, outbox
from leadq.clock import Clock
from leadq.domain.verbs import Accept, Note, Reject
from leadq.errors import Exit, LeadqError
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.ops import AUDIT_MS
from leadq.sync.states import State
from leadq.testing.rest import Rest
from tests.leads import NOW_MS, hand_over
from tests.sync.laptop import Laptop

if TYPE_CHECKING:
    from leadq.opcare import Decided

DECISIONS: dict[str, Any] = {
    "retry": lambda desk, op: opcare.retry(desk, [op]),
    "resolve": lambda desk, op: opcare.resolve(desk, [op], "Typed in by hand."),
    "discard": lambda desk, op: opcare.discard(desk, [op]),
    "mine": lambda desk, op: opcare.take(desk, op, "mine"),
    "theirs": lambda desk, op: opcare.take(desk, op, "theirs"),
}


@pytest.fixture
def laptop(home: Home) -> Laptop:
    """One lead, fetched."""
    laptop = Laptop(home)
    laptop.book.create("L0", name="Jeanne", email="jeanne@forges.example")
    laptop.time.sleep(60)
    laptop.sync()
    return laptop


def ops(laptop: Laptop) -> list[str]:
    return [op_id for (op_id,) in laptop.rows("SELECT op_id FROM outbox ORDER BY rowid")]


def decide(laptop: Laptop, how: str, number: int = 0) -> Decided:
    with laptop.queue.desk() as desk:
        done: Decided = DECISIONS[how](desk, ops(laptop)[number])
        return done


def status(laptop: Laptop) -> str:
    return str(laptop.book.get("L0").properties["status"])  # type: ignore[union-attr]


def notes(laptop: Laptop) -> list[str]:
    return [effect.op_id for effect in laptop.book.effects if effect.kind == "append"]


def past_the_audit(laptop: Laptop) -> None:
    for _ in range(3):
        laptop.sync()
        laptop.time.sleep(AUDIT_MS / 1000)


def contested(laptop: Laptop, note: str = "") -> None:
    """The lead was rejected here and qualified there."""
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",), note=note))
    laptop.book.set("L0", {"status": "qualified"})
    assert laptop.sync().conflicts == 1


def settled(laptop: Laptop) -> list[str]:
    return [json.loads(data)["how"] for data in laptop.events("change_settled")]


def test_mine_goes_out_over_what_is_there_and_what_was_there_stays_known(laptop: Laptop) -> None:
    contested(laptop)
    decide(laptop, "mine")
    assert laptop.sync().status == Exit.DONE
    assert (status(laptop), laptop.states()) == ("rejected", ["done"])
    laptop.sync(full=True)
    changed = {"field": "status", "base": "new", "new": "qualified"}
    assert [json.loads(data) for data in laptop.events("remote_changed")] == [changed]
    assert settled(laptop) == ["mine"]


def test_mine_asks_again_when_somebody_has_changed_it_once_more(laptop: Laptop) -> None:
    contested(laptop)
    decide(laptop, "mine")
    laptop.book.set("L0", {"status": "disqualified"})
    assert laptop.sync().conflicts == 1
    assert status(laptop) == "disqualified"


def test_theirs_stays_and_what_the_change_adds_still_goes_out_once(laptop: Laptop) -> None:
    contested(laptop, note="Mauvais numéro.")
    decide(laptop, "theirs")
    past_the_audit(laptop)
    assert (status(laptop), laptop.states(), notes(laptop)) == ("qualified", ["done"], ops(laptop))
    assert laptop.book.get("L0").properties.get("leadq_reason") is None  # type: ignore[union-attr]
    assert len(laptop.events("remote_changed")) == 1


def test_theirs_ends_a_change_that_adds_nothing_and_an_undo_does_not_touch_theirs(laptop: Laptop) -> None:
    contested(laptop)
    decide(laptop, "theirs")
    assert laptop.states() == ["cancelled"]
    laptop.queue.undo()
    laptop.sync()
    assert (status(laptop), laptop.states()) == ("qualified", ["cancelled"])


def test_an_undo_after_theirs_is_told_on_the_timeline_and_leaves_the_status_alone(laptop: Laptop) -> None:
    contested(laptop, note="Mauvais numéro.")
    decide(laptop, "theirs")
    laptop.sync()
    laptop.queue.undo()
    laptop.sync()
    assert (status(laptop), notes(laptop)) == ("qualified", ops(laptop))


def test_a_later_change_that_would_cover_theirs_asks_for_itself(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.queue.perform(["crm:L0"], Note("Rappeler."))
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",)))
    laptop.book.set("L0", {"status": "qualified"})
    laptop.sync()
    assert laptop.states() == ["conflict", "blocked", "blocked"]
    decide(laptop, "theirs")
    assert laptop.states() == ["cancelled", "pending", "conflict"]
    laptop.sync()
    assert (status(laptop), notes(laptop)) == ("qualified", [ops(laptop)[1]])
    decide(laptop, "mine", 2)
    laptop.sync()
    assert status(laptop) == "rejected"
    assert len(laptop.events("remote_changed")) == 1


def test_where_nobody_knows_what_is_there_nothing_can_be_taken_and_the_ways_out_are_named(laptop: Laptop) -> None:
    contested(laptop)
    laptop.book.archive("L0")
    with laptop.store.transaction() as db:
        db.execute("UPDATE outbox SET theirs = ''")
    for side in ("mine", "theirs"):
        with pytest.raises(LeadqError, match="did not say what it has") as found:
            decide(laptop, side)
        assert (found.value.code, found.value.exit_status) == ("no_theirs", Exit.REFUSED)
        assert all(word in found.value.hint for word in ("retry", "resolve", "discard"))


def test_what_was_refused_goes_out_after_all_and_frees_what_waits_behind_it(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.queue.perform(["crm:L0"], Note("Rappeler."))
    with laptop.store.transaction() as db:
        db.execute("UPDATE outbox SET state = CASE seq WHEN 1 THEN 'dead' ELSE 'blocked' END, attempts = 3")
    decide(laptop, "retry")
    assert laptop.states() == ["pending", "pending"]
    assert laptop.rows("SELECT attempts FROM outbox WHERE seq = 1") == [(3,)]
    laptop.sync()
    assert (status(laptop), len(notes(laptop))) == ("accepted", 1)


def test_what_may_be_there_is_looked_for_before_it_goes_out_again(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Note("Rappeler."))
    laptop.sync()
    with laptop.store.transaction() as db:
        db.execute("UPDATE outbox SET state = 'dead', doubted = 1, audit_ms = NULL")
    decide(laptop, "retry")
    assert laptop.states() == ["unknown"]
    laptop.sync()
    assert len(notes(laptop)) == 1


def test_what_a_person_has_seen_to_is_never_sent_not_even_by_an_audit(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Reject("rej.bad_data", 2, missing=("phone",), note="Faux."))
    laptop.sync()
    laptop.queue.perform(["crm:L0"], Note("Vu."))
    with laptop.store.transaction() as db:
        db.execute("UPDATE outbox SET state = 'unknown', doubted = 1, last_sent_ms = 1 WHERE seq = 2")
    decide(laptop, "resolve", 1)
    past_the_audit(laptop)
    assert (laptop.states(), notes(laptop)) == (["done", "done"], [ops(laptop)[0]])
    assert settled(laptop) == ["handled"]


def test_a_decision_while_a_sync_looks_at_the_same_change_stands(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Note("Vu."))
    laptop.sync()
    with laptop.store.transaction() as db:
        db.execute("UPDATE outbox SET state = 'unknown', doubted = 1")

    class Slow(Rest):
        def lookup(self, refs: Any) -> Any:
            if laptop.states() == ["unknown"]:
                decide(laptop, "resolve")
            yield from super().lookup(refs)

    laptop.kind = Slow
    assert laptop.sync().error is None
    assert (laptop.states(), len(notes(laptop))) == (["done"], 1)


def test_what_is_discarded_is_explained_on_its_lead_for_good(laptop: Laptop) -> None:
    contested(laptop)
    with laptop.queue.desk() as desk:
        opcare.discard(desk, ops(laptop), "Doublon, saisi par Paul.")
    laptop.sync()
    assert (laptop.states(), status(laptop)) == (["cancelled"], "qualified")
    (event,) = (each for each in laptop.lead("L0")["events"] if each["type"] == "change_settled")
    assert event["actor"] == "rep-1"
    assert event["data"] == {"op": ops(laptop)[0], "verb": "reject", "connection": "crm", "how": "discarded",
                             "note": "Doublon, saisi par Paul."}  # fmt: skip
    with laptop.store.read() as db:
        (decision,) = outbox.decisions(db, outbox.find(db, ops(laptop)[0]))
    assert (decision.how, decision.by, decision.note) == ("discarded", "rep-1", "Doublon, saisi par Paul.")


def test_of_several_all_are_decided_or_none(laptop: Laptop) -> None:
    laptop.queue.perform(["crm:L0"], Accept())
    laptop.sync()
    laptop.queue.perform(["crm:L0"], Note("Rappeler."))
    with pytest.raises(LeadqError), laptop.queue.desk() as desk:
        opcare.discard(desk, ops(laptop)[::-1])
    assert laptop.states() == ["done", "held"]


@pytest.fixture
def one(memory: Path) -> Store:
    """A home with one op, in memory."""
    store = Store(Home(memory / "config", memory / "data", memory / "state"))
    queue = Queue(store, Clock(NOW_MS))
    hand_over(queue, {"id": "42"})
    queue.perform(["1"], Note("Rappeler."))
    return store


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    state=st.sampled_from(get_args(State)),
    how=st.sampled_from(sorted(DECISIONS)),
    doubted=st.booleans(),
    adds=st.booleans(),
    theirs=st.sampled_from(["", "qualified"]),
)
def test_a_decision_is_refused_whole_or_leaves_what_may_be_there_to_be_looked_for_and_is_told(
    one: Store, state: State, how: str, doubted: bool, adds: bool, theirs: str
) -> None:
    with one.transaction() as db:
        db.execute(
            "UPDATE outbox SET state = ?, doubted = ?, adds = ?, theirs = ?, status = 'rejected', scope = 'all',"
            " next_attempt_ms = 1, audit_ms = 1", (state, doubted, adds, theirs),
        )  # fmt: skip
    before, events = look(one)
    refused = attempt(one, how, before[0])
    after, told = look(one)
    if refused:
        assert (refused.exit_status, bool(refused.hint), after, told) == (Exit.REFUSED, True, before, events)
        return
    now = after[1]
    if doubted or state in ("unknown", "inflight"):
        assert now in ("unknown", "acked", "done") or (state, now) == ("pending", "pending")
    if now in ("done", "cancelled"):
        assert told > events
    assert now in ("pending", "unknown", "acked", "done", "cancelled")


def attempt(store: Store, how: str, op_id: str) -> LeadqError | None:
    try:
        with Queue(store, Clock(NOW_MS)).desk() as desk:
            DECISIONS[how](desk, op_id)
    except LeadqError as error:
        return error
    return None


def look(store: Store) -> tuple[tuple[Any, ...], int]:
    with store.read() as db:
        (count,) = db.execute("SELECT count(*) FROM event").fetchone()
        return db.execute("SELECT op_id, state, status, scope, last_sent_ms FROM outbox").fetchone(), count
