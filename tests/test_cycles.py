"""A cycle ends, comes back, goes on in another one; and each of these can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from leadq import config, read, views
from leadq.clock import Clock
from leadq.doctor import refold
from leadq.domain import verbs
from leadq.domain.events import NEXT, Draft
from leadq.errors import LeadqError
from leadq.order import Filter
from leadq.queue import Queue
from leadq.recording import record
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 86_400_000
SPAM = verbs.Reject("rej.spam", 1)


def later(store: Store, ms: int) -> Queue:
    return Queue(store, Clock(NOW_MS + ms))


def shape(store: Store, lead_id: int, now_ms: int = NOW_MS) -> dict[str, Any]:
    with store.read() as connection:
        return views.lead(connection, read.moment(connection, now_ms), lead_id)


def clock(lead: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(one for one in lead["clocks"] if one["kind"] == kind)


def rows(store: Store, query: str) -> list[Any]:
    with store.read() as db:
        return db.execute(query).fetchall()


def refused(queue: Queue, verb: verbs.Verb, lead_id: int = 1) -> str:
    with pytest.raises(LeadqError) as caught:
        queue.perform([str(lead_id)], verb)
    assert caught.value.exit_status == 5
    return caught.value.code


@pytest.fixture(autouse=True)
def sound(store: Store) -> Iterator[None]:
    """Whatever a test does, the rows are what the events fold to."""
    yield
    if store.home.exists:
        with store.read() as db:
            assert [lead_id for lead_id, same in refold(db) if not same] == []


def test_a_reopened_lead_is_a_new_cycle_and_the_old_one_stays_as_it_ended(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A1"})
    queue.perform(["1"], SPAM)
    done = later(store, DAY).perform(["1"], verbs.Reopen("they called back"))
    old, new = shape(store, 1), shape(store, 2, NOW_MS + DAY)
    assert done.lead_ids == (2,)
    assert (old["state"], old["cycle"], new["state"], new["cycle"]) == ("rejected", 1, "handed_off", 2)
    assert (new["name"], new["external_id"], new["campaign"]) == (old["name"], "A1", old["campaign"])
    assert (new["trigger"], new["handed_off_at"]) == ("reopen", "2026-05-14T13:00:00Z")
    assert rows(store, "SELECT verb, state FROM outbox ORDER BY rowid") == [("reject", "held"), ("reopen", "held")]
    assert rows(store, "SELECT lead_id FROM remote_ref") == [(2,)]


def test_an_inbound_touch_on_a_closed_lead_opens_a_new_cycle_at_the_top(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], SPAM)
    done = queue.perform(["1"], verbs.Touch("email", "replied", inbound=True))
    new = shape(store, *done.lead_ids)
    assert (new["cycle"], new["state"], new["band"], new["trigger"]) == (2, "handed_off", "B0", "reply")


def test_undo_of_a_new_cycle_leaves_the_old_one_as_it_was(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A1"})
    queue.perform(["1"], SPAM)
    queue.perform(["1"], verbs.Touch("email", "replied", inbound=True))
    queue.undo()
    assert (shape(store, 1)["state"], shape(store, 2)["state"]) == ("rejected", "merged")
    assert {one["state"] for one in shape(store, 2)["clocks"]} == {"cancelled"}
    assert rows(store, "SELECT lead_id FROM remote_ref") == [(1,)]
    queue.redo()
    assert (shape(store, 2)["state"], shape(store, 2)["band"]) == ("handed_off", "B0")
    assert rows(store, "SELECT lead_id FROM remote_ref") == [(2,)]


def test_one_person_has_one_open_cycle_on_a_product_line(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], SPAM)
    queue.perform(["1"], verbs.Reopen("again"))
    for verb in (verbs.Reopen("again"), verbs.Resubmit("phone"), verbs.Touch("email", "replied", inbound=True)):
        assert refused(queue, verb) == "open_elsewhere"
    queue.perform(["2"], SPAM)
    assert queue.perform(["1"], verbs.Reopen("again")).lead_ids == (3,)
    assert shape(store, 3)["cycle"] == 3


def test_undo_of_a_verdict_is_refused_when_the_person_has_another_open_lead_by_now(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], SPAM)
    with queue.desk() as desk:
        lead = desk.ledger.lead(desk.db.execute("SELECT uid FROM lead").fetchone()[0])
        record(desk, lead, [Draft("handed_off", NOW_MS, {"trigger": "wake"}, on=NEXT)], batch="b", actor_kind="system")
    with pytest.raises(LeadqError) as caught:
        queue.undo()
    assert caught.value.code == "open_elsewhere"


def test_a_rejected_lead_can_be_rerouted_in_the_same_cycle_and_its_clock_goes_on(queue: Queue, store: Store) -> None:
    hand_over(queue)
    due = shape(store, 1)["next_due_at"]
    queue.perform(["1"], verbs.Reject("rej.routing", 3))
    later(store, MINUTE).perform(["1"], verbs.Reroute("zoe"))
    lead = shape(store, 1, NOW_MS + MINUTE)
    assert (lead["state"], lead["owner"], lead["cycle"], lead["next_due_at"]) == ("handed_off", "zoe", 1, due)
    assert refused(queue, verbs.Reroute()) == "wrong_state"


def test_a_refused_lead_is_handed_over_again_once_it_is_fixed(queue: Queue, store: Store) -> None:
    hand_over(queue, {"phone": "", "email": "a@b.example"})
    queue.perform(["1"], verbs.Reject("rej.incomplete", 2, missing=("phone",)))
    assert refused(queue, verbs.Resubmit(" ")) == "needs_fixed"
    queue.perform(["1"], verbs.Resubmit("the phone is there"))
    assert (shape(store, 2)["trigger"], shape(store, 2)["cycle"]) == ("resubmit", 2)
    assert shape(store, 2)["events"][0]["data"]["fixed"] == "the phone is there"


def test_a_recycled_lead_wakes_by_itself_on_its_day_as_the_systems_doing(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Accept())
    queue.perform(["1"], verbs.Recycle("rec.timing", 4, wake_ms=NOW_MS + 30 * DAY))
    later(store, 29 * DAY).perform(["1"], verbs.Note("not yet"))
    assert rows(store, "SELECT state FROM lead") == [("recycled",)]
    later(store, 30 * DAY).perform(["1"], verbs.Note("today"))
    lead = shape(store, 2, NOW_MS + 30 * DAY)
    assert (lead["state"], lead["trigger"], lead["owner"], lead["cycle"]) == ("handed_off", "wake", config.NOBODY, 2)
    assert [(event["actor"], event["actor_kind"]) for event in lead["events"]] == [("system", "system")]
    later(store, 31 * DAY).perform(["1"], verbs.Note("once"))
    assert rows(store, "SELECT count(*) FROM lead") == [(2,)]


def test_who_came_back_before_the_day_is_not_woken_a_second_time(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Accept())
    queue.perform(["1"], verbs.Recycle("rec.timing", 4, wake_ms=NOW_MS + 30 * DAY))
    queue.perform(["1"], verbs.Touch("email", "replied", inbound=True))
    later(store, 30 * DAY).perform(["2"], verbs.Note("x"))
    assert rows(store, "SELECT id, wake_ms FROM lead") == [(1, None), (2, None)]


def test_unreachable_comes_back_after_ninety_days(queue: Queue, store: Store) -> None:
    hand_over(queue)
    for day, channel in enumerate(("call", "email", "call", "email", "call", "call")):
        later(store, 2 * day * DAY).perform(["1"], verbs.Touch(channel, "no_answer"))
    later(store, 10 * DAY).perform(["1"], verbs.Disqualify("dq.unreachable", 3))
    later(store, 99 * DAY).perform(["1"], verbs.Note("not yet"))
    assert rows(store, "SELECT count(*) FROM lead") == [(1,)]
    later(store, 100 * DAY).perform(["1"], verbs.Note("today"))
    assert shape(store, 2, NOW_MS + 100 * DAY)["trigger"] == "wake"


def test_a_merge_keeps_all_touches_and_the_earliest_start(queue: Queue, store: Store) -> None:
    hand_over(queue, {"handed_off_at": "2026-05-13T09:00:00Z", "id": "A"}, {"id": "B"})
    queue.perform(["1"], verbs.Touch("call", "connected"))
    done = queue.perform(["1"], verbs.Merge("2"))
    tomb, survivor = shape(store, 1), shape(store, 2)
    assert done.lead_ids == (1, 2)
    assert (tomb["state"], tomb["merged_into"], survivor["state"]) == ("merged", survivor["uid"], "connected")
    first = clock(survivor, "first_touch")
    assert (first["state"], first["started_at"]) == ("met_late", "2026-05-13T09:00:00Z")
    assert survivor["handed_off_at"] == first["started_at"]
    refs = "SELECT external_id, lead_id, is_primary FROM remote_ref ORDER BY 1"
    assert rows(store, refs) == [("A", 2, 0), ("B", 2, 1)]
    assert {refused(queue, verb) for verb in (verbs.Accept(), verbs.Touch("call", "no_answer"))} == {"wrong_state"}
    queue.undo()
    assert (shape(store, 1)["state"], shape(store, 2)["state"]) == ("connected", "handed_off")
    assert rows(store, refs) == [("A", 1, 1), ("B", 2, 1)]


def test_the_survivor_of_a_merge_keeps_the_shortest_live_deadline(queue: Queue, store: Store) -> None:
    hand_over(queue, {"trigger": "demo"}, {"trigger": "event"})
    hot = clock(shape(store, 1), "accept")["due_at"]
    queue.perform(["1"], verbs.Merge("2"))
    assert clock(shape(store, 2), "accept")["due_at"] == hot
    assert shape(store, 2)["next_due_at"] == hot


def test_a_merge_goes_neither_into_itself_nor_in_a_circle(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {}, {"product_line": "other"})
    assert refused(queue, verbs.Merge("1")) == "into_itself"
    assert refused(queue, verbs.Merge("3")) == "other_line"
    queue.perform(["1"], verbs.Merge("2"))
    assert refused(queue, verbs.Merge("1"), 2) == "into_a_merged_one"
    assert refused(queue, verbs.Merge("2")) == "wrong_state"


def test_an_open_lead_does_not_end_in_a_closed_one(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {})
    queue.perform(["2"], SPAM)
    assert refused(queue, verbs.Merge("2")) == "into_a_closed_one"


def test_a_rejected_duplicate_goes_on_in_its_original(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {"handed_off_at": "2026-05-13T09:00:00Z"})
    queue.perform(["2"], verbs.Reject("rej.duplicate", 2, into="1"))
    assert shape(store, 2)["state"] == "rejected"
    assert clock(shape(store, 1), "first_touch")["started_at"] == "2026-05-13T09:00:00Z"


def test_an_opt_out_is_kept_as_a_hash_and_an_undo_lifts_it(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "refused"))
    queue.perform(["1"], verbs.Disqualify("dq.opt_out", 2))
    found = rows(store, "SELECT kind, hash, why FROM suppression ORDER BY kind")
    assert [(kind, why) for kind, _hash, why in found] == [("email", "opposition"), ("phone", "opposition")]
    assert all(len(digest) == 64 for _kind, digest, _why in found)
    queue.undo()
    assert (shape(store, 1)["opposed_at"], rows(store, "SELECT count(*) FROM suppression")) == (None, [(0,)])
    queue.redo()
    assert rows(store, "SELECT count(*) FROM suppression") == [(2,)]


def test_nobody_reaches_out_to_a_person_who_asked_to_be_left_alone(queue: Queue, store: Store) -> None:
    hand_over(queue, {"product_line": "a", "email": "x@y.example"}, {"product_line": "b", "email": "x@y.example"})
    queue.perform(["1"], verbs.Touch("call", "refused"))
    queue.perform(["1"], verbs.Disqualify("dq.opt_out", 2))
    assert refused(queue, verbs.Touch("call", "no_answer"), 2) == "opposed"
    queue.undo()
    queue.perform(["2"], verbs.Touch("call", "no_answer"))


def test_an_account_executive_takes_a_lead_or_gives_it_back(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "meeting_set"))
    queue.perform(["1"], verbs.Qualify(5, "yes", "yes", "yes"))
    queue.perform(["1"], verbs.AeAccept())
    assert refused(queue, verbs.AeAccept()) == "already_taken"
    assert refused(queue, verbs.AeReturn("")) == "needs_reason"
    later(store, DAY).perform(["1"], verbs.AeReturn("ret.no_show"))
    verdict = clock(shape(store, 1, NOW_MS + DAY), "disposition")
    assert shape(store, 1)["state"] == "connected"
    assert (verdict["state"], verdict["started_at"]) == ("running", "2026-05-14T13:00:00Z")


def test_a_wrong_number_marks_the_phone_until_the_source_corrects_it(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A"})
    queue.perform(["1"], verbs.Touch("call", "wrong_number"))
    queue.perform(["1"], verbs.Touch("email", "bounced"))
    assert shape(store, 1)["invalid"] == ["email", "phone"]
    hand_over(queue, {"id": "A", "phone": "+33199009999", "email": "person2@forges.example"})
    assert shape(store, 1)["invalid"] == ["email"]


def test_a_snoozed_lead_is_out_of_sight_until_its_time_or_until_a_clock_is_at_risk(queue: Queue, store: Store) -> None:
    hand_over(queue, {"trigger": "event"})
    queue.perform(["1"], verbs.Snooze(NOW_MS + 7 * DAY, "after the fair"))
    assert shape(store, 1)["band"] == "B7"
    assert shape(store, 1, NOW_MS + 19 * HOUR)["band"] != "B7"
    assert refused(queue, verbs.Snooze(NOW_MS - 1, "x")) == "until_in_the_past"
    assert refused(queue, verbs.Snooze(NOW_MS + 1, " ")) == "needs_why"
    assert refused(queue, verbs.Snooze(None, "x")) == "needs_until"


def test_a_correction_takes_back_what_did_not_happen_and_says_why(queue: Queue, store: Store) -> None:
    hand_over(queue)
    done = queue.perform(["1"], verbs.Touch("call", "connected"))
    later(store, DAY).correct(done.events[1], "wrong person")
    lead = shape(store, 1)
    assert (lead["state"], lead["events"][-1]["type"]) == ("accepted", "corrected")
    for uid, code in (
        (done.events[1], "no_such_event"),
        ("nope", "no_such_event"),
        (done.events[0], "not_correctable"),
    ):
        with pytest.raises(LeadqError) as caught:
            queue.correct(uid, "x")
        assert caught.value.code == code


def test_the_touch_under_a_disqualification_cannot_be_corrected_away(queue: Queue, store: Store) -> None:
    hand_over(queue)
    done = queue.perform(["1"], verbs.Touch("call", "connected"))
    queue.perform(["1"], verbs.Disqualify("dq.price", 3))
    with pytest.raises(LeadqError) as caught:
        queue.correct(done.events[1], "x")
    assert caught.value.code == "still_needed"


def test_marketings_answer_sends_a_rejection_where_its_reason_says(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {}, {})
    queue.perform(["1"], SPAM)
    queue.perform(["2"], verbs.Reject("rej.below_threshold", 2, criterion="size"))
    queue.perform(["3"], SPAM)
    for lead_id, answer in (("1", "ack"), ("2", "changed"), ("3", "declined")):
        queue.perform([lead_id], verbs.Answer(answer, "seen"))
    assert [shape(store, lead_id)["state"] for lead_id in (1, 2, 3)] == ["archived", "recycled", "rejected"]
    assert shape(store, 1)["feedback"]["quality"] == 1
    assert refused(queue, verbs.Answer("maybe"), 3) == "unknown_answer"


def test_redo_goes_back_step_by_step(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], verbs.Accept())
    queue.perform(["1"], verbs.Touch("call", "no_answer"))
    states = []
    for step in (queue.undo, queue.undo, queue.redo, queue.redo, queue.undo):
        step()
        states.append(shape(store, 1)["state"])
    assert states == ["accepted", "handed_off", "accepted", "working", "accepted"]
    assert rows(store, "SELECT verb FROM outbox WHERE state = 'held'") == [("accept",)]


def test_redo_only_if_nothing_came_between(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {})
    codes = []
    for act in (lambda: None, lambda: _undone_and_noted(queue), lambda: queue.perform(["2"], verbs.Accept())):
        act()
        with pytest.raises(LeadqError) as caught:
            queue.redo()
        codes.append(caught.value.code)
    assert codes == ["nothing_to_redo", "came_between", "nothing_to_redo"]


def _undone_and_noted(queue: Queue) -> None:
    queue.perform(["1"], verbs.Accept())
    queue.undo()
    with queue.desk() as desk:
        uid = desk.db.execute("SELECT uid FROM lead WHERE id = 1").fetchone()[0]
        desk.ledger.append(uid, [Draft("noted", NOW_MS)], "other", "adapter")


def test_a_tombstone_does_not_wake_and_its_day_goes_to_the_one_that_goes_on(queue: Queue, store: Store) -> None:
    hand_over(queue, {}, {})
    for lead_id, days in ((1, 30), (2, 60)):
        queue.perform([str(lead_id)], verbs.Accept())
        queue.perform([str(lead_id)], verbs.Recycle("rec.timing", 4, wake_ms=NOW_MS + days * DAY))
    queue.perform(["1"], verbs.Merge("2"))
    assert rows(store, "SELECT id, wake_ms FROM lead ORDER BY id") == [(1, None), (2, NOW_MS + 30 * DAY)]
    later(store, 30 * DAY).perform(["2"], verbs.Note("today"))
    assert rows(store, "SELECT id, state, cycle FROM lead WHERE id > 2") == [(3, "handed_off", 2)]


def test_a_wake_up_that_was_missed_is_on_the_radar_whatever_verdict_gave_it(queue: Queue, store: Store) -> None:
    hand_over(queue)
    for day, channel in enumerate(("call", "email", "call", "email", "call", "call")):
        later(store, 2 * day * DAY).perform(["1"], verbs.Touch(channel, "no_answer"))
    later(store, 10 * DAY).perform(["1"], verbs.Disqualify("dq.unreachable", 3))
    with store.read() as db:
        at = read.moment(db, NOW_MS + 101 * DAY)
        assert list(read.queue_ids(db, at, Filter(view="radar"))) == [1]


def test_a_cycle_that_was_taken_back_does_not_stand_in_the_way_of_the_next(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A"})
    queue.perform(["1"], SPAM)
    queue.perform(["1"], verbs.Reopen("again"))
    queue.undo()
    hand_over(later(store, HOUR), {"id": "A", "handed_off_at": "2026-05-13T13:30:00Z"})
    assert rows(store, "SELECT id, cycle, state FROM lead") == [
        (1, 1, "rejected"), (2, 2, "merged"), (3, 3, "handed_off"),
    ]  # fmt: skip


def test_a_name_that_had_cycles_on_two_lines_has_a_next_one_on_each(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A"})
    queue.perform(["1"], SPAM)
    hand_over(later(store, HOUR), {"id": "A", "product_line": "b", "handed_off_at": "2026-05-13T13:30:00Z"})
    queue.perform(["1"], verbs.Reopen("again"))
    assert rows(store, "SELECT product_line, cycle FROM lead") == [("", 1), ("b", 2), ("", 3)]


def test_an_undo_does_not_pull_the_ground_from_under_a_colleague(queue: Queue, store: Store) -> None:
    config.write(store.home, "zoe")
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "connected"))
    config.write(store.home, "karim")
    queue.perform(["1"], verbs.Note("good call"))
    queue.perform(["1"], verbs.Disqualify("dq.no_need", 3))
    config.write(store.home, "zoe")
    assert taken_back(queue.undo) == "somebody_went_on"
    config.write(store.home, "karim")
    queue.undo()
    queue.undo()
    config.write(store.home, "zoe")
    queue.undo()
    assert shape(store, 1)["state"] == "handed_off"


def test_a_redo_stands_on_what_is_still_there(queue: Queue, store: Store) -> None:
    config.write(store.home, "karim")
    hand_over(queue)
    queue.perform(["1"], verbs.Touch("call", "connected"))
    config.write(store.home, "zoe")
    queue.perform(["1"], verbs.Disqualify("dq.no_need", 3))
    queue.undo()
    config.write(store.home, "karim")
    queue.undo()
    config.write(store.home, "zoe")
    assert taken_back(queue.redo) == "came_between"


def test_a_new_cycle_in_which_the_prospect_has_spoken_is_not_taken_back(queue: Queue, store: Store) -> None:
    hand_over(queue)
    queue.perform(["1"], SPAM)
    queue.perform(["1"], verbs.Reopen("again"))
    with queue.desk() as desk:
        (uid,) = desk.db.execute("SELECT uid FROM lead WHERE id = 2").fetchone()
        reply = {"channel": "email", "outcome": "replied", "inbound": True}
        desk.ledger.append(uid, [Draft("touched", NOW_MS, reply)], "other", "adapter")
    assert taken_back(queue.undo) == "somebody_went_on"
    assert shape(store, 2)["band"] == "B0"


def test_nothing_is_corrected_on_a_tombstone(queue: Queue) -> None:
    hand_over(queue, {}, {})
    done = queue.perform(["1"], verbs.Touch("call", "connected"))
    queue.perform(["1"], verbs.Merge("2"))
    assert taken_back(lambda: queue.correct(done.events[1], "wrong person")) == "wrong_state"


def taken_back(act: Callable[[], object]) -> str:
    with pytest.raises(LeadqError) as caught:
        act()
    assert caught.value.exit_status == 5
    return caught.value.code


def test_names_go_with_a_lead_through_merges_and_cycles_and_come_back(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A"}, {"id": "B"}, {"id": "C"})
    refs = "SELECT external_id, lead_id, is_primary FROM remote_ref ORDER BY 1"
    queue.perform(["1"], verbs.Merge("2"))
    queue.perform(["2"], SPAM)
    before = rows(store, refs)
    queue.perform(["2"], verbs.Reopen("again"))
    in_cycle_two = rows(store, refs)
    assert in_cycle_two == [("A", 4, 0), ("B", 4, 1), ("C", 3, 1)]
    queue.perform(["4"], verbs.Merge("3"))
    assert rows(store, refs) == [("A", 3, 0), ("B", 3, 0), ("C", 3, 1)]
    queue.undo()
    assert rows(store, refs) == in_cycle_two
    queue.undo()
    assert rows(store, refs) == before == [("A", 2, 0), ("B", 2, 1), ("C", 3, 1)]


def test_a_newer_row_about_a_closed_lead_is_about_the_one_that_is_open_by_now(queue: Queue, store: Store) -> None:
    hand_over(queue, {"id": "A"})
    queue.perform(["1"], SPAM)
    hand_over(later(store, HOUR), {"id": "A", "product_line": "b", "handed_off_at": "2026-05-13T13:30:00Z"})
    later(store, HOUR).perform(["2"], SPAM)
    later(store, HOUR).perform(["1"], verbs.Reopen("again"))
    row = {"id": "A", "owner": "zoe", "handed_off_at": "2026-05-13T14:30:00Z"}
    report = hand_over(later(store, 2 * HOUR), row)
    assert (report.created, report.updated) == (0, 1)
    assert rows(store, "SELECT id, owner FROM lead WHERE state = 'handed_off'") == [(3, "zoe")]
