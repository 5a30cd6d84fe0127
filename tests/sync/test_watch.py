"""The loop: hours of it in virtual time, against the other end in memory."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from leadq.clock import Clock
from leadq.domain.verbs import Accept
from leadq.errors import Exit, LeadqError
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.engine import run_sync
from leadq.sync.machine import Machine, SystemNet
from leadq.sync.protocol import Failed
from leadq.sync.run import Wishes
from leadq.sync.stop import Stop
from leadq.sync.watch import Watch, Watched, only_watcher
from leadq.testing.time import VirtualTime
from tests.leads import NOW_MS, hand_over
from tests.sync.outside import Outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadq.sync.report import ConnectionReport, SyncReport

START_MS = NOW_MS + 10**11
OFFLINE = Failed("transient", "No network.")
LOOP = Wishes(one_shot=False)
REFUSED = Failed("auth", "The service does not know this login.")


@dataclass
class Net:
    """A network that a test plugs in."""

    at: str = "10.0.0.2"

    def address(self) -> str:
        return self.at


class Hours(VirtualTime):
    """Time in which things are done at their second; the watch is stopped at the last."""

    def __init__(self) -> None:
        super().__init__(START_MS)
        self.plan: dict[float, Callable[[], object]] = {}
        self.slept_ms = 0

    def wall_ms(self) -> int:
        return super().wall_ms() + self.slept_ms

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        for at_s in sorted(at_s for at_s in self.plan if at_s <= self.monotonic()):
            self.plan.pop(at_s)()


@dataclass
class Laptop:
    """A home with two leads, and what its watcher did: each cycle with its second."""

    home: Home
    outside: Outside = field(default_factory=Outside)
    ticks: Hours = field(default_factory=Hours)
    net: Net = field(default_factory=Net)
    seen: list[tuple[float, ConnectionReport]] = field(default_factory=list)
    children: dict[str, Outside] = field(default_factory=dict)

    def watch(self, until_s: float, names: list[str] | None = None) -> Watched:
        stop = Stop(self.ticks)
        self.ticks.plan[until_s] = stop.ask
        machine = Machine(self.ticks, Random(7), self.net)
        return Watch(self.home, names, machine, self._cycle, stop).go(self._hear)

    def _cycle(self, name: str) -> SyncReport:
        child = self.children.get(name, self.outside).open
        return run_sync(self.home, [name], now_ms=NOW_MS, wishes=LOOP, ticks=self.ticks, open_child=child)

    def _hear(self, report: SyncReport) -> None:
        self.seen.append((self.ticks.monotonic(), report.connections[0]))

    def at(self, second: float, action: Callable[[], object]) -> None:
        self.ticks.plan[second] = action

    def accept(self) -> None:
        """A verb, and its undo window by the watcher's clock."""
        Queue(Store(self.home), Clock(NOW_MS)).perform(["1"], Accept())
        with Store(self.home).transaction() as db:
            db.execute("UPDATE outbox SET not_before_ms = ?", (self.ticks.wall_ms() + 5_000,))

    def states(self) -> list[str]:
        with Store(self.home).read() as db:
            return [state for (state,) in db.execute("SELECT state FROM outbox ORDER BY rowid")]

    def write(self) -> None:
        """Something that is no verb."""
        with Store(self.home).transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('looked', ?)", (str(self.ticks.monotonic()),))

    def times(self, name: str = "csv") -> list[float]:
        return [second for second, report in self.seen if report.name == name]


@pytest.fixture(scope="module")
def two_leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("watched")
    hand_over(Queue(Store(Home(base / "config", base / "data", base / "state")), Clock(NOW_MS)), {}, {})
    return base


@pytest.fixture
def laptop(memory: Path, two_leads: Path) -> Laptop:
    base = Path(shutil.copytree(two_leads, memory / "home"))
    return Laptop(Home(base / "config", base / "data", base / "state"))


def settle(laptop: Laptop, *, connections: tuple[str, ...] = ("csv",)) -> None:
    """Write the settings."""
    text = "".join(f'[connection.{name}]\nadapter = "csv"\n' for name in connections)
    laptop.home.settings.write_text(text, "utf-8")


def test_a_quiet_hour_is_looked_at_ever_more_seldom(laptop: Laptop) -> None:
    laptop.watch(3600)
    times = laptop.times()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert times[0] == 0
    assert gaps[0] <= 16
    assert max(gaps) <= 301
    assert len(times) < 30


