"""The user's language: gettext with English sentences as keys, French in `locale/fr.po`.

Help texts and labels are marked with `N_` where they are declared and translated by `_` when they are shown, so that
one process can change language and importing a module never fixes one.
"""

from __future__ import annotations

import gettext as _gettext
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
_LOCALE = Path(__file__).parent / "locale"
_ENGLISH = _gettext.NullTranslations()
_state: dict[str, _gettext.NullTranslations | Language] = {"catalogue": _ENGLISH, "language": "en"}
_fold: list[Callable[[str], str]] = []


def use(language: Language) -> None:
    """Speak `language` from now on, in this process."""
    _state["language"] = language
    catalogue = _ENGLISH if language == "en" else _load(language)
    _state["catalogue"] = _Folded(catalogue, _fold[0]) if _fold else catalogue


def fold_with(fold: Callable[[str], str] | None) -> None:
    """Say every sentence as `fold` has it from now on; None: as it is written."""
    _fold[:] = [fold] if fold else []
    use(current())


def plain(words: str) -> str:
    """Words of leadq's that are in no catalogue, said as all others are."""
    return _fold[0](words) if _fold else words


class _Folded(_gettext.NullTranslations):
    """A catalogue whose sentences are folded once each."""

    def __init__(self, catalogue: _gettext.NullTranslations, fold: Callable[[str], str]) -> None:
        super().__init__()
        self._catalogue, self._fold = catalogue, fold
        self._known: dict[str, str] = {}

    def gettext(self, message: str) -> str:
        if message not in self._known:
            self._known[message] = self._fold(self._catalogue.gettext(message))
        return self._known[message]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._fold(self._catalogue.ngettext(msgid1, msgid2, n))


@cache
def _load(language: str) -> _gettext.NullTranslations:
    with (_LOCALE / f"{language}.mo").open("rb") as file:
        return _gettext.GNUTranslations(file)


def spoken(language: Language) -> Callable[[str], str]:
    """What says a message in `language`, whatever this process speaks: for what people write in either."""
    return (_ENGLISH if language == "en" else _load(language)).gettext


def current() -> Language:
    """The language in use."""
    return "fr" if _state["language"] == "fr" else "en"


def _(message: str) -> str:
    """`message` in the user's language; unknown messages stay English."""
    catalogue = _state["catalogue"]
    assert isinstance(catalogue, _gettext.NullTranslations)
    return catalogue.gettext(message) if message else ""


def ngettext(one: str, many: str, n: int) -> str:
    """The form of a counted sentence: `one` or `many` as the language counts (French: 0 and 1 are singular)."""
    catalogue = _state["catalogue"]
    assert isinstance(catalogue, _gettext.NullTranslations)
    return catalogue.ngettext(one, many, n)


def N_(message: str) -> str:  # noqa: N802 - the name that extraction tools and readers know
    """Mark a message for translation where it is declared; `_` translates it where it is shown."""
    return message


def choose(requested: str | None, environ: Mapping[str, str] = os.environ) -> Language:
    """The language asked for: `--lang`, else `LEADQ_LANG`, else the locale, else English."""
    names = (requested, *(environ.get(name) for name in ("LEADQ_LANG", "LC_ALL", "LC_MESSAGES", "LANG")))
    first = next((name for name in names if name), "en")
    return "fr" if first.lower().startswith("fr") else "en"


def number(value: float, decimals: int = 0) -> str:
    """`value` as people write it: 12,345.6 in English, 12 345,6 in French (narrow no-break space)."""
    text = f"{value:,.{decimals}f}"
    if current() == "en":
        return text
    return text.replace(",", " " if _fold else "\u202f").replace(".", ",")
