"""A hub on a real PostgreSQL in the place of the model, for the stories of the team's laboratory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psycopg

from leadq.hub.admin import Hub
from leadq.plugins.hub import HubAdapter
from leadq.plugins.sdk import Context
from leadq.testing.fakehub import ID
from leadq.testing.teamhub import Truth
from leadq.testing.teamstart import TeamLab, entered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.e2e.team import Team

_TABLES: Final = ("member", "device", "contract", "event", "person", "lead", "event_text", "scope", "runner", "act")


@dataclass
class RealHub:
    """See `leadq.testing.teamhub.Hub`. Each word goes through the adapter, under the member's own login."""

    team: Team
    roles: dict[str, str] = field(default_factory=dict)
    _open: dict[str, HubAdapter] = field(default_factory=dict)
    _removed: set[str] = field(default_factory=set)
    _is_kept: bool = False
    _admin: Any = None

    def __post_init__(self) -> None:
        with psycopg.connect(self.team.admin, autocommit=True) as db:
            db.execute("UPDATE leadq.hub SET id = %s", (ID,))

    def add(self, name: str, role: str) -> None:
        """Let a member in, with a new password."""
        self.team.add(name, role)
        self.roles[name] = role
        self._removed.discard(name)
        self._drop(name)

    def remove(self, name: str) -> None:
        """Let a member in no more."""
        with Hub(self.team.admin) as hub:
            hub.remove(name)
        self._removed.add(name)
        self._drop(name)

    def moved(self, device: str) -> None:
        """A device goes on at another place."""
        with Hub(self.team.admin) as hub:
            hub.moved(device)

    def say(self, login: str, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        """One word, as the child would say it. Raises what the adapter raises."""
        if login not in self._open:
            secrets = {"password": self.team.passwords[login]}
            self._open[login] = HubAdapter(Context({"url": self.team.url(login)}, secrets))
        return self._open[login].exchange(word, what)

    def hangs_up(self, login: str) -> None:
        """The session ends, and with it the runner's lock."""
        self._drop(login)

    def last(self) -> int:
        """The highest number that anything has."""
        return int(self._rows(
            "SELECT greatest((SELECT max(hub_seq) FROM leadq.event), (SELECT max(hub_seq) FROM leadq.lead),"
            " (SELECT max(hub_seq) FROM leadq.contract), (SELECT max(since_seq) FROM leadq.member))"
        )[0][0])  # fmt: skip

    def owners(self) -> Mapping[str, str]:
        """Whose each lead is now."""
        return dict(self._rows("SELECT uid, owner FROM leadq.lead"))

    def truth(self) -> Truth:
        """What is there, asked by the owner of the schema, whom no policy holds back."""
        return Truth(
            tuple(self._rows("SELECT uid, device, member, lead_uid FROM leadq.event ORDER BY hub_seq")),
            self.owners(),
            dict(self._rows("SELECT uid, person FROM leadq.lead WHERE person IS NOT NULL")),
            frozenset(self._rows("SELECT event_uid, kind FROM leadq.event_text")),
            {name: (role, removed) for name, role, removed in self._rows("SELECT id, role, removed FROM leadq.member")},
        )

    def copy(self) -> RealHub:
        """This one, as it was when it was asked for the first time."""
        for name in tuple(self._removed):
            self.add(name, self.roles[name])
        with psycopg.connect(self.team.admin) as db:
            db.execute("SET session_replication_role = replica")  # events are never changed, but for the next story
            for table in _TABLES:
                if self._is_kept:
                    db.execute(f"TRUNCATE leadq.{table} CASCADE")
            for table in _TABLES:
                if self._is_kept:
                    db.execute(f"INSERT INTO leadq.{table} SELECT * FROM public.kept_{table}")
                else:
                    db.execute(f"CREATE TABLE public.kept_{table} AS SELECT * FROM leadq.{table}")
        self._is_kept = True
        return self

    def end(self) -> None:
        """Close what is open."""
        for name in tuple(self._open):
            self._drop(name)
        if self._admin is not None:
            self._admin.close()

    def _drop(self, name: str) -> None:
        adapter = self._open.pop(name, None)
        if adapter is not None and adapter._db is not None:
            adapter._db.close()

    def _rows(self, query: str) -> list[Any]:
        if self._admin is None or self._admin.closed:
            self._admin = psycopg.connect(self.team.admin, autocommit=True)
        return list(self._admin.execute(query).fetchall())


@contextmanager
def real_laboratory(team: Team, folder: Path) -> Iterator[TeamLab]:
    """A lab whose hub is a PostgreSQL."""
    hub = RealHub(team)
    try:
        with entered() as world:
            yield TeamLab(folder, world, hub)
    finally:
        hub.end()