def test_a_verb_leaves_when_its_undo_window_ends(laptop: Laptop) -> None:
    laptop.at(1000, laptop.accept)
    laptop.watch(1010)
    second, report = next(each for each in laptop.seen if each[1].pushed)
    assert 1005 <= second <= 1007
    assert (report.pushed, report.pending) == (1, 0)


def test_a_verb_that_is_undone_in_its_window_never_leaves(laptop: Laptop) -> None:
    laptop.at(100, laptop.accept)
    laptop.at(103, lambda: Queue(Store(laptop.home), Clock(NOW_MS)).undo())
    laptop.watch(200)
    assert laptop.outside.applied == []


def test_offline_is_a_state_in_which_everything_waits_and_goes_out_with_the_network(laptop: Laptop) -> None:
    laptop.outside.refuses, laptop.net.at = OFFLINE, ""
    laptop.accept()
    laptop.watch(600)
    assert laptop.states() == ["pending"]
    assert {report.trouble for _, report in laptop.seen if report.error} == {"transient"}

    def back() -> None:
        laptop.outside.refuses, laptop.net.at = None, "10.0.0.7"

    laptop.at(700.0, back)
    laptop.watch(702)
    assert laptop.states() == ["done"]


def test_a_backoff_is_not_shortened_by_verbs_but_ends(laptop: Laptop) -> None:
    laptop.outside.refuses = OFFLINE
    laptop.accept()
    for second in range(1000, 1300, 2):
        laptop.at(second, laptop.write)
    laptop.watch(1300)
    assert 5 < len(laptop.seen) < 40


def test_a_refused_login_parks_its_connection_until_the_settings_change(laptop: Laptop) -> None:
    settle(laptop)
    laptop.outside.refuses = REFUSED
    laptop.accept()
    laptop.watch(890)
    assert [report.status for _, report in laptop.seen][-1] == Exit.AUTH
    tried = len(laptop.seen)

    def log_in() -> None:
        laptop.outside.refuses = None
        settle(laptop, connections=("csv", "other"))

    laptop.at(895.0, log_in)
    laptop.watch(898)
    assert tried <= 2
    assert laptop.states() == ["done"]


def test_a_refused_login_is_tried_again_after_a_quarter_of_an_hour(laptop: Laptop) -> None:
    laptop.outside.refuses = REFUSED
    laptop.accept()
    laptop.ticks.sleep(10)  # the undo window is over
    laptop.watch(1000)
    assert len(laptop.seen) == 2
    assert 900 <= laptop.times()[1] - laptop.times()[0] <= 902


def test_a_service_that_asks_for_a_pause_is_left_alone_until_then(laptop: Laptop) -> None:
    laptop.outside.refuses = Failed("rate_limited", "Later.", retry_after=600.0)
    laptop.accept()
    laptop.ticks.sleep(10)
    laptop.at(300, lambda: setattr(laptop.outside, "refuses", None))
    laptop.watch(620)
    opened, asked = len(laptop.outside.orders), laptop.times()
    assert opened == 2
    assert 600 <= asked[1] - asked[0] <= 602


def test_a_machine_that_slept_looks_at_once(laptop: Laptop) -> None:
    laptop.at(400, lambda: setattr(laptop.ticks, "slept_ms", 3_600_000))
    laptop.watch(403)
    assert 400 <= laptop.times()[-1] <= 402


def test_a_clock_that_was_put_back_does_not_hold_anything_up(laptop: Laptop) -> None:
    laptop.at(400, lambda: setattr(laptop.ticks, "slept_ms", -86_400_000))
    laptop.watch(403)
    assert 400 <= laptop.times()[-1] <= 402


def test_a_connection_that_fails_holds_no_other_up(laptop: Laptop) -> None:
    settle(laptop, connections=("bad", "csv"))
    laptop.children["bad"] = Outside(refuses=Failed("deadline", "The adapter did not end in time and was stopped."))
    laptop.accept()
    with Store(laptop.home).transaction() as db:
        db.execute("UPDATE outbox SET connection = 'bad'")
    laptop.watch(30)
    assert laptop.states() == ["pending"]
    assert len(laptop.times("csv")) >= 2
    assert {report.trouble for _, report in laptop.seen if report.name == "csv"} == {None}


