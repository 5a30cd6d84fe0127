"""The laptop's clock is set while something is on its way: the service's own clock says by how much."""

from __future__ import annotations

from typing import NoReturn

import pytest

from leadq.domain.verbs import Note
from leadq.paths import Home
from leadq.sync.wire import Lost, Reply, Request
from leadq.testing.nemesis import Fate, Nemesis
from tests.sync.laptop import Laptop

HOUR_MS = 3_600_000
SENT = "SELECT last_sent_ms, skew_ms FROM outbox JOIN connection_state"


class Slow(Nemesis):
    """An entry is on its way for longer than a laptop waits for the answer."""

    def fate(self, request: Request) -> Fate:
        return Fate("late", delay_s=85) if request.method == "POST" else Fate()


def noted(home: Home) -> Laptop:
    """A laptop with a note that is to go out to a lead that it knows."""
    it = Laptop(home)
    it.book.create("L0", name="Lead 0")
    it.time.sleep(60)
    it.sync()
    it.queue.perform(["crm:L0"], Note("Rappeler."))
    return it


def unanswered(request: Request, reply: Reply) -> Reply:
    """A write that comes without an answer."""
    return Reply(504, reply.headers) if request.method == "POST" else reply


def unheard(request: Request, reply: Reply) -> NoReturn:
    """Whatever is sent is done, and no answer comes."""
    raise Lost("timeout")


def answered(request: Request, reply: Reply) -> Reply:
    """As it should be."""
    return reply


def set_clock(it: Laptop, ms: int) -> None:
    """Set the laptop's clock. Both have one time here, so that the service's is moved the other way."""
    it.time.sleep(max(0, ms) / 1000)
    it.book.skew_ms -= ms


def sent(it: Laptop) -> tuple[int, int | None]:
    """When the note last left, and how the service's clock stands to ours."""
    ((sent_ms, skew_ms),) = it.rows(SENT)
    return sent_ms, skew_ms


def test_a_clock_put_forward_does_not_make_a_write_that_is_on_its_way_an_old_one(home: Home) -> None:
    it = noted(home)
    service = it.crm
    assert service
    service.nemesis = Slow(1)
    it.sync()
    service.nemesis = None
    set_clock(it, 2 * HOUR_MS)
    report = it.sync()
    assert (report.resent, it.states()) == (0, ["unknown"])
    it.settle()
    assert it.states() == ["done"]
    assert [each.kind for each in it.book.effects if each.by == "leadq"].count("append") == 1


@pytest.mark.parametrize("hours", [2, -2])
def test_what_the_outbox_remembers_of_time_moves_with_a_clock_that_is_set(home: Home, hours: int) -> None:
    it = noted(home)
    it.twist = unanswered
    it.sync()
    before_ms, before_skew = sent(it)
    set_clock(it, hours * HOUR_MS)
    it.sync(pull=False)
    after_ms, after_skew = sent(it)
    assert abs(after_ms - before_ms - hours * HOUR_MS) <= 1_000
    assert before_skew is not None
    assert after_skew is not None
    assert abs(before_skew - after_skew - hours * HOUR_MS) <= 1_000


def test_a_clock_that_is_right_to_the_second_moves_nothing(home: Home) -> None:
    it = noted(home)
    it.twist = unanswered
    it.sync()
    before = sent(it)
    it.book.skew_ms += 1_400
    it.sync(pull=False)
    assert sent(it) == before


def test_what_leaves_before_the_service_has_said_the_time_is_not_moved_by_what_it_says_then(home: Home) -> None:
    """It was written by our clock as it is now, whatever it was when the service was last heard."""
    it = noted(home)
    set_clock(it, -2 * HOUR_MS)
    it.twist = unheard
    it.sync(pull=False)
    sent_ms, skew_ms = sent(it)
    assert skew_ms is None
    it.twist = answered
    it.sync(pull=False)
    assert it.states() == ["unknown"]
    assert sent(it)[0] == sent_ms
