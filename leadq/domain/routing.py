"""Who gets a lead that is nobody's: the first rule that matches, and among those it names whoever is next in turn.

In turn means that whoever was given one longest ago by this rule comes first, those never in the order of the rule
(field.md E39: a pointer that starts anew favours the first). A member who is full or away is passed over and loses no
turn; for one who is away stands the cover, once, also where the cover is named by the rule. Nobody free: the lead stays
nobody's, is on the radar, and is routed when somebody is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from leadq.domain.contract import Fields
    from leadq.domain.team import Member, RoutingRule

Standing = Literal["free", "closed", "full", "away", "excluded"]

Turns = Mapping[str, Mapping[str, int]]
"""Rule -> member -> a number that grows with each lead: the member with the smallest was given one longest ago."""


@dataclass(frozen=True, slots=True)
class Team:
    """How the members stand at one instant.

    `loads` are open leads by owner, `away` who is on leave with their cover ("" for nobody), `closed` whose working
    hours are over or have not begun: they come after those who are at work, and are not passed over.
    """

    members: Mapping[str, Member]
    loads: Mapping[str, int]
    away: Mapping[str, str]
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seat:
    """One who could get the lead; `instead_of` are those who are away and whose cover this is."""

    member: str
    standing: Standing
    load: int
    capacity: int | None
    turn: int | None
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The rule that matched (None: none did), who was looked at in the order of their turn, and whose the lead is ("":
    nobody's)."""

    rule: RoutingRule | None
    seats: tuple[Seat, ...] = ()
    to: str = ""


def rule_for(rules: Sequence[RoutingRule], fields: Fields) -> RoutingRule | None:
    """The first rule that matches."""
    return next((rule for rule in rules if rule.when.holds(fields)), None)


def route(
    rules: Sequence[RoutingRule], fields: Fields, team: Team, turns: Turns, without: Collection[str] = ()
) -> Route:
    """Whose a lead with these fields is to be; nobody of `without`."""
    rule = rule_for(rules, fields)
    if rule is None:
        return Route(None)
    given = turns.get(rule.id, {})
    places = {member: place for place, member in enumerate(rule.to)}
    seats = sorted(
        _seats(rule, team, given, without),
        key=lambda seat: (-1 if seat.turn is None else seat.turn, places.get(seat.member, len(places)), seat.member),
    )
    at_work = [seat for seat in seats if seat.standing == "free"]
    later = [seat for seat in seats if seat.standing == "closed"]
    chosen = next(iter(at_work or later), None)
    return Route(rule, tuple(seats), chosen.member if chosen else "")


def _seats(rule: RoutingRule, team: Team, given: Mapping[str, int], without: Collection[str]) -> list[Seat]:
    """Those whom the rule names or who stand in for them, each once."""
    seats: dict[str, Seat] = {}
    for member in rule.to:
        stands = stand_in(member, team)
        seat = seats.get(stands) or _seat(stands, team, given, without)
        if stands != member:
            seat = replace(seat, instead_of=(*seat.instead_of, member))
        seats[stands] = seat
    return list(seats.values())


def stand_in(member: str, team: Team) -> str:
    """Who is there for a member: themselves, else the cover, or the cover's cover; themselves again when nobody is."""
    stands, seen = member, {member}
    while stands in team.away:
        stands = team.away[stands]
        if stands not in team.members or stands in seen:
            return member
        seen.add(stands)
    return stands


def _seat(member: str, team: Team, given: Mapping[str, int], without: Collection[str]) -> Seat:
    known = team.members.get(member)
    capacity, load = known.capacity if known else None, team.loads.get(member, 0)
    standing: Standing = "closed" if member in team.closed else "free"
    if capacity is not None and load >= capacity:
        standing = "full"
    if member in team.away:
        standing = "away"
    if member in without:
        standing = "excluded"
    return Seat(member, standing, load, capacity, given.get(member))


class Rota:
    """Routes one lead after the other: each counts for those after it."""

    def __init__(self, rules: Sequence[RoutingRule], team: Team, turns: Turns) -> None:
        self._rules, self._team = rules, team
        self._loads = dict(team.loads)
        self._turns = {rule: dict(given) for rule, given in turns.items()}
        self._next = 1 + max((turn for given in turns.values() for turn in given.values()), default=0)

    def route(self, fields: Fields, owner: str = "", without: Collection[str] = ()) -> Route:
        """Whose the next lead is; `owner` has it until then."""
        found = route(self._rules, fields, replace(self._team, loads=self._loads), self._turns, without)
        if found.to and found.rule:
            self._loads[found.to] = self._loads.get(found.to, 0) + 1
            self._loads[owner] = self._loads.get(owner, 0) - 1
            self._turns.setdefault(found.rule.id, {})[found.to] = self._next
            self._next += 1
        return found
