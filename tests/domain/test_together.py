"""What the two teams hold together: actions until they are closed, answers of which the newest of a form counts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leadq.domain.events import Event
from leadq.domain.metrics.cycle import Facts
from leadq.domain.metrics.perception import of
from leadq.domain.together import (
    ACTION_ADDED,
    ACTION_CLOSED,
    DECISION_TAKEN,
    DIMENSIONS,
    SURVEY_ANSWERED,
    TEAM,
    actions,
    answers,
    decisions,
)

scores = st.integers(1, 5)


def event(kind: str, at_ms: int, uid: str = "", **data: object) -> Event:
    return Event(uid or f"{at_ms:06}", TEAM, kind, at_ms, at_ms, data=data)


def answered(at_ms: int, form: str, team: str, *given_: int, quarter: str = "2026-Q2") -> Event:
    said = dict(zip(DIMENSIONS, given_, strict=True))
    return event(SURVEY_ANSWERED, at_ms, form=form, quarter=quarter, team=team, **said)


def test_an_action_stays_open_until_it_is_closed_whichever_came_first() -> None:
    added = [event(ACTION_ADDED, 1, "a", owner="zoe", due_ms=90), event(ACTION_ADDED, 2, "b", owner="zoe", due_ms=80)]
    closed = event(ACTION_CLOSED, 5, "c", action="a")
    for told in ([*added, closed], [closed, *added]):
        assert [(one.uid, one.closed_ms) for one in actions(told)] == [("b", None), ("a", 5)]


def test_an_action_is_closed_when_it_was_closed_first() -> None:
    closed = [event(ACTION_CLOSED, at, action="a") for at in (7, 4, 6)]
    assert [one.closed_ms for one in actions([event(ACTION_ADDED, 1, "a", owner="", due_ms=9), *closed])] == [4]


def test_of_a_form_the_newest_answer_counts_and_it_may_change_the_team() -> None:
    told = [answered(2, "f", "marketing", 1, 2, 3), answered(1, "f", "sales", 5, 5, 5)]
    (one,) = answers(told)
    assert (one.team, list(one.scores.values())) == ("marketing", [1, 2, 3])
    assert len(answers([*told, answered(3, "f", "sales", 1, 1, 1, quarter="2026-Q3")])) == 2


def test_what_makes_no_sense_is_passed_over() -> None:
    nonsense = [
        event(SURVEY_ANSWERED, 1, form="f", quarter="2026-Q5", team="sales", communication=1, trust=1, perception=1),
        answered(2, "f", "finance", 1, 1, 1), answered(3, "f", "sales", 1, 6, 1), event(SURVEY_ANSWERED, 4),
        answered(5, "f", "sales", True, 1, 1),
        event(ACTION_ADDED, 6, owner="zoe", due_ms="tomorrow"), event(ACTION_CLOSED, 7, action=[]),
    ]  # fmt: skip
    assert (answers(nonsense), actions(nonsense)) == ((), [])
    row = ["accept", "hot", 1, 2, 3, 4, 5, 6]
    (one,) = decisions([event(DECISION_TAKEN, 8, replay=[row[:3], 7, row])])
    assert one.replay == (tuple(row),)


def held(*told: Event) -> Facts:
    return Facts(0, "Europe/Paris", answers=answers(told))


@settings(max_examples=40)
@given(st.lists(st.tuples(scores, scores, scores), max_size=5), st.lists(st.tuples(scores, scores, scores), max_size=5))
def test_nothing_is_told_of_a_team_with_fewer_than_three_answers(
    sales: list[tuple[int, int, int]], marketing: list[tuple[int, int, int]]
) -> None:
    told = [answered(n, f"s{n}", "sales", *one) for n, one in enumerate(sales)]
    told += [answered(n, f"m{n}", "marketing", *one) for n, one in enumerate(marketing, 10)]
    metric = of(held(*told), "2026-Q2")
    for figures in (metric.figures, *metric.rows.values()):
        known = {one.name: one.value for one in figures}
        assert (known["perceived_sales"] is None) == (len(sales) < 3)
        assert (known["perceived_marketing"] is None) == (len(marketing) < 3)
        assert (known["gap"] is None) == (min(len(sales), len(marketing)) < 3)
        assert all(value is None or 0 <= value <= 100 for name, value in known.items() if name.startswith("perceived"))


def test_all_ones_are_0_and_all_fives_are_100() -> None:
    told = [answered(n, f"s{n}", "sales", 1, 1, 1) for n in range(3)]
    told += [answered(n, f"m{n}", "marketing", 5, 5, 5) for n in range(3, 6)]
    found = {one.name: one.value for one in of(held(*told), "2026-Q2").figures}
    assert (found["perceived_sales"], found["perceived_marketing"], found["gap"]) == (0.0, 100.0, 100.0)
    assert of(held(*told), "2026-Q3").counted.n == 0
