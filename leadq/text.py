"""Text that came from outside, made safe to show, measured in terminal cells, and folded for search.

Anyone can type into a web form, and a terminal obeys what it is sent: an escape sequence in a name can write
the clipboard, rename the window or hide a line. Screen libraries pass such bytes through, so every displayed
column goes through `clean` when it comes in, and again through the fences at the screen and at stdout.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

REPLACEMENT = "\ufffd"
ELLIPSIS = "…"
MAX_MARKS = 8
_ZWJ = "\u200d"
_ZWNJ = "\u200c"
_VS16 = "\ufe0f"

# Characters that command a terminal, reorder what is read, or occupy no cell and so hide or forge text. Kept
# on purpose: ZWJ, ZWNJ and VS16 (emoji, Persian), NBSP and U+202F (French). Tab, LF and CR are handled apart.
_UNSAFE = re.compile(
    "["
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0, DEL, C1
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi controls
    r"\xad\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a"  # zero width
    r"\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0"  # fillers: letters that show nothing
    r"\u2028\u2029"  # line and paragraph separators
    r"\ud800-\udfff"  # lone surrogates: they cannot be encoded
    r"\ufdd0-\ufdef"
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))  # noncharacters
    + r"\U000e0000-\U000e007f"  # tags: an invisible copy of ASCII
    "]"
)
# Whatever is not surely left alone by `clean`: all but Latin letters and the marks of print around them.
_SUSPECT = re.compile("[^ -~\u00a0-\u00ac\u00ae-\u02ff\u2013-\u2027\u202f\u20ac]")
# Hangul vowels and final consonants, and skin tones: drawn inside the character before them.
_INSIDE_A_CLUSTER = re.compile(r"[\u1160-\u11ff\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff]")
_BREAKS = re.compile(r"[\t\r\n]+")
_LINE_ENDS = re.compile(r"\r\n?")
# Nine characters in a row outside Latin are needed for nine marks in a row: one cheap look spares nearly all
# names the walk of `_thin`, which asks for the category of each character.
_MAYBE_ZALGO = re.compile(r"[^\x00-\u02ff]{9}")


def clean(s: str, limit: int = 2000) -> str:
    """One safe line: an unsafe character becomes U+FFFD, a run of tabs and line ends becomes one space.

    Combining marks after the eighth in a row are dropped. What is longer than `limit` (>= 1, counted in the
    characters that came in) ends with an ellipsis. Cleaning twice changes nothing. Markup such as `[b]` is
    text: it stays.
    """
    if s.isascii() and s.isprintable() and len(s) <= limit:
        return s
    return _sanitise(_BREAKS.sub(" ", s[:limit]), limit, cut=len(s) > limit)


def is_plain(s: str, limit: int = 2000) -> bool:
    """Whether `s` is such that `clean` surely leaves it, and each part of it, as it is."""
    return len(s) <= limit and (s.isprintable() if s.isascii() else _SUSPECT.search(s) is None)


def clean_block(s: str, limit: int = 10_000) -> str:
    """Safe text of several lines (notes): as `clean`, but line ends stay, as LF, and a tab is one space."""
    head = _LINE_ENDS.sub("\n", s[:limit]).replace("\t", " ")
    return _sanitise(head, limit, cut=len(s) > limit)


def _sanitise(head: str, limit: int, *, cut: bool) -> str:
    safe = _UNSAFE.sub(REPLACEMENT, head)
    if _MAYBE_ZALGO.search(safe):
        safe = _thin(safe)
    return safe[: limit - 1] + ELLIPSIS if cut else safe


def _thin(s: str) -> str:
    """`s` without what goes past 8 marks in a row; joiners count, or they would hide a longer run."""
    kept, run = [], 0
    for char in s:
        run = run + 1 if char in (_ZWJ, _ZWNJ) or unicodedata.category(char) in ("Mn", "Me") else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def cell_width(s: str) -> int:
    """How many terminal cells cleaned text `s` occupies.

    Wide and full-width characters count 2; combining marks, joiners, skin tones and what a ZWJ joins count 0;
    VS16 makes a symbol wide. Source: Unicode Standard Annex 11, from the interpreter's own tables. The screen
    library differs on symbols that became wide since (hexagrams, counting rods), on Arabic number signs and
    on VS16 after `ℹ` or a rare symbol. Terminals differ more than that among themselves.
    """
    if _is_latin(s):
        return len(s)
    return sum(_cells(s))


def fit(s: str, width: int) -> str:
    """`s` in at most `width` cells, an ellipsis standing for what had to go."""
    if width <= 0:
        return ""
    if _is_latin(s):
        return s if len(s) <= width else s[: width - 1] + ELLIPSIS
    s = s.rstrip(_ZWJ)  # a joiner at the end would swallow the ellipsis or the padding
    cells = _cells(s)
    if sum(cells) <= width:
        return s
    used, end = 0, 0
    while used + cells[end] <= width - 1:
        used += cells[end]
        end += 1
    return s[:end] + ELLIPSIS


def pad(s: str, width: int) -> str:
    """`s` in exactly `width` cells: cut as `fit` does, then filled with spaces on the right."""
    shown = fit(s, width)
    return shown + " " * (width - cell_width(shown))


def _is_latin(s: str) -> bool:
    """Whether each character surely is one cell: below the combining marks (cleaned text has no controls)."""
    return s.isascii() or max(s) < "\u0300"


def _cells(s: str) -> list[int]:
    """What each character adds to the width, given the ones before it."""
    cells: list[int] = []
    base, joined = "", False
    for char in s:
        if joined or char == _ZWJ:
            cells.append(0)
            joined = not joined
        elif char == _VS16:
            cells.append(_emoji_gain(base))
            base = ""
        else:
            cells.append(_char_cells(char))
            base = char if cells[-1] else base
    return cells


def _emoji_gain(base: str) -> int:
    """The cell that VS16 adds to a narrow symbol, digit or sign (keycaps) by showing it as an emoji."""
    narrow = bool(base) and _char_cells(base) == 1
    return int(narrow and unicodedata.category(base) in ("So", "Sm", "Po", "Nd"))


@lru_cache(maxsize=4096)
def _char_cells(char: str) -> int:
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Mc", "Cf") or _INSIDE_A_CLUSTER.match(char):
        return 0
    if category == "Cn":  # unknown to this interpreter: newer emoji are wide, the rest is narrow
        return 2 if "\U0001f000" <= char <= "\U0001faff" else 1
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


# Letters that have no decomposition but that people type without their stroke or ligature, and the apostrophe
# of print, which nobody types in a search.
_PLAIN = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'"})

_LATIN_MARKS = re.compile("[\u0300-\u036f]+")


def fold(s: str) -> str:
    """The search key of `s`: no case, accents, ligatures or width, so that `cœur` and `COEUR` are one."""
    if s.isascii():
        return s.lower()
    # The apostrophe of print is everywhere in French; without it, most names are plain by now, and done.
    decomposed = unicodedata.normalize("NFKD", s.casefold().replace("’", "'"))
    bare = _LATIN_MARKS.sub("", decomposed)
    if bare.isascii():
        return bare.lower()
    bare = "".join([char for char in bare if not unicodedata.combining(char)])
    return bare.casefold().translate(_PLAIN)
