"""One schedule of a team: who works, exchanges and is cut off when, drawn from a seed, so that the seed says it all."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final, Literal

from leadq.domain import verbs
from leadq.testing.crm import PERSONALITIES, Personality

if TYPE_CHECKING:
    from leadq.domain.verbs import Verb

MANAGER: Final = "nadia"
TEAM: Final[tuple[tuple[str, str], ...]] = (
    (MANAGER, "manager"), ("otto", "ops"), ("zoe", "rep"), ("karim", "rep"), ("lea", "rep"), ("hugo", "rep"),
    ("ines", "rep"), ("malo", "rep"), ("sara", "rep"), ("theo", "rep"), ("yann", "rep"), ("rosa", "rep"),
)  # fmt: skip
"""A laptop each. Who is not a rep sees everything."""

NAMES: Final = tuple(name for name, _role in TEAM)
_LAST_PLACE: Final = 16
"""Crashes fall among so many of the first places of a run: an exchange has about eight, the CRM's part more."""

Fault = Literal["deliver", "refuse", "lose_reply", "late", "duplicate"]
FAULTS: Final[tuple[Fault, ...]] = ("refuse", "refuse", "lose_reply", "lose_reply", "late", "late", "duplicate")
"""What becomes of a word to the hub: it does not come there, or only its answer gets lost, or it is carried out after
its laptop gave up, when others have written since, or it is carried out twice."""

Line = Literal["hub", "crm", "both"]


@dataclass(frozen=True, slots=True)
class Does:
    """A gesture of `laptop` on the lead with this number; None is an undo."""

    laptop: int
    lead: int
    verb: Verb | None


@dataclass(frozen=True, slots=True)
class Syncs:
    """A run with these connections, which dies at the places `crash_at`. `watches`: as a watcher, which does what
    nobody in particular has to do, if its member may."""

    laptop: int
    what: Line
    crash_at: tuple[int, ...] = ()
    watches: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """From now on this laptop reaches what is named no more; `heals`: again."""

    laptop: int
    what: Line
    heals: bool = False


@dataclass(frozen=True, slots=True)
class Jumps:
    """A laptop's clock is set."""

    laptop: int
    ms: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Time goes by."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Arrives:
    """A lead: at the CRM, or on the manager's laptop alone, where `note` is told of it. `owner`: "" for nobody's."""

    at_crm: bool
    owner: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Copies:
    """Somebody keeps a copy of a laptop's disk."""

    laptop: int


@dataclass(frozen=True, slots=True)
class Restores:
    """The copy is put back. `as_backup`: by `leadq restore`, which gives it a device id of its own."""

    laptop: int
    as_backup: bool


@dataclass(frozen=True, slots=True)
class Removes:
    """The administrator lets a member in no more; `again`: lets them in once more."""

    laptop: int
    again: bool = False


Step = Does | Syncs | Parts | Jumps | Waits | Arrives | Copies | Restores | Removes


@dataclass(frozen=True, slots=True)
class TeamStory:
    """A schedule. `offsets_ms`: how far each laptop's clock is ahead; `faults` and `rate`: of the CRM's requests and of
    the words to the hub alike. `runs`: whether there are runners, and so one at the end."""

    seed: int
    personality: Personality
    offsets_ms: tuple[int, ...]
    faults: int
    rate: float
    runs: bool
    steps: tuple[Step, ...]


def drawn(seed: int) -> TeamStory:
    """The story of `seed`.

    Whatever is changed here changes every story: the seeds in tests/regressions are then to be searched for anew.
    """
    chance = Random(f"team {seed}")  # noqa: S311 - the same story must happen again
    skewed = chance.random() < 0.5
    draw = _Draw(chance)
    return TeamStory(
        seed,
        chance.choice(PERSONALITIES),
        tuple(chance.choice((0, 0, -90_000, 90_000, 7_200_000)) if skewed else 0 for _ in TEAM),
        faults=chance.randint(0, 6),
        rate=chance.choice((0.05, 0.15, 0.3)),
        runs=draw.has_runner,
        steps=tuple(draw.steps()),
    )


