"""The engine under everything that can go wrong: no story breaks a rule, and every wrong engine is caught."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from leadq.testing.crashlab import Lab, Trial, each_crash, failing, laboratory, main, shared_out, told
from leadq.testing.story import Story, drawn
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
    stories = [told(seed) for seed in (109, 222, 990)]
    assert "CRASH" in "".join(stories)
    assert [told(seed) for seed in (109, 222, 990)] == stories


def test_the_command_tells_one_story_and_counts_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "5"]) == 0
    assert "the world heals" in capsys.readouterr().out
    assert main(["--seed", "5", "--schedules", "3"]) == 0
    assert capsys.readouterr().out == "3 schedules from seed 5: 0 broke a rule\n"


@pytest.mark.parametrize("name", MUTANTS)
def test_an_engine_that_is_built_wrong_is_caught(name: str, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Trial(lab, killer(lab, **CAUGHT[name])).judged() == []
    MUTANTS[name](monkeypatch.setattr, lab.world)
    assert Trial(lab, killer(lab, **CAUGHT[name])).judged() != []


def killer(lab: Lab, seed: int = 1, day: str = "", crash: int | None = None) -> Story:
    """A drawn story, or a scripted day: with the nemesis of another seed, or with one of all its crashes."""
    if not day:
        return drawn(seed)
    story = replace(SCENARIOS[day], seed=seed)
    return story if crash is None else next(islice(each_crash(lab, story), crash, None))


def crashed_everywhere(lab: Lab, name: str) -> int:
    count = 0
    for story in each_crash(lab, SCENARIOS[name]):
        trial = Trial(lab, story)
        assert trial.judged() == [], "\n".join(trial.told)
        count += 1
    return count


@pytest.mark.parametrize("name", QUICK)
def test_a_crash_at_any_place_of_a_scripted_day_breaks_no_rule(lab: Lab, name: str) -> None:
    assert crashed_everywhere(lab, name) > 10


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
