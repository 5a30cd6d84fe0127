"""The table of an op's states, and the rows that follow it."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.sync.states import Evidence, State, backoff_ms, next_state

TABLE = {
    ("held", "released"): "pending",
    ("pending", "sent"): "inflight",
    ("unknown", "sent"): "inflight",
    ("inflight", "applied"): "acked",
    ("acked", "settled"): "done",
    ("inflight", "rejected"): "dead",
    ("inflight", "gone"): "dead",
    ("inflight", "conflict"): "conflict",
    ("inflight", "retry"): "pending",
    ("inflight", "not_sent"): "pending",
    ("inflight", "no_answer"): "unknown",
    ("pending", "overtaken"): "superseded",
    ("unknown", "applied"): "acked",
    ("acked", "undone"): "pending",
    ("done", "undone"): "pending",
    ("pending", "gone"): "dead",
    ("unknown", "gone"): "dead",
    ("blocked", "gone"): "dead",
    ("pending", "conflict"): "conflict",
    ("unknown", "conflict"): "conflict",
    ("blocked", "conflict"): "conflict",
    ("dead", "retried"): "pending",
    ("conflict", "retried"): "pending",
    ("held", "discarded"): "cancelled",
    ("pending", "discarded"): "cancelled",
    ("blocked", "discarded"): "cancelled",
    ("dead", "discarded"): "cancelled",
    ("conflict", "discarded"): "cancelled",
    ("unknown", "handled"): "done",
    ("dead", "handled"): "done",
    ("conflict", "handled"): "done",
    ("pending", "blocked"): "blocked",
    ("blocked", "freed"): "pending",
}


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("evidence", get_args(Evidence))
def test_each_state_takes_only_the_evidence_that_it_can_have(state: State, evidence: Evidence) -> None:
    if (state, evidence) in TABLE:
        assert next_state(state, evidence) == TABLE[state, evidence]
    else:
        with pytest.raises(ValueError, match=f"{state} cannot be {evidence}"):
            next_state(state, evidence)


@given(st.lists(st.sampled_from(get_args(Evidence)), max_size=30))
def test_an_op_that_may_have_landed_is_never_pending_again(story: list[Evidence]) -> None:
    state: State = "pending"
    doubtful = False
    for evidence in story:
        try:
            state = next_state(state, evidence, doubtful=doubtful)
        except ValueError:
            continue
        doubtful = doubtful or state == "unknown"
        assert not (doubtful and state == "pending")


def test_nobody_takes_back_what_may_be_at_the_other_end() -> None:
    following = {TABLE.get((state, evidence)) for state in ("unknown", "inflight") for evidence in get_args(Evidence)}
    assert not following & {"cancelled", "superseded"}


@pytest.mark.parametrize("state", ["done", "dead", "conflict", "superseded", "cancelled"])
def test_what_is_finished_or_waits_for_a_person_never_leaves_by_itself(state: State) -> None:
    with pytest.raises(ValueError):
        next_state(state, "sent")


def test_the_pause_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [backoff_ms(attempts) for attempts in (0, 1, 2, 8, 9, 1_000_000)] == [
        2_000,
        4_000,
        8_000,
        512_000,
        900_000,
        900_000,
    ]
