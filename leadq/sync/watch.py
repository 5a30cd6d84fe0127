"""`leadq sync --watch`: one cycle after the other for as long as it is wanted, each connection at its own pace.

One watcher a home. It looks up once a second and costs nothing in between; a cycle is the same as that of a single
`leadq sync`, but that it lets the undo window pass and keeps to the waits that the outbox asks for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from leadq import config
from leadq.clock import iso
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.lock import held
from leadq.sqlite import Store, explained
from leadq.sync import ops
from leadq.sync.beside import Beside
from leadq.sync.engine import chosen
from leadq.sync.pace import Ended, Pace, following, is_due, told
from leadq.sync.report import ConnectionReport, SyncReport
from leadq.uids import uuid7

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from leadq.paths import Home
    from leadq.sync.machine import Machine
    from leadq.sync.protocol import Kind
    from leadq.sync.stop import Stop

LOOK_S: Final = 1.0
"""How often the watcher looks up: what a rep waits for is the undo window, which is five times as long."""

_PARKS: Final[dict[Exit, Kind]] = {Exit.CONFIG: "load", Exit.AUTH: "auth"}
"""Refusals of our own after which trying again soon is no use."""

OneCycle = Callable[[str], SyncReport | None]
"""Runs one cycle of one connection; None when it had to be left behind at a stop. Raises LeadqError."""


@dataclass(slots=True)
class _Turn:
    """One connection between two of its cycles."""

    pace: Pace = field(default_factory=Pace)
    began_ms: int = 0
    ended_s: float = 0.0
    wake_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What a watcher did until its end: the last word of each connection, and how many cycles there were."""

    report: SyncReport
    cycles: int = 0

    def with_cycle(self, cycle: SyncReport) -> Watched:
        """This, and one cycle more."""
        latest = {each.name: each for each in (*self.report.connections, *cycle.connections)}
        before = {each.name: each.events for each in self.report.plugins}
        plugins = {each.name: each for each in self.report.plugins} | {
            each.name: replace(each, events=each.events + before.get(each.name, 0)) for each in cycle.plugins
        }
        alerts = self.report.alerts + cycle.alerts
        contract = cycle.contract or self.report.contract
        report = SyncReport(self.report.run_id, tuple(latest.values()), alerts, tuple(plugins.values()), contract)
        return Watched(report, self.cycles + 1)

    def as_json(self) -> dict[str, Any]:
        """The document that `leadq sync --watch --json` prints when it ends."""
        return {**self.report.as_json(), "cycles": self.cycles}


