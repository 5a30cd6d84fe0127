"""How far a long job is: said to people only, past the first second, and wiped away."""

from __future__ import annotations

import contextlib
import io
import itertools
import sys
from unittest import mock

import pytest

from leadq.cli.progress import Progress, told


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def spoken(stream: io.StringIO, *counts: int, step_s: float = 2, quiet: bool = False) -> str:
    """What a job says on `stream` that tells `counts`, `step_s` seconds apart, and is then interrupted."""
    seconds = itertools.count(0, step_s)
    with mock.patch.object(sys, "stderr", stream), mock.patch("time.monotonic", side_effect=seconds):
        progress = Progress("rows", lambda: None, quiet=quiet)
        with contextlib.suppress(KeyboardInterrupt), progress:
            for count in counts:
                progress(count)
            raise KeyboardInterrupt
    return stream.getvalue()


@pytest.mark.parametrize(
    ("share", "line"),
    [(0.25, "12,000 rows · 3,000/s · 12 s left"), (None, "12,000 rows · 3,000/s"), (0.0, "12,000 rows · 3,000/s")],
)
def test_it_says_count_rate_and_time_left_when_that_can_be_known(share: float | None, line: str) -> None:
    assert told("rows", 12_000, 4.0, share) == line


def test_the_line_is_written_over_and_wiped_away_however_the_job_ends() -> None:
    first, second, gone, _rest = spoken(_Terminal(), 4000, 8).split("\r")[1:]
    assert first == "4,000 rows · 2,000/s"
    assert second == "8 rows · 2/s".ljust(len(first))
    assert gone == " " * len(second.rstrip())


def test_nothing_is_said_in_the_first_second() -> None:
    assert spoken(_Terminal(), 4000, step_s=0.9) == ""
    assert spoken(_Terminal(), 4000, step_s=1) != ""


def test_nothing_is_said_when_asked_to_be_quiet() -> None:
    assert spoken(_Terminal(), 4000, quiet=True) == ""


def test_nothing_is_said_to_a_file() -> None:
    assert spoken(io.StringIO(), 4000) == ""
