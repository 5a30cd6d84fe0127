"""The suite itself: of many adapters that are wrong in one place none gets through, and each is told its own rule."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from leadq.testing.conformance import CASES, AdapterConformance, verdicts
from leadq.testing.conformance.suite import verdict_of
from tests.plugins.mutants import MUTANTS, Mutant
from tests.testing.conformance.acme import AcmeFake

if TYPE_CHECKING:
    from collections.abc import Iterator

RIGHT = Path(__file__).with_name("right.py").read_text("utf-8")


@pytest.fixture(autouse=True)
def _no_module_is_left() -> Iterator[None]:
    yield
    sys.modules.pop("mutated", None)


def suite(*edits: tuple[str, str]) -> type[AdapterConformance]:
    """The suite of the right adapter with these edits."""
    source = RIGHT
    for old, new in edits:
        assert old in source, old
        source = source.replace(old, new, 1)
    module: Any = ModuleType("mutated")
    sys.modules["mutated"] = module
    exec(compile(source, "mutated.py", "exec"), vars(module))

    class Suite(AdapterConformance):
        adapter = module.Right
        service = AcmeFake

    return Suite


def test_the_right_adapter_keeps_every_rule() -> None:
    assert {each.name: each.why for each in verdicts(suite()) if each.result == "failed"} == {}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.wrong.replace(" ", "-"))
def test_a_wrong_adapter_is_caught_by_the_rule_that_it_breaks(mutant: Mutant) -> None:
    (case,) = (case for case in CASES if case.name == mutant.rule)
    verdict = verdict_of(suite(*mutant.edits)(), case)
    assert (verdict.result, bool(verdict.why)) == ("failed", True)


def test_there_are_more_than_forty() -> None:
    assert len({mutant.wrong for mutant in MUTANTS}) == len(MUTANTS) > 40
