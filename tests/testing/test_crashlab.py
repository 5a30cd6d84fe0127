"""The engine under everything that can go wrong: no story breaks a rule, and every wrong engine is caught."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadq.testing.crashlab import Lab, Trial, each_crash, failing, laboratory, main, shared_out, told
from leadq.testing.story import drawn
from tests.testing.mutants import MUTANTS
from tests.testing.scenarios import QUICK, SCENARIOS

REGRESSIONS = Path(__file__).parents[1] / "regressions"
CAUGHT = json.loads((REGRESSIONS / "mutants.json").read_text("utf-8"))
CHUNKS = {f"seeds {first} to {first + 249}": range(first, first + 250) for first in (1, 251, 501, 751)}
LONG = 100_000


@pytest.fixture
def lab() -> Iterator[Lab]:
    with laboratory() as made:
        yield made


@pytest.mark.parametrize("seeds", CHUNKS.values(), ids=list(CHUNKS))
def test_a_thousand_schedules_break_no_rule(seeds: range) -> None:
    assert failing(seeds) == {}


def test_a_schedule_that_once_broke_a_rule_does_not_any_more() -> None:
    known = json.loads((REGRESSIONS / "schedules.json").read_text("utf-8"))
    assert failing([each["seed"] for each in known]) == {}


def test_a_seed_tells_the_same_story_every_time() -> None:
    for seed in (109, 222, 990):
        first = told(seed)
        assert "CRASH" in "".join(told(each) for each in (109, 222)) or first
        assert told(seed) == first


def test_the_command_tells_one_story_and_counts_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "5"]) == 0
    assert "the world heals" in capsys.readouterr().out
    assert main(["--seed", "5", "--schedules", "3"]) == 0
    assert capsys.readouterr().out == "3 schedules from seed 5: 0 broke a rule\n"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.__name__)
def test_an_engine_that_is_built_wrong_is_caught(mutant: object, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    name = mutant.__name__  # type: ignore[attr-defined]
    seed = CAUGHT[name]
    assert Trial(lab, drawn(seed)).judged() == []
    mutant(monkeypatch.setattr, lab.world)  # type: ignore[operator]
    assert Trial(lab, drawn(seed)).judged() != []


def crashed_everywhere(lab: Lab, name: str) -> int:
    count = 0
    for story in each_crash(lab, SCENARIOS[name]):
        trial = Trial(lab, story)
        assert trial.judged() == [], "\n".join(trial.told)
        count += 1
    return count


@pytest.mark.parametrize("name", QUICK)
def test_a_crash_at_any_place_of_a_scripted_day_breaks_no_rule(lab: Lab, name: str) -> None:
    assert crashed_everywhere(lab, name) > 20


@pytest.mark.deep
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_crash_at_any_place_of_any_scripted_day_breaks_no_rule(lab: Lab, name: str) -> None:
    print(f"{name}: {crashed_everywhere(lab, name)} crashes")


@pytest.mark.deep
def test_a_hundred_thousand_schedules_break_no_rule() -> None:
    found = {}
    for piece in shared_out(range(1, LONG + 1), os.cpu_count() or 1):
        found |= piece
    print(f"{LONG} schedules, {len(found)} broke a rule: {sorted(found)}")
    assert found == {}
