"""Each rule catches the violation that it is about, and passes the honest case beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from leadq.testing.book import Effect, Note, Record
from leadq.testing.invariants import (
    LocalLead,
    OpRow,
    Violation,
    a_dry_run_writes_nothing,
    appends_are_in_order,
    deadlines_ignore_our_clock,
    departures_are_classified,
    each_acked_append_is_there_once,
    every_op_ends,
    everything_in_scope_is_local,
    no_secret_is_told,
    no_silent_overwrite,
    nothing_is_set_after_a_departure,
    outcomes_stay_shown,
    something_wakes_us,
    the_budget_was_kept,
    two_engines_are_as_one,
)


def noted(op_id: str, at_ms: int = 0, lead: str = "L") -> Effect:
    return Effect(at_ms, at_ms, lead, "append", "leadq", op_id)


def done(op_id: str, seq: int = 1, state: str = "done", **more: Any) -> OpRow:
    return OpRow(op_id, "L", seq, state, **{"appends": True, **more})


def record(lead: str = "L", owner: str = "me", status: str = "accepted", **more: Any) -> Record:
    return Record(lead, owner, 0, {"status": status}, **more)


def rules(found: Sequence[Violation]) -> list[str]:
    return [violation.rule for violation in found]


@pytest.mark.parametrize(
    ("effects", "op", "broken"),
    [
        ([noted("a")], done("a"), False),
        ([], done("a"), True),  # lost
        ([noted("a"), noted("a")], done("a"), True),  # twice
        ([noted("a"), noted("a"), Effect(2, 2, "L", "remove", "leadq", "a")], done("a"), False),  # and repaired
        ([], done("a", state="conflict"), False),
        ([noted("a")], done("a", state="dead"), False),
        ([noted("a"), noted("a")], done("a", state="dead"), True),
        ([noted("a")], done("a", state="cancelled", was_sent=False), True),  # it says it never left
        ([noted("b")], done("a", appends=False), True),  # nobody ordered it
        ([Effect(1, 1, "L", "append", "manager", "b")], done("a", appends=False), False),  # a person may write a marker
    ],
)
def test_i1_a_note_is_there_once(effects: list[Effect], op: OpRow, broken: bool) -> None:
    assert rules(each_acked_append_is_there_once(effects, [op])) == ["I1"] * broken


@pytest.mark.parametrize("state", ["done", "conflict", "dead", "cancelled", "superseded"])
def test_i2_an_op_that_came_to_an_end(state: str) -> None:
    assert every_op_ends(["a"], [done("a", state=state)]) == []


@pytest.mark.parametrize("state", ["held", "pending", "inflight", "unknown", "acked", "blocked"])
def test_i2_an_op_that_did_not(state: str) -> None:
    assert rules(every_op_ends(["a"], [done("a", state=state)])) == ["I2"]


def test_i2_an_op_that_vanished() -> None:
    assert every_op_ends(["a", "b"], [done("a")]) == [Violation("I2", "b: vanished")]


ACCEPT = done("a", fields={"status": "accepted"}, seen_ms=10)
OURS = Effect(30, 30, "L", "set", "leadq", "a", {"status": "accepted"})


def theirs(at_ms: int, status: str = "working") -> Effect:
    return Effect(at_ms, at_ms, "L", "set", "manager", "", {"status": status})


@pytest.mark.parametrize(
    ("effects", "remote", "local", "conflicts", "broken"),
    [
        ([OURS], "accepted", "accepted", [], 0),
        ([theirs(5), OURS], "accepted", "accepted", [], 0),  # the person had seen it
        ([theirs(20), OURS], "accepted", "accepted", [], 1),  # written over without a word
        ([theirs(20), OURS], "accepted", "accepted", [("L", "status")], 0),
        ([theirs(20, "accepted"), OURS], "accepted", "accepted", [], 0),  # they agree
        ([OURS, theirs(40)], "working", "working", [], 0),  # a later edit, and we have it
        ([OURS, theirs(40)], "working", "accepted", [], 1),  # and we do not
        ([OURS, theirs(40)], "working", "accepted", [("L", "status")], 0),
        (
            [OURS, Effect(50, 2, "L", "set", "leadq", "old", {"status": "rejected"})],
            "rejected",
            "accepted",
            [],
            1,
        ),  # zombie
        ([], "new", "accepted", [], 1),  # said to be written, and is not
    ],
)
def test_i3_no_edit_is_lost_without_a_word(
    effects: list[Effect], remote: str, local: str, conflicts: list[tuple[str, str]], broken: int
) -> None:
    leads = [LocalLead("L", {"status": local})]
    found = no_silent_overwrite(effects, [ACCEPT], {"L": record(status=remote)}, leads, conflicts)
    assert rules(found) == ["I3"] * broken


def test_i3_is_about_the_last_intent_of_open_leads() -> None:
    later = done("b", 2, fields={"status": "rejected"})
    ops, leads = [later, ACCEPT], [LocalLead("L")]
    effects = [OURS, Effect(40, 40, "L", "set", "leadq", "b", {"status": "rejected"})]
    assert no_silent_overwrite(effects, ops, {"L": record(status="rejected")}, leads, []) == []
    assert rules(no_silent_overwrite(effects, ops, {"L": record(status="accepted")}, leads, [])) == ["I3"]
    assert no_silent_overwrite(effects, ops, {"L": record(status="accepted", state="archived")}, leads, []) == []


def test_i4_notes_come_in_the_order_of_the_verbs() -> None:
    ops = [done("a", 1), done("b", 2)]
    assert appends_are_in_order([noted("a"), noted("b"), noted("a")], ops) == []  # I1 sees the second one
    assert rules(appends_are_in_order([noted("b"), noted("a")], ops)) == ["I4"]
    other = [done("a", 2), OpRow("b", "M", 1, "done", appends=True)]
    assert appends_are_in_order([noted("a"), noted("b", lead="M")], other) == []


def test_i5_nothing_is_sent_to_a_lead_that_left_but_allowed_notes() -> None:
    late = Effect(90, 40, "L", "set", "leadq", "a")
    sent = Effect(90, 60, "L", "set", "leadq", "a")
    assert nothing_is_set_after_a_departure([late], {"L": 50}) == []  # it was on its way before we knew
    assert rules(nothing_is_set_after_a_departure([sent], {"L": 50})) == ["I5"]
    assert nothing_is_set_after_a_departure([sent], {"M": 50}) == []
    assert nothing_is_set_after_a_departure([noted("a", 60)], {"L": 50}, allowed=["a"]) == []
    assert rules(nothing_is_set_after_a_departure([noted("b", 60)], {"L": 50}, allowed=["a"])) == ["I5"]
    assert nothing_is_set_after_a_departure([Effect(60, 60, "L", "set", "manager")], {"L": 50}) == []


def test_i6_what_is_ours_there_is_here() -> None:
    records = {"L": record(), "M": record("M", "other"), "N": record("N", state="archived")}
    assert everything_in_scope_is_local(records, [LocalLead("L")], "me") == []
    assert rules(everything_in_scope_is_local(records, [], "me")) == ["I6"]


@pytest.mark.parametrize(
    ("there", "here", "broken"),
    [
        (record(), LocalLead("L"), False),
        (record(owner="other"), LocalLead("L"), True),
        (record(owner="other"), LocalLead("L", departed="reassigned"), False),
        (record(state="archived"), LocalLead("L"), True),
        (None, LocalLead("L"), True),
        (None, LocalLead("L", is_open=False), False),
        (record(), LocalLead("L", departed="deleted"), True),
    ],
)
def test_i7_we_know_what_became_of_each_lead(there: Record | None, here: LocalLead, broken: bool) -> None:
    assert rules(departures_are_classified({"L": there} if there else {}, [here], "me")) == ["I7"] * broken


@pytest.mark.parametrize(
    ("state", "wakes", "healthy", "broken"),
    [("pending", None, True, True), ("unknown", None, True, True), ("held", None, True, True),
     ("pending", 5, True, False), ("pending", None, False, False), ("done", None, True, False),
     ("dead", None, True, False)],
)  # fmt: skip
def test_i8_what_waits_wakes_us(state: str, wakes: int | None, healthy: bool, broken: bool) -> None:
    assert rules(something_wakes_us([done("a", state=state)], wakes, healthy=healthy)) == ["I8"] * broken


def test_i9_no_stretch_holds_too_much() -> None:
    assert the_budget_was_kept([(0, 2), (500, 2), (1000, 2), (1500, 2)], 4, 1000) == []
    assert rules(the_budget_was_kept([(900, 2), (1100, 2), (1899, 1)], 4, 1000)) == ["I9"]


def test_i10_a_dry_run_only_reads() -> None:
    assert a_dry_run_writes_nothing(["GET", "HEAD"]) == []
    assert rules(a_dry_run_writes_nothing(["GET", "PATCH"])) == ["I10"]


@pytest.mark.parametrize(
    "told",
    ["t/k+9", b"\0t/k+9\0", "a=t%2Fk%2B9&", base64.b64encode(b"t/k+9").decode(), "t/k+9".encode("utf-16-le")],
)
def test_i11_a_secret_is_found_in_each_of_its_forms(told: str | bytes) -> None:
    assert no_secret_is_told({"log": told, "ok": "nothing \ud800"}, ["t/k+9"]) == [Violation("I11", "log")]


def test_i12_two_engines_leave_what_one_leaves() -> None:
    one = {"L": record(notes=(Note("n1", "a"), Note("n2", "b")))}
    same: Mapping[str, Record] = {
        "L": Record("L", "me", 99, {"status": "accepted"}, notes=(Note("x", "b"), Note("y", "a")))
    }
    assert two_engines_are_as_one(one, same) == []
    for other in (record(), record(status="new", notes=one["L"].notes), record(owner="x", notes=one["L"].notes)):
        assert rules(two_engines_are_as_one(one, {"L": other})) == ["I12"]
    assert rules(two_engines_are_as_one(one, {})) == ["I12"]


def test_i13_what_was_shown_stays_shown() -> None:
    assert outcomes_stay_shown([["a"], ["a", "b"], ["b"]], excused=["a"]) == []
    assert rules(outcomes_stay_shown([["a"], [], ["a"], []])) == ["I13"]  # once, however often it flickers


def test_i14_a_wrong_clock_here_moves_no_deadline() -> None:
    assert deadlines_ignore_our_clock({"L": 5, "M": None}, {"M": None, "L": 5}) == []
    assert rules(deadlines_ignore_our_clock({"L": 5, "M": 7}, {"L": 6})) == ["I14", "I14"]
