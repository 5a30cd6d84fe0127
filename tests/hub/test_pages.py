"""What one home gives is what another can take, whatever the order: without a hub in between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from leadq.clock import Clock
from leadq.desk import device
from leadq.domain.verbs import Accept, Note, Touch
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.downward import hear_of_loss, put_last, take_events, take_leads
from leadq.sync.upward import batch
from tests.leads import NOW_MS, hand_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def other(tmp_path: Path) -> Queue:
    """A colleague's home."""
    base = tmp_path / "other"
    return Queue(Store(Home(base / "config", base / "data", base / "state")), Clock(NOW_MS))


def given(queue: Queue) -> dict[str, Any]:
    """All that a home would give."""
    with queue.store.transaction() as db:
        found = batch(db, [device(db)], "me", 0)
    assert found is not None
    return json.loads(json.dumps(found.what))  # type: ignore[no-any-return]


def page(what: dict[str, Any], events: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The same as a hub tells it, or with these events of it only."""
    numbered = [
        {**event, "hub_seq": number} for number, event in enumerate(what["events"] if events is None else events)
    ]
    leads = [{**lead, "texts": [[e["uid"], k, t] for e in what["events"] if e["lead_uid"] == lead["uid"]
                                for k, t in e["texts"].items()]} for lead in what["leads"]]  # fmt: skip
    return {"events": numbered, "owed": [], "contracts": what["contracts"], "leads": leads}


def rows(queue: Queue, query: str) -> list[tuple[Any, ...]]:
    with queue.store.read() as db:
        return db.execute(query).fetchall()


EVENTS = "SELECT uid, device, lead_uid, type, occurred_ms, data FROM event ORDER BY uid"
LEADS = "SELECT l.uid, l.state, l.owner, p.name, p.email_key FROM lead l JOIN person p ON p.id = l.person_id ORDER BY 1"


def at_work(queue: Queue) -> None:
    hand_over(queue, {"name": "Jeanne Martin"}, {"name": "Paul Free"})
    queue.perform(["1"], Accept())
    queue.perform(["1"], Touch("call", "connected"))
    queue.perform(["1"], Note("met her in Lyon"))


def test_what_is_given_is_taken_with_its_people_and_texts(queue: Queue, other: Queue) -> None:
    at_work(queue)
    what = page(given(queue))
    with other.desk() as desk:
        taken = take_events(desk, what, set())
        take_leads(desk, what)
    assert (taken.added, taken.refused, taken.owed) == (5, 0, set())
    assert rows(other, EVENTS) == rows(queue, EVENTS)
    assert rows(other, LEADS) == rows(queue, LEADS)
    assert rows(other, "SELECT text FROM event_text") == rows(queue, "SELECT text FROM event_text")


def test_no_event_of_a_batch_names_a_person(queue: Queue) -> None:
    at_work(queue)
    said = json.dumps([{**event, "texts": None} for event in given(queue)["events"]])
    assert "Jeanne" not in said
    assert "Lyon" not in said


def test_an_event_without_its_beginning_is_owed_and_taken_when_that_comes(queue: Queue, other: Queue) -> None:
    at_work(queue)
    what = given(queue)
    late = [event for event in what["events"] if event["type"] != "handed_off"]
    with other.desk() as desk:
        taken = take_events(desk, page(what, late), set())
    assert (taken.added, taken.refused, len(taken.owed)) == (0, 0, 1)
    with other.desk() as desk:
        again = take_events(desk, page(what), taken.owed)
    assert (again.added, again.owed) == (5, set())
    assert rows(other, EVENTS) == rows(queue, EVENTS)


def test_who_was_erased_here_does_not_come_back_from_the_hub(queue: Queue, other: Queue) -> None:
    from leadq.privacy import erase

    at_work(queue)
    what = page(given(queue))
    with other.desk() as desk:
        take_events(desk, what, set())
        take_leads(desk, what)
    erase(other.store, Clock(NOW_MS), "1")
    with other.desk() as desk:
        take_leads(desk, what)
    assert [row[3] for row in rows(other, LEADS)] == ["", "Paul Free"]
    assert not rows(other, "SELECT 1 FROM event_text")
    gone = [lead for lead in given(other)["leads"] if lead["person"] is None]
    assert len(gone) == 1


def test_a_person_of_two_leads_is_one_person_here_too(queue: Queue, other: Queue) -> None:
    hand_over(queue, {"email": "j@x.example", "product_line": "a"}, {"email": "j@x.example", "product_line": "b"})
    what = page(given(queue))
    with other.desk() as desk:
        take_events(desk, what, set())
        take_leads(desk, what)
    assert rows(queue, "SELECT count(*) FROM person") == rows(other, "SELECT count(*) FROM person") == [(1,)]


def test_a_claim_that_was_lost_becomes_an_event_once(queue: Queue) -> None:
    at_work(queue)
    with queue.desk() as desk:
        (uid,) = desk.db.execute("SELECT uid FROM lead WHERE id = 1").fetchone()
        assert hear_of_loss(desk, {uid: "karim"}) == [uid]
        assert hear_of_loss(desk, {uid: "karim"}) == []
    assert rows(queue, "SELECT owner FROM lead WHERE id = 1") == [("karim",)]


def test_what_was_done_since_an_old_copy_comes_after_what_comes_back(queue: Queue) -> None:
    at_work(queue)
    with queue.desk() as desk:
        (there,) = desk.db.execute("SELECT uid FROM event WHERE type = 'noted'").fetchone()
        put_last(desk, desk.device, (2, 5), {there})
    kinds = [kind for (kind,) in rows(queue, "SELECT type FROM event ORDER BY seq")]
    assert kinds == ["handed_off", "handed_off", "noted", "accepted", "touched"]
