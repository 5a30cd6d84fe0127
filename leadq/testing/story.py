"""One schedule: who does what and when, drawn from a seed, so that the seed says it all."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from leadq.domain import verbs
from leadq.testing.crm import PERSONALITIES, Personality

if TYPE_CHECKING:
    from leadq.domain.verbs import Verb

LEADS: Final = ("L1", "L2")
_LAST_PLACE: Final = 40
"""Crashes fall among so many of the first places of a run: most runs have fewer, and then nothing happens."""


@dataclass(frozen=True, slots=True)
class Does:
    """A gesture on the lead with this number; None is an undo."""

    laptop: int
    lead: int
    verb: Verb | None


@dataclass(frozen=True, slots=True)
class Syncs:
    """A run of sync, which dies at the places `crash_at`. `meanwhile`: what happens around one of its requests.

    `steals`: the lock of a run that is still there does not hold it back, as on a folder whose locks do not work.
    """

    laptop: int
    one_shot: bool = True
    crash_at: tuple[int, ...] = ()
    meanwhile: Meanwhile | None = None
    steals: bool = False


@dataclass(frozen=True, slots=True)
class Waits:
    """Time goes by."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Jumps:
    """Somebody, or a time server, sets a laptop's clock."""

    laptop: int
    ms: int


@dataclass(frozen=True, slots=True)
class Meddles:
    """Somebody works in the CRM."""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """`steps` happen at the request `number` of a run: before the service does it, or `after` that."""

    number: int
    after: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Creates:
    """Marketing has one more lead."""


Step = Does | Syncs | Waits | Jumps | Meddles | Creates


@dataclass(frozen=True, slots=True)
class Story:
    """A schedule. `batch`: records in one request; `ahead`: see `Inside`; `skew_ms`: of the service's clock."""

    seed: int
    personality: Personality
    laptops: int
    batch: int
    ahead: bool
    skew_ms: int
    faults: int
    rate: float
    steps: tuple[Step, ...]


def drawn(seed: int) -> Story:
    """The story of `seed`. In half of them somebody else works in the CRM too.

    Whatever is changed here changes every story: the seeds in tests/regressions are then to be searched for anew.
    """
    chance = Random(seed)  # noqa: S311 - the same story must happen again
    personality = chance.choice(PERSONALITIES)
    laptops = 2 if chance.random() < 0.2 else 1
    several = bool(personality.batch) and chance.random() < 0.5
    return Story(
        seed,
        personality,
        laptops,
        batch=10 if several else 0,
        ahead=chance.random() < 0.3,
        skew_ms=chance.choice((0, 0, 7_000, -3_600_000)),
        faults=chance.randint(0, 10),
        rate=chance.choice((0.1, 0.3, 0.6)),
        steps=tuple(_steps(chance, laptops, chance.random() < 0.5)),
    )


def _steps(chance: Random, laptops: int, acts: bool) -> list[Step]:
    steps: list[Step] = []
    crashes = chance.choice((0, 0, 1, 2, 3, 4))
    for _ in range(chance.randint(2, 6)):
        steps.append(_gesture(chance, laptops))
        if acts and chance.random() < 0.4:
            steps.append(chance.choice((Meddles(), Meddles(), Creates())))
        for _ in range(chance.choice((0, 1, 1, 2))):
            crash = crashes > 0 and chance.random() < 0.6
            crashes -= crash
            steps.append(_sync(chance, laptops, acts, crash))
            steps += _passing(chance, laptops)
    return steps


def _gesture(chance: Random, laptops: int) -> Does:
    return Does(chance.randrange(laptops), chance.choice((1, 1, 1, 2, 2, 2, 3)), _verb(chance))


def _verb(chance: Random) -> Verb | None:
    note = chance.choice(("", "", "Rang twice."))
    return chance.choice(
        (
            verbs.Accept(),
            verbs.Touch("call", "no_answer", note=note),
            verbs.Touch("call", "connected", note=note),
            verbs.Touch("email", "replied"),
            verbs.Note("Ask for the plant manager."),
            verbs.Note("Back on Monday."),
            verbs.Reject("rej.bad_data", 2, missing=("phone",), note=note),
            verbs.Qualify(4, note=note),
            verbs.Disqualify("dq.no_need", 2),
            None,
            None,
        )
    )


def _sync(chance: Random, laptops: int, acts: bool, crash: bool) -> Syncs:
    place = round(_LAST_PLACE ** chance.random())
    meanwhile = Meanwhile(chance.randint(1, 5), chance.random() < 0.5, _meanwhile(chance, laptops, acts))
    return Syncs(
        chance.randrange(laptops),
        one_shot=chance.random() < 0.7,
        crash_at=(place,) if crash else (),
        meanwhile=meanwhile if chance.random() < 0.25 else None,
    )


def _meanwhile(chance: Random, laptops: int, acts: bool) -> tuple[Step, ...]:
    kind = chance.choice(("does", "does", "waits", "syncs", "steals", "meddles"))
    wait = Waits(chance.choice((40.0, 100.0, 1_000.0)))
    if kind == "syncs":
        return (Syncs(chance.randrange(laptops)),)
    if kind == "steals":  # the run that was overtaken slept meanwhile
        return (wait, Syncs(0, steals=True), Waits(100.0), Syncs(0, steals=True))
    if kind == "waits":
        return (wait,)
    return (Meddles(),) if acts and kind == "meddles" else (_gesture(chance, laptops),)


def _passing(chance: Random, laptops: int) -> list[Step]:
    kind = chance.random()
    if kind < 0.08:
        return [Jumps(chance.randrange(laptops), chance.choice((-7_200_000, -90_000, 90_000, 7_200_000)))]
    if kind < 0.6:
        return [Waits(chance.choice((1.0, 4.0, 30.0, 100.0, 1_000.0, 10_000.0)))]
    return []


def shown(value: object) -> str:
    """A step or a story in one line: what is as usual is left out."""
    if not is_dataclass(value) or isinstance(value, type):
        return "(" + ", ".join(map(shown, value)) + ")" if isinstance(value, tuple) else repr(value)
    if isinstance(value, Personality):
        return value.name
    said = [
        f"{each.name} {shown(found)}"
        for each in fields(value)
        if (found := getattr(value, each.name)) != each.default and not isinstance(found, tuple | type(None) | bool)
    ]
    said += [f"{each.name} {shown(getattr(value, each.name))}" for each in fields(value)
             if each.name in ("crash_at", "steps", "missing") and getattr(value, each.name)
             and not isinstance(value, Story)]  # fmt: skip
    said += [each.name for each in fields(value) if getattr(value, each.name) is True]
    return f"{type(value).__name__}({', '.join(said)})"
