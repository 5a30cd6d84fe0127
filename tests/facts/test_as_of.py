"""Figures of an instant stay what they were, whatever is recorded later; and they add up, whatever happened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from leadq import config, read
from leadq.clock import Clock
from leadq.domain.folding import TWO_WAY, fold
from leadq.domain.metrics import trust
from leadq.domain.metrics.catalogue import METRICS
from leadq.domain.metrics.cycle import Cycle, Facts
from leadq.domain.metrics.leak import leaks
from leadq.domain.metrics.radar import GROUPS
from leadq.domain.metrics.scope import EXCLUDED, Scope, scope
from leadq.facts import read_facts
from leadq.ledger import history
from leadq.metric_shapes import metric_shape
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over
from tests.test_life import DAY, MINUTE, Life


def figures(db: Any, as_of_ms: int) -> str:
    """All metrics, whole and by source, of everything handed off since ever, as the bytes that JSON would be."""
    facts = read_facts(db, as_of_ms)
    whole = scope(facts, 0, as_of_ms + 1, keep=True)
    shapes = {name: metric_shape(metric(whole)) for name, metric in METRICS.items()}
    parts = {value: metric_shape(METRICS["M1"](part)) for value, part in whole.cut("source").items()}
    told = [trust.trust(whole), leaks(whole), facts.devices, [vars_of(cycle) for cycle in facts.cycles]]
    return json.dumps([shapes, parts]) + repr(told)


def vars_of(cycle: Any) -> list[Any]:
    return [getattr(cycle, name) for name in cycle.__dataclass_fields__]


def adds_up(whole: Scope) -> bool:
    """field.md 10: H = open + exits of what was accepted + rejected + recycled + gone + left out, at any as-of."""
    cohort = whole.cohort
    ends = {verb: sum(one.verdict == verb for one in cohort.cycles) for verb in ("qualify", "disqualify", "reject")}
    recycled = sum(one.verdict == "recycle" for one in cohort.cycles)
    gone = sum(not one.open and not one.verdict for one in cohort.cycles)
    handed_off = sum(whole.from_ms <= one.handed_off_ms < whole.to_ms for one in whole.cycles)
    inside = cohort.counted.open + sum(ends.values()) + recycled + gone
    return inside == len(cohort.cycles) and handed_off == inside + sum(cohort.excluded.values())


class Looked(Life):
    """A life at which somebody looks now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[tuple[int, str]] = []

    @rule()
    def somebody_looks(self) -> None:
        facts = read_facts(self.db, self.now_ms)
        self._is_right(facts)
        self.looks.append((self.now_ms, figures(self.db, self.now_ms)))
        self.now_ms += MINUTE

    def _is_right(self, facts: Facts) -> None:
        whole = scope(facts, 0, self.now_ms + 1)
        assert adds_up(whole)
        assert not whole.cohort.excluded.keys() - set(EXCLUDED)
        seen = read.radar(self.db, read.moment(self.db, self.now_ms))
        for cycle in facts.cycles:
            self._is_as_folded(cycle)
        for group in GROUPS:
            assert [one.id for one in facts.cycles if group in one.radar] == sorted(seen.get(group, []))

    def _is_as_folded(self, cycle: Cycle) -> None:
        """What one pass over the events says of a cycle is what the fold says of it."""
        lead = fold(history(self.db, cycle.uid))
        tries = sorted(touch.at_ms for touch in lead.attempts)
        early = any(touch.pre_handoff and touch.human and not touch.inbound for touch in lead.touches)
        assert (cycle.attempts, cycle.early, cycle.pauses) == (len(tries), early, lead.pauses)
        assert (cycle.first_touch_ms, cycle.second_touch_ms) == (*tries[:2], None, None)[:2]
        assert cycle.last_attempt_ms == max(tries, default=None)
        assert cycle.channels == len({touch.channel for touch in lead.attempts})
        if lead.state != "merged":  # a tombstone is in no figure
            assert cycle.verdict == (lead.verdict.verb if lead.verdict else "")
            assert cycle.missing == (lead.verdict.missing if lead.verdict else ())
        words = [touch.at_ms for touch in lead.attempts if touch.outcome in TWO_WAY]
        words += [touch.at_ms for touch in lead.touches if touch.inbound and tries and touch.at_ms >= tries[0]]
        assert cycle.connected_ms == min(words, default=None)

    def _examine(self) -> None:
        for at_ms, said in self.looks:
            assert figures(self.db, at_ms) == said
            assert adds_up(scope(read_facts(self.db, at_ms), NOW_MS - DAY, at_ms))


@pytest.fixture
def looked(memory: Path) -> type[Looked]:
    home = Home(memory / "seed" / "config", memory / "seed" / "data", memory / "seed" / "state")
    config.write(home, "zoe")
    rows = ({"id": "A0", "email": "a0@forges.example"}, {"trigger": "event", "email": "a1@forges.example"}, {})
    hand_over(Queue(Store(home), Clock(NOW_MS)), *rows)
    return type("HereLooked", (Looked,), {"seed": home, "folder": memory})


def _live(machine: type[Looked], examples: int, steps: int) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_figures_of_an_instant_stay_as_they_were_and_add_up(looked: type[Looked]) -> None:
    _live(looked, 25, 20)


@pytest.mark.deep
def test_figures_of_an_instant_stay_as_they_were_in_many_lives(looked: type[Looked]) -> None:
    _live(looked, 300, 40)
