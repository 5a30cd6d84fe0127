"""An alert rings at its instant or at the next opening, once, however often or seldom somebody looks."""

from __future__ import annotations

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from leadq.domain import events as ev
from leadq.domain.alerting import Mark, Outlook, Watch, outlook, rescinded
from leadq.domain.calendar import Calendar
from leadq.domain.clocks import clocks_of
from leadq.domain.events import Event
from leadq.domain.folding import fold
from tests.domain.builders import HANDOFF_MS, HOUR, MINUTE, PARIS, RULES, at, event, handoff, touch

MONDAY = at("2026-05-11T00:00")
DAY = 24 * HOUR


def by_name(watch: Watch) -> Calendar | None:
    """The calendar that its name says; none for a clock that rings at any hour."""
    return PARIS if watch.calendar else None


def watch(at_ms: int, *, level: str = "breach", calendar: str = "paris", **known: int) -> Watch:
    return Watch(1, "lead-1", "first_touch", level, at_ms, at_ms, HANDOFF_MS, calendar=calendar, **known)  # type: ignore[arg-type]


def look(watches: list[Watch], mark: Mark, now_ms: int) -> Outlook:
    """A look that is given what the database would find: all that came to its instant since the mark's `from_ms`."""
    return outlook([w for w in watches if mark.from_ms <= w.at_ms <= now_ms], mark, now_ms, by_name)


def test_an_instant_in_opening_hours_rings_at_that_instant() -> None:
    one, mark = watch(at("2026-05-12T08:30")), Mark(HANDOFF_MS, HANDOFF_MS + 1)
    assert look([one], mark, one.at_ms - 1).due == ()
    assert look([one], mark, one.at_ms).due == (one,)


def test_an_instant_in_the_night_rings_at_the_next_opening() -> None:
    night, opening = watch(at("2026-05-12T22:00")), at("2026-05-13T07:00")
    found = look([night], Mark(HANDOFF_MS, HANDOFF_MS + 1), at("2026-05-12T23:00"))
    assert (found.due, found.next_ms) == ((), opening)
    assert look([night], found.mark, opening - 1).due == ()
    assert look([night], found.mark, opening).due == (night,)


def test_a_promise_and_a_clock_without_opening_hours_ring_at_night_too() -> None:
    night = watch(at("2026-05-12T22:00"), calendar="")
    assert look([night], Mark(HANDOFF_MS, HANDOFF_MS + 1), night.at_ms).due == (night,)


def test_what_was_past_when_leadq_learnt_of_it_rings_nothing() -> None:
    mark = Mark(HANDOFF_MS, HANDOFF_MS + 1)
    old = watch(HANDOFF_MS + MINUTE, known_ms=HANDOFF_MS + MINUTE)
    assert look([old], mark, HANDOFF_MS + HOUR).due == ()


def test_a_lead_that_is_late_already_is_no_longer_only_at_risk() -> None:
    due_ms = at("2026-05-12T08:30")
    soon, late = watch(due_ms - MINUTE, level="at_risk", over_ms=due_ms + 1), watch(due_ms + 1)
    mark = Mark(HANDOFF_MS, HANDOFF_MS + 1)
    assert look([soon, late], mark, due_ms).due == (soon,)
    assert look([soon, late], mark, due_ms + 1).due == (late,)


instants = st.integers(MONDAY, MONDAY + 14 * DAY)
watches = st.lists(st.builds(watch, instants, calendar=st.sampled_from(["paris", ""])), max_size=12)


@given(watches, st.lists(instants, min_size=1, max_size=12), instants)
def test_however_often_one_looks_each_alert_rings_once(found: list[Watch], looks: list[int], begin_ms: int) -> None:
    rung: list[Watch] = []
    mark = Mark(begin_ms, begin_ms + 1)
    last_ms = max(begin_ms, *looks)
    for now_ms in sorted(looks):
        if now_ms >= begin_ms:
            seen = look(found, mark, now_ms)
            rung += seen.due
            mark = seen.mark
    once = look(found, Mark(begin_ms, begin_ms + 1), last_ms).due
    assert sorted(rung, key=id) == sorted(once, key=id)
    for one in once:
        assert begin_ms < one.at_ms <= last_ms


