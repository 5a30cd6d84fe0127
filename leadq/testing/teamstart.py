"""What every story of a team goes on from: twelve homes that have met one hub, in a world without a real clock."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import leadq
from leadq import config
from leadq.clock import Clock
from leadq.handoff import Defaults
from leadq.intake import Intake
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync import meeting, snapshot
from leadq.sync.run import Wishes
from leadq.testing.crash import Crash, Fuse
from leadq.testing.crashlab import _SHARED_MEMORY
from leadq.testing.fakehub import FakeHub
from leadq.testing.laptop import _ROW, CONNECTION
from leadq.testing.teamlaptop import HUB, TeamCRM, TeamLaptop, home_of, settings_of
from leadq.testing.teamstory import NAMES, TEAM, drawn
from leadq.testing.world import World

if TYPE_CHECKING:
    from leadq.testing.teamhub import Hub

BEGINNING: Final = (
    {"id": "L1"}, {"id": "L2"}, {"id": "L3"}, {"owner": "zoe", "note": "Met in Lyon."}, {"note": "Rang us."},
)  # fmt: skip
"""The leads that are there before a story begins: three of the CRM's that are nobody's, two that only leadq has."""


class Start(NamedTuple):
    """What every story goes on from: homes that have exchanged with this hub, and the uids of the leads."""

    homes: Mapping[str, Path]
    leads: tuple[str, ...]


@dataclass
class TeamLab:
    """Twelve prepared homes and one world, for many stories; `hub` gives each story the hub that the homes know."""

    folder: Path
    world: World
    hub: Hub = field(default_factory=FakeHub)
    start: Start | None = None

    def prepared(self) -> Start:
        """What every story begins with, made once."""
        if self.start is None:
            self.start = _prepare(self)
        return self.start


@contextmanager
def laboratory() -> Iterator[TeamLab]:
    """A lab in memory, where the system has a folder for that; gone when the block ends."""
    where = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="leadq-team-", dir=where) as folder, entered() as world:
        yield TeamLab(Path(folder), world)


@contextmanager
def entered() -> Iterator[World]:
    """A world in the place of the real one, in which the settings of twelve homes are read once each."""
    with World().entered() as world, ExitStack() as stack:
        stack.callback(setattr, config, "_meant", config._meant)
        stack.callback(setattr, meeting, "_place", meeting._place)
        config._meant = lru_cache(maxsize=64)(config._meant.__wrapped__)
        meeting._place = lambda home: str(home.data)  # what tells homes of one machine apart
        yield world


def _prepare(lab: TeamLab) -> Start:
    """The manager has the first leads, and everybody has heard of them; nobody has asked the CRM yet."""
    lab.world.begin("the team begins")
    crm = TeamCRM(drawn(0).personality, lab.world.time)
    laptops = []
    for name, role in TEAM:
        lab.hub.add(name, role)
        bare = lab.folder / f"bare-{name}"
        Store(home_of(bare)).create()
        with Store(home_of(bare)).transaction() as db:
            db.execute("INSERT INTO meta VALUES ('device', ?)", (f"dev{name}",))
        say = partial(_plainly, lab.hub, name)
        home = lab.folder / f"home-{name}"
        laptops.append(
            TeamLaptop(
                bare,
                home,
                lab.world,
                crm,
                crm.auth,
                say=say,
                hangs_up=partial(lab.hub.hangs_up, name),
                settings=settings_of(name, len(TEAM)),
            )
        )
        (home / "config" / "contract.toml").write_text(_contract(), "utf-8")
    leads = [handed_over(laptops[0], row, number) for number, row in enumerate(BEGINNING)]
    for laptop in (*laptops, laptops[0]):
        came = laptop.runs([HUB], Wishes(), Fuse())
        assert not isinstance(came, Crash)
        assert came[HUB].error is None, came[HUB].error
    for laptop in laptops:
        with laptop.store.transaction() as db:
            here = [lead for (lead,) in db.execute("SELECT external_id FROM remote_ref")]
            snapshot.keep(db, CONNECTION, [snapshot.Snapshot(lead, 0, "new", "", "") for lead in here])
        lab.hub.moved(f"dev{laptop.name.removeprefix('home-')}")  # each story has them in a place of their own
        laptop.store.rewrite()
    lab.world.end()
    return Start({name: laptop.home.data.parent for name, laptop in zip(NAMES, laptops, strict=True)}, tuple(leads))


def _contract() -> str:
    """The contract that every home is founded with, and the members of this team in it."""
    found = (Path(leadq.__file__).parent / "templates" / "pme-fr.toml").read_text("utf-8")
    others = [name for name in NAMES if f"[member.{name}]" not in found]
    return found + "".join(f'\n[member.{name}]\nname = "{name.title()}"\nrole = "sdr"\n' for name in others)


def _plainly(hub: Hub, login: str, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
    return hub.say(login, word, what)


def handed_over(laptop: TeamLaptop, row: Mapping[str, str], number: int) -> str:
    """A lead of the manager's laptop, with the CRM's id where it has one; its uid."""
    own = {"email": f"person{number}@forges.example", "phone": f"+3319900{number:04d}", "name": f"Jeanne {number}"}
    with Queue(laptop.store, Clock(laptop.now_ms())).desk() as desk:
        intake = Intake(desk, CONNECTION if "id" in row else "", Defaults(desk.now_ms, ZoneInfo("Europe/Paris")))
        report = intake.take([(1, {**_ROW, **own, **row}, {})])
        assert not report.rejected, report
        (uid,) = desk.db.execute("SELECT uid FROM lead WHERE id = ?", (report.lead_ids[0],)).fetchone()
    return str(uid)
