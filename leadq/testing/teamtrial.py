"""One story of a team, told: what lies between the laptops, the hub and the CRM, and how all of it comes to rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadq.plugins.sdk import N_, AuthFailed, Transient
from leadq.sync import snapshot
from leadq.sync.run import Wishes
from leadq.sync.wire import Lost
from leadq.testing.crash import Crash, Fuse
from leadq.testing.crashlab import _short, _wake_ms
from leadq.testing.invariants import Violation
from leadq.testing.journal import Journal
from leadq.testing.laptop import CONNECTION
from leadq.testing.nemesis import Nemesis
from leadq.testing.story import shown
from leadq.testing.teamlaptop import HUB, Disk, TeamCRM, TeamLaptop, settings_of
from leadq.testing.teamrules import Ended, broken, handed_over_rightly
from leadq.testing.teamstart import BEGINNING, TeamLab, handed_over
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
)

if TYPE_CHECKING:
    from leadq.sync.report import ConnectionReport
    from leadq.sync.wire import Reply, Request

REST_MS: Final = 48 * 3_600_000
"""How long all have, once the world is healed, until nothing is left to do."""

MOST_ROUNDS: Final = 60
"""And in how many rounds of the team."""

_LOOP: Final = Wishes(one_shot=False)
_ONCE: Final = Wishes()
_LINES: Final[Mapping[str, Sequence[str]]] = {"hub": [HUB], "crm": [CONNECTION], "both": [CONNECTION, HUB]}
_UNREACHABLE: Final = N_("The hub cannot be reached ({why}).")


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
            return found + self.wrong + broken(self.ended)
        except Exception as error:  # noqa: BLE001 - an engine that raises has broken every rule
            self._say(f"{type(error).__name__}: {error}")
            return [Violation("raised", f"{type(error).__name__}: {error}")]
        finally:
            self.lab.world.end()

    def _begin(self) -> None:
        story, lab = self.story, self.lab
        start = lab.prepared()
        lab.world.begin(f"team {story.seed}")
        self.hub = lab.hub.copy()
        self.leads = list(start.leads)
        self.nemesis = Nemesis(story.seed, rate=story.rate, budget=story.faults)
        self.hub_nemesis = HubNemesis(story.seed, story.rate, story.faults)
        self.crm = TeamCRM(story.personality, lab.world.time, nemesis=self.nemesis)
        for number, row in enumerate(BEGINNING):
            if "id" in row:
                self.crm.book.create(row["id"], email=f"person{number}@forges.example")
        self.laptops = [
            TeamLaptop(
                *(start.homes[name], lab.folder / name, lab.world, partial(self._asked, number), self.crm.auth),
                say=partial(self._word, number),
                hangs_up=partial(self.hub.hangs_up, name),
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
        self._up_to = [laptop.newest() for laptop in self.laptops]
        self._heard = {number: (0, newest) for number, newest in enumerate(self._up_to)}
        self._words = self._created = 0
        self._disturbed = any(story.offsets_ms)
        self.wrong: list[Violation] = []
        self._look_at(self.hub.owners())
        lab.world.time.sleep(60)  # the CRM's index knows the first leads by then

    def take(self, step: Step) -> None:
        """One step of the story."""
        match step:
            case Does():
                came = self.laptops[step.laptop].does_to(self.leads[step.lead % len(self.leads)], step.verb)
                self._wrote(step.laptop)
                self._say(step, came)
            case Syncs():
                self._disturbed |= bool(step.crash_at)
                wishes = _LOOP if step.watches else _ONCE
                self._say(step, self._run(step.laptop, _LINES[step.what], wishes, Fuse(step.crash_at)))
            case Parts():
                lines = set(_LINES[step.what])
                self.parted[step.laptop] = self.parted[step.laptop] - lines if step.heals else lines
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
        uid = handed_over(self.laptops[0], row, 100 + self._created)
        if step.at_crm:
            self.crm.book.create(row["id"], email=f"person{100 + self._created}@forges.example")
            if step.owner:
                self.crm.book.set(row["id"], {"owner": step.owner}, by="marketing")
            with self.laptops[0].store.transaction() as db:
                snapshot.keep(db, CONNECTION, [snapshot.Snapshot(row["id"], 0, "new", "", "")])
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
        self._heard[step.laptop] = (0, -1)
        if not step.as_backup:  # nothing tells that what waits has left since: the audit finds what is there twice
            known, self.journals[step.laptop] = self.journals[step.laptop], Journal(self.crm.book, laptop)
            self.wrong += known.violations
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
            self._say(
                f"    {NAMES[number]}: {request.method} {request.target} {'lost' if reply is None else reply.status}"
            )
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
            self._heard_by_the_hub(number, word, what)
        answer = self._heard_by_the_hub(number, word, what)
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
                with suppress(AuthFailed):  # who was removed meanwhile
                    self._heard_by_the_hub(NAMES.index(late.login), late.word, late.what)
                self.hub.hangs_up(late.login)

    def _heard_by_the_hub(self, number: int, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        """One word is carried out, and what it did is looked at."""
        name, role = TEAM[number]
        before = self.hub.owners() if word == "give" else {}
        answer = self.hub.say(name, word, what)
        if number in self.removed:
            self.wrong.append(Violation("let in", f"{name}: {word}"))
        if word == "give":
            after = self.hub.owners()
            self.wrong += handed_over_rightly(name, role, what, before, after)
            self._look_at(after)
        return answer

    def _look_at(self, owners: Mapping[str, str]) -> None:
        for uid, owner in owners.items():
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
        found += self._exchanges()
        if self.story.runs:
            self._say(f"{NAMES[0]} runs", self._run(0, [HUB], _LOOP, Fuse()))
            self.wakes = {0: 0, 1: 0}  # who runs tells the CRM
            found += self._wake_ups() + self._exchanges()
        return found

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
            self.hub.truth(), self.laptops, self.removed, self.crm, self.journals, self.committed,
            self.owned, self.vanished, self.wakes, self._disturbed, self.story.seed % (4 * len(TEAM)),
            self.story.runs,
        )  # fmt: skip
