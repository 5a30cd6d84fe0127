"""M16: what each team thinks of the work with the other, asked once a quarter, hidden where few have answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadq.domain.metrics.figures import Counted, Figure, Metric
from leadq.domain.together import DIMENSIONS, HIGHEST, LOWEST, TEAMS, Answer, of_quarter

if TYPE_CHECKING:
    from leadq.domain.metrics.cycle import Facts
    from leadq.domain.metrics.scope import Scope

FEWEST: Final = 3
"""Answers of a team below which nothing is told of it: of two, each would know the other's."""

ROLES: Final = {"sales": ("sdr", "ae"), "marketing": ("marketing",)}
"""Team -> the roles of the contract that are asked; managers and ops belong to neither."""


def quarter_of(at_ms: int, zone: str) -> str:
    """The quarter that an instant is in, as `2026-Q2`."""
    day = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{day.year}-Q{(day.month + 2) // 3}"


def perceived(scope: Scope) -> Metric:
    """M16, field.md 10: perceived alignment of the quarter in which the period ends.

    For each team the mean of its answers over the three dimensions (1 to 5), told from 0 (all 1) to 100 (all 5);
    `gap` = |sales - marketing|; `*_response` = answers / the team's members in the contract, or the answers where these
    are more. Whatever stands on fewer than three answers of a team is n/a, also the gap; so is the share of answers
    while nobody has answered, because nobody may have been asked.
    """
    return of(scope.facts, quarter_of(scope.to_ms - 1, scope.facts.zone))


def of(facts: Facts, quarter: str) -> Metric:
    """M16 of one quarter."""
    given = {team: of_quarter(facts.answers, quarter, team) for team in TEAMS}
    held = any(given.values())
    asked = {team: _asked(facts, team) if held else 0 for team in TEAMS}
    responses = tuple(_response(team, len(given[team]), asked[team]) for team in TEAMS)
    told = any(len(one) >= FEWEST for one in given.values())
    rows = {name: _means(given, (name,)) for name in DIMENSIONS if told}
    needs = () if all(asked.values()) or not held else ("team_members",)
    counted = Counted(sum(map(len, given.values())), 0, {})
    return Metric("M16", "survey", counted, (*_means(given, DIMENSIONS), *responses), rows, needs, ("nameless",))


def _asked(facts: Facts, team: str) -> int:
    members = facts.contract.members.values() if facts.contract else ()
    return sum(one.role in ROLES[team] for one in members)


def _response(team: str, answered: int, asked: int) -> Figure:
    of_ = max(asked, answered) if asked else 0
    return Figure(f"{team}_response", "share", answered / of_ if of_ else None, answered, of_)


def _means(given: dict[str, list[Answer]], dimensions: Sequence[str]) -> tuple[Figure, ...]:
    """Each team's mean over these dimensions from 0 to 100, and the gap between the two."""
    means = [_mean(f"perceived_{team}", given[team], dimensions) for team in TEAMS]
    ours, theirs = (one.value for one in means)
    gap = None if ours is None or theirs is None else abs(float(ours) - float(theirs))
    return *means, Figure("gap", "number", gap, note="" if gap is not None else "few_answers")


def _mean(name: str, answers: Sequence[Answer], dimensions: Sequence[str]) -> Figure:
    if len(answers) < FEWEST:
        return Figure(name, "number", None, note="few_answers")
    scores = list(chain.from_iterable([one.scores[dimension] for dimension in dimensions] for one in answers))
    mean = sum(scores) / len(scores)
    return Figure(name, "number", 100 * (mean - LOWEST) / (HIGHEST - LOWEST))
