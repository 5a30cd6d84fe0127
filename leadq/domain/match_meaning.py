"""What a condition says of one lead, as functions of its fields.

What is not known never matches. A comparison is false when one side is missing or None, and when its sides are of
different kinds (text, number, true or false): `company_size != 20` is false for a lead without a size, and '20' is not
20. The consequence: `not company_size == 20` is true for that lead, because `not` turns the whole answer round. Texts
are compared as they are written, because ids differ by case.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Values = Mapping[str, object]
Test = Callable[[Values], bool]

COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LISTS: Final = (tuple, list, set, frozenset)


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison: a field when `name` is set, else a literal (a tuple for a list)."""

    name: str = ""
    literal: object = None

    @property
    def is_list(self) -> bool:
        """Whether it is a list as it is written; a field may hold one too."""
        return isinstance(self.literal, tuple)

    def getter(self) -> Callable[[Values], object]:
        """What gives its value for one lead."""
        name, literal = self.name, self.literal
        return (lambda values: values.get(name)) if name else (lambda _: literal)


def chain(tests: list[Test], *, stop: bool) -> Test:
    """`or` stops at the first true and `and` at the first false; what stands after is not looked at."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:  # nearly all that are longer than one: an import is a fiftieth faster without the loop
        first, second = tests
        return (lambda v: first(v) or second(v)) if stop else (lambda v: first(v) and second(v))

    def test(values: Values) -> bool:
        for part in tests:  # any() and all() cost a generator at each call, and this runs for each lead
            if part(values) == stop:
                return stop
        return not stop

    return test


def opposite(test: Test) -> Test:
    """`not`: true wherever the test is not, and so of a lead of whom nothing is known."""
    return lambda values: not test(values)


def alone(operand: Operand) -> Test:
    """Holds when the value is known and is not false, zero or empty."""
    name, literal = operand.name, bool(operand.literal)
    return (lambda values: bool(values.get(name))) if name else (lambda _: literal)


_UNLIKE, _TEXT, _NUMBER, _FLAG = range(4)
_NUMBERS: Final = (int, float)


def _kind(value: object) -> int:
    """What `value` compares with: None, and whatever is no text, number or flag, compare with nothing."""
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, bool):
        return _FLAG
    return _NUMBER if isinstance(value, _NUMBERS) else _UNLIKE


def compared(left: Operand, symbol: str, right: Operand) -> Test:
    """A comparison of two sides, neither of which is a list; what conditions mostly ask has a shorter way."""
    compare, get, get_other = COMPARISONS[symbol], left.getter(), right.getter()
    literal, wanted = right.literal, _kind(right.literal)
    if left.name and symbol == "==" and wanted == _TEXT:
        return _equals(left.name, literal)
    if left.name and wanted == _NUMBER:
        return _measures(left.name, compare, literal)

    def with_literal(values: Values) -> bool:
        value = get(values)
        return _kind(value) == wanted and compare(value, literal)

    def with_field(values: Values) -> bool:
        value, other = get(values), get_other(values)
        return _UNLIKE != _kind(value) == _kind(other) and compare(value, other)

    return with_field if right.name else with_literal


def contained(left: Operand, symbol: str, right: Operand) -> Test:
    """`in` is an == with one of the items, `not in` a != with each: an item of another kind fails it."""
    items = right.literal
    if left.name and symbol == "in" and isinstance(items, tuple) and all(isinstance(item, str) for item in items):
        return _is_one_of(left.name, items)
    get, get_items = left.getter(), right.getter()
    found = _is_among if symbol == "in" else _is_apart

    def test(values: Values) -> bool:
        value, items = get(values), get_items(values)
        kind = _kind(value)
        return kind != _UNLIKE and isinstance(items, _LISTS) and found(kind, value, items)

    return test


def _equals(name: str, text: object) -> Test:
    """`trigger == 'demo'`: only a text equals a text, so there is nothing else to look at."""
    return lambda values: values.get(name) == text


def _measures(name: str, compare: Callable[[Any, Any], bool], number: object) -> Test:
    """`score >= 80`, without a call for what nearly every value is."""

    def test(values: Values) -> bool:
        value = values.get(name)
        return (type(value) is float or _kind(value) == _NUMBER) and compare(value, number)

    return test


def _is_one_of(name: str, texts: tuple[object, ...]) -> Test:
    """`trigger in ['demo', 'pricing']`, for the same reason."""
    return lambda values: values.get(name) in texts


def _is_among(kind: int, value: object, items: Iterable[object]) -> bool:
    for item in items:  # noqa: SIM110 - any() costs a generator at each call
        if item == value and _kind(item) == kind:
            return True
    return False


def _is_apart(kind: int, value: object, items: Iterable[object]) -> bool:
    for item in items:  # noqa: SIM110 - any() costs a generator at each call
        if item == value or _kind(item) != kind:
            return False
    return True