class _Draw:
    """Most of what happens, happens to the same three leads and to half of the team: or nobody would ever meet."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._awake = chance.sample(range(len(TEAM)), 5)
        self._leads = 5
        self._copied: list[int] = []
        self._removed: list[int] = []
        self._parted: list[int] = []
        self._crashes = chance.choice((0, 0, 1, 2))
        self.has_runner = chance.random() < 0.4

    def steps(self) -> list[Step]:
        found: list[Step] = []
        for _ in range(self._chance.randint(4, 8)):
            found += self._some()
        return found

    def _some(self) -> list[Step]:
        chance = self._chance.random()
        if chance < 0.08:
            return [self._arrival()]
        if chance < 0.16:
            return [self._line()]
        if chance < 0.24:
            return self._disk()
        if chance < 0.28:
            return [self._membership()]
        if chance < 0.34:
            return [Jumps(self._who(), self._chance.choice((-7_200_000, -90_000, 90_000, 7_200_000)))]
        if chance < 0.40 and self.has_runner:
            return [Syncs(self._chance.choice((0, 1)), "hub", self._crash(), watches=True)]
        if chance < 0.48:  # two at once, and the one who is first at the hub need not be the one who was first
            lead, pair = self._lead(), self._chance.sample(self._awake, 2)
            return [*(Does(each, lead, verbs.Accept()) for each in pair), *(self._sync(each) for each in pair[::-1])]
        laptop = self._who()
        found: list[Step] = [Does(laptop, self._lead(), self._verb()) for _ in range(self._chance.choice((1, 1, 2)))]
        if self._chance.random() < 0.6:
            found.append(self._sync(laptop))
        if self._chance.random() < 0.4:
            found.append(Waits(self._chance.choice((1.0, 30.0, 100.0, 1_000.0))))
        return found

    def _who(self) -> int:
        return self._chance.choice(self._awake)

    def _lead(self) -> int:
        return self._chance.randrange(self._leads)

    def _sync(self, laptop: int) -> Syncs:
        return Syncs(laptop, self._chance.choice(("hub", "hub", "hub", "crm", "both")), self._crash())

    def _crash(self) -> tuple[int, ...]:
        dies = self._crashes > 0 and self._chance.random() < 0.4
        self._crashes -= dies
        return (1 + int(_LAST_PLACE * self._chance.random()),) if dies else ()

    def _arrival(self) -> Arrives:
        self._leads += 1
        owner = self._chance.choice(("", "", NAMES[self._who()]))
        return Arrives(self._chance.random() < 0.5, owner, self._chance.choice(("", "Met in Lyon.")))

    def _line(self) -> Parts:
        if self._parted and self._chance.random() < 0.5:
            return Parts(self._parted.pop(), "both", heals=True)
        self._parted.append(self._who())
        return Parts(self._parted[-1], self._chance.choice(("hub", "crm", "both")))

    def _disk(self) -> list[Step]:
        """A copy that is put back at once, with work before, between and after, or some time later."""
        as_backup = self._chance.random() < 0.5
        if self._chance.random() < 0.5:
            laptop, lead = self._who(), self._lead()
            work = [Does(laptop, lead, self._verb()) for _ in range(3)]
            between = self._chance.choice(([], [work[1]], [work[1], self._sync(laptop)], [work[1], self._sync(laptop)]))
            return [work[0], Copies(laptop), *between, Restores(laptop, as_backup), work[2], self._sync(laptop)]
        if self._copied and self._chance.random() < 0.6:
            return [Restores(self._copied[-1], as_backup)]
        self._copied.append(self._who())
        return [Copies(self._copied[-1])]

    def _membership(self) -> Removes:
        reps = [each for each in self._awake if TEAM[each][1] == "rep" and each not in self._removed]
        if not reps or (self._removed and self._chance.random() < 0.5):
            return Removes(self._removed.pop(), again=True)
        self._removed.append(self._chance.choice(reps))
        return Removes(self._removed[-1])

    def _verb(self) -> Verb | None:
        note = self._chance.choice(("", "", "Rang twice."))
        return self._chance.choice(
            (
                verbs.Accept(),
                verbs.Accept(),
                verbs.Accept(take=True),
                verbs.Touch("call", "no_answer", note=note),
                verbs.Touch("call", "connected", note=note),
                verbs.Touch("email", "replied"),
                verbs.Note("Ask for the plant manager."),
                verbs.Reject("rej.bad_data", 2, missing=("phone",), note=note),
                verbs.Qualify(4, note=note),
                verbs.Disqualify("dq.no_need", 2),
                verbs.Assign(NAMES[self._who()]),
                verbs.Assign(NAMES[self._who()]),
                None,
                None,
            )
        )
