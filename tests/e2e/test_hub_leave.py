"""Leave and cover between homes that meet at a real hub: each moves what it may, and nothing is lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadq import leaves, leaving
from leadq.domain.leave import Absence
from leadq.domain.verbs import Assign, Touch
from leadq.errors import Exit
from tests.e2e.test_hub import assert_the_same, in_hub, people, settle

if TYPE_CHECKING:
    from tests.e2e.team import Laptop, Team

pytestmark = pytest.mark.e2e
pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")

DAY = 86_400_000


@pytest.fixture
def two(team: Team) -> tuple[Laptop, Laptop]:
    zoe, karim = (team.laptop(team.add(name)) for name in ("zoe", "karim"))
    zoe.hand_over({"name": "Jeanne Martin", "owner": "zoe"}, {"name": "Paul Free", "owner": "zoe"},
                  {"name": "Luc Petit", "owner": "zoe"})  # fmt: skip
    settle(zoe, karim)
    return zoe, karim


def goes(laptop: Laptop, days: int = 3) -> None:
    with laptop.queue.desk() as desk:
        leaving.set_out(desk, Absence("", "zoe", "karim", desk.now_ms, desk.now_ms + days * DAY))


def owners(laptop: Laptop) -> dict[str, str]:
    return dict(laptop.ask("SELECT p.name, l.owner FROM lead l JOIN person p ON p.id = l.person_id WHERE p.name <> ''"))


def later(ms: int, *laptops: Laptop) -> None:
    for laptop in laptops:
        laptop.now_ms += ms


@pytest.mark.parametrize("by_itself", [True, False], ids=["at its end", "by leave end"])
def test_a_leave_goes_there_and_back_through_the_hub(two: tuple[Laptop, Laptop], team: Team, by_itself: bool) -> None:
    zoe, karim = two
    later(60_000, zoe, karim)
    goes(zoe)
    settle(zoe, karim)
    assert people(karim) == {"Jeanne Martin", "Paul Free", "Luc Petit"}
    assert in_hub(team, "SELECT count(*) FROM leadq.lead WHERE owner = 'karim'") == 3
    later(60_000, zoe, karim)
    karim.queue.perform([karim.uid("Jeanne Martin")], Touch("call", "connected"))
    karim.queue.perform([karim.uid("Luc Petit")], Assign("karim"))
    settle(zoe, karim)
    later(3 * DAY if by_itself else 60_000, zoe, karim)
    if not by_itself:
        with zoe.queue.desk() as desk:
            assert leaving.come_back(desk, "zoe").elsewhere == 2
    for _round in range(3):
        assert [laptop.exchange().status for laptop in two] == [Exit.DONE] * 2
        later(60_000, zoe, karim)
    settle(zoe, karim)
    assert_the_same(zoe, karim)
    assert owners(zoe) == {"Jeanne Martin": "zoe", "Paul Free": "zoe", "Luc Petit": "karim"}
    assert in_hub(team, "SELECT count(*) FROM leadq.lead WHERE owner = 'zoe'") == 2
    for laptop in two:
        with laptop.store.read() as db:
            assert [leave.settled for leave in leaves.told(db)] == [True]
