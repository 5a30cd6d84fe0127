"""Many stories, each with what goes wrong in the world, and the rules that must hold at the end: `leadq-crashlab`.

A story is a seed: who does what, which requests go wrong and how, where processes die. Then the world heals, time goes
on to each instant at which the engine wants to be woken, and the database and the CRM are judged.
"""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadq.sync.run import Wishes
from leadq.sync.wire import Lost
from leadq.testing.crash import Crash, Fuse
from leadq.testing.crm import FakeCRM
from leadq.testing.invariants import Violation
from leadq.testing.journal import Journal
from leadq.testing.laptop import Laptop, prepare
from leadq.testing.nemesis import Nemesis
from leadq.testing.story import LEADS, Creates, Does, Jumps, Meddles, Story, Syncs, Waits, drawn, shown
from leadq.testing.verdict import nothing_is_missing, verdict
from leadq.testing.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.sync.report import ConnectionReport
    from leadq.sync.wire import Reply, Request
    from leadq.testing.story import Meanwhile, Step

REST_MS: Final = 48 * 3_600_000
"""How long the engine has, once the world is healed, until nothing is left to do."""

MOST_RUNS: Final = 60
"""And in how many runs of each laptop."""

_ADDRESS: Final = 'url = "https://crm.test"'
_PIECE: Final = 250
_TRIES: Final = 5
_LOOP: Final = Wishes(one_shot=False)
_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - not a file: a folder in memory, where the system has one


@dataclass
class Lab:
    """Prepared homes and one world, for many stories."""

    folder: Path
    world: World

    def prepared(self, device: str) -> Path:
        """A home to copy."""
        made = self.folder / device
        if not made.exists():
            self.world.begin(f"home of {device}")
            prepare(made, device, LEADS, _ADDRESS)
            self.world.end()
        return made


@contextmanager
def laboratory() -> Iterator[Lab]:
    """A lab in memory, where the system has a folder for that; gone when the block ends."""
    where = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="leadq-lab-", dir=where) as folder, World().entered() as world:
        yield Lab(Path(folder), world)


