"""How far sending is, told from counts alone."""

from __future__ import annotations

from leadq.domain import verbs
from leadq.queue import Queue
from leadq.tui.drain import Drain
from tests.leads import hand_over
from tests.tui.conftest import ME, Sit


def told(*looks: tuple[float, int], at_s: float) -> str:
    """What is said at `at_s` after looks at (seconds, how many wait)."""
    drain = Drain()
    for seen_s, waiting in looks:
        drain.note(waiting, seen_s)
    return drain.told(at_s)


def test_a_wave_is_told_with_its_count_and_the_time_left() -> None:
    assert told((0, 120), (10, 100), (20, 80), at_s=21) == "sending 40 of 120, 0:40 left"


def test_nothing_is_told_before_the_first_has_gone_and_after_the_last() -> None:
    assert told((0, 120), at_s=1) == ""
    assert told((0, 120), (10, 60), (20, 0), at_s=20) == ""
    assert told((0, 120), (10, 60), (20, 0), (21, 1), at_s=21) == ""  # what is written then is not of the wave


def test_a_few_changes_are_gone_before_anybody_reads_of_them() -> None:
    assert told((0, 4), (1, 2), at_s=1) == ""


def test_a_wave_that_stands_still_is_over_and_the_next_begins_anew() -> None:
    assert told((0, 120), (10, 100), at_s=25) == ""
    assert told((0, 120), (10, 100), (40, 100), (50, 75), at_s=50) == "sending 25 of 100, 0:30 left"


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


def test_what_is_decided_meanwhile_only_makes_the_way_longer() -> None:
    assert told((0, 100), (10, 50), (11, 52), at_s=11) == "sending 48 of 100, 0:11 left"
