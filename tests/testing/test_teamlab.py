"""Twelve laptops, a hub and a CRM under all that can go wrong: no rule is broken, and what is built wrong is caught."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadq.testing.teamlab import failing, main, shared_out, told
from leadq.testing.teamstart import TeamLab, laboratory
from leadq.testing.teamstory import drawn
from leadq.testing.teamtrial import TeamTrial
from tests.testing.team_mutants import TEAM_MUTANTS

KNOWN = json.loads((Path(__file__).parents[1] / "regressions" / "team.json").read_text("utf-8"))
CHUNKS = {f"seeds {first} to {first + 24}": range(first, first + 25) for first in (1, 26, 51, 76)}
LONG = 5_000


@pytest.fixture(scope="module")
def lab() -> Iterator[TeamLab]:
    with laboratory() as made:
        yield made


@pytest.mark.parametrize("seeds", CHUNKS.values(), ids=list(CHUNKS))
def test_a_hundred_schedules_of_a_team_break_no_rule(seeds: range) -> None:
    assert failing(seeds) == {}


def test_a_schedule_that_once_broke_a_rule_does_not_any_more(lab: TeamLab) -> None:
    seeds = [each["seed"] for each in KNOWN["schedules"]]
    assert {seed: found for seed in seeds if (found := TeamTrial(lab, drawn(seed)).judged())} == {}


@pytest.mark.parametrize("name", TEAM_MUTANTS)
def test_an_exchange_that_is_built_wrong_is_caught(name: str, lab: TeamLab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.prepared()  # by an exchange that is right
    TEAM_MUTANTS[name](monkeypatch.setattr)
    assert TeamTrial(lab, drawn(KNOWN["mutants"][name])).judged() != []


def test_a_seed_tells_the_same_story_every_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "1"]) == 0
    story = capsys.readouterr().out
    assert "CRASH" in story
    assert story == told(1) + "\n"


def test_the_command_counts_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "5", "--schedules", "2"]) == 0
    assert capsys.readouterr().out == "2 schedules from seed 5: 0 broke a rule\n"


@pytest.mark.deep
def test_five_thousand_schedules_of_a_team_break_no_rule(capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for number, piece in enumerate(shared_out(range(1, LONG + 1), os.cpu_count() or 1), start=1):
        found |= piece
        if number % 10 == 0:
            with capsys.disabled():
                print(f"{number * 50} schedules of a team, {len(found)} broke a rule", flush=True)
    assert found == {}
