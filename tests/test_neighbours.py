"""Before a rep calls, they know who else is at that company, and who may be the same person."""

from __future__ import annotations

from leadq.domain import verbs
from leadq.neighbours import Neighbours, neighbours
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import hand_over


def around(store: Store, lead_id: int) -> Neighbours:
    with store.read() as db:
        return neighbours(db, lead_id)


def test_other_open_leads_of_the_company_are_shown_with_their_owner_and_last_touch(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {"company": "forges D’ARDÈCHE", "owner": "karim"}, {"company": "Elsewhere"}, {})
    queue.perform(["4"], verbs.Reject("rej.spam", 1))
    found = around(store, 1).colleagues
    assert [(one.id, one.owner) for one in found] == []  # case is folded for plain letters only
    hand_over(queue, {"company": "FORGES d’Ardèche", "owner": "zoe", "email": "z@z.example"})
    assert [(one.id, one.owner, one.last_touch_ms) for one in around(store, 1).colleagues] == [(5, "zoe", None)]


def test_a_company_without_a_name_has_no_colleagues(queue: Queue, store: Store) -> None:
    hand_over(queue, {"company": ""}, {"company": ""})
    assert around(store, 1) == Neighbours()


def test_a_customer_and_an_open_deal_are_known_from_earlier_leads(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {}, {})
    queue.perform(["2"], verbs.Reject("rej.customer", 3))
    queue.perform(["3"], verbs.Touch("call", "meeting_set"))
    queue.perform(["3"], verbs.Qualify(5, "yes", "yes", "yes"))
    found = around(store, 1)
    assert (found.customer, found.deal) == (2, 3)
    assert found.as_shape()["customer"] == 2


def test_the_same_email_on_two_connections_is_a_suggestion_and_never_a_merge(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A", "email": "jeanne@forges.example", "company": "X"})
    hand_over(queue, {"id": "9", "email": "Jeanne@Forges.example", "company": "Y"}, connection="crm")
    assert [(one.id, one.why) for one in around(store, 1).lookalikes] == [(2, "email")]
    assert [(one.id, one.why) for one in around(store, 2).lookalikes] == [(1, "email")]


def test_a_shared_switchboard_does_not_make_two_people_one(queue: Queue, store: Store) -> None:
    phone = {"phone": "+33199001122"}
    hand_over(queue, {**phone, "email": "a@f.example"}, {**phone, "email": "b@f.example"}, {**phone, "email": ""})
    assert [(one.id, one.why) for one in around(store, 1).lookalikes] == [(3, "phone")]
    assert [(one.id, one.why) for one in around(store, 3).lookalikes] == [(1, "phone"), (2, "phone")]


def test_another_product_line_is_another_lead_and_no_lookalike(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A", "email": "j@f.example"})
    hand_over(queue, {"id": "9", "email": "j@f.example", "product_line": "leasing"}, connection="crm")
    assert around(store, 1).lookalikes == ()


def test_each_search_uses_an_index(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {})
    with store.read() as db:
        asked: list[str] = []
        db.set_trace_callback(asked.append)
        neighbours(db, 1)
        db.set_trace_callback(None)
        plans = [row[3] for query in asked for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert plans
    assert not [step for step in plans if step.startswith("SCAN") and "person" in step]
    assert not [step for step in plans if step.startswith("SCAN") and "lead" in step]
