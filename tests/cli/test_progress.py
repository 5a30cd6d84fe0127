"""How far a long job is: said to people only, past the first second, and wiped away."""

from __future__ import annotations

import contextlib
import io
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest

from leadq.cli.progress import Progress, told, written
from leadq.rulebook import template_text
from tests.cli.runner import Leadq


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


@contextlib.contextmanager
def terminal() -> Iterator[_Terminal]:
    """A terminal on stderr that is told at once, as if a second had passed."""
    stream = _Terminal()
    streams = SimpleNamespace(stderr=stream, stdout=io.StringIO())
    with mock.patch.multiple("leadq.cli.progress", sys=streams, _QUIET_S=0):
        yield stream


def test_a_new_contract_that_moves_clocks_says_how_many_leads_it_has_seen(leadq: Leadq) -> None:
    """Before it, when it is only tried, and in whatever gesture brings it into force; then it is wiped away."""
    new = leadq.file("new.toml", template_text("pme-fr").replace("extra = []", "extra = [2026-05-15]"))
    with terminal() as stream, mock.patch("leadq.difference._OFTEN", 2):
        leadq("contract", "diff", ".", new)
    assert "2 leads · " in stream.getvalue()
    leadq.home.contract.write_text(Path(new).read_text("utf-8"), "utf-8")
    with terminal() as stream:
        leadq("note", "1", "--text", "x", "-q")
        assert stream.getvalue() == ""
        leadq("note", "1", "--text", "x")
        assert stream.getvalue() == "", "it moved with the first gesture"
    leadq.home.contract.write_text(template_text("pme-fr"), "utf-8")
    with terminal() as stream:
        assert leadq("accept", "1").status == 0
    assert "4 leads · " in stream.getvalue()
    assert " s left" in stream.getvalue()
    assert stream.getvalue().endswith(" \r")


def test_what_sales_said_tells_how_much_of_it_is_read_and_written(leadq: Leadq) -> None:
    leadq("reject", "1", "2", "--reason", "rej.spam", "--quality", "1")
    with terminal() as stream, mock.patch("leadq.progress._OFTEN", 1):
        assert leadq("feedback", "list").status == 0
    assert "2 events · " in stream.getvalue()
    assert "2 leads · " in stream.getvalue()
    with terminal() as stream, mock.patch("leadq.progress._OFTEN", 1):
        leadq("touch", "3", "--channel", "call", "--outcome", "connected", "--insight", "question:price?")
        assert leadq("insight", "list").status == 0
    assert "1 events · " in stream.getvalue()


def test_lines_that_are_written_to_a_terminal_are_not_told_too() -> None:
    with terminal() as stream, mock.patch("leadq.progress._OFTEN", 1):
        with mock.patch("leadq.cli.progress.sys.stdout", _Terminal()):
            assert list(written("ab", "leads", quiet=False)) == ["a", "b"]
        assert stream.getvalue() == ""
        assert list(written("ab", "leads", quiet=False)) == ["a", "b"]
        assert "2 leads" in stream.getvalue()
