"""What the screen library writes to a terminal, as a grammar: anything else in the bytes came from somewhere else."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_NUMBER: Final = rb"(?:0|[1-9]\d{0,2})"
_STYLE: Final = (
    rb"(?:[0-9]|2[1-9]|3[0-79]|4[0-79]|9[0-7]|10[0-7]|[34]8;5;" + _NUMBER + rb"|[34]8;2" + (b";" + _NUMBER) * 3 + b")"
)
WRITTEN: Final = re.compile(
    rb"\x1b\[(?:" + _STYLE + rb"(?:;" + _STYLE + rb")*)?m"  # a style
    rb"|\x1b\[" + _NUMBER + b";" + _NUMBER + b"H"  # the place of a piece of text
    rb"|\x1b\[\?(?:7|25|1000|1003|1004|1006|1015|1049|2004|2026|2048)[hl]"  # modes, at the beginning and at the end
    rb"|\x1b\[\?(?:2026|2048)\$p|\x1b\[>25u|\x1b\[<u"  # what the terminal can do, and its keys
    rb"|\x1b\]22;default\x07"  # the mouse's shape
    rb"|\r?\n"
)  # fmt: skip
"""Every sequence that leadq's screen makes the library write."""

KEPT: Final = "\u200c\u200d\ufe0f"
"""Joiners of Persian and emoji: they belong to honest names."""


def foreign(sent: bytes) -> list[bytes]:
    """What in `sent` is neither text nor one of the library's sequences, each with what follows it."""
    found = []
    for piece in re.split(rb"(?=[\x00-\x1f\x7f])", WRITTEN.sub(b"", sent)):
        if (
            (piece[:1] < b" " and piece)
            or piece[:1] == b"\x7f"
            or any(not is_text(char) for char in piece.decode("utf-8", "surrogateescape"))
        ):
            found.append(piece[:40])
    return found


def is_text(char: str) -> bool:
    """Whether a terminal only ever draws it: no control, no half of a character, nothing that hides or turns round."""
    return char in KEPT or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
