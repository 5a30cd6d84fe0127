"""The small language in which a contract says which leads it means: `trigger == 'demo' or score >= 80`.

Names of fields, numbers, texts between quotes, `true`, `false`, lists after `in`, the six comparisons, `in`,
`not in`, `and`, `or`, `not` and parentheses. Nothing calls, computes or reaches into an object, so a contract
that comes from somewhere else cannot do anything.

A text has no escapes: one that holds one kind of quote stands between the other. What a condition then means, above
all of a lead of whom little is known, is in match_meaning.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, NoReturn

from leadq.domain.match_meaning import COMPARISONS, Operand, Test, Values, alone, chain, compared, contained, opposite
from leadq.domain.match_messages import THE_END, Advice, Slip
from leadq.domain.sentence import Sentence

LENGTH_LIMIT: Final = 2_000
DEPTH_LIMIT: Final = 50
_SHOWN_LIMIT: Final = 40

_WORDS: Final = ("and", "or", "not", "in", "true", "false")
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))
    |(?P<name>[^\W0-9]\w*)
    |(?P<text>'[^']*'|"[^"]*")
    |(?P<symbol>[=!<>]=|[<>()\[\],])""",
    re.VERBOSE,
)
_RUN: Final = re.compile(r"-?[\w.]+")
_STRAY: Final = {
    "=": (Slip.ONE_EQUALS, Advice.EQUALS),
    "!": (Slip.STRAY, Advice.NOT),
    "&": (Slip.STRAY, Advice.WRITE),
    "|": (Slip.STRAY, Advice.WRITE),
    ".": (Slip.ATTRIBUTE, Advice.FIELD_OR_NUMBER),
    **dict.fromkeys("+-*/%^", (Slip.ARITHMETIC, Advice.VALUE)),
    **dict.fromkeys("‘’“”«»", (Slip.QUOTATION, Advice.STRAIGHT)),
    **dict.fromkeys("'\"", (Slip.UNTERMINATED, Advice.CLOSE)),
}
_MEANT: Final = {"&": "and", "|": "or"}


class MatchError(Exception):
    """A condition that cannot be understood: what stands at `column` (from 1), and what to write instead.

    `template` and `advice` (which may be "") are English templates, both formatted with `params`;
    `message` and `hint` are what they say in English.
    """

    def __init__(self, template: Slip, column: int, advice: Advice = Advice.NONE, **params: object) -> None:
        self.template = template
        self.column = column
        self.advice = advice
        self.params = params
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """What stands there, in English."""
        return Sentence(self.template, self.params).worded()

    @property
    def hint(self) -> str:
        """What to write instead, in English; "" when there is nothing to add."""
        return Sentence(self.advice, self.params).worded()


@dataclass(frozen=True, slots=True)
class Match:
    """A condition that was understood, and the fields it looks at."""

    text: str
    fields: frozenset[str]
    _test: Test = field(repr=False, compare=False)

    def holds(self, values: Values) -> bool:
        """Whether the condition is true of `values`; a missing value is not an error, it does not match."""
        return self._test(values)