@dataclass
class Trial:
    """One story in a lab; `told` is what happened, a line each; `places`, how many each run of sync passed at which it
    might have died."""

    lab: Lab
    story: Story
    told: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    laptops: list[Laptop] = field(default_factory=list)

    def judged(self) -> list[Violation]:
        """Let it happen, let the world heal, and look at what is left."""
        self._begin(self.lab.folder)
        try:
            for step in self.story.steps:
                self.take(step)
                if isinstance(step, Syncs):
                    self.places.append(self._passed)  # of this run, and of none that happened meanwhile
            return self._rest() + self._verdict()
        except Exception as error:  # noqa: BLE001 - an engine that raises has broken every rule
            self._say(f"{type(error).__name__}: {error}")
            return [Violation("I8", f"{type(error).__name__}: {error}")]
        finally:
            self.lab.world.end()

    def _begin(self, folder: Path) -> None:
        story, world = self.story, self.lab.world
        homes = [self.lab.prepared(f"device{number}") for number in range(story.laptops)]
        options = f"{_ADDRESS}\nbatch = {story.batch}" if story.batch else _ADDRESS
        world.begin(story.seed)
        self.nemesis = Nemesis(story.seed, rate=story.rate, budget=story.faults)
        self.crm = FakeCRM(story.personality, world.time, nemesis=self.nemesis, skew_ms=story.skew_ms)
        for lead in LEADS:
            self.crm.book.create(lead, email=f"person{lead}@forges.example")
        self.laptops = [
            Laptop(
                *(home, folder / f"laptop{number}", world, partial(self._asked, number), self.crm.auth),
                options=options,
                ahead=story.ahead,
            )
            for number, home in enumerate(homes)
        ]
        self.wakes: dict[str, int | None] = {}
        self._meanwhile: Meanwhile | None = None
        self.journals = [Journal(self.crm.book, laptop) for laptop in self.laptops]
        self._requests = self._created = self._passed = 0
        self._meddled = False
        self._overtaken: list[Fuse] = []

    def take(self, step: Step) -> None:
        """One step of the story."""
        match step:
            case Does():
                self._say(step, self.laptops[step.laptop].does(step.lead, step.verb))
            case Syncs():
                self._sync(step)
            case Waits():
                self._say(step)
                self.lab.world.time.sleep(step.seconds)
            case Jumps():
                self._say(step)
                self.laptops[step.laptop].offset_ms += step.ms
            case Creates():
                self._created += 1
                self._say(step)
                self.crm.book.create(f"N{self._created}", email=f"new{self._created}@forges.example")
            case Meddles():
                self._meddled = True
                self._say(step, self.nemesis.meddle(self.crm.book, new_id=self.crm.merged_id()) or "nothing")

    def _say(self, what: str | Step, came: object = "") -> None:
        at_s = self.lab.world.time.monotonic()
        line = what if isinstance(what, str) else shown(what)
        self.told.append(f"{at_s:10.3f}  {line}" + (f" -> {came}" if came else ""))

    def _sync(self, step: Syncs) -> None:
        self._meanwhile = step.meanwhile
        self._requests = 0
        fuse, wishes = Fuse(step.crash_at), Wishes(one_shot=step.one_shot)
        if step.steals:
            self._overtaken.append(self.lab.world.fuse)
        came = self.laptops[step.laptop].syncs(wishes, fuse, steals=step.steals)
        self._meanwhile = None
        self._passed = len(fuse.passed)
        self._say(step, f"CRASH at {came}" if isinstance(came, Crash) else _short(came))

    def _asked(self, laptop: int, request: Request) -> Reply:
        """The service, with what happens around its requests."""
        journal, turn = self.journals[laptop], self.lab.world.fuse
        self._requests += 1
        self._around(after=False)
        overtaken = turn in self._overtaken  # it was on its way when another run began: no engine can call it back
        if not overtaken:
            journal.sent(request)
        reply, refused, faults = None, False, len(self.nemesis.log)
        try:
            reply = self.crm(request)
        except Lost as lost:
            refused = lost.how == "refused"
            raise
        finally:
            refused = refused or (reply is not None and 400 <= reply.status < 500)
            journal.answered(request, refused=refused)
            fate = self.nemesis.log[faults][2] if len(self.nemesis.log) > faults else None
            fault = f" [{fate.fault} {fate.delay_s}]" if fate and fate.fault != "deliver" else ""
            self._say(f"    {request.method} {request.target}{fault}")
            self._around(after=True)
        return reply

    def _around(self, *, after: bool) -> None:
        due = self._meanwhile
        if due and (due.number, due.after) == (self._requests, after):
            self._meanwhile = None
            for step in due.steps:
                self.take(step)

    def _rest(self) -> list[Violation]:
        """Heal the world, and go from wake-up to wake-up until nobody wants to be woken; what does not come to rest.

        In between, what the cursor alone has brought is compared with what is there. In the end a person confirms, if
        asked, that leads have left.
        """
        self.nemesis.heal()
        self._say("the world heals")
        found = self._only_news() + self._wakes(_LOOP)
        for _ in range(2 if self._meddled else 0):  # what a merge leads to may have left as well, under its new id
            self.lab.world.time.sleep(3_700)
            found += self._wakes(Wishes(one_shot=False, full=True, force_empty=True))
        if len(self.laptops) > 1:  # what the last of them wrote is in the index by then, and the others hear of it
            self.lab.world.time.sleep(60)
            found += self._wakes(_LOOP)
        return found

    def _wakes(self, wishes: Wishes) -> list[Violation]:
        time, began_ms = self.lab.world.time, self.lab.world.time.wall_ms()
        for _ in range(MOST_RUNS):
            for laptop in self.laptops:
                came = laptop.syncs(wishes, Fuse())
                assert not isinstance(came, Crash)
                self.wakes[laptop.name] = _wake_ms(came, laptop, time.wall_ms())
                self._say(f"{laptop.name} syncs", _short(came))
            wishes, next_ms = _LOOP, self._next_ms()
            if next_ms is None:
                return []
            if next_ms - began_ms > REST_MS:
                return [Violation("I8", f"wants to be woken in {(next_ms - time.wall_ms()) / 3_600_000:.1f} h")]
            time.sleep((next_ms - time.wall_ms()) / 1000)
        return [Violation("I8", f"no rest after {MOST_RUNS} runs")]

    def _only_news(self) -> list[Violation]:
        """Runs that list nothing anew, when the index has caught up: nothing is missing after them."""
        self.lab.world.time.sleep(60)
        found = []
        for laptop in self.laptops:
            for _ in range(_TRIES):  # it may have been asked for a pause
                came = self._news_of(laptop)
                if not came.error:
                    break
                now_ms = self.lab.world.time.wall_ms()
                self.lab.world.time.sleep(max(60, ((_wake_ms(came, laptop, now_ms) or 0) - now_ms) / 1000))
            found += nothing_is_missing(laptop, self.crm)
        return found

    def _news_of(self, laptop: Laptop) -> ConnectionReport:
        world = self.lab.world
        with laptop.store.transaction() as db:
            listed_ms = world.time.wall_ms() + laptop.offset_ms
            db.execute("UPDATE connection_state SET listed_ms = ? WHERE listed_ms IS NOT NULL", (listed_ms,))
        came = laptop.syncs(_LOOP, Fuse())
        assert not isinstance(came, Crash)
        self._say(f"{laptop.name} fetches news", _short(came))
        return came

    def _verdict(self) -> list[Violation]:
        found = [each for journal in self.journals for each in journal.violations]
        for laptop in self.laptops:
            found += verdict(laptop, self.crm, self.wakes.get(laptop.name))
        return found

    def _next_ms(self) -> int | None:
        now_ms = self.lab.world.time.wall_ms()
        wakes = [wake_ms for wake_ms in self.wakes.values() if wake_ms is not None]
        if self.crm.waiting:
            wakes.append(now_ms + 600_000)
        return max(now_ms + 1000, min(wakes)) if wakes else None