@given(watches, instants, instants)
def test_nothing_rings_between_a_look_and_the_next_one_that_it_names(
    found: list[Watch], begin_ms: int, now_ms: int
) -> None:
    seen = look(found, Mark(begin_ms, begin_ms + 1), max(begin_ms, now_ms))
    stored = sorted(w.at_ms for w in found)
    index = bisect_right(stored, max(begin_ms, now_ms))
    named = [ms for ms in (seen.next_ms, stored[index] if index < len(stored) else None) if ms is not None]
    if named:
        assert look(found, seen.mark, min(named) - 1).due == ()


@given(watches, instants, instants)
def test_an_alert_with_opening_hours_never_rings_outside_them(found: list[Watch], begin_ms: int, now_ms: int) -> None:
    mark = Mark(begin_ms, begin_ms + 1)
    for one in look(found, mark, max(begin_ms, now_ms)).due:
        if one.calendar:
            opening = PARIS.next_opening(one.at_ms)
            assert opening is not None
            assert PARIS.is_open(opening)
            assert look(found, mark, opening - 1).due.count(one) == 0


def alerted(clock: str, due_ms: int, level: str = "breach", started_ms: int = HANDOFF_MS) -> Event:
    return event(
        ev.ALERTED, due_ms + 1, actor_kind="system", uid=f"alert-{clock}", clock=clock, level=level, due_ms=due_ms,
        started_ms=started_ms, contract="c1", policy="hot",
    )  # fmt: skip


DUE_MS = HANDOFF_MS + 30 * MINUTE


def drafts(*events: Event) -> list[str]:
    """What is to be said of a lead to which this happened: the clocks whose breach was none."""
    lead = fold(events)
    return [draft.data["clock"] for draft in rescinded(events, lead, clocks_of(lead, RULES), HANDOFF_MS + HOUR)]


def test_a_touch_in_time_that_arrives_late_rescinds_the_breach_and_the_alert_stays() -> None:
    history = [handoff(), alerted("first_touch", DUE_MS)]
    assert drafts(*history) == []
    assert drafts(*history, touch(DUE_MS + MINUTE)) == []
    assert drafts(*history, touch(DUE_MS + MINUTE), touch(DUE_MS)) == ["first_touch"]


def test_a_breach_is_rescinded_once_unless_that_was_taken_back() -> None:
    said = event(ev.RESCINDED, actor_kind="system", uid="r1", clock="first_touch", alert="alert-first_touch")
    history = [handoff(), alerted("first_touch", DUE_MS), touch(DUE_MS), said]
    assert drafts(*history) == []
    assert drafts(*history, event(ev.UNDONE, events=["r1"])) == ["first_touch"]


def test_a_clock_that_was_only_at_risk_rescinds_nothing() -> None:
    assert drafts(handoff(), alerted("first_touch", DUE_MS, "at_risk"), touch(DUE_MS)) == []


def test_a_planned_touch_that_was_made_in_time_rescinds_its_breach_although_another_one_is_planned_by_now() -> None:
    planned = DUE_MS + 10 * MINUTE
    late = alerted("next_touch", planned, started_ms=DUE_MS)
    assert drafts(handoff(), touch(DUE_MS), late, touch(planned + 1)) == []
    assert drafts(handoff(), touch(DUE_MS), late, touch(planned + 1), touch(planned)) == ["next_touch"]


def test_an_alert_changes_no_lead() -> None:
    history = [handoff(), touch(DUE_MS)]
    said = [alerted("first_touch", DUE_MS), event(ev.RESCINDED, clock="first_touch", alert="x")]
    assert fold([*history, *said]) == fold(history)
