"""One of a team's laptops in a story: a home with a CRM and a hub, whose disk may be copied and put back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from leadq.backups import device_of
from leadq.clock import Clock
from leadq.errors import LeadqError
from leadq.outgoing import doubt
from leadq.plugins.sdk import Account, AdapterError, Limit
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.engine import run_sync
from leadq.sync.protocol import Open, Ready, Used
from leadq.sync.run import Wishes
from leadq.sync.serving import told
from leadq.testing.crash import Crash, Fuse, Fused
from leadq.testing.crm import FakeCRM
from leadq.testing.inside import Inside
from leadq.testing.laptop import _SEEN, CONNECTION, Laptop, _Home, _turn
from leadq.testing.rest import Rest
from leadq.testing.straight import Straight

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from leadq.domain.verbs import Verb
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Failed
    from leadq.sync.report import ConnectionReport
    from leadq.sync.run import Talk
    from leadq.sync.wire import Handler, Reply, Request
    from leadq.testing.world import World

    Say = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]

HUB: Final = "hub"
AMOUNT: Final = 120
PER_S: Final = 10.0
"""What the account of all may ask of the CRM; each laptop has its twelfth."""


class TeamRest(Rest):
    """The CRM of a team: one account, and one limit for all who use it."""

    limits: ClassVar[tuple[Limit, ...]] = (Limit(AMOUNT, PER_S),)


class TeamCRM(FakeCRM):
    """Holds the account to its limit, whoever asks."""

    def __call__(self, request: Request) -> Reply:
        """As `FakeCRM`; 429 for what is over the limit, which is not done."""
        since_ms = self.book.now_ms() - PER_S * 1000
        if sum(each.at_ms > since_ms for each in self.asked[-AMOUNT:]) >= AMOUNT:
            return self._limited("10")
        return super().__call__(request)


@lru_cache(maxsize=64)
def home_of(folder: Path) -> _Home:
    """The home whose three folders lie in `folder`."""
    return _Home(folder / "config", folder / "data", folder / "state")


def settings_of(member: str, members: int, options: str = "") -> str:
    """The `leadq.toml` of this member's home."""
    return (
        f'[me]\nmember = "{member}"\n\n[connection.{CONNECTION}]\nadapter = "rest"\nurl = "https://crm.test"\n'
        f"rate_share = {1 / members:.6f}\n{options}\n"
        f'[connection.{HUB}]\nadapter = "hub"\nurl = "postgresql://{member}@hub.test/team"\n'
    )


class Way:
    """A hub's adapter in this very process, as a cycle talks to it. `say` raises what the adapter raises."""

    def __init__(self, order: Open, say: Say, fuse: Callable[[], Fuse], hangs_up: Callable[[], None]) -> None:
        self.used = Used()
        self._hangs_up = hangs_up
        self._order, self._say, self._fuse = order, say, fuse

    def __enter__(self) -> Way:
        return self

    def __exit__(self, *_: object) -> None:
        """The connection ends with the process."""
        self._hangs_up()

    def ready(self) -> Ready | Failed:
        """As `Child.ready`; connecting is part of the first word here."""
        return Ready(frozenset({"exchange"}), Account("hub", "team") if self._order.check else None, 0.0, 0.0)

    def exchange(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any] | Failed:
        """As `Child.exchange`. Raises Crash."""
        fuse = self._fuse()
        fuse.passes(f"say {word}")
        try:
            answer = self._say(word, what)
        except AdapterError as error:
            return told(error)
        fuse.passes(f"hear {word}")
        return answer


@dataclass(frozen=True, slots=True)
class Disk:
    """What a home's database held: the rows of each table."""

    tables: Mapping[str, list[tuple[Any, ...]]]


