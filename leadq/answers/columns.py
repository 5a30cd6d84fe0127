"""What the table of verdicts is made of, for who writes it and who reads it back: columns, words of answers, keys."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from leadq.domain.verbs import ANSWERS as CODES
from leadq.i18n import LANGUAGES, N_, spoken
from leadq.text import fold
from leadq.words import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

COLUMNS: Final[Mapping[str, str]] = {
    "campaign": N_("Campaign"),
    "lead": N_("Lead"),
    "name": N_("Name"),
    "company": N_("Company"),
    "at": N_("Verdict given on"),
    "verdict": N_("Verdict"),
    "reason": N_("Reason"),
    "code": N_("Reason code"),
    "quality": N_("Quality"),
    "missing": N_("Missing"),
    "said": N_("What sales wrote"),
    "answer": N_("Your answer"),
    "note": N_("Your note"),
    "by": N_("Answered by"),
    "key": N_("Key (do not change)"),
}
"""Column -> its header, in the order of the table."""

FILLED: Final = ("answer", "note", "by")
"""The columns that marketing fills in."""

_NEEDED: Final = ("lead", "code", "key", "answer")
"""Without these a table cannot be read back: what marketing does not need may be deleted, and columns may be moved."""

SHEETS: Final = (N_("To answer"), N_("How to answer"))
"""The sheets of a workbook: the table, and what to do with it."""


def places(header: Sequence[str]) -> Mapping[str, int]:
    """Where each column is, by its header in either language; KeyError with the first that is missing and needed."""
    known = _in_both(COLUMNS.items())
    found = {known[fold(name)]: at for at, name in reversed(list(enumerate(header))) if fold(name) in known}
    for column in _NEEDED:
        if column not in found:
            raise KeyError(column)
    return found


def answers() -> Mapping[str, str]:
    """What can be written as an answer, folded, in either language or as its code -> the code."""
    return {**_in_both(ANSWERS.items()), **{code: code for code in CODES}}


def titles() -> Iterator[str]:
    """What the sheet of the table is called, in each language."""
    return (spoken(language)(SHEETS[0]) for language in LANGUAGES)


def key(event_uid: str, lead: int | str, code: str) -> str:
    """What names a verdict in the table: its event, and a check over this row's lead and reason.

    A key that somebody edited does not fit itself, and one that was sorted apart from its row does not fit the row.
    """
    return f"{event_uid}.{_check(event_uid, str(lead), code)}"


def named(text: str, lead: str, code: str) -> str | None:
    """The uid of the event that a key names, when it fits the lead and the reason that its row shows; else None."""
    uid, _dot, check = text.strip().rpartition(".")
    return uid if uid and check == _check(uid, lead, code) else None


def _check(event_uid: str, lead: str, code: str) -> str:
    number = re.sub(r"[.,]0$|[^0-9]", "", lead.strip())  # a spreadsheet may have made a decimal of it, or grouped it
    return blake2b(f"{event_uid}|{number}|{code.strip().lower()}".encode(), digest_size=4).hexdigest()


def _in_both(words: Iterable[tuple[str, str]]) -> dict[str, str]:
    says = [spoken(language) for language in LANGUAGES]
    return {fold(" ".join(say(word).split())): code for code, word in words for say in says}
