"""Whose a lead is that is nobody's: the first rule, in turn, within what each can take, and never who is away."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leadq.domain.match import compile_match
from leadq.domain.routing import Rota, Team, route, rule_for, stand_in
from leadq.domain.team import Member, RoutingRule

NAMES = ("ada", "ben", "cleo", "dan")


def rule(name: str, when: str, *to: str) -> RoutingRule:
    return RoutingRule(name, compile_match(when, ("language", "score")), to)


def team(**differences: Any) -> Team:
    """Four who are free, but for what is said."""
    capacities = differences.pop("capacities", {})
    members = {name: Member(name, name, "sdr", capacity=capacities.get(name)) for name in NAMES}
    return Team(members, differences.pop("loads", {}), differences.pop("away", {}), **differences)


ALL = rule("all", "true", *NAMES)
FRENCH = rule("french", "language == 'fr'", "ada", "ben")
HOT = rule("hot", "score >= 80", "cleo")
REST = rule("rest", "true", "dan")

members = st.sampled_from(NAMES)
teams = st.builds(
    lambda capacities, loads, away, closed: team(capacities=capacities, loads=loads, away=away, closed=closed),
    st.dictionaries(members, st.integers(1, 4)),
    st.dictionaries(members, st.integers(0, 4)),
    st.dictionaries(members, st.sampled_from((*NAMES, "", "stranger"))),
    st.frozensets(members),
)
leads = st.lists(
    st.fixed_dictionaries({}, optional={"language": st.sampled_from(("fr", "de")), "score": st.integers(0, 100)}),
    max_size=25,
)
rules = st.permutations((FRENCH, HOT, rule("both", "true", "ada", "cleo", "dan"))).map(lambda three: (*three, REST))


@given(rules, leads)
def test_the_first_rule_that_matches_decides_and_the_last_matches_all(
    ordered: tuple[RoutingRule, ...], fields: list[dict[str, Any]]
) -> None:
    for values in fields:
        found = rule_for(ordered, values)
        assert found is not None
        assert [one.when.holds(values) for one in ordered[: ordered.index(found) + 1]] == [False] * ordered.index(
            found
        ) + [True]
        assert route(ordered, values, team(), {}).to in found.to


def test_no_rule_that_matches_leaves_the_lead_to_nobody() -> None:
    assert route((FRENCH,), {"language": "de"}, team(), {}).rule is None


@given(teams, rules, leads)
def test_nobody_is_given_more_than_they_can_take_nor_anything_while_away(
    at: Team, ordered: tuple[RoutingRule, ...], fields: list[dict[str, Any]]
) -> None:
    rota = Rota(ordered, at, {})
    loads = Counter(at.loads)
    for values in fields:
        found = rota.route(values)
        if not found.to:
            continue
        assert found.to not in at.away
        loads[found.to] += 1
        capacity = at.members[found.to].capacity
        assert capacity is None or loads[found.to] <= capacity


@given(teams, rules, leads)
def test_a_lead_stays_nobodys_only_when_nobody_of_its_rule_is_free(
    at: Team, ordered: tuple[RoutingRule, ...], fields: list[dict[str, Any]]
) -> None:
    rota = Rota(ordered, at, {})
    for values in fields:
        found = rota.route(values)
        free = [seat for seat in found.seats if seat.standing in ("free", "closed")]
        assert bool(found.to) == bool(free)
        assert found.rule is not None
        named = {stand_in(member, at) for member in found.rule.to}
        assert {seat.member for seat in found.seats} == named


@given(
    st.dictionaries(members, st.integers(0, 50)),
    st.sets(members, max_size=3),
    st.frozensets(members),
    st.integers(1, 40),
)
def test_those_who_are_equally_free_get_as_many_give_or_take_one(
    before: dict[str, int], away: set[str], closed: frozenset[str], count: int
) -> None:
    at = team(away=dict.fromkeys(away, ""), closed=closed)
    rota = Rota((ALL,), at, {"all": before})
    got = Counter(rota.route({}).to for _lead in range(count))
    present = set(NAMES) - away
    first = present - closed or present
    counts = [got[name] for name in first]
    assert sum(counts) == count
    assert max(counts) - min(counts) <= 1


def test_in_turn_goes_on_where_it_stopped_and_who_never_had_one_comes_first() -> None:
    rota = Rota((ALL,), team(), {"all": {"ada": 7, "ben": 3, "dan": 9}})
    assert [rota.route({}).to for _lead in range(5)] == ["cleo", "ben", "ada", "dan", "cleo"]


def test_who_was_full_loses_no_turn() -> None:
    given_so_far = {"all": {"ada": 1, "ben": 2, "cleo": 3, "dan": 4}}
    full = team(capacities={"ada": 2}, loads={"ada": 2})
    assert route((ALL,), {}, full, given_so_far).to == "ben"
    assert route((ALL,), {}, team(capacities={"ada": 2}, loads={"ada": 1}), given_so_far).to == "ada"


def test_who_is_at_work_comes_before_who_is_not_and_nobody_waits_for_the_morning() -> None:
    assert route((ALL,), {}, team(closed=frozenset({"ada"})), {}).to == "ben"
    assert route((ALL,), {}, team(closed=frozenset(NAMES)), {}).to == "ada"


def test_the_cover_stands_in_and_gets_no_second_share_for_it() -> None:
    at = team(away={"ada": "ben"})
    seats = route((FRENCH,), {"language": "fr"}, at, {}).seats
    assert [(seat.member, seat.instead_of) for seat in seats] == [("ben", ("ada",))]
    assert route((rule("one", "true", "ada"),), {}, at, {}).to == "ben"


def test_a_cover_who_is_away_is_covered_in_turn_and_a_circle_of_them_is_nobody() -> None:
    assert stand_in("ada", team(away={"ada": "ben", "ben": "cleo"})) == "cleo"
    circle = team(away={"ada": "ben", "ben": "ada"})
    assert route((FRENCH,), {"language": "fr"}, circle, {}).to == ""


def test_who_is_excluded_is_passed_over() -> None:
    assert route((FRENCH,), {"language": "fr"}, team(), {}, without={"ada"}).to == "ben"


def test_a_lead_that_goes_to_somebody_else_frees_a_place_where_it_was() -> None:
    at = team(capacities={"ada": 1, "ben": 1}, loads={"ada": 1})
    rota = Rota((FRENCH,), at, {})
    assert rota.route({"language": "fr"}, owner="ada", without={"ada"}).to == "ben"
    assert rota.route({"language": "fr"}).to == "ada"
