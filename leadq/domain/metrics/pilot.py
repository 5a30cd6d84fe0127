"""A pilot against the rest, by the same figures."""

from __future__ import annotations

from dataclasses import dataclass

from leadq.domain.metrics.scope import Scope


@dataclass(frozen=True, slots=True)
class Pilot:
    """The leads of a pilot of the contract, and those that it is compared to (`rest`, or another pilot's id)."""

    id: str
    compare_to: str
    pilot: Scope
    other: Scope


def pilots(scope: Scope) -> list[Pilot]:
    """The pilots of the contract in force; any metric of `catalogue` can be asked of both sides.

    `rest` is what is in no pilot at all, so that one pilot does not colour the comparison of another.
    """
    contract = scope.facts.contract
    return [
        Pilot(
            one.id,
            one.compare_to,
            scope.of([cycle for cycle in scope.cycles if one.id in cycle.pilots], ("pilot", one.id)),
            scope.of(
                [cycle for cycle in scope.cycles if _other(cycle.pilots, one.compare_to)], ("pilot", one.compare_to)
            ),
        )
        for one in (contract.pilots if contract else ())
    ]


def _other(pilots_of: tuple[str, ...], compare_to: str) -> bool:
    return not pilots_of if compare_to == "rest" else compare_to in pilots_of
