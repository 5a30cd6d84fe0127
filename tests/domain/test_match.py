"""The language of conditions: what it means, what it refuses, and where it says the error is."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadq.domain.match import DEPTH_LIMIT, LENGTH_LIMIT, MatchError, compile_match

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Tree = tuple[Any, ...]

FIELDS = ("trigger", "score", "country", "sector", "role", "company_size", "language", "tags", "opted_in")


def holds(text: str, **values: object) -> bool:
    return compile_match(text, FIELDS).holds(values)


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ("company_size >= 20 and company_size <= 500", {"company_size": 500}, {"company_size": 501}),
        ("role in ['decision', 'prescriber']", {"role": "prescriber"}, {"role": "student"}),
        (
            "trigger in ['demo', 'pricing'] or score >= 80",
            {"trigger": "x", "score": 80},
            {"trigger": "x", "score": 79},
        ),
        (
            "country in ['FR', 'BE'] and sector in ['industry', 'logistics']",
            {"country": "BE", "sector": "logistics"},
            {"country": "BE", "sector": "retail"},
        ),
        ("language == 'fr'", {"language": "fr"}, {"language": "en"}),
        ("score > -1.5 and not score == 0", {"score": -1}, {"score": 0}),
        ('sector == "l\'industrie"', {"sector": "l'industrie"}, {"sector": "industrie"}),
    ],
)
def test_the_conditions_that_contracts_use(text: str, matching: dict[str, object], other: dict[str, object]) -> None:
    assert holds(text, **matching)
    assert not holds(text, **other)
    assert not holds(text)


def test_true_and_false_stand_for_every_lead_and_none() -> None:
    assert holds("true")
    assert not holds("false")
    assert compile_match("true", ()).fields == frozenset()


def test_a_match_names_the_fields_it_looks_at() -> None:
    match = compile_match("trigger == 'demo' or (score > 1 and not score > 9)", FIELDS)
    assert match.fields == {"trigger", "score"}
    assert match.text == "trigger == 'demo' or (score > 1 and not score > 9)"


@pytest.mark.parametrize("symbol", ["==", "!=", "<", "<=", ">", ">="])
def test_what_is_not_known_never_matches(symbol: str) -> None:
    for text in (f"score {symbol} 20", f"20 {symbol} score", f"score {symbol} company_size"):
        assert not holds(text)
        assert not holds(text, score=None)
    assert not holds("role in ['a']")
    assert not holds("role not in ['a']", role=None)
    assert not holds("role in tags", role="a")
    assert not holds("role not in tags", role="a", tags=None)


def test_not_turns_round_the_answer_about_what_is_not_known() -> None:
    assert holds("not score == 20")
    assert holds("not role in ['a']", role=None)


@pytest.mark.parametrize("symbol", ["==", "!=", "<", "<=", ">", ">="])
def test_different_kinds_never_compare(symbol: str) -> None:
    assert not holds(f"score {symbol} 20", score="20")
    assert not holds(f"score {symbol} '20'", score=20)
    assert not holds(f"score {symbol} true", score=1)
    assert not holds(f"score {symbol} role", score=1, role="1")
    assert not holds(f"score {symbol} 20", score=[20])


def test_membership_compares_kinds_too() -> None:
    assert not holds("score in [1, 2]", score="1")
    assert not holds("score in [1, 2]", score=True)
    assert not holds("score not in [1, 'a']", score=2)
    assert holds("score in [1, 2]", score=2.0)


def test_a_list_can_be_a_field() -> None:
    assert holds("'demo' in tags", tags=["demo", "trial"])
    assert holds("'demo' not in tags", tags=())
    assert not holds("'de' in tags", tags="demo")
    assert not holds("'de' not in tags", tags="demo")


def test_texts_are_compared_as_written() -> None:
    assert not holds("country == 'fr'", country="FR")
    assert not holds("country in ['fr']", country="FR")


def test_a_field_alone_holds_when_it_is_known_and_not_empty() -> None:
    assert [holds("opted_in", opted_in=value) for value in (True, "yes", 1)] == [True, True, True]
    assert [holds("opted_in", opted_in=value) for value in (False, "", 0, None)] == [False] * 4
    assert not holds("opted_in")


class Counting(dict[str, object]):
    """Values that remember what was asked."""

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.asked: list[str] = []

    def get(self, key: str, default: object = None) -> object:
        self.asked.append(key)
        return super().get(key, default)


@pytest.mark.parametrize(
    ("text", "asked"),
    [("score > 1 or role == 'a'", ["score"]), ("score > 9 and role == 'a'", ["score"])],
)
def test_what_cannot_change_the_answer_is_not_looked_at(text: str, asked: list[str]) -> None:
    values = Counting(score=5, role="a")
    compile_match(text, FIELDS).holds(values)
    assert values.asked == asked


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "the condition is empty"),
        ("  ", 1, "the condition is empty"),
        ("score(1)", 6, "a call is not allowed here"),
        ("score.real > 1", 6, "an attribute is not allowed here"),
        ("score[0] > 1", 6, "an index is not allowed here"),
        ("score + 1 > 2", 7, "arithmetic is not allowed here"),
        ("score -1 > 2", 7, "arithmetic is not allowed here"),
        ("score > 5-1", 10, "arithmetic is not allowed here"),
        ("trigger == 'x", 12, "unterminated string"),
        ("trigger in", 11, "expected a value after 'in', found the end"),
        ("trigger in )", 12, "expected a value after 'in', found ')'"),
        ("trigger in 'x'", 12, "expected a list after 'in', found 'x'"),
        ("trigger not in 'x'", 16, "expected a list after 'not in', found 'x'"),
        ("trigger not 'x'", 13, "expected 'in' after 'not', found 'x'"),
        ("trigger in []", 13, "expected a value after '[', found ']'"),
        ("trigger in ['a' 'b']", 17, "expected ',' or ']' in the list, found 'b'"),
        ("trigger in [demo]", 13, "a list holds texts and numbers, not the name 'demo'"),
        ("trigger == ['a']", 12, "a list may only stand after 'in'"),
        ("['a'] == trigger", 1, "a list may only stand after 'in'"),
        ("trigger = 'x'", 9, "'=' compares nothing"),
        ("score >", 8, "expected a value after '>', found the end"),
        ("or score", 1, "expected a value, found 'or'"),
        ("not", 4, "expected a value after 'not', found the end"),
        ("1 < score < 5", 11, "comparisons cannot be chained"),
        ("(score > 5", 11, "expected 'and', 'or' or ')', found the end"),
        ("score > 5)", 10, "expected 'and', 'or' or the end, found ')'"),
        ("(score) > 5", 9, "a condition in parentheses cannot be compared"),
        ("score > 12abc", 9, "'12abc' is not a number"),
        ("'x'", 1, "'x' alone is not a condition"),
        ("score > 1 ; true", 11, "';' cannot stand here"),
        ("trigger == \u201cx\u201d", 12, "this quotation mark is not understood"),
    ],
)
def test_an_error_says_what_stands_there_and_where(text: str, column: int, message: str) -> None:
    with pytest.raises(MatchError) as caught:
        compile_match(text, FIELDS)
    assert (caught.value.message, caught.value.column) == (message, column)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "column", "hint"),
    [
        ("score > 1 and triger == 'demo'", 15, "Did you mean trigger?"),
        ("True", 1, "Did you mean true?"),
        ("trigger == zzz", 12, "Put a text between quotes: 'zzz'. The fields are company_size, country,"),
        ("score > 1 AND true", 11, "Write and."),
        ("score = 1", 7, "Write == to compare."),
        ("score > 1 && true", 11, "Write and."),
    ],
)
def test_a_hint_says_what_to_write(text: str, column: int, hint: str) -> None:
    with pytest.raises(MatchError) as caught:
        compile_match(text, FIELDS)
    assert caught.value.column == column
    assert caught.value.hint.startswith(hint)


def test_length_and_depth_have_limits() -> None:
    longest = "true".ljust(LENGTH_LIMIT)
    assert holds(longest)
    with pytest.raises(MatchError, match="longer than 2,000 characters"):
        compile_match(longest + " ", FIELDS)
    for nesting, closing in (("(", ")"), ("not ", "")):
        assert holds(nesting * DEPTH_LIMIT + "true" + closing * DEPTH_LIMIT)
        with pytest.raises(MatchError, match="nested deeper than 50 levels") as caught:
            compile_match(nesting * (DEPTH_LIMIT + 1) + "true" + closing * (DEPTH_LIMIT + 1), FIELDS)
        assert caught.value.column == DEPTH_LIMIT * len(nesting) + 1


def test_many_conditions_side_by_side_are_not_deep() -> None:
    assert holds(" and ".join(["true"] * 200))
    assert holds(" or ".join(["(not true)"] * 100 + ["true"]))


WORDS = [
    "score",
    "trigger",
    "role",
    "and",
    "or",
    "not",
    "in",
    "true",
    "false",
    "'a'",
    '"b"',
    "1",
    "-2",
    "3.5",
]
SYMBOLS = [
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "(",
    ")",
    "[",
    "]",
    ",",
    "=",
    ".",
    "-",
    "'",
    '"',
    "\xe9",
    "\u0663",
]
SCRAPS = st.lists(st.sampled_from(WORDS + SYMBOLS), max_size=25)
GAPS = st.sampled_from(("", " ", "\n"))


def refusal(text: str) -> MatchError | None:
    try:
        compile_match(text, FIELDS).holds({"score": 1, "trigger": "a"})
    except MatchError as refused:
        return refused
    return None


@given(
    st.one_of(
        st.text(max_size=80),
        st.builds(lambda gap, scraps: gap.join(scraps), GAPS, SCRAPS),
        st.text("([not ", max_size=300),
    )
)
@example("(" * LENGTH_LIMIT)
@example("9" * LENGTH_LIMIT)
@example("a" * LENGTH_LIMIT)
def test_any_text_is_a_match_or_a_match_error_inside_the_text(text: str) -> None:
    refused = refusal(text)
    if refused is not None:
        assert 1 <= refused.column <= len(text) + 1
        assert refused.message
        assert not refused.hint or refused.hint[0].isupper()


# The oracle: trees whose meaning is computed here, and whose text is written with the fewest parentheses that
# keep it, or more.

NAMES = ("score", "trigger", "role")
SCALARS = st.sampled_from((0, 1, 2, -2, 1.0, 2.5, "", "a", "A", "b", "1", "it's", True, False))
VALUES = st.dictionaries(st.sampled_from(NAMES), st.one_of(st.none(), SCALARS))
SIDES = st.one_of(
    st.sampled_from(NAMES).map(lambda name: ("field", name)),
    SCALARS.map(lambda value: ("literal", value)),
)
PYTHON: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LEAVES = st.one_of(
    st.tuples(st.just("compare"), SIDES, st.sampled_from(sorted(PYTHON)), SIDES),
    st.tuples(st.sampled_from(("in", "not in")), SIDES, st.lists(SCALARS, min_size=1, max_size=3)),
    st.tuples(st.just("alone"), st.sampled_from(NAMES)),
    st.tuples(st.just("constant"), st.booleans()),
)
TREES = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.tuples(st.sampled_from(("and", "or")), trees, trees),
        st.tuples(st.just("not"), trees),
        st.tuples(st.just("group"), trees),
    ),
    max_leaves=8,
)
RANK = {"or": 0, "and": 1, "not": 2}


def written(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"' if "'" in value else f"'{value}'"
    return str(value).lower() if isinstance(value, bool) else str(value)


def side_text(side: tuple[str, object]) -> str:
    return str(side[1]) if side[0] == "field" else written(side[1])


def tree_text(tree: Tree, rank: int = 0) -> str:
    match tree:
        case ("compare", left, symbol, right):
            return f"{side_text(left)}{symbol}{side_text(right)}"
        case (("in" | "not in") as word, left, items):
            return f"{side_text(left)} {word} [{', '.join(written(item) for item in items)}]"
        case ("alone" | "constant", value):
            return value if isinstance(value, str) else written(value)
        case ("group", inner):
            return f"({tree_text(inner)})"
        case ("not", inner):
            text = f"not {tree_text(inner, 2)}"
        case (word, left, right):
            text = f"{tree_text(left, RANK[word])} {word} {tree_text(right, RANK[word] + 1)}"
    return text if RANK[tree[0]] >= rank else f"({text})"


def comparable(one: object, other: object) -> bool:
    numbers = {int, float}
    return type(one) is type(other) is not type(None) or {type(one), type(other)} <= numbers


def meaning(tree: Tree, values: Mapping[str, object]) -> bool:
    def of(side: tuple[str, object]) -> object:
        return values.get(str(side[1])) if side[0] == "field" else side[1]

    match tree:
        case ("compare", left, symbol, right):
            return comparable(of(left), of(right)) and PYTHON[symbol](of(left), of(right))
        case ("in", left, items):
            return any(comparable(of(left), item) and of(left) == item for item in items)
        case ("not in", left, items):
            return all(comparable(of(left), item) and of(left) != item for item in items)
        case ("alone", name):
            return bool(values.get(name))
        case ("and", left, right):
            return meaning(left, values) and meaning(right, values)
        case ("or", left, right):
            return meaning(left, values) or meaning(right, values)
        case ("not", inner):
            return not meaning(inner, values)
        case ("group", inner):
            return meaning(inner, values)
    return bool(tree[1])


@given(TREES, VALUES)
def test_any_condition_means_what_it_says(tree: Tree, values: dict[str, object]) -> None:
    assert compile_match(tree_text(tree), FIELDS).holds(values) is meaning(tree, values)
