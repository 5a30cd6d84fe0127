"""What events make of a lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.domain import events as ev
from leadq.domain.folding import TWO_WAY, fold
from leadq.domain.states import OPEN_STATES
from tests.domain.builders import HANDOFF_MS, HOUR, MINUTE, event, handoff, touch


def test_a_lead_begins_handed_off_and_unowned() -> None:
    lead = fold([handoff()])
    assert (lead.state, lead.owner, lead.open) == ("handed_off", "", True)


def test_a_list_without_a_handoff_is_not_a_lead() -> None:
    with pytest.raises(ValueError):
        fold([event(ev.ACCEPTED)])


def test_accepting_makes_it_mine() -> None:
    lead = fold([handoff(), event(ev.ACCEPTED, HANDOFF_MS + MINUTE, owner="zoe")])
    assert (lead.state, lead.owner, lead.accepted_ms) == ("accepted", "zoe", HANDOFF_MS + MINUTE)


def test_an_attempt_makes_it_working_and_an_answer_connected() -> None:
    tried = [handoff(), touch(HANDOFF_MS + MINUTE, "no_answer")]
    assert fold(tried).state == "working"
    assert fold([*tried, touch(HANDOFF_MS + HOUR, "connected")]).state == "connected"


def test_a_connected_lead_stays_connected_when_a_later_call_finds_nobody() -> None:
    lead = fold([handoff(), touch(HANDOFF_MS, "connected"), touch(HANDOFF_MS + HOUR, "no_answer")])
    assert lead.state == "connected"


@given(st.permutations([5, 3, 9, 1]))
def test_the_first_touch_is_the_earliest_whatever_the_order_of_arrival(minutes: list[int]) -> None:
    """E31: the one that was processed first has no privilege."""
    lead = fold([handoff(), *(touch(HANDOFF_MS + m * MINUTE) for m in minutes)])
    assert lead.first_touch_ms == HANDOFF_MS + MINUTE


def test_a_bot_and_an_inbound_touch_are_not_attempts() -> None:
    lead = fold(
        [
            handoff(),
            touch(HANDOFF_MS + MINUTE, "replied", "email", inbound=True),
            touch(HANDOFF_MS + MINUTE, "no_answer", "email", actor_kind="bot"),
        ]
    )
    assert lead.first_touch_ms is None
    assert len(lead.touches) == 2


def test_a_touch_before_the_handoff_is_kept_out_of_the_speed_figures() -> None:
    lead = fold([handoff(), touch(HANDOFF_MS - MINUTE)])
    assert lead.first_touch_ms is None
    assert lead.touches[0].pre_handoff


def test_a_reply_waits_until_a_human_answers_it() -> None:
    asked = [handoff(), touch(HANDOFF_MS + HOUR, "replied", "email", inbound=True)]
    assert fold(asked).reply_ms == HANDOFF_MS + HOUR
    assert fold([*asked, touch(HANDOFF_MS + 2 * HOUR)]).reply_ms is None


def test_an_older_touch_recorded_late_does_not_answer_a_newer_reply() -> None:
    asked = [handoff(), touch(HANDOFF_MS + HOUR, "replied", "email", inbound=True)]
    assert fold([*asked, touch(HANDOFF_MS + MINUTE)]).reply_ms == HANDOFF_MS + HOUR


def test_a_promise_stands_until_the_next_touch() -> None:
    promised = [handoff(), touch(HANDOFF_MS + HOUR, "callback_set", next_ms=HANDOFF_MS + 3 * HOUR)]
    assert fold(promised).promise_ms == HANDOFF_MS + 3 * HOUR
    assert fold([*promised, touch(HANDOFF_MS + 2 * HOUR)]).promise_ms is None


def test_a_touch_from_before_the_promise_recorded_late_leaves_it_standing() -> None:
    promised = [handoff(), touch(HANDOFF_MS + HOUR, "callback_set", next_ms=HANDOFF_MS + 3 * HOUR)]
    assert fold([*promised, touch(HANDOFF_MS + MINUTE)]).promise_ms == HANDOFF_MS + 3 * HOUR


@pytest.mark.parametrize("verdict", [ev.REJECTED, ev.DISQUALIFIED, ev.RECYCLED, ev.QUALIFIED])
def test_a_verdict_closes_the_cycle_and_takes_its_promise_along(verdict: str) -> None:
    promised = touch(HANDOFF_MS, "callback_set", next_ms=HANDOFF_MS + HOUR)
    lead = fold([handoff(), promised, event(verdict, HANDOFF_MS + MINUTE, quality=2, reason="other")])
    assert not lead.open
    assert lead.verdict is not None
    assert (lead.promise_ms, lead.reply_ms, lead.verdict.quality) == (None, None, 2)


def test_an_undone_event_is_as_if_it_had_not_been() -> None:
    before = [handoff(), touch(HANDOFF_MS + MINUTE)]
    closed = event(ev.DISQUALIFIED, HANDOFF_MS + HOUR, quality=1, reason="dq.no_need")
    undone = event(ev.UNDONE, HANDOFF_MS + 2 * HOUR, events=[closed.uid])
    assert fold([*before, closed, undone]) == fold(before)


def test_undoing_an_undo_brings_the_event_back() -> None:
    accepted = event(ev.ACCEPTED, HANDOFF_MS + MINUTE, owner="zoe")
    undone = event(ev.UNDONE, events=[accepted.uid])
    redone = event(ev.UNDONE, events=[undone.uid])
    assert fold([handoff(), accepted, undone, redone]).state == "accepted"


_ACTS = st.lists(
    st.tuples(st.integers(0, 500), st.sampled_from(["no_answer", "connected", "replied"]), st.booleans()), max_size=12
)


@given(_ACTS)
def test_an_open_lead_is_connected_exactly_when_somebody_answered(acts: list[tuple[int, str, bool]]) -> None:
    lead = fold(
        [
            handoff(),
            *(touch(HANDOFF_MS + minute * MINUTE, outcome, inbound=inbound) for minute, outcome, inbound in acts),
        ]
    )
    assert lead.state in OPEN_STATES
    if any(outcome in TWO_WAY and not inbound for _minute, outcome, inbound in acts):
        assert lead.state == "connected"
    if not any(not inbound for _minute, _outcome, inbound in acts):
        assert lead.state == "handed_off"


def test_a_merge_adds_the_ways_that_were_found_wrong() -> None:
    wrong = touch(HANDOFF_MS + MINUTE, "wrong_number")
    told = event(ev.ABSORBED, **{"from": "other"}, state="working", handed_off_ms=HANDOFF_MS, touches=[],
                 deadlines={}, invalid=["email"])  # fmt: skip
    assert fold([handoff(), wrong, told]).invalid == ("email", "phone")
