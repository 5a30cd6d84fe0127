"""Two runners are killed and started again at random points: nothing is done twice, and in the end all of it is done.

Killed means here that nothing of theirs goes on after a word to the hub, a note of their own, or a post. Two hundred
times, and as processes with a signal that nothing can catch, is `test_runner_deep.py`.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest

from leadq import publishing, secrets
from leadq.domain.verbs import Reject, Touch
from leadq.errors import LeadqError
from leadq.sync import claiming
from leadq.sync.ports import SystemTicks
from leadq.sync.run import Wishes
from tests.e2e.team import Straight
from tests.e2e.test_hub import Killed, assert_in_scope, settle
from tests.e2e.test_runner import escalates
from tests.e2e.test_runner_reports import ENTRIES, Outside

if TYPE_CHECKING:
    from leadq.sync.protocol import Open
    from tests.e2e.team import Laptop, Team

pytestmark = pytest.mark.e2e
psycopg = pytest.importorskip("psycopg", reason="THE TESTS OF THE HUB DID NOT RUN: psycopg is not installed")

WATCH: Final = Wishes(one_shot=False)
HOUR_MS: Final = 3_600_000
MOST: Final = 2
"""How often a lead is reassigned by the contract of these homes."""


class Fate:
    """Ends whoever is at work at one point in so many; `kills` counts. Between what a runner has heard and what it asks
    for, it may let the other one come by: then what the first one knows is old."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.one_in = 0
        self.kills = 0
        self.other: Callable[[], None] | None = None

    def point(self, *where: object) -> None:
        if where in (("run", "before"), ("claim_report", "before")) and self.other and self.rng.random() < 0.8:
            come_by, self.other = self.other, None
            come_by()
        if self.one_in and self.rng.randrange(self.one_in) == 0:
            self.kills += 1
            raise Killed