class TeamLaptop(Laptop):
    """A copy of a prepared home, at work. `ordered_by`: the event of each op that its verbs ever wrote."""

    def __init__(
        self, prepared: Path, folder: Path, world: World, service: Handler, auth: Mapping[str, str], *, say: Say,
        settings: str, hangs_up: Callable[[], None], offset_ms: int = 0,
    ) -> None:  # fmt: skip
        world.lay_out(prepared, folder, settings)
        self.name = folder.name
        self.home = home_of(folder)
        self.store = Store(self.home)
        self.offset_ms = offset_ms
        self.seen: dict[str, str] = {}
        self.was_put_back = False
        self._gone: set[str] = set()
        self._world = world
        self._service = service
        self._token = auth["authorization"].removeprefix("Bearer ")
        self._ahead = False
        self._say = say
        self._hangs_up = hangs_up

    @property
    def ordered(self) -> Collection[str]:
        """The ids of all ops that its verbs ever wrote, also of those that went with a disk."""
        return self.seen.keys() | self._gone

    def now_ms(self) -> int:
        """By its own clock."""
        return self._world.time.wall_ms() + self.offset_ms

    def newest(self) -> int:
        """The seq of the last event that it has learnt of."""
        return int(self.rows("SELECT coalesce(max(seq), 0) FROM event")[0][0])

    def works_with_the_crm(self) -> bool:
        """Whether it has anything to tell it, or has ever asked it."""
        query = "SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM connection_state WHERE name = ?)"
        return bool(self.rows(query, CONNECTION)[0][0])

    def does_to(self, lead_uid: str, verb: Verb | None) -> str:
        """A gesture on the lead with this uid, None for an undo: what came of it."""
        with _turn(self._world, self.offset_ms, Fuse()):
            queue = Queue(self.store, Clock(self._world.wall_ms()))
            try:
                if verb is None:
                    queue.undo()
                else:
                    queue.perform([lead_uid], verb)
            except LeadqError as error:
                return error.code
            with self.store.read() as db:
                for op_id, status in db.execute(_SEEN):
                    self.seen.setdefault(op_id, status)
        return "done"

    def runs(self, names: Iterable[str], wishes: Wishes, fuse: Fuse) -> dict[str, ConnectionReport] | Crash:
        """One run of these connections, as a new process; the Crash that ended it, if one did."""
        with _turn(self._world, self.offset_ms, fuse):
            try:
                report = run_sync(
                    self.home, list(names), now_ms=self._world.wall_ms(), wishes=wishes, ticks=self._world,
                    open_child=self._connected,
                )  # fmt: skip
            except Crash as crash:
                return crash
        return {each.name: each for each in report.connections}

    def keeps(self) -> Disk:
        """A copy of its disk."""
        with self.store.read() as db:
            tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return Disk({name: db.execute(f"SELECT * FROM {name}").fetchall() for name in tables})

    def goes_back_to(self, disk: Disk, born: str) -> None:
        """The copy is put back; `born`: by `leadq restore`, as a device of this name that goes on from the one before,
        and whose ops may have left since."""
        with self.store.transaction() as db:
            db.execute("PRAGMA defer_foreign_keys = ON")
            for name, rows in disk.tables.items():
                db.execute(f"DELETE FROM {name}")
                if rows:
                    db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
            if born:
                device = f"{device_of(db).partition('.')[0]}.{born}"
                db.execute("UPDATE meta SET value = ? WHERE key = 'device'", (device,))
                doubt(db)
        self.was_put_back = True
        there = {op_id for (op_id,) in self.rows("SELECT op_id FROM outbox")}
        self._gone |= self.seen.keys() - there
        self.seen = {op_id: status for op_id, status in self.seen.items() if op_id in there}

    def _connected(self, order: Open, ticks: Ticks) -> AbstractContextManager[Talk]:
        if order.adapter == HUB:
            return Way(order, self._say, lambda: self._world.fuse, self._hangs_up)  # type: ignore[return-value]
        line = Fused(Straight(self._service, ticks), self._world.fuse)
        return Inside(replace(order, secrets={"token": self._token}), TeamRest, line, ticks, ahead=self._ahead)
