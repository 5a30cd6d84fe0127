"""One database for all of them, one company for each."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from leadq.domain.verbs import Accept, Touch
from tests.e2e.between import Between, Reply, between
from tests.e2e.provision import Database, NotHereError, provision, running
from tests.e2e.rep import Rep
from tests.e2e.team import SCRAM, Team
from tests.e2e.tryton import Crm, Server

_TEAMS: Final = count(1)
_LEADS: Final = 13
"""As many as there are tests that take one."""


@pytest.fixture(scope="session")
def root() -> Iterator[Path]:
    """The folder in `LEADQ_E2E`, which stays, or one that goes with the run."""
    kept = os.environ.get("LEADQ_E2E")
    folder = Path(kept or tempfile.mkdtemp(prefix="leadq-e2e-")).resolve()
    try:
        provision(folder)
        yield folder
    except NotHereError as missing:
        pytest.skip(f"THE END-TO-END TESTS DID NOT RUN: {missing}")
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database(root: Path) -> Iterator[Database]:
    """PostgreSQL, running."""
    with running(root) as started:
        yield started


@pytest.fixture(scope="session")
def crm(root: Path, database: Database) -> Iterator[Crm]:
    """A company in Tryton. The tests share it, each with leads of its own."""
    made = Crm(root, database, f"crm_{os.getpid()}")
    try:
        yield made
    finally:
        made.end()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    """PostgreSQL alone, where everybody but its own account gives a password."""
    folder = Path(tempfile.mkdtemp(prefix="leadq-hub-"))
    folder.chmod(0o755)  # PostgreSQL's own account has to go through it
    try:
        started = Database(folder / "data")
        started.start()
        (folder / "data" / "pg_hba.conf").write_text(SCRAM, "utf-8")
        started.run("SELECT pg_reload_conf()")
        yield started
        started.stop()
    except NotHereError as missing:
        pytest.skip(f"THE TESTS OF THE HUB DID NOT RUN: {missing}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def team(postgres: Database, tmp_path: Path) -> Iterator[Team]:
    """A hub of its own in a database of its own."""
    made = Team(postgres, f"t{next(_TEAMS)}", tmp_path)
    made.begin()
    yield made
    made.end()


@dataclass
class Desk:
    """Rita at work: the company, what lies on the way to it, and her laptop. `lead` is one of hers: she has accepted it
    and reached the person, and all of that is in Tryton; `called` is what she calls it."""

    crm: Crm
    line: Between
    rep: Rep
    lead: int = 0
    late: list[Reply] = field(default_factory=list)
    """What a server that had stopped said in the end."""

    @property
    def called(self) -> str:
        return f"crm:{self.lead}"

    def turns_to(self, server: Server) -> Server:
        """From now on everybody talks to this one; the one before."""
        before, self.crm.server, self.line.port = self.crm.server, server, server.port
        return before


@dataclass
class Started:
    """A home in which leads were taken on, to be gone on from; each test takes one of them."""

    home: Path
    leads: list[int]


@pytest.fixture(scope="session")
def started(crm: Crm, tmp_path_factory: pytest.TempPathFactory) -> Started:
    """Her first morning: the leads come in, and she takes them on."""
    home = tmp_path_factory.mktemp("started") / "home"
    with between(crm.server.port) as line:
        rep = Rep(home, crm, line.url)
        leads = crm.leads([f"Forges{number}" for number in range(_LEADS)])
        rep.syncs()
        rep.does(leads, Accept())
        rep.does(leads, Touch("call", "connected"))
        report = rep.syncs()
    assert report["pushed"] == 2 * len(leads), report
    return Started(home, leads)


@pytest.fixture
def desk(crm: Crm, started: Started, tmp_path: Path) -> Iterator[Desk]:
    """Her desk, with a lead of its own."""
    with between(crm.server.port) as line:
        yield Desk(crm, line, Rep(tmp_path / "home", crm, line.url, like=started.home), started.leads.pop())


@pytest.fixture
def empty(crm: Crm, tmp_path: Path) -> Iterator[Desk]:
    """Her desk on the day on which she gets leadq."""
    with between(crm.server.port) as line:
        yield Desk(crm, line, Rep(tmp_path / "home", crm, line.url))