class Posted(Outside):
    """The address outside, which may be the last that somebody spoke to."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    def _heard(self, order: Any) -> Any:
        self._fate.point("post", "before")
        answer = super()._heard(order)
        self._fate.point("post", "after")
        return answer


@pytest.fixture
def fate(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Fate:
    """Every word to the hub, every note of a publication and every post is a point at which somebody may end."""
    made = Fate(getattr(request, "param", 1))

    @contextmanager
    def opened(order: Open, ticks: object) -> Iterator[Straight]:
        talk = Straight(order, made.point)
        try:
            yield talk
        finally:
            talk.end()

    remember = publishing._Publication._remember

    def remembered(*what: Any) -> None:
        made.point("remember", "before")
        remember(*what)
        made.point("remember", "after")

    monkeypatch.setattr(claiming, "Child", opened)
    monkeypatch.setattr(publishing._Publication, "_remember", remembered)
    monkeypatch.setenv("LEADQ_PUBLISH_TOKEN", "signs-what-is-sent")
    return made


class Office:
    """Two reps who hand over and work leads, and two runners with the same reports to publish."""

    def __init__(self, team: Team, fate: Fate) -> None:
        members = (("zoe", "rep"), ("karim", "rep"), ("nadia", "manager"), ("olga", "ops"))
        self.laptops = [team.laptop(team.add(name, role)) for name, role in members]
        self.reps, self.runners = self.laptops[:2], self.laptops[2:]
        self._rng, self._team, self._leads = fate.rng, team, 0
        self.now_ms = self.laptops[0].now_ms
        escalates(*self.laptops)
        for laptop in self.laptops:  # everybody has room for whatever comes
            text = laptop.home.contract.read_text("utf-8")
            laptop.home.contract.write_text(text.replace("capacity = ", "capacity = 99"), "utf-8")
        self.reps[0].hand_over({})
        self.reps[0].exchange()
        for runner in self.runners:
            runner.home.settings.write_text(runner.settings + ENTRIES, "utf-8")
            runner.exchange(wishes=WATCH)
        self.now_ms += 5 * 24 * HOUR_MS  # the first week has its report

    def goes_on(self) -> None:
        """Some hours pass, in which a rep takes leads in and works some, or does not."""
        self.now_ms += self._rng.randrange(1, 12 * HOUR_MS)
        for laptop in self.laptops:
            laptop.now_ms = self.now_ms
        rep = self._rng.choice(self.reps)
        for _each in range(self._rng.randrange(1, 4)):
            self._leads += 1
            rep.hand_over({"name": f"Lead {self._leads}", "email": f"l{self._leads}@example.com", "phone": "",
                           "handed_off_at": ""})  # fmt: skip
        mine = rep.ask("SELECT uid FROM lead WHERE owner = ? AND state IN ('handed_off', 'working')", rep.name)
        for (lead,) in self._rng.sample(mine, len(mine) // 2):
            verb = Reject("rej.competitor", 2) if self._rng.random() < 0.5 else Touch("call", "no_answer")
            try:
                rep.queue.perform([lead], verb)
            except LeadqError:
                continue  # a rule refused it
        rep.exchange()

    def publishes(self, runner: Laptop) -> None:
        secrets.remember("hub", "password", runner.password)
        publishing.publish(runner.home, runner.store, runner.now_ms, SystemTicks())

    def acts(self) -> int:
        """How many there are at the hub."""
        with psycopg.connect(self._team.admin, autocommit=True) as db:
            return int(db.execute("SELECT count(*) FROM leadq.act").fetchone()[0])

    def comes_by(self, runner: Laptop) -> None:
        """One round that nobody ends."""
        runner.exchange(wishes=WATCH)
        self.publishes(runner)

    def judged(self) -> None:
        """Nothing was done twice, nothing is left undone."""
        settle(*self.laptops)
        assert_in_scope(*self.laptops)
        with psycopg.connect(self._team.admin, autocommit=True) as db:
            acts = db.execute("SELECT key, lead_uid, event_seq FROM leadq.act").fetchall()
            said = db.execute(
                "SELECT hub_seq, lead_uid, data::jsonb FROM leadq.event WHERE device LIKE 'hub%' ORDER BY hub_seq"
            ).fetchall()
            owners = dict(db.execute("SELECT uid, owner FROM leadq.lead").fetchall())
        assert sorted(seq for _key, _lead, seq in acts) == [seq for seq, _lead, _data in said]
        routed = Counter(lead for _seq, lead, data in said if "step" not in data)
        assert set(routed.values()) <= {1}
        chains: dict[str, str] = {}
        for _seq, lead, data in said:
            assert data.get("from", "") == chains.get(lead, "")
            chains[lead] = data["to"]
        assert chains == {lead: owner for lead, owner in owners.items() if lead in chains}
        taken = Counter(lead for _seq, lead, data in said if "step" in data)
        assert max(taken.values(), default=0) <= MOST
        lost = [uid for uid, owner in owners.items() if not owner]
        assert not lost, f"{len(lost)} of {len(owners)} were never routed"

    def brought(self) -> Counter[str]:
        """How often each file is there."""
        return Counter(path.name for one in self.runners for path in one.home.data.glob("reports/*"))


def live(office: Office, fate: Fate, outside: Posted, kills: int, one_in: int) -> None:
    """Both runners work, and die on the way at one point in so many, until so many have."""

    def works(runner: Laptop) -> None:
        for work in (lambda one: one.exchange(fate.point, WATCH), office.publishes):
            try:
                work(runner)
            except Killed:
                continue  # and started again

    while fate.kills < kills:
        fate.one_in = 0
        office.goes_on()
        fate.one_in = one_in
        for runner, other in itertools.permutations(fate.rng.sample(office.runners, 2)):
            fate.other = partial(works, other)
            works(runner)
            fate.other = None
    fate.one_in = 0
    for runner in office.runners:
        office.comes_by(runner)
    office.judged()
    assert set(Counter(outside.got).values()) <= {1}
    assert set(office.brought().values()) <= {1}


@pytest.mark.parametrize("fate", [1], indirect=True)
def test_two_runners_killed_ten_times_do_nothing_twice(team: Team, fate: Fate, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Posted(fate)
    monkeypatch.setattr(publishing, "Child", outside)
    live(Office(team, fate), fate, outside, kills=10, one_in=30)
