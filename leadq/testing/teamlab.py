"""Twelve laptops, one hub and one CRM, and what goes wrong between them: `leadq-teamlab`.

A story is a seed, as in the crash lab: who does what, which lines are cut, which words and requests go wrong, where
processes die, whose clock is wrong, whose disk is put back, who is let in no more. Then the world heals, everybody
exchanges until nobody has anything new, and all homes, the hub and the CRM are judged.
"""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import leadq
from leadq import config
from leadq.clock import Clock
from leadq.handoff import Defaults
from leadq.intake import Intake
from leadq.plugins.sdk import N_, AuthFailed, Transient
from leadq.queue import Queue
from leadq.sqlite import Store
from leadq.sync import meeting, snapshot
from leadq.sync.run import Wishes
from leadq.sync.wire import Lost
from leadq.testing.crash import Crash, Fuse
from leadq.testing.crashlab import _SHARED_MEMORY, _short, _wake_ms
from leadq.testing.fakehub import FakeHub, Hub
from leadq.testing.invariants import Violation
from leadq.testing.journal import Journal
from leadq.testing.laptop import _ROW, CONNECTION
from leadq.testing.nemesis import Nemesis
from leadq.testing.story import shown
from leadq.testing.teamlaptop import HUB, Disk, TeamCRM, TeamLaptop, home_of, settings_of
from leadq.testing.teamrules import Ended, broken
from leadq.testing.teamstory import (
    FAULTS,
    NAMES,
    TEAM,
    Arrives,
    Copies,
    Does,
    Fault,
    Jumps,
    Parts,
    Removes,
    Restores,
    Step,
    Syncs,
    TeamStory,
    Waits,
    drawn,
)
from leadq.testing.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.sync.report import ConnectionReport
    from leadq.sync.wire import Reply, Request

REST_MS: Final = 48 * 3_600_000
"""How long all have, once the world is healed, until nothing is left to do."""

MOST_ROUNDS: Final = 60
"""And in how many rounds of the team."""

_PIECE: Final = 50
_LOOP: Final = Wishes(one_shot=False)
_ONCE: Final = Wishes()
_UNREACHABLE: Final = N_("The hub cannot be reached ({why}).")
_BEGINNING: Final = (
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
    hub: FakeHub = field(default_factory=FakeHub)
    start: Start | None = None

    def prepared(self) -> Start:
        """What every story begins with, made once."""
        if self.start is None:
            self.start = _prepare(self)
        return self.start

    def hub_of_a_story(self) -> Hub:
        """The hub as the prepared homes left it."""
        return self.hub.copy()


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
        meeting._place = lambda home: str(home.data)  # type: ignore[assignment]  # what tells homes of one machine apart
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
            TeamLaptop(bare, home, lab.world, crm, crm.auth, say=say, settings=settings_of(name, len(TEAM)))
        )
        (home / "config" / "contract.toml").write_text(_contract(), "utf-8")
    leads = [_handed_over(laptops[0], row, number) for number, row in enumerate(_BEGINNING)]
    for laptop in (*laptops, laptops[0]):
        came = laptop.runs([HUB], _ONCE, Fuse())
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


def _handed_over(laptop: TeamLaptop, row: Mapping[str, str], number: int) -> str:
    """A lead of the manager's laptop, with the CRM's id where it has one; its uid."""
    own = {"email": f"person{number}@forges.example", "phone": f"+3319900{number:04d}", "name": f"Jeanne {number}"}
    with Queue(laptop.store, Clock(laptop.now_ms())).desk() as desk:
        intake = Intake(desk, CONNECTION if "id" in row else "", Defaults(desk.now_ms, ZoneInfo("Europe/Paris")))
        report = intake.take([(1, {**_ROW, **own, **row}, {})])
        assert not report.rejected, report
        (uid,) = desk.db.execute("SELECT uid FROM lead WHERE id = ?", (report.lead_ids[0],)).fetchone()
    return str(uid)