def test_an_op_that_nothing_can_settle_does_not_make_the_loop_spin(laptop: Laptop) -> None:
    laptop.outside.capabilities = frozenset({"push"})
    laptop.outside.faults = lambda change: "silent"
    laptop.accept()
    laptop.watch(1200)
    assert laptop.states() == ["unknown"]
    assert len(laptop.seen) < 30


def test_what_others_write_beside_the_outbox_costs_no_cycle(laptop: Laptop) -> None:
    for second in range(300, 400):
        laptop.at(second, laptop.write)
    laptop.watch(400)
    assert len([second for second in laptop.times() if second > 300]) <= 1


def test_settings_that_break_are_said_and_heal(laptop: Laptop) -> None:
    settle(laptop)
    laptop.at(100, lambda: laptop.home.settings.write_text("[connection", "utf-8"))
    laptop.at(200, lambda: settle(laptop))
    laptop.watch(300)
    statuses = [report.status for _, report in laptop.seen]
    assert Exit.CONFIG in statuses
    assert statuses[-1] == Exit.DONE
    assert next(second for second, report in laptop.seen if report.status == Exit.CONFIG) <= 102
    assert laptop.seen[-1][0] >= 200


def test_a_connection_that_is_added_is_watched_from_then_on(laptop: Laptop) -> None:
    settle(laptop)
    laptop.at(50, lambda: settle(laptop, connections=("csv", "second")))
    laptop.watch(60)
    assert laptop.times("second")[0] <= 52


def test_a_connection_that_is_not_configured_is_refused_before_anything(laptop: Laptop) -> None:
    with pytest.raises(LeadqError, match="no connection called") as refused:
        laptop.watch(10, ["hubspto"])
    assert refused.value.exit_status == Exit.CONFIG


def test_what_goes_on_beside_is_called_at_each_look(laptop: Laptop) -> None:
    looks: list[float] = []
    stop = Stop(laptop.ticks)
    laptop.ticks.plan[60] = stop.ask
    machine = Machine(laptop.ticks, Random(7), laptop.net)
    aside = lambda: looks.append(laptop.ticks.monotonic())  # noqa: E731 - one word of it
    Watch(laptop.home, None, machine, laptop._cycle, stop, aside).go(laptop._hear)
    assert max(later - sooner for sooner, later in pairwise(looks)) <= 2
    assert looks[-1] >= 58


def test_the_last_word_of_each_connection_and_the_count_are_reported(laptop: Laptop) -> None:
    settle(laptop, connections=("csv", "second"))
    watched = laptop.watch(20)
    body = watched.as_json()
    assert [each["name"] for each in body["connections"]] == ["csv", "second"]
    assert body["cycles"] == len(laptop.seen) >= 4


def test_a_home_that_is_thrown_away_ends_its_watch(laptop: Laptop) -> None:
    laptop.at(50, lambda: shutil.rmtree(laptop.home.config.parent))
    laptop.watch(10_000)
    assert laptop.ticks.monotonic() < 60
    assert not laptop.home.config.parent.exists()


def test_a_database_that_was_put_in_its_place_is_the_one_that_is_watched(laptop: Laptop) -> None:
    def restore() -> None:
        Store(laptop.home).rewrite()  # all of it into the one file
        copy = laptop.home.database.with_name("copy")
        shutil.copy(laptop.home.database, copy)
        copy.replace(laptop.home.database)
        for beside in ("-wal", "-shm"):
            laptop.home.database.with_name(laptop.home.database.name + beside).unlink(missing_ok=True)

    laptop.at(1000, restore)
    laptop.at(1010, laptop.accept)
    laptop.watch(1020)
    assert laptop.states() == ["done"]


def test_one_watcher_a_home(home: Home) -> None:
    with only_watcher(home, NOW_MS):
        with (
            pytest.raises(LeadqError, match=r"by process \d+ since 2026-05-13T13:00:00Z") as refused,
            only_watcher(home, NOW_MS),
        ):
            raise AssertionError("two watchers")
        assert (refused.value.code, refused.value.exit_status) == ("watched", Exit.TEMPORARY)
    with only_watcher(home, NOW_MS):
        pass


def test_asking_for_our_address_sends_nothing_and_needs_no_network() -> None:
    assert isinstance(SystemNet().address(), str)
