"""Who is away and who stands in, from events alone; and for which leave somebody only stands in for a lead."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadq.domain import events as ev
from leadq.domain.folding import fold
from leadq.domain.leave import Absence, absent, announced, fold_leave, given_back, handed_over
from leadq.domain.team import Leave
from tests.domain.builders import HANDOFF_MS, HOUR, at, event, handoff

BEGIN, END = at("2026-08-03T00:00"), at("2026-08-22T00:00")
ZOE = Absence("leave-1", "zoe", "karim", BEGIN, END)
MEMBERS = ("zoe", "karim", "paul")


def told(uid: str = "set", **data: object) -> ev.Event:
    dates = {"member": "zoe", "cover": "karim", "from_ms": BEGIN, "until_ms": END}
    return event(ev.LEAVE_SET, HANDOFF_MS, uid=uid, **{**dates, **data})


def moved(draft: ev.Draft) -> ev.Event:
    return event(draft.type, draft.occurred_ms, **draft.data)


def test_a_leave_begins_at_its_first_instant_and_the_member_is_back_at_its_last() -> None:
    found = fold_leave([told()])
    assert found is not None
    assert [found.holds(ms) for ms in (BEGIN - 1, BEGIN, END - 1, END)] == [False, True, True, False]
    assert [found.is_over(ms) for ms in (END - 1, END)] == [False, True]


def test_a_leave_that_was_ended_is_over_then_and_one_that_was_taken_back_never_was() -> None:
    ended = event(ev.LEAVE_ENDED, BEGIN + HOUR, uid="end", settled=True)
    found = fold_leave([told(), ended])
    assert found is not None
    assert (found.over_ms, found.settled) == (BEGIN + HOUR, True)
    again = fold_leave([told(), ended, event(ev.UNDONE, events=["end"])])
    assert again is not None
    assert (again.over_ms, again.settled) == (END, False)
    assert fold_leave([told(), event(ev.UNDONE, events=["set"])]) is None


@pytest.mark.parametrize("spoilt", [{"member": 1}, {"cover": None}, {"from_ms": None}, {"until_ms": None}])
def test_a_leave_that_makes_no_sense_is_refused(spoilt: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        fold_leave([told(**spoilt)])


def test_a_leave_of_the_contract_is_whole_local_days() -> None:
    found = announced("zoe", Leave(date(2026, 8, 3), date(2026, 8, 21), "karim"), ZoneInfo("Europe/Paris"))
    assert (found.from_ms, found.until_ms) == (at("2026-08-02T22:00"), at("2026-08-21T22:00"))
    assert absent([found], "zoe", at("2026-08-21T21:59")) == "karim"


def test_a_cover_that_is_away_is_covered_in_turn_and_two_for_each_other_are_nobody() -> None:
    karim = Absence("leave-2", "karim", "paul", BEGIN, END)
    assert absent([ZOE, karim], "zoe", BEGIN) == "paul"
    assert absent([ZOE, Absence("leave-2", "karim", "zoe", BEGIN, END)], "zoe", BEGIN) == ""
    assert absent([ZOE, Absence("leave-2", "karim", "", BEGIN, END)], "zoe", BEGIN) == ""
    assert absent([ZOE, karim], "paul", BEGIN) is None


def test_what_a_member_said_counts_more_than_what_the_contract_announces() -> None:
    contract = Absence("", "zoe", "paul", BEGIN, END)
    assert absent([contract, ZOE], "zoe", BEGIN) == absent([ZOE, contract], "zoe", BEGIN) == "karim"


_leaves = st.builds(
    Absence, st.uuids().map(str), st.sampled_from(MEMBERS), st.sampled_from(("", *MEMBERS)),
    st.integers(0, 9), st.integers(0, 9),
)  # fmt: skip


@given(st.lists(_leaves, max_size=6), st.sampled_from(MEMBERS), st.integers(-1, 10))
def test_nobody_who_is_away_stands_in(leaves: list[Absence], member: str, at_ms: int) -> None:
    cover = absent(leaves, member, at_ms)
    away = {leave.member for leave in leaves if leave.holds(at_ms)}
    assert (cover is None) == (member not in away)
    assert cover not in away


def test_whoever_stands_in_gives_back_and_keeps_what_was_given_to_them_for_good() -> None:
    history = [handoff(owner="zoe"), moved(handed_over(ZOE, HANDOFF_MS + HOUR))]
    lent = fold(history)
    assert (lent.owner, lent.leaves) == ("karim", ("leave-1",))
    assert fold([*history, event(ev.ACCEPTED, HANDOFF_MS + HOUR, owner="karim")]).leaves == ("leave-1",)
    for kind, data in ((ev.ASSIGNED, {"to": "karim"}), (ev.ASSIGNED, {"to": "paul"}), (ev.ACCEPTED, {"owner": "paul"})):
        assert fold([*history, event(kind, HANDOFF_MS + HOUR, **data)]).leaves == ()
    back = fold([*history, moved(given_back(ZOE, END))])
    assert (back.owner, back.leaves) == ("zoe", ())


def test_a_lead_goes_back_past_a_cover_who_went_on_leave_too() -> None:
    karim = Absence("leave-2", "karim", "paul", BEGIN, END)
    history = [handoff(owner="zoe"), moved(handed_over(ZOE, BEGIN)), moved(handed_over(karim, BEGIN))]
    assert (fold(history).owner, fold(history).leaves) == ("paul", ("leave-1", "leave-2"))
    first = fold([*history, moved(given_back(karim, END))])
    assert (first.owner, first.leaves) == ("karim", ("leave-1",))
    past = fold([*history, moved(given_back(ZOE, END))])
    assert (past.owner, past.leaves) == ("zoe", ())


def test_only_the_clock_of_the_owner_hears_of_a_leave() -> None:
    lead = fold([handoff(owner="zoe"), moved(handed_over(ZOE, HANDOFF_MS + HOUR))])
    assert (lead.owner_ms, lead.handoff.at_ms) == (HANDOFF_MS + HOUR, HANDOFF_MS)