def _wake_ms(report: ConnectionReport, laptop: Laptop, now_ms: int) -> int | None:
    """When the engine wants to be woken, by the true time; it says so in whole seconds."""
    if report.next_attempt_at is None:
        return None
    said_ms = int(datetime.fromisoformat(report.next_attempt_at).timestamp() * 1000) + 999
    return max(now_ms, said_ms - laptop.offset_ms)


def _short(report: ConnectionReport) -> str:
    names = ("pulled", "pushed", "adopted", "resent", "pending", "unknown", "conflicts", "dead")
    counted = [f"{name} {value}" for name in names if (value := getattr(report, name))]
    return ", ".join([*counted, report.error or "", report.next_attempt_at or ""])


def failing(seeds: Sequence[int]) -> dict[int, list[Violation]]:
    """The seeds whose stories break a rule, and which they break."""
    with laboratory() as lab:
        judged = {seed: Trial(lab, drawn(seed)).judged() for seed in seeds}
    return {seed: violations for seed, violations in judged.items() if violations}


def shared_out(seeds: range, jobs: int) -> Iterator[dict[int, list[Violation]]]:
    """As `failing`, piece by piece as they come, in so many processes."""
    pieces = [seeds[start : start + _PIECE] for start in range(0, len(seeds), _PIECE)]
    if jobs < 2:
        yield from map(failing, pieces)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(failing, pieces)


def each_crash(lab: Lab, story: Story) -> Iterator[Story]:
    """The story with a crash at each place of each of its runs of sync. They are counted in a first run."""
    first = Trial(lab, story)
    first.judged()
    runs = [(number, step) for number, step in enumerate(story.steps) if isinstance(step, Syncs)]
    for (number, step), places in zip(runs, first.places, strict=True):
        for place in range(1, places + 1):
            crashed = replace(step, crash_at=(place,))
            yield replace(story, steps=(*story.steps[:number], crashed, *story.steps[number + 1 :]))


def told(seed: int) -> str:
    """The story of one seed as it happens, and what it breaks."""
    with laboratory() as lab:
        trial = Trial(lab, drawn(seed))
        violations = trial.judged()
    broken = [f"BROKEN {each.rule}: {each.what}" for each in violations]
    return "\n".join([f"seed {seed}: {shown(trial.story)}", *trial.told, *broken])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 1 when a story broke a rule, and then that story is told."""
    parser = ArgumentParser("leadq-crashlab", description="Random schedules against the sync engine.")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument("--schedules", type=int, default=1, help="how many, one seed each (default: 1, which is told)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    chosen = parser.parse_args(arguments)
    if chosen.schedules == 1:
        story = told(chosen.seed)
        sys.stdout.write(story + "\n")
        return int("\nBROKEN " in story)
    found: dict[int, list[Violation]] = {}
    for piece in shared_out(range(chosen.seed, chosen.seed + chosen.schedules), chosen.jobs):
        found |= piece
        for seed in piece:
            sys.stdout.write(told(seed) + "\n\n")
    sys.stdout.write(f"{chosen.schedules} schedules from seed {chosen.seed}: {len(found)} broke a rule")
    sys.stdout.write(f" ({', '.join(map(str, found))})\n" if found else "\n")
    return int(bool(found))