def compile_match(text: str, known_fields: Collection[str]) -> Match:
    """The condition that `text` states on `known_fields`; raises MatchError, and nothing else."""
    if len(text) > LENGTH_LIMIT:
        raise MatchError(Slip.TOO_LONG, LENGTH_LIMIT + 1, Advice.SPLIT, most=LENGTH_LIMIT)
    parser = _Parser(text, known_fields)
    test = parser.whole()
    return Match(text, frozenset(parser.fields), test)


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind` is name, number, text or end; a word or symbol of the language is its own kind."""

    kind: str
    source: str
    column: int

    @property
    def shown(self) -> str | Sentence:
        if self.kind == "end":
            return Sentence(THE_END)
        source = self.source if len(self.source) <= _SHOWN_LIMIT else f"{self.source[:_SHOWN_LIMIT]}…"
        return source if self.kind == "text" else f"'{source}'"


def _tokens(text: str) -> Iterator[_Token]:
    """The tokens, found only when asked for: the leftmost error is the one that is said."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            _refuse_stray(text, position)
        kind, source = str(found.lastgroup), found.group()
        if kind == "symbol" or source in _WORDS:
            kind = source
        if kind != "space":
            yield _Token(kind, source, position + 1)
        position = found.end()
    yield _Token("end", "", len(text) + 1)


def _refuse_stray(text: str, position: int) -> NoReturn:
    run = _RUN.match(text, position)
    if run and re.match(r"-?[0-9]", run.group()):
        raise MatchError(Slip.NOT_A_NUMBER, position + 1, Advice.NUMBERS, found=f"'{run.group()}'")
    character = text[position]
    slip, advice = _STRAY.get(character, (Slip.STRAY, Advice.NONE))
    raise MatchError(slip, position + 1, advice, found=repr(character), word=_MEANT.get(character))


class _Parser:
    """Recursive descent with one token of lookahead, and a limit to how deep it descends."""

    def __init__(self, text: str, known_fields: Collection[str]) -> None:
        self.fields: set[str] = set()
        self._known = known_fields
        self._tokens = _tokens(text)
        self._depth = 0
        self._previous = _Token("start", "", 1)
        self._next = next(self._tokens)

    def whole(self) -> Test:
        if self._next.kind == "end":
            raise MatchError(Slip.EMPTY, 1, Advice.TRUE)
        test = self._either()
        if self._next.kind != "end":
            self._refuse_continuation(Sentence(THE_END))
        return test

    def _take(self) -> _Token:
        self._previous = self._next
        self._next = next(self._tokens, self._next)
        return self._previous

    def _either(self) -> Test:
        tests = [self._both()]
        while self._next.kind == "or":
            self._take()
            tests.append(self._both())
        return chain(tests, stop=True)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._next.kind == "and":
            self._take()
            tests.append(self._one())
        return chain(tests, stop=False)

    def _one(self) -> Test:
        if self._next.kind not in ("not", "("):
            return self._comparison()
        token = self._take()
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise MatchError(Slip.TOO_DEEP, token.column, Advice.SPLIT, most=DEPTH_LIMIT)
        test = opposite(self._one()) if token.kind == "not" else self._group()
        self._depth -= 1
        return test

    def _group(self) -> Test:
        test = self._either()
        if self._next.kind != ")":
            self._refuse_continuation("')'")
        self._take()
        if self._at_operator():
            raise MatchError(Slip.GROUP_COMPARED, self._next.column, Advice.NO_PARENTHESES)
        return test

    def _at_operator(self) -> bool:
        return self._next.kind in COMPARISONS or self._next.kind in ("in", "not")

    def _refuse_continuation(self, closing: str | Sentence) -> NoReturn:
        token = self._next
        if token.kind == "number" and token.source.startswith("-"):
            raise MatchError(Slip.ARITHMETIC, token.column, Advice.VALUE)
        word = token.source.lower()
        advice = Advice.WRITE if word in _WORDS else Advice.NONE
        raise MatchError(Slip.NOT_GOING_ON, token.column, advice, closing=closing, found=token.shown, word=word)

    def _comparison(self) -> Test:
        first, left = self._next, self._operand()
        if not self._at_operator():
            return _condition(first, left)
        if left.is_list:
            raise MatchError(Slip.LIST_ALONE, first.column)
        symbol = self._operator()
        second, right = self._next, self._operand()
        if self._at_operator():
            raise MatchError(Slip.CHAINED, self._next.column, Advice.JOIN)
        _check_right(symbol, second, right)
        return compared(left, symbol, right) if symbol in COMPARISONS else contained(left, symbol, right)

    def _operator(self) -> str:
        token = self._take()
        if token.kind != "not":
            return token.kind
        if self._next.kind != "in":
            raise MatchError(Slip.NOT_IN, self._next.column, Advice.NOT_BEFORE, found=self._next.shown)
        self._take()
        return "not in"

    def _operand(self) -> Operand:
        if self._next.kind == "name":
            return self._field()
        if self._next.kind == "[":
            return self._list()
        return self._literal()

    def _field(self) -> Operand:
        token = self._take()
        if self._next.kind == "(":
            raise MatchError(Slip.CALL, self._next.column, Advice.FIELD_ALONE)
        if self._next.kind == "[":
            raise MatchError(Slip.INDEX, self._next.column, Advice.FIELD_ALONE)
        if token.source not in self._known:
            raise _unknown_field(token, self._known)
        self.fields.add(token.source)
        return Operand(name=token.source)

    def _literal(self) -> Operand:
        previous, token = self._previous, self._next
        if token.kind not in ("number", "text", "true", "false"):
            slip = Slip.NO_VALUE_AFTER if previous.source else Slip.NOT_A_VALUE
            raise MatchError(slip, token.column, before=previous.source, found=token.shown)
        self._take()
        return Operand(literal=_value(token))

    def _list(self) -> Operand:
        self._take()
        items = [self._item()]
        while self._next.kind == ",":
            self._take()
            items.append(self._item())
        if self._next.kind != "]":
            raise MatchError(Slip.LIST_OPEN, self._next.column, found=self._next.shown)
        self._take()
        return Operand(literal=tuple(items))

    def _item(self) -> object:
        if self._next.kind == "name":
            raise MatchError(Slip.NAME_IN_LIST, self._next.column, Advice.QUOTES, found=self._next.shown)
        return self._literal().literal


def _value(token: _Token) -> object:
    if token.kind == "text":
        return token.source[1:-1]
    if token.kind == "number":
        return float(token.source) if "." in token.source else int(token.source)
    return token.kind == "true"


def _unknown_field(token: _Token, known: Collection[str]) -> MatchError:
    """Names the nearest field when there is one; else says what a word without quotes may have been meant to be."""
    candidates = {candidate.lower(): candidate for candidate in (*_WORDS, *known)}
    if near := get_close_matches(token.source.lower(), candidates, n=1):
        nearest = candidates[near[0]]
        return MatchError(Slip.NO_FIELD, token.column, Advice.NEAREST, found=token.shown, nearest=nearest)
    fields = ", ".join(sorted(known))
    return MatchError(Slip.NO_FIELD, token.column, Advice.QUOTES_OR_FIELD, found=token.shown, fields=fields)


def _condition(token: _Token, operand: Operand) -> Test:
    """An operand without a comparison, which begins at `token`."""
    if operand.name or isinstance(operand.literal, bool):
        return alone(operand)
    raise MatchError(Slip.NO_CONDITION, token.column, Advice.COMPARE, found=token.shown)


def _check_right(symbol: str, token: _Token, operand: Operand) -> None:
    """A list stands after `in` and `not in`, and nowhere else."""
    if symbol in COMPARISONS and operand.is_list:
        raise MatchError(Slip.LIST_ALONE, token.column, Advice.IN)
    if symbol not in COMPARISONS and not (operand.name or operand.is_list):
        raise MatchError(Slip.NO_LIST, token.column, Advice.LIST, before=symbol, found=token.shown)
