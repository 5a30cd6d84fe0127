"""How far sending is, told from counts alone."""

from __future__ import annotations

from time import monotonic

import pytest

from leadq.domain import verbs
from leadq.queue import Queue
from leadq.tui.drain import STILL_S, Drain
from leadq.tui.screens import queue as screen
from tests.leads import hand_over
from tests.tui.conftest import ME, Sit


def told(*looks: tuple[float, int, int], at_s: float) -> str:
    """What is said at `at_s` after looks at (seconds, how many have gone, how many wait)."""
    drain = Drain()
    for seen_s, sent, waiting in looks:
        drain.note(sent, waiting, seen_s)
    return drain.told(at_s)


def test_a_wave_is_told_with_its_count_and_the_time_left() -> None:
    assert told((0, 7, 120), (10, 27, 100), (20, 47, 80), at_s=21) == "sending 40 of 120, 0:40 left"


def test_nothing_is_told_before_the_first_has_gone_and_after_the_last() -> None:
    assert told((0, 0, 120), at_s=1) == ""
    assert told((0, 0, 120), (10, 60, 60), (20, 120, 0), at_s=20) == ""
    assert told((0, 0, 120), (10, 60, 60), (20, 120, 0), (21, 120, 1), at_s=21) == ""  # it is not of the wave


def test_a_few_changes_are_gone_before_anybody_reads_of_them() -> None:
    assert told((0, 0, 4), (1, 2, 2), at_s=1) == ""


def test_a_wave_that_stands_still_is_over_and_the_next_begins_anew() -> None:
    assert told((0, 0, 120), (10, 20, 100), at_s=25) == ""
    assert told((0, 0, 120), (10, 20, 100), (40, 20, 100), (50, 45, 75), at_s=50) == "sending 25 of 100, 0:30 left"


def test_what_another_change_stands_for_or_is_taken_back_has_not_been_sent() -> None:
    assert told((0, 10, 7), (1, 10, 5), at_s=1) == ""
    assert told((0, 0, 100), (10, 50, 40), at_s=11) == "sending 50 of 90, 0:08 left"


async def test_what_an_undo_takes_back_has_not_been_sent(zoes: Queue, sit: Sit) -> None:
    hand_over(zoes, *({"owner": ME, "name": f"Lead {number}"} for number in range(6)))
    for lead_id in range(1, 7):
        zoes.perform([str(lead_id)], verbs.Reject("rej.spam", 1))
    async with sit() as seat:
        assert "6 to send" in await seat.painted()
        await seat.press("u")
        header = await seat.painted()
        assert "5 to send" in header
        assert "sending" not in header


async def test_a_wave_that_stands_still_leaves_the_header_though_nothing_is_written(
    zoes: Queue, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over(zoes, *({"owner": ME, "name": f"Lead {number}"} for number in range(6)))
    for lead_id in range(1, 7):
        zoes.perform([str(lead_id)], verbs.Reject("rej.spam", 1))
    async with sit() as seat:
        now_s = monotonic()
        monkeypatch.setattr(screen, "monotonic", lambda: now_s)
        with zoes.store.transaction() as db:
            db.execute(
                "UPDATE outbox SET state = 'acked', attempts = 1 WHERE op_id IN (SELECT op_id FROM outbox LIMIT 2)"
            )
        seat.queue.tick()
        await seat.settle()
        assert "sending 2 of 6" in await seat.painted()
        now_s += STILL_S
        seat.queue.tick()
        assert "sending" not in await seat.painted()


def test_what_is_decided_meanwhile_only_makes_the_way_longer() -> None:
    assert told((0, 0, 100), (10, 50, 50), (11, 50, 52), at_s=11) == "sending 50 of 102, 0:10 left"
