"""Twelve laptops, one hub and one CRM, and what goes wrong between them: `leadq-teamlab`.

A story is a seed, as in the crash lab: who does what, which lines are cut, which words and requests go wrong, where
processes die, whose clock is wrong, whose disk is put back, who is let in no more. Then the world heals, everybody
exchanges until nobody has anything new, and all homes, the hub and the CRM are judged.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from leadq.testing.story import shown
from leadq.testing.teamstart import laboratory
from leadq.testing.teamstory import drawn
from leadq.testing.teamtrial import TeamTrial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadq.testing.invariants import Violation

_PIECE: Final = 50


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
