"""The rules as cases: each a function of a `Bench`, whose name says the rule and whose failure is one sentence.

The sentences are for the person who writes the adapter, and in English as Python's own are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadq.testing.conformance.bench import Bench

Rule = Callable[["Bench"], None]


class Broken(AssertionError):
    """A rule that does not hold, in one sentence."""


@dataclass(frozen=True, slots=True)
class Case:
    """One rule. `needs` are capabilities of the adapter; `http`; and, after `service.`, what the service can do."""

    name: str
    needs: tuple[str, ...]
    run: Rule


CASES: Final[list[Case]] = []
"""Every case, in the order in which it is best to make them hold."""


def case(*needs: str) -> Callable[[Rule], Rule]:
    """A decorator: this function is a case that needs that."""

    def enter(run: Rule) -> Rule:
        CASES.append(Case(run.__name__, needs, run))
        return run

    return enter


def ensure(holds: object, sentence: str) -> None:
    """Raise Broken with this sentence unless it holds."""
    if not holds:
        raise Broken(sentence)