class HubNemesis:
    """Decides what becomes of a word to the hub. Draws equally often for each, so that one fault moves no other."""

    def __init__(self, seed: int, rate: float, budget: int) -> None:
        self._chance = Random(f"hub {seed}")  # noqa: S311 - the same story must happen again
        self._rate, self._left = rate, budget

    def fate(self) -> tuple[Fault, float]:
        """What happens, and after how many seconds what is late is carried out."""
        strikes, fault = self._chance.random() < self._rate, self._chance.choice(FAULTS)
        delay_s = round(self._chance.uniform(1, 600), 3)
        if not strikes or self._left <= 0:
            return "deliver", 0.0
        self._left -= 1
        return fault, delay_s

    def heal(self) -> None:
        """From now on everything goes well."""
        self._left = 0


class Late(NamedTuple):
    """A word that is on its way to the hub; its laptop has given up on it."""

    due_ms: int
    number: int
    login: str
    word: str
    what: Mapping[str, Any]


@dataclass
class TeamTrial:
    """One story in a lab; `told` is what happened, a line each."""

    lab: TeamLab
    story: TeamStory
    told: list[str] = field(default_factory=list)

    def judged(self) -> list[Violation]:
        """Let it happen, let the world heal, and look at what is left."""
        self._begin()
        try:
            for step in self.story.steps:
                self.take(step)
            found = self._rest()
            self.ended = self._end()
            return found + broken(self.ended)
        except Exception as error:  # noqa: BLE001 - an engine that raises has broken every rule
            self._say(f"{type(error).__name__}: {error}")
            return [Violation("raised", f"{type(error).__name__}: {error}")]
        finally:
            self.lab.world.end()

    def _begin(self) -> None:
        story, lab = self.story, self.lab
        start = lab.prepared()
        lab.world.begin(f"team {story.seed}")
        self.hub = lab.hub_of_a_story()
        self.leads = list(start.leads)
        self.nemesis = Nemesis(story.seed, rate=story.rate, budget=story.faults)
        self.hub_nemesis = HubNemesis(story.seed, story.rate, story.faults)
        self.crm = TeamCRM(story.personality, lab.world.time, nemesis=self.nemesis)
        for number, row in enumerate(_BEGINNING):
            if "id" in row:
                self.crm.book.create(row["id"], email=f"person{number}@forges.example")
        self.laptops = [
            TeamLaptop(
                *(start.homes[name], lab.folder / name, lab.world, partial(self._asked, number), self.crm.auth),
                say=partial(self._word, number),
                settings=settings_of(name, len(TEAM)),
                offset_ms=offset_ms,
            )
            for number, (name, offset_ms) in enumerate(zip(NAMES, story.offsets_ms, strict=True))
        ]
        self.journals = [Journal(self.crm.book, laptop) for laptop in self.laptops]
        self.wakes: dict[int, int] = {}
        self.parted: defaultdict[int, set[str]] = defaultdict(set)
        self.removed: set[int] = set()
        self.disks: dict[int, Disk] = {}
        self.late: list[Late] = []
        self.committed: list[set[str]] = [set() for _ in TEAM]
        self.owned: defaultdict[str, set[str]] = defaultdict(set)
        self.vanished: dict[str, str] = {}
        self.restored: set[int] = set()
        self._up_to = [laptop.newest() for laptop in self.laptops]
        self._heard = {number: (0, newest) for number, newest in enumerate(self._up_to)}
        self._words = self._created = 0
        self._disturbed = any(story.offsets_ms)
        self._look_at_owners()
        lab.world.time.sleep(60)  # the CRM's index knows the first leads by then

    def take(self, step: Step) -> None:
        """One step of the story."""
        match step:
            case Does():
                came = self.laptops[step.laptop].does_to(self.leads[step.lead % len(self.leads)], step.verb)
                self._wrote(step.laptop)
                self._say(step, came)
            case Syncs():
                names = [CONNECTION, HUB] if step.what == "both" else [HUB if step.what == "hub" else CONNECTION]
                self._disturbed |= bool(step.crash_at)
                self._say(step, self._run(step.laptop, names, _ONCE, Fuse(step.crash_at)))
            case Parts():
                names = {CONNECTION, HUB} if step.what == "both" else {HUB if step.what == "hub" else CONNECTION}
                self.parted[step.laptop] = self.parted[step.laptop] - names if step.heals else names
                self._say(step)
            case Jumps():
                self.laptops[step.laptop].offset_ms += step.ms
                self._disturbed = True
                self._say(step)
            case Waits():
                self.lab.world.time.sleep(step.seconds)
                self._say(step)
            case Arrives():
                self._arrives(step)
            case Copies():
                self.disks[step.laptop] = self.laptops[step.laptop].keeps()
                self._say(step)
            case Restores():
                self._restores(step)
            case Removes():
                self._removes(step)

    def _say(self, what: str | Step, came: object = "") -> None:
        at_s = self.lab.world.time.monotonic()
        line = what if isinstance(what, str) else shown(what)
        self.told.append(f"{at_s:10.3f}  {line}" + (f" -> {came}" if came else ""))

    def _arrives(self, step: Arrives) -> None:
        self._created += 1
        row = {"owner": step.owner, "note": step.note}
        if step.at_crm:
            row = {"id": f"N{self._created}", **({"owner": step.owner} if step.owner else {})}
        uid = _handed_over(self.laptops[0], row, 100 + self._created)
        if step.at_crm:
            self.crm.book.create(row["id"], email=f"person{100 + self._created}@forges.example")
            if step.owner:
                self.crm.book.set(row["id"], {"owner": step.owner}, by="marketing")
        self.leads.append(uid)
        self._wrote(0)
        self._say(step)

    def _restores(self, step: Restores) -> None:
        """What had not been given, and was not on the copy, is gone with the disk: nobody can be blamed for that."""
        laptop, before = self.laptops[step.laptop], {}
        with laptop.store.read() as db:
            before = dict(db.execute("SELECT op_id, event_uid FROM outbox WHERE state <> 'cancelled'"))
        born = f"{self.lab.world.time.wall_ms() // 1000:x}{len(self.told):04x}" if step.as_backup else ""
        laptop.goes_back_to(self.disks[step.laptop], born)
        self.vanished |= {op_id: event for op_id, event in before.items() if op_id not in laptop.seen}
        there = {uid for uid, *_rest in self.hub.truth().events}
        self.committed[step.laptop] &= there | {uid for (uid,) in laptop.rows("SELECT uid FROM event")}
        self._up_to[step.laptop] = laptop.newest()
        self.restored.add(step.laptop)
        self._disturbed = True
        self._say(step)

    def _removes(self, step: Removes) -> None:
        name, role = TEAM[step.laptop]
        if step.again:
            self.hub.add(name, role)
            self.removed.discard(step.laptop)
        else:
            self.hub.remove(name)
            self.removed.add(step.laptop)
        self._say(step)

    def _wrote(self, number: int) -> None:
        """Remember what this laptop has committed: it must not be lost."""
        laptop = self.laptops[number]
        new = laptop.rows("SELECT uid, seq FROM event WHERE seq > ? AND device = (SELECT value FROM meta"
                          " WHERE key = 'device')", self._up_to[number])  # fmt: skip
        self.committed[number] |= {uid for uid, _seq in new}
        self._up_to[number] = max((seq for _uid, seq in new), default=self._up_to[number])

    def _run(self, number: int, names: Sequence[str], wishes: Wishes, fuse: Fuse) -> str:
        laptop = self.laptops[number]
        came = laptop.runs(names, wishes, fuse)
        self._wrote(number)
        if isinstance(came, Crash):
            return f"CRASH at {came}"
        if CONNECTION in came:
            self._will_wake(number, came[CONNECTION])
        if HUB in came and came[HUB].trouble in (None, "auth", "conflict"):
            heard = self.hub.last() if wishes.pull else self._heard[number][0]
            self._heard[number] = (heard, laptop.newest())
        return "; ".join(f"{name}: {_short(report)}" for name, report in came.items())

    def _will_wake(self, number: int, report: ConnectionReport) -> None:
        wake_ms = _wake_ms(report, self.laptops[number], self.lab.world.time.wall_ms())
        self.wakes.pop(number, None)
        if wake_ms is not None:
            self.wakes[number] = wake_ms

    # the two lines

    def _asked(self, number: int, request: Request) -> Reply:
        """The CRM, with what lies between."""
        journal = self.journals[number]
        if CONNECTION in self.parted[number]:
            raise Lost("refused")
        journal.sent(request)
        reply, refused = None, False
        try:
            reply = self.crm(request)
        except Lost as lost:
            refused = lost.how == "refused"
            raise
        finally:
            refused = refused or (reply is not None and 400 <= reply.status < 500)
            journal.answered(request, refused=refused)
            self._say(f"    {NAMES[number]}: {request.method} {request.target} {reply.status if reply else 'lost'}")
        return reply

    def _word(self, number: int, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        """The hub, with what lies between. Raises what the adapter raises."""
        self._arrive_late()
        fault, delay_s = self.hub_nemesis.fate()
        name = NAMES[number]
        self._words += 1
        self._say(f"    {name}: {word}{'' if fault == 'deliver' else f' [{fault}]'}")
        if HUB in self.parted[number] or fault == "refuse":
            raise Transient(_UNREACHABLE, why="refused")
        if fault == "late":
            due_ms = self.lab.world.time.wall_ms() + int(delay_s * 1000)
            self.late.append(self.sent_late(Late(due_ms, self._words, name, word, what)))
            raise Transient(_UNREACHABLE, why="timeout")
        if fault == "duplicate":
            self.hub.say(name, word, what)
        answer = self.hub.say(name, word, what)
        self._look_at_owners()
        if fault == "lose_reply":
            raise Transient(_UNREACHABLE, why="reset")
        return answer

    def sent_late(self, late: Late) -> Late:
        """A word leaves that will be carried out later; a hub that is wrong may number it now."""
        return late

    def _arrive_late(self) -> None:
        now_ms = self.lab.world.time.wall_ms()
        for late in sorted(self.late):
            if late.due_ms <= now_ms:
                self.late.remove(late)
                self._say(f"    late from {late.login}: {late.word}")
                try:
                    self.hub.say(late.login, late.word, late.what)
                except AuthFailed:
                    continue  # removed meanwhile
                self._look_at_owners()

    def _look_at_owners(self) -> None:
        for uid, owner in self.hub.owners().items():
            self.owned[uid].add(owner)

    # the end

    def _rest(self) -> list[Violation]:
        """Heal the world, let the CRM's part come to rest, and exchange until nobody has anything new.

        Two who work with one CRM hear of each other's last writes when its index has caught up.
        """
        self.nemesis.heal()
        self.hub_nemesis.heal()
        self.parted.clear()
        self._say("the world heals")
        busy = [number for number, laptop in enumerate(self.laptops) if laptop.works_with_the_crm()]
        found = []
        for _ in range(2):
            self.lab.world.time.sleep(60)
            self.wakes = dict.fromkeys(busy, 0)
            found += self._wake_ups()
        return found + self._exchanges()

    def _wake_ups(self) -> list[Violation]:
        """Run sync with the CRM whenever somebody wants to be woken, until nobody does."""
        time, began_ms = self.lab.world.time, self.lab.world.time.wall_ms()
        for _ in range(MOST_ROUNDS):
            for number in [each for each, wake_ms in self.wakes.items() if wake_ms <= time.wall_ms()]:
                self._say(f"{NAMES[number]} syncs", self._run(number, [CONNECTION], _LOOP, Fuse()))
            instants = [*self.wakes.values(), *(late.due_ms for late in self.late)]
            if not instants and not self.crm.waiting:
                return []
            next_ms = max(time.wall_ms() + 1000, min(instants, default=time.wall_ms() + 600_000))
            if next_ms - began_ms > REST_MS:
                return [Violation("rest", f"wants to be woken in {(next_ms - began_ms) / 3_600_000:.1f} h")]
            time.sleep((next_ms - time.wall_ms()) / 1000)
            self._arrive_late()
            self.crm.catch_up()
        return [Violation("rest", f"no rest after {MOST_ROUNDS} rounds")]

    def _exchanges(self) -> list[Violation]:
        """First all give what they have, so that what they take is the whole of it."""
        for wishes in (Wishes(pull=False), *[_ONCE] * MOST_ROUNDS):
            new = [number for number in range(len(TEAM)) if self._has_something(number, wishes)]
            if not new and wishes.pull:
                return []
            for number in new:
                self._say(f"{NAMES[number]} exchanges", self._run(number, [HUB], wishes, Fuse()))
        return [Violation("rest", f"still exchanging after {MOST_ROUNDS} rounds")]

    def _has_something(self, number: int, wishes: Wishes) -> bool:
        """Something of its own since the last exchange, or something of the others'."""
        heard, wrote = self._heard[number]
        return wrote != self.laptops[number].newest() or (wishes.pull and heard != self.hub.last())

    def _end(self) -> Ended:
        return Ended(
            self.hub.truth(), self.laptops, self.removed, self.restored, self.crm, self.journals, self.committed,
            self.owned, self.vanished, self.wakes, self._disturbed, self.story.seed % (4 * len(TEAM)),
        )  # fmt: skip


def failing(seeds: Sequence[int]) -> dict[int, list[Violation]]:
    """The seeds whose stories break a rule, and which they break."""
    with laboratory() as lab:
        judged = {seed: TeamTrial(lab, drawn(seed)).judged() for seed in seeds}
    return {seed: violations for seed, violations in judged.items() if violations}


def shared_out(seeds: range, jobs: int) -> Iterator[dict[int, list[Violation]]]:
    """As `failing`, piece by piece as they come, in so many processes."""
    pieces = [seeds[start : start + _PIECE] for start in range(0, len(seeds), _PIECE)]
    if jobs < 2:
        yield from map(failing, pieces)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(failing, pieces)


def told(seed: int) -> str:
    """The story of one seed as it happens, and what it breaks."""
    with laboratory() as lab:
        trial = TeamTrial(lab, drawn(seed))
        violations = trial.judged()
    bad = [f"BROKEN {each.rule}: {each.what}" for each in violations]
    return "\n".join([f"seed {seed}: {shown(trial.story)}", *trial.told, *bad])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 1 when a story broke a rule, and then that story is told."""
    parser = ArgumentParser("leadq-teamlab", description="Random schedules of twelve laptops, a hub and a CRM.")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument("--schedules", type=int, default=1, help="how many, one seed each (default: 1, which is told)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    chosen = parser.parse_args(arguments)
    if chosen.schedules == 1:
        story = told(chosen.seed)
        sys.stdout.write(story + "\n")
        return int("\nBROKEN " in story)
    found: dict[int, list[Violation]] = {}
    done = 0
    for piece in shared_out(range(chosen.seed, chosen.seed + chosen.schedules), chosen.jobs):
        found |= piece
        done = min(done + _PIECE, chosen.schedules)
        sys.stderr.write(f"{done} of {chosen.schedules}, {len(found)} broke a rule\n")
        for seed, violations in piece.items():
            sys.stdout.write("\n".join(f"seed {seed}: {each.rule}: {each.what}" for each in violations) + "\n")
    sys.stdout.write(f"{chosen.schedules} schedules from seed {chosen.seed}: {len(found)} broke a rule")
    sys.stdout.write(f" ({', '.join(map(str, found))})\n" if found else "\n")
    return int(bool(found))
