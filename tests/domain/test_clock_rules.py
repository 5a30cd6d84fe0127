"""docs/clock.md says which test holds which rule: none of them may be gone, and no vector may be forgotten."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.domain.test_calendar import VECTORS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "clock.md").read_text("utf-8")
FRENCH = (ROOT / "docs" / "fr" / "clock.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
RULES = dict(re.findall(r"(?m)^\| (E\d+) \|.*\| ([^|]+) \|$", PAGE))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_rule_of_the_survey_has_a_test() -> None:
    assert list(RULES) == [f"E{number}" for number in (*range(1, 18, 2), *range(21, 28, 2), *range(31, 44, 2))]
    assert all("`tests/" in tests for tests in RULES.values())


def test_every_vector_of_the_survey_is_on_the_page() -> None:
    known = set(re.findall(r"\bV\d+", PAGE))
    assert known == {f"V{number}" for number in range(1, 28, 2)}
    in_one_test = re.search(r"(?m)^\| (V1 .*) \| ", PAGE)
    assert in_one_test is not None
    assert set(in_one_test[1].split()) == {name.partition(" ")[0] for name in VECTORS}


def _held(page: str) -> list[tuple[str, list[str]]]:
    """Each line that names tests: the rules or vectors at its beginning, and the tests in their order."""
    named = [(line, re.findall(r"`tests/[\w/]+\.py::\w+`", line)) for line in page.splitlines()]
    return [(" ".join(re.findall(r"\b[EV]\d+", line.partition(" | ")[0])), tests) for line, tests in named if tests]


def test_the_french_page_has_the_same_rules_with_the_same_tests() -> None:
    assert _held(FRENCH) == _held(PAGE)
    assert re.findall(r"(?m)^\| (E\d+) \|", FRENCH) == list(RULES)
