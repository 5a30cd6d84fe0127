"""A home and a CRM in one process: the whole engine, without a child and without a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from leadq import read, views
from leadq.clock import Clock
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.engine import run_sync
from leadq.sync.run import Wishes
from leadq.testing.crm import ORDERED, FakeCRM, Personality
from leadq.testing.inside import Inside
from leadq.testing.nemesis import Nemesis
from leadq.testing.rest import Rest
from leadq.testing.straight import Straight
from leadq.testing.time import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadq.paths import Home
    from leadq.plugins.sdk import Adapter
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Open
    from leadq.sync.report import ConnectionReport
    from leadq.sync.wire import Reply, Request

TOKEN = "pat-fake-0123456789"


class Desktop(ABC):
    """A rep's home and what it is connected to, in one process: each CRM's own one says how it is opened."""

    home: Home
    store: Store
    time: VirtualTime

    @abstractmethod
    def open(self, order: Open, ticks: Ticks) -> Inside:
        """The adapter, with the CRM behind it."""

    @property
    def queue(self) -> Queue:
        return Queue(self.store, Clock(self.time.wall_ms()))

    def sync(self, **wishes: Any) -> ConnectionReport:
        """One cycle, and a minute after it."""
        report = run_sync(
            self.home, now_ms=self.time.wall_ms(), timeout_s=1e6, wishes=Wishes(**wishes), ticks=self.time,
            open_child=self.open,
        ).connections[0]  # fmt: skip
        self.time.sleep(60)
        return report

    def settle(self) -> None:
        """Let the settle time and the time of the audit pass, with a cycle after each."""
        for seconds in (100, 1000, 1000):
            self.time.sleep(seconds)
            self.sync()

    def rows(self, statement: str, *values: object) -> list[Any]:
        with self.store.read() as db:
            return db.execute(statement, values).fetchall()

    def lead(self, external_id: str) -> dict[str, Any]:
        with self.store.read() as db:
            row = db.execute("SELECT lead_id FROM remote_ref WHERE external_id = ?", (external_id,)).fetchone()
            return views.lead(db, read.moment(db, self.time.wall_ms()), row[0])

    def events(self, kind: str) -> list[str]:
        return [data for (data,) in self.rows("SELECT data FROM event WHERE type = ? ORDER BY seq", kind)]

    def states(self) -> list[str]:
        return [state for (state,) in self.rows("SELECT state FROM outbox ORDER BY rowid")]


@dataclass
class Laptop(Desktop):
    """One rep's home, connected to `crm` as `crm`; `sync` runs one cycle and waits a minute."""

    home: Home
    personality: Personality = ORDERED
    options: dict[str, Any] = field(default_factory=dict)
    nemesis: Nemesis | None = None
    kind: type[Adapter] = Rest
    crm: FakeCRM | None = None
    twist: Callable[[Request, Reply], Reply] = lambda request, reply: reply
    """What becomes of each answer on its way."""
    max_bytes: int = 1 << 20

    def __post_init__(self) -> None:
        self.time = VirtualTime() if self.crm is None else self.crm._time
        self.crm = self.crm or FakeCRM(self.personality, self.time, nemesis=self.nemesis)
        self.book = self.crm.book
        self.store = Store(self.home)
        self.home.config.mkdir(parents=True, exist_ok=True)
        lines = [f'url = "{self.crm.url}"', *(f"{name} = {value!r}" for name, value in self.options.items())]
        body = "\n".join(lines)
        self.home.settings.write_text(
            f'[me]\nmember = "rep-1"\n\n[connection.crm]\nadapter = "rest"\n{body}\n', "utf-8"
        )

    def open(self, order: Open, ticks: Ticks) -> Inside:
        told = replace(order, secrets={"token": TOKEN})
        return Inside(told, self.kind, Straight(self.answer, self.time, max_bytes=self.max_bytes), ticks)

    def answer(self, request: Request) -> Reply:
        assert self.crm
        return self.twist(request, self.crm(request))

    def rows_written(self, statement: str, *values: object) -> None:
        with self.store.transaction() as db:
            db.execute(statement, values)
