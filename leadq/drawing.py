"""`--ascii`: what leadq draws and says, in the 95 characters that every terminal and every font has.

Two doors, because only one of them knows whose words they are. A sentence of leadq's is folded where it is translated
(`leadq.i18n`), accents and quotes too. At the last door before a terminal the signs that are only ever drawn (boxes,
bars, the ellipsis, the dot between two facts) become one character of ASCII each, so that no column moves. What people
and contracts are called passes both as it is.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from leadq import i18n

if TYPE_CHECKING:
    from collections.abc import Mapping

_state = {"ascii": False}

_WORDS: Final = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "...", "–": "-", "—": "-", "·": "-", "→": "->",
     "\u00a0": " ", "\u202f": " ", "œ": "oe", "Œ": "Oe", "æ": "ae", "×": "x", "≥": ">=", "≤": "<="}
)  # fmt: skip

_DRAWN: Final = str.maketrans(
    {
        **dict.fromkeys("─━═╌╍┄┅┈┉╴╶╸╺", "-"),
        **dict.fromkeys("│┃║╎╏┆┇┊┋╵╷╹╻▏▎▍▌▐▕", "|"),
        **{chr(code): "+" for code in (*range(0x250C, 0x254C), *range(0x2552, 0x2571))},
        **dict.fromkeys("█▉▊▋▓■▪", "#"),
        **dict(zip("▁▂▃▄▅▆▇▀▔░▒□▫", "_.-=+*#^^.:oo", strict=True)),
        **dict(zip("→←↑↓▶◀▲▼▸◂●○•✓✗…", "><^v><^v><*o*+x>", strict=True)),
    }
)


def use_ascii(on: bool) -> None:
    """Draw in ASCII from now on, in this process, or in all that there is."""
    if on == _state["ascii"]:
        return
    from leadq.domain import label  # not on the way of the shell prompt

    _state["ascii"] = on
    for said in (i18n, label):
        said.fold_with(words if on else None)


def in_ascii() -> bool:
    """Whether only ASCII is drawn."""
    return _state["ascii"]


def asked_for(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether `LEADQ_ASCII` asks for it: any value but none and `0`."""
    return environ.get("LEADQ_ASCII", "") not in ("", "0")


def words(sentence: str) -> str:
    """A sentence of leadq's own in ASCII: letters lose their accents, quotes and dashes become the typewriter's."""
    if sentence.isascii():
        return sentence
    plain = re.sub("«[ \u00a0\u202f]?|[ \u00a0\u202f]?»", '"', sentence).translate(_WORDS)
    return "".join(char for char in unicodedata.normalize("NFKD", plain) if char.isascii())


def drawn(text: str) -> str:
    """`text` with what is only ever drawn in ASCII, cell for cell, when that is asked for."""
    if not _state["ascii"] or text.isascii():
        return text
    return _seen().sub(lambda found: "-" if found[0] == "·" else found[0].translate(_DRAWN), text)


@lru_cache(maxsize=1)
def _seen() -> re.Pattern[str]:
    """What is drawn; a dot between two letters is one of theirs, as in the Catalan «Gal·la»."""
    return re.compile(f"[{''.join(map(chr, _DRAWN))}]|(?<![^\\W\\d_])·|·(?![^\\W\\d_])")
