"""Two homes of a team have the same reports to publish: one of them does, whoever dies at whatever point."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from leadq import publishing, secrets
from leadq.errors import Exit
from leadq.sync import claiming
from leadq.sync.ports import SystemTicks
from leadq.sync.protocol import Failed
from tests.e2e.team import Straight
from tests.e2e.test_hub import in_hub

if TYPE_CHECKING:
    from leadq.publishing import Outcome
    from leadq.sync.delivering import Deliver
    from leadq.sync.protocol import Open
    from tests.e2e.team import Laptop, Team

pytestmark = pytest.mark.e2e
pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")

WEEK_MS = 7 * 86_400_000
ENTRIES = """
[[publish]]
report = "weekly"
at = "mon 08:00"
to = "reports"
[[publish]]
report = "weekly"
at = "mon 08:00"
to = "https://chat.example/hook"
"""


class Outside:
    """The address that reports are posted to; `fails` is what its next answer is."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.fails: Failed | None = None

    @contextmanager
    def __call__(self, order: Deliver, ticks: object) -> Iterator[Any]:
        yield type("Posted", (), {"fired": lambda _self: self._heard(order)})()

    def _heard(self, order: Deliver) -> Failed | None:
        if self.fails is None or self.fails.kind == "deadline":
            self.got.append(order.headers["x-leadq-delivery"])
        return self.fails


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    made = Outside()
    monkeypatch.setattr(publishing, "Child", made)
    monkeypatch.setenv("LEADQ_PUBLISH_TOKEN", "signs-what-is-sent")
    return made


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub is asked without a process."""

    @contextmanager
    def opened(order: Open, ticks: object) -> Iterator[Straight]:
        talk = Straight(order, lambda word, when: None)
        try:
            yield talk
        finally:
            talk.end()

    monkeypatch.setattr(claiming, "Child", opened)


@pytest.fixture
def two(team: Team) -> tuple[Laptop, Laptop]:
    """A manager and ops with the same entries, who know the same."""
    laptops = (team.laptop(team.add("nadia", "manager")), team.laptop(team.add("olga", "ops")))
    for laptop in laptops:
        laptop.home.settings.write_text(laptop.settings + ENTRIES, "utf-8")
    laptops[0].hand_over({}, {})
    for laptop in laptops:
        laptop.exchange()
        laptop.now_ms += WEEK_MS
    return laptops


def publish(laptop: Laptop) -> list[Outcome]:
    secrets.remember("hub", "password", laptop.password)
    return publishing.publish(laptop.home, laptop.store, laptop.now_ms, SystemTicks())


def states(laptop: Laptop) -> list[str]:
    return [one.state for one in publish(laptop)]


def files(*laptops: Laptop) -> list[str]:
    return sorted(path.name for laptop in laptops for path in laptop.home.data.glob("reports/*"))


def test_the_first_home_publishes_and_the_other_knows(two: tuple[Laptop, Laptop], outside: Outside) -> None:
    nadia, olga = two
    assert states(olga) == ["published", "published"]
    there = publish(nadia)
    assert [(one.state, one.by) for one in there] == [("elsewhere", "olga")] * 2
    assert "olga" in "".join(publishing.told(there))
    assert states(nadia) == ["up_to_date", "up_to_date"]
    assert len(outside.got) == len(files(*two)) == 1


@pytest.mark.usefixtures("straight")
def test_what_surely_did_not_arrive_may_be_sent_by_the_other_and_what_may_have_is_not(
    two: tuple[Laptop, Laptop], outside: Outside
) -> None:
    nadia, olga = two
    outside.fails = Failed("transient", "no network")
    assert states(nadia) == ["published", "waiting"]
    outside.fails = Failed("deadline", "no answer")
    assert states(olga) == ["elsewhere", "unknown"]
    outside.fails = None
    assert states(nadia) == ["up_to_date", "elsewhere"]
    assert len(outside.got) == 1


@pytest.mark.usefixtures("straight")
def test_with_the_hub_down_nothing_is_published_and_it_is_tried_again(
    two: tuple[Laptop, Laptop], outside: Outside, team: Team
) -> None:
    nadia = two[0]
    right = nadia.home.settings.read_text("utf-8")
    nadia.home.settings.write_text(right.replace(str(team.database.port), "1"), "utf-8")
    found = publish(nadia)
    assert [(one.state, one.status) for one in found] == [("waiting", Exit.TEMPORARY)] * 2
    nadia.home.settings.write_text(right, "utf-8")
    assert states(nadia) == ["published", "published"]
    assert len(outside.got) == 1


@pytest.mark.usefixtures("straight", "outside")
def test_a_reps_home_publishes_nothing_for_the_team(team: Team) -> None:
    zoe = team.laptop(team.add("zoe"))
    zoe.home.settings.write_text(zoe.settings + ENTRIES, "utf-8")
    zoe.hand_over({})
    zoe.exchange()
    zoe.now_ms += WEEK_MS
    assert states(zoe) == ["elsewhere", "elsewhere"]
    assert in_hub(team, "SELECT count(*) FROM leadq.publication") == 0
