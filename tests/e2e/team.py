"""A hub on a PostgreSQL of our own, and the homes of a team that exchange with it, in this process."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import leadq
from leadq import config, secrets
from leadq.clock import Clock
from leadq.hub.admin import Hub
from leadq.paths import Home
from leadq.plugins.hub import HubAdapter
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync.engine import run_sync
from leadq.sync.exchanging import Exchange, Exchanged
from leadq.sync.protocol import Done, Failed, Ready, Used, decode, encode
from leadq.sync.serving import Serving, told
from tests.leads import NOW_MS, hand_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leadq.sync.protocol import Message, Open
    from leadq.sync.report import ConnectionReport
    from leadq.sync.run import Wishes
    from tests.e2e.provision import Database

CONTRACT = Path(leadq.__file__).parent / "templates" / "pme-fr.toml"
SCRAM = """\
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


class Straight:
    """The hub's adapter without a process; `cut` may end a word before or after the hub has heard it."""

    def __init__(self, order: Open, cut: Callable[[str, str], None]) -> None:
        self.used = Used()
        self._order, self._cut = order, cut
        self._over: Failed | None = None

    def ready(self) -> Ready | Failed:
        try:
            self._serving = Serving(self._order, HubAdapter, lambda *_: None)  # type: ignore[arg-type,return-value]
            (said,) = self._serving.ready()
        except Exception as error:  # noqa: BLE001 - as in child.py
            self._over = told(error)
            return self._over
        assert isinstance(said, Ready)
        return said

    def exchange(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any] | Failed:
        self._cut(word, "before")
        try:
            said = [self._piped(each) for each in self._serving.obey(self._piped(Exchange(word, what)))]
        except Exception as error:  # noqa: BLE001 - as in child.py
            return told(error)
        self._cut(word, "after")
        assert isinstance(said[-1], Done)
        assert isinstance(said[0], Exchanged)
        return said[0].what

    def _piped(self, message: Message) -> Message:
        return decode(encode(message))

    def end(self) -> None:
        db = getattr(getattr(getattr(self, "_serving", None), "_adapter", None), "_db", None)
        if db is not None:
            db.close()


@dataclass
class Laptop:
    """One home; `said` are the words of the last exchange."""

    name: str
    home: Home
    url: str
    password: str
    now_ms: int = NOW_MS
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = Store(self.home)
        config.save(self.home.settings, self.settings)
        self.home.contract.write_bytes(CONTRACT.read_bytes())

    @property
    def settings(self) -> str:
        return (
            f'[me]\nmember = "{self.name}"\n\n[connection.csv]\nadapter = "csv"\n\n'
            f'[connection.hub]\nadapter = "hub"\nurl = {json.dumps(self.url)}\n'
        )

    @property
    def queue(self) -> Queue:
        return Queue(self.store, Clock(self.now_ms))

    def hand_over(self, *rows: Mapping[str, str]) -> None:
        hand_over(self.queue, *rows)

    def uid(self, lead: str) -> str:
        """The uid of the lead of this person."""
        return str(
            self.ask("SELECT l.uid FROM lead l JOIN person p ON p.id = l.person_id WHERE p.name = ?", lead)[0][0]
        )

    def exchange(
        self, cut: Callable[[str, str], None] = lambda word, when: None, wishes: Wishes | None = None
    ) -> ConnectionReport:
        """One cycle with the hub."""
        self.said = []

        def heard(word: str, when: str) -> None:
            if when == "before":
                self.said.append(word)
            cut(word, when)

        @contextmanager
        def open_child(order: Open, ticks: object) -> Iterator[Straight]:
            talk = Straight(order, heard)
            try:
                yield talk
            finally:
                talk.end()

        secrets.remember("hub", "password", self.password)
        report = run_sync(self.home, ["hub"], now_ms=self.now_ms, wishes=wishes, open_child=open_child)  # type: ignore[arg-type]
        return report.connections[0]

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.store.read() as db:
            return db.execute(query, values).fetchall()

    def events(self) -> list[tuple[Any, ...]]:
        """All that happened, in no order."""
        return self.ask(
            "SELECT uid, device, lead_uid, batch, type, v, occurred_ms, recorded_ms, actor, actor_kind, data FROM event"
            " ORDER BY uid"
        )

    def leads(self) -> list[tuple[Any, ...]]:
        """How the leads fold."""
        return self.ask(
            "SELECT uid, state, owner, handed_off_ms, accepted_ms, first_touch_ms, last_touch_ms, closed_ms, reason,"
            " quality, due_ms, invalid, answer FROM lead ORDER BY uid"
        )


@dataclass
class Team:
    """A hub of its own database, its members' passwords, and their laptops."""

    database: Database
    name: str
    folder: Path
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def admin(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.database.port}/{self.name}"

    def url(self, member: str) -> str:
        return f"postgresql://{member}@127.0.0.1:{self.database.port}/{self.name}"

    def end(self) -> None:
        """Roles are of the whole cluster, so the next team's would be these."""
        self.database.run(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        for role in (*self.passwords, f"leadq:{self.name}"):
            self.database.run(f'DROP ROLE "{role}"')

    def begin(self) -> None:
        self.database.run(f'CREATE DATABASE "{self.name}"')
        with Hub(self.admin) as hub:
            hub.init()

    def add(self, member: str, role: str = "rep") -> str:
        """A member, with a login and a password."""
        with Hub(self.admin) as hub:
            self.passwords[member] = hub.add(member, role)
        return member

    def laptop(self, member: str, folder: str = "") -> Laptop:
        base = self.folder / (folder or f"{member}-home")
        home = Home(base / "config", base / "data", base / "state")
        return Laptop(member, home, self.url(member), self.passwords[member])
