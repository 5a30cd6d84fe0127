"""One rep's machine in a story: a home, a clock that may be wrong, gestures, and runs of sync that may die."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq.clock import Clock
from leadq.errors import LeadqError
from leadq.handoff import Defaults
from leadq.intake import Intake
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync import snapshot
from leadq.sync.engine import run_sync
from leadq.testing.crash import Crash, Fuse, Fused
from leadq.testing.inside import Inside
from leadq.testing.rest import Rest
from leadq.testing.straight import Straight
from leadq.testing.time import START_MS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from leadq.domain.verbs import Verb
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Open
    from leadq.sync.report import ConnectionReport
    from leadq.sync.run import Wishes
    from leadq.sync.wire import Handler
    from leadq.testing.world import World

CONNECTION: Final = "crm"
_ROW: Final = {
    "name": "Jeanne Martin", "company": "Forges d’Ardèche", "title": "Directrice", "country": "FR", "language": "fr",
    "source": "web", "campaign": "salon-2026", "trigger": "demo", "sector": "industry", "company_size": "120",
    "role": "decision", "consent_basis": "legitimate_interest", "handed_off_at": "2026-05-13T14:55:00Z",
}  # fmt: skip


class _Home(Home):
    """Knows its paths: putting them together each time is a tenth of a story."""

    @cached_property
    def database(self) -> Path:
        return super().database

    @cached_property
    def write_lock(self) -> Path:
        return super().write_lock

    @cached_property
    def contract(self) -> Path:
        return super().contract

    @cached_property
    def settings(self) -> Path:
        return super().settings

    @lru_cache(maxsize=4)  # noqa: B019 - a lab has two laptops, each with two lock files
    def sync_lock(self, connection: str, suffix: str = "") -> Path:
        return super().sync_lock(connection, suffix)


@lru_cache(maxsize=4)
def home_in(folder: Path) -> Home:
    """The home whose three folders lie in `folder`."""
    return _Home(folder / "config", folder / "data", folder / "state")


def settings_of(options: str, adapter: str = "rest") -> str:
    """The `leadq.toml` of a home whose CRM has these options, as TOML."""
    return f'[connection.{CONNECTION}]\nadapter = "{adapter}"\n{options}\n'


def prepare(folder: Path, device: str, leads: Sequence[str], options: str, adapter: str = "rest") -> None:
    """A home with these leads, handed off five minutes ago and seen to be new there, to be copied for each story.

    `options` of its CRM, as TOML.
    """
    home = home_in(folder)
    store = Store(home)
    store.create()
    home.settings.write_text(settings_of(options, adapter), "utf-8")
    rows = [
        {**_ROW, "id": lead, "email": f"person{lead}@forges.example", "phone": f"+3319900{number:04d}"}
        for number, lead in enumerate(leads)
    ]
    with store.transaction() as db:
        db.execute("INSERT INTO meta VALUES ('device', ?)", (device,))
    with Queue(store, Clock(START_MS)).desk() as desk:
        intake = Intake(desk, CONNECTION, Defaults(desk.now_ms, ZoneInfo("Europe/Paris")))
        report = intake.take((line, row, {}) for line, row in enumerate(rows))
        assert not report.rejected, report
        snapshot.keep(desk.db, CONNECTION, [snapshot.Snapshot(lead, 0, "new", "", "") for lead in leads])
    store.rewrite()


class Laptop:
    """A copy of a prepared home, at work. `options`: its CRM's, as TOML.

    `seen`: by op, the status there that was known when its verb was done.
    """

    def __init__(
        self,
        prepared: Path,
        folder: Path,
        world: World,
        service: Handler,
        auth: Mapping[str, str],
        *,
        options: str,
        ahead: bool = False,
    ) -> None:
        world.lay_out(prepared, folder, settings_of(options))
        self.name = folder.name
        self.home = home_in(folder)
        self.store = Store(self.home)
        self.offset_ms = 0
        self.seen: dict[str, str] = {}
        self._world = world
        self._service = service
        self._token = auth["authorization"].removeprefix("Bearer ")
        self._ahead = ahead

    def does(self, lead: int, verb: Verb | None) -> str:
        """A gesture, None for an undo: what came of it."""
        with _turn(self._world, self.offset_ms, Fuse()):
            queue = Queue(self.store, Clock(self._world.wall_ms()))
            try:
                if verb is None:
                    queue.undo()
                else:
                    queue.perform([str(lead)], verb)
            except LeadqError as error:
                return error.code
            with self.store.read() as db:
                for op_id, status in db.execute(_SEEN):
                    self.seen.setdefault(op_id, status)
        return "done"

    def syncs(self, wishes: Wishes, fuse: Fuse, *, steals: bool = False) -> ConnectionReport | Crash:
        """One run, as a new process; the Crash that ended it, if one did. `steals`: no lock holds it back."""
        if steals:
            self.home.sync_lock(CONNECTION).unlink(missing_ok=True)
        with _turn(self._world, self.offset_ms, fuse):
            try:
                report = run_sync(
                    self.home,
                    now_ms=self._world.wall_ms(),
                    wishes=wishes,
                    ticks=self._world,
                    open_child=self._opened,
                )
            except Crash as crash:
                return crash
        return report.connections[0]

    @property
    def ordered(self) -> Collection[str]:
        """The ids of all ops that its verbs ever wrote."""
        return self.seen.keys()

    def departed(self, lead: str) -> str:
        """What is known to have become of the lead called so; "" while it is there."""
        found = self.rows("SELECT departed FROM remote_snapshot WHERE external_id = ?", lead)
        return str(found[0][0]) if found else ""

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Of its database."""
        with self.store.read() as db:
            return db.execute(query, values).fetchall()

    def _opened(self, order: Open, ticks: Ticks) -> Inside:
        line = Fused(Straight(self._service, ticks), self._world.fuse)
        return Inside(replace(order, secrets={"token": self._token}), Rest, line, ticks, ahead=self._ahead)


_SEEN: Final = """
    SELECT o.op_id, coalesce(s.status, '') FROM outbox o JOIN lead l ON l.uid = o.lead_uid
    LEFT JOIN remote_snapshot s ON s.connection = l.connection AND s.external_id = l.external_id ORDER BY o.rowid"""


class _turn:  # noqa: N801 - a context manager, as a function would be; made by hand because it is made often
    """While it lasts, the clock and the process are this laptop's; turns may be nested."""

    def __init__(self, world: World, offset_ms: int, fuse: Fuse) -> None:
        self._world, self._turn = world, (offset_ms, fuse)

    def __enter__(self) -> None:
        self._before = self._world.offset_ms, self._world.fuse
        self._world.offset_ms, self._world.fuse = self._turn

    def __exit__(self, *_: object) -> None:
        self._world.offset_ms, self._world.fuse = self._before
