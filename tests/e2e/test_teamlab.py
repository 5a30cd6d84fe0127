"""The laboratory's hub in plain Python is held to what PostgreSQL does: the same stories, the same ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadq.testing.teamstart import laboratory
from leadq.testing.teamstory import drawn
from leadq.testing.teamtrial import TeamTrial

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.testing.teamstart import TeamLab
    from tests.e2e.team import Team

pytestmark = pytest.mark.e2e
pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")

SEEDS = range(1, 101)
_EVENTS = """SELECT uid, device, lead_uid, type, recorded_ms, actor, actor_kind, data FROM event ORDER BY uid"""
_PEOPLE = "SELECT uid, owner, state, name, email FROM lead l JOIN person p ON p.id = l.person_id ORDER BY uid"
_TEXTS = "SELECT event_uid, kind, text FROM event_text ORDER BY 1, 2"


def ends(lab: TeamLab) -> dict[int, Any]:
    """How each story ends: what broke, all words that were said, what the hub has, and what each home has."""
    found = {}
    for seed in SEEDS:
        trial = TeamTrial(lab, drawn(seed))
        broken = trial.judged()
        words = [line for line in trial.told if "    " in line[11:]]
        homes = [[laptop.rows(query) for query in (_EVENTS, _PEOPLE, _TEXTS)] for laptop in trial.laptops]
        assert words
        found[seed] = (broken, words, trial.ended.truth, homes)
    return found


def test_a_hub_of_postgresql_and_its_model_end_every_story_alike(team: Team, tmp_path: Path) -> None:
    from tests.e2e.teamhub import real_laboratory  # needs psycopg

    with laboratory() as lab:
        expected = ends(lab)
    with real_laboratory(team, tmp_path) as lab:
        real = ends(lab)
    for seed in SEEDS:
        for part, here, there in zip(("broken", "words", "hub", "homes"), expected[seed], real[seed], strict=True):
            assert here == there, f"seed {seed}: {part}"
    assert all(not broken for broken, *_rest in real.values())