class Watch:
    """The loop; see `go`."""

    def __init__(
        self, home: Home, names: Sequence[str] | None, machine: Machine, cycle: OneCycle, stop: Stop,
        aside: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """`aside` is called at each look, and takes no time.

        Raises LeadqError (78) for a connection that is not configured, or settings that cannot be read.
        """
        self._home, self._names, self._machine = home, names, machine
        self._run, self._stop, self._aside = cycle, stop, aside
        self._turns: dict[str, _Turn] = {}
        self._meet()
        self._beside = Beside(home, machine)

    def go(self, on_cycle: Callable[[SyncReport], None]) -> Watched:
        """Run cycles as they come due until a stop is asked for, or the home is gone; what was done."""
        watched = Watched(SyncReport(uuid7(self._machine.ticks.wall_ms()), ()))
        try:
            while not self._stop.asked and self._is_there:
                self._aside()
                name = self._next()
                if name is None:
                    self._wait()
                elif report := self._cycle(name):
                    watched = watched.with_cycle(report)
                    on_cycle(report)
        finally:
            self._beside.close()
        return watched

    @property
    def _is_there(self) -> bool:
        return self._home.exists or self._home.settings.exists()

    def _next(self) -> str | None:
        """The connection to run now: of those that are due the one that failed least, because one that hangs takes its
        whole time before the others come."""
        now_s, wall_ms = self._machine.ticks.monotonic(), self._machine.ticks.wall_ms()
        due = [
            name
            for name, turn in self._turns.items()
            if is_due(turn.pace, now_s - turn.ended_s, None if turn.wake_ms is None else turn.wake_ms - wall_ms)
        ]
        return min(due, key=self._failures, default=None)

    def _failures(self, name: str) -> int:
        pace = self._turns[name].pace
        return pace.row + 1 if pace.trouble else 0

    def _cycle(self, name: str) -> SyncReport | None:
        turn, ticks = self._turns[name], self._machine.ticks
        turn.began_ms = ticks.wall_ms()
        try:
            report = self._run(name)
        except LeadqError as error:
            report = _stumbled(name, error)
        if report is None:
            return None
        turn.pace = following(turn.pace, self._ended(report.connections[0]), self._machine.rng)
        turn.ended_s = ticks.monotonic()
        self._beside.rest()
        self._beside.wrote()  # that was us; what others wrote meanwhile is found by its instants
        for other, each in self._turns.items():
            each.wake_ms = self._wake_ms(other, each.began_ms)
        return report

    def _ended(self, report: ConnectionReport) -> Ended:
        pause_s = 0.0
        if report.trouble == "rate_limited":
            pause_s = (self._parked_ms(report.name) - self._machine.ticks.wall_ms()) / 1000
        return Ended(bool(report.pulled or report.pushed), report.trouble, pause_s)

    def _wait(self) -> None:
        """Sleep until the next look, and see what happened meanwhile."""
        self._machine.ticks.sleep(LOOK_S)
        for news in self._beside.news(LOOK_S):
            if news == "settings":
                self._meet_again()
            for turn in self._turns.values():
                turn.pace = told(turn.pace, news)
        if self._beside.wrote():
            for name, turn in self._turns.items():
                turn.wake_ms = self._wake_ms(name)

    def _meet(self) -> None:
        wanted = chosen(config.load(self._home).connections, self._names)
        self._turns = {each.name: self._turns.get(each.name, _Turn()) for each in wanted}

    def _meet_again(self) -> None:
        """The connections as the settings name them now; while those cannot be read, as they did before."""
        try:
            self._meet()
        except LeadqError:
            return  # the cycle that follows says it, in the words of a single sync

    def _wake_ms(self, name: str, after_ms: int = -1) -> int | None:
        try:
            with Store(self._home).read() as db:
                return ops.next_wake_ms(db, name, after_ms)
        except LeadqError:
            return None  # a disk that cannot be read: the cycle says so

    def _parked_ms(self, name: str) -> int:
        with Store(self._home).read() as db:
            row = db.execute("SELECT next_attempt_ms FROM connection_state WHERE name = ?", (name,)).fetchone()
        return (row and row[0]) or 0


def _stumbled(name: str, error: LeadqError) -> SyncReport:
    """Our own settings or disk failed us: said as any other trouble of that connection."""
    sentence = f"{error} {error.hint}".rstrip()
    trouble: Kind = _PARKS.get(error.exit_status, "transient")
    return SyncReport("", (ConnectionReport(name, error=sentence, status=error.exit_status, trouble=trouble),))


@contextmanager
def only_watcher(home: Home, now_ms: int) -> Iterator[None]:
    """Hold the home's one watch. Raises LeadqError `watched` (75) that names the process that has it."""
    note = home.state / "watch.pid"
    with ExitStack() as stack:
        with explained(home):
            home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                stack.enter_context(held(home.state / "watch.lock", 0))
            except LeadqError:
                raise _watched(note) from None
            note.write_text(f"{os.getpid()} {iso(now_ms)}", "utf-8")  # on Windows nobody can read a locked file
        stack.callback(note.unlink, missing_ok=True)
        yield


def _watched(note: Path) -> LeadqError:
    try:
        pid, since = note.read_text("utf-8").split()
    except (OSError, ValueError):
        pid, since = "?", "?"
    return LeadqError(
        "watched",
        _("This home is watched already, by process {pid} since {since}.").format(pid=pid, since=since),
        hint=_("`leadq sync` without --watch runs one cycle all the same."),
        exit_status=Exit.TEMPORARY,
    )
