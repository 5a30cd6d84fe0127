"""What the two teams agree on reaches every member of a hub, words and all, though it is about nobody's lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadq import together
from leadq.deciding import add_action
from leadq.domain.together import actions, answers
from leadq.feedback import texts
from leadq.survey import Filled, new_form, put

if TYPE_CHECKING:
    from tests.e2e.team import Laptop, Team

pytestmark = pytest.mark.e2e
pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")


def told(laptop: Laptop) -> tuple[list[str], int]:
    """The words of the actions, and how many answered the survey."""
    with laptop.store.read() as db:
        events = together.events(db)
        known = actions(events)
        words = texts(db, [one.uid for one in known])
        return [words.get(one.uid, {}).get("text", "") for one in known], len(answers(events))


def test_actions_and_answers_reach_a_rep_who_owns_no_lead(team: Team) -> None:
    for member, role in (("zoe", "rep"), ("karim", "rep")):
        team.add(member, role)
    zoe, karim = team.laptop("zoe"), team.laptop("karim")
    zoe.hand_over({"name": "Jeanne Martin"})
    with zoe.queue.desk() as desk:
        add_action(desk, "Ask for phone numbers", "karim", desk.now_ms + 1)
        put(desk, "2026-Q2", [Filled(new_form("2026-Q2"), "sales", {"communication": 4, "trust": 3, "perception": 5})])
    for laptop in (zoe, karim, zoe):
        assert laptop.exchange().error is None
    assert told(karim) == told(zoe) == (["Ask for phone numbers"], 1)
