"""A report as of an instant is the same to the byte, whatever the team does afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from leadq import config
from leadq.clock import Clock
from leadq.paths import Home
from leadq.queue import Queue
from leadq.reports.make import make
from leadq.reports.names import AUDIENCES, FORMATS, REPORTS
from leadq.reports.period import Span
from leadq.reports.sources import Asked
from leadq.reports.written import said
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over
from tests.test_life import DAY, MINUTE, Life

PARIS = ZoneInfo("Europe/Paris")


class Reported(Life):
    """A life of which somebody has reports made, each time another one in another format."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[tuple[Asked, str, str]] = []

    @rule()
    def somebody_reports(self) -> None:
        turn = len(self.made)
        span = Span(NOW_MS - 40 * DAY, self.now_ms + MINUTE)
        edition = AUDIENCES[turn // len(REPORTS) % len(AUDIENCES)]
        asked = Asked(REPORTS[turn % len(REPORTS)], edition, span, self.now_ms, PARIS, sees_all=True, people=True)
        format_ = FORMATS[turn % len(FORMATS)]
        self.made.append((asked, format_, self._said(asked, format_)))
        self.now_ms += MINUTE

    def _said(self, asked: Asked, format_: str) -> str:
        report = make(self.db, asked)
        kept = tuple(
            replace(one, tables=tuple(each for each in one.tables if each.id != "late_arrivals"))
            for one in report.sections
        )
        data = {**report.data, "late_arrivals": None}
        return said(replace(report, sections=kept, data=data), format_)

    def _examine(self) -> None:
        for asked, format_, before in self.made:
            assert self._said(asked, format_) == before


@pytest.fixture
def reported(memory: Path) -> type[Reported]:
    home = Home(memory / "seed" / "config", memory / "seed" / "data", memory / "seed" / "state")
    config.write(home, "zoe")
    rows = ({"id": "A0", "email": "a0@forges.example"}, {"trigger": "event", "email": "a1@forges.example"}, {})
    hand_over(Queue(Store(home), Clock(NOW_MS)), *rows)
    return type("HereReported", (Reported,), {"seed": home, "folder": memory})


def _live(machine: type[Reported], examples: int, steps: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_report_stays_the_same_to_the_byte(reported: type[Reported]) -> None:
    _live(reported, 8, 12)


@pytest.mark.deep
def test_a_report_stays_the_same_to_the_byte_in_three_hundred_lives(reported: type[Reported]) -> None:
    _live(reported, 300, 40)
