"""In which order events are folded when several devices wrote them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from leadq.domain import events as ev
from leadq.domain.events import Event, in_order
from leadq.domain.folding import fold
from tests.domain.builders import HANDOFF_MS, HOUR, MINUTE, event, handoff, touch


def by(device: str, one: Event, recorded_ms: int | None = None) -> Event:
    return replace(one, device=device, recorded_ms=one.recorded_ms if recorded_ms is None else recorded_ms)


def test_one_devices_events_stay_as_they_were_recorded_whatever_its_clock_said() -> None:
    told = [by("a", handoff()), by("a", touch(HANDOFF_MS), 9), by("a", event(ev.UNDONE, events=[]), 3)]
    assert in_order(told) == told


@st.composite
def _histories(draw: st.DrawFn) -> list[list[Event]]:
    """What three devices wrote of one lead, each in its own order, with clocks that also go back."""
    instants = st.integers(0, 5)
    histories = []
    for device in ("a", "b", "c"):
        first = [by(device, handoff(), draw(instants))] if device != "c" else []
        rest = [by(device, touch(HANDOFF_MS + draw(instants) * MINUTE), draw(instants)) for _n in range(draw(instants))]
        histories.append([*first, *rest])
    return histories


def _arrived(histories: list[list[Event]], turns: list[int]) -> list[Event]:
    """The histories put into one, each in its order, as `turns` says whose event comes next."""
    left = [list(history) for history in histories]
    taken = [left[turn % 3].pop(0) for turn in turns if left[turn % 3]]
    return [*taken, *(one for history in left for one in history)]


@given(_histories(), st.lists(st.integers(0, 2), max_size=18), st.lists(st.integers(0, 2), max_size=18))
def test_whose_file_arrives_first_makes_no_difference(
    histories: list[list[Event]], turns: list[int], others: list[int]
) -> None:
    ordered = in_order(_arrived(histories, turns))
    assert ordered == in_order(_arrived(histories, others))
    for device, history in zip("abc", histories, strict=True):
        own = [one for one in ordered if one.device == device and one.type != ev.HANDED_OFF]
        assert own == [one for one in history if one.type != ev.HANDED_OFF]
    assert fold(ordered) == fold(in_order(ordered))


def test_between_devices_the_recorded_instant_decides() -> None:
    accepted = by("b", event(ev.ACCEPTED, HANDOFF_MS + MINUTE, owner="bea"))
    later = by("a", event(ev.ASSIGNED, HANDOFF_MS + HOUR, to="zoe"))
    assert fold(in_order([by("a", handoff()), later, accepted])).owner == "zoe"


def test_two_laptops_that_took_in_the_same_file_tell_of_one_handoff() -> None:
    first, second = (
        by("a", handoff(campaign="first")),
        by("b", handoff(HANDOFF_MS, campaign="second"), HANDOFF_MS + HOUR),
    )
    tried = by("a", touch(HANDOFF_MS + MINUTE))
    for arrived in ([first, tried, second], [second, first, tried]):
        lead = fold(in_order(arrived))
        assert (lead.state, lead.handoff.campaign) == ("working", "first")
