"""Every sentence that reading a condition can say: English templates, translated where they are shown.

What is wrong has no capital and no full stop, because it stands inside the sentence of the contract.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Slip(StrEnum):
    """What is wrong."""

    # As a whole
    TOO_LONG = "the condition is longer than {most:,} characters"
    TOO_DEEP = "the condition is nested deeper than {most} levels"
    EMPTY = "the condition is empty"

    # What cannot stand anywhere
    STRAY = "{found} cannot stand here"
    NOT_A_NUMBER = "{found} is not a number"
    ONE_EQUALS = "'=' compares nothing"
    ATTRIBUTE = "an attribute is not allowed here"
    ARITHMETIC = "arithmetic is not allowed here"
    QUOTATION = "this quotation mark is not understood"
    UNTERMINATED = "unterminated string"

    # What cannot stand in this place
    NOT_GOING_ON = "expected 'and', 'or' or {closing}, found {found}"
    NOT_A_VALUE = "expected a value, found {found}"
    NO_VALUE_AFTER = "expected a value after '{before}', found {found}"
    NOT_IN = "expected 'in' after 'not', found {found}"
    LIST_OPEN = "expected ',' or ']' in the list, found {found}"
    NAME_IN_LIST = "a list holds texts and numbers, not the name {found}"
    LIST_ALONE = "a list may only stand after 'in'"
    NO_LIST = "expected a list after '{before}', found {found}"
    GROUP_COMPARED = "a condition in parentheses cannot be compared"
    CHAINED = "comparisons cannot be chained"
    CALL = "a call is not allowed here"
    INDEX = "an index is not allowed here"
    NO_FIELD = "there is no field {found}"
    NO_CONDITION = "{found} alone is not a condition"


class Advice(StrEnum):
    """What to write instead."""

    NONE = ""
    SPLIT = "Split it into several rules."
    TRUE = "Write true to match every lead."
    WRITE = "Write {word}."
    EQUALS = "Write == to compare."
    NOT = "Write not, or != to compare."
    FIELD_OR_NUMBER = "Write the name of a field alone; a number is written 0.5."
    VALUE = "Compare a field with a value: score >= 50."
    STRAIGHT = "Use straight quotes: 'demo' or \"demo\"."
    CLOSE = "Close it with the quote it begins with."
    NUMBERS = "Numbers are written 50 or 0.5."
    NO_PARENTHESES = "Parentheses hold whole conditions; write the field without them."
    JOIN = "Join two comparisons with and."
    NOT_BEFORE = "To negate a condition, write not before it."
    FIELD_ALONE = "Write the name of a field alone."
    QUOTES = "Put a text between quotes: {found}."
    QUOTES_OR_FIELD = "Put a text between quotes: {found}. The fields are {fields}."
    NEAREST = "Did you mean {nearest}?"
    COMPARE = "Compare a field with it: score >= 50."
    IN = "Write in, or not in."
    LIST = "Write a list: ['demo', 'pricing']."


THE_END: Final = "the end"

MESSAGES: Final[tuple[str, ...]] = (THE_END, *(text.value for text in (*Slip, *Advice) if text))
"""Every template, for the translators' catalogue."""
