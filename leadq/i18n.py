"""The user's language: gettext with English sentences as keys, French in `locale/fr.po`.

Help texts and labels are marked with `N_` where they are declared and translated by `_` when they are shown, so that
one process can change language and importing a module never fixes one.
"""

from __future__ import annotations

import gettext as _gettext
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")
_LOCALE = Path(__file__).parent / "locale"
_ENGLISH = _gettext.NullTranslations()
_state: dict[str, _gettext.NullTranslations | Language] = {"catalogue": _ENGLISH, "language": "en"}


def use(language: Language) -> None:
    """Speak `language` from now on, in this process."""
    _state["language"] = language
    _state["catalogue"] = _ENGLISH if language == "en" else _load(language)


def _load(language: str) -> _gettext.NullTranslations:
    with (_LOCALE / f"{language}.mo").open("rb") as file:
        return _gettext.GNUTranslations(file)


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
    return text.replace(",", "\u202f").replace(".", ",")
