"""The sanitiser: what it removes, what it must keep, and how text is measured and folded."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from leadq.text import cell_width, clean, clean_block, fit, fold, pad
from tests.hostile import HOSTILE, RAW_SIGNATURES

FFFD = "\ufffd"
SHORT_HOSTILE = tuple(s for s in HOSTILE if len(s) < 10_000)
NASTY = st.sampled_from("\x00\x1b\x85\x9b\t\r\n \u200b\u200c\u200d\ufe0f\u202e\u0301\u0489\ud800\u3164東👩🏽é…")
ANY_TEXT = st.one_of(st.text(), st.text(NASTY), st.sampled_from(SHORT_HOSTILE))


@pytest.mark.parametrize(
    "honest",
    [
        "Jean Dupont",
        "Zoë Œuvrard-D’Août",
        "12\u202f345\u00a0€",
        "می\u200cخواهم",
        "👩\u200d👩\u200d👧 ❤\ufe0f",
        "東京株式会社",
        "שלום",
        "[/] ACME [red]",
        "C:\\temp\\",
        "葛\U000e0100城",
        "",
    ],
)
def test_honest_text_is_kept_as_it_is(honest: str) -> None:
    assert clean(honest) == honest


@pytest.mark.parametrize(
    "code",
    [
        *(0x00, 0x07, 0x08, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9B, 0x9D, 0x9F),
        *(0x061C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069),
        *(0x00AD, 0x200B, 0x2060, 0x206F, 0xFEFF, 0xFFF9),
        *(0xE0000, 0xE0041, 0xE007F),
        *(0x2028, 0x2029, 0xD800, 0xDFFF),
        *(0x115F, 0x1160, 0x3164, 0xFFA0, 0x180E),
        *(0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF),
    ],
)
def test_an_unsafe_character_becomes_the_replacement_character(code: int) -> None:
    assert clean(f"a{chr(code)}b") == f"a{FFFD}b"
    assert clean_block(f"a{chr(code)}b") == f"a{FFFD}b"


def test_tabs_and_line_ends_become_one_space_in_a_line() -> None:
    assert clean("a\tb\nc\rd\r\ne\n\n\tf") == "a b c d e f"


def test_a_block_keeps_its_lines_with_one_kind_of_line_end() -> None:
    assert clean_block("a\r\nb\rc\n\nd\te\x1b[2J") == f"a\nb\nc\n\nd e{FFFD}[2J"


def test_marks_after_the_eighth_in_a_row_are_dropped_even_between_joiners() -> None:
    assert clean("a" + "\u0301" * 20 + "b") == "a" + "\u0301" * 8 + "b"
    assert clean("a" + "\u0301\u200d" * 20) == "a" + "\u0301\u200d" * 4
    assert clean("e\u0301" * 20) == "e\u0301" * 20


def test_long_text_is_cut_with_an_ellipsis_and_counted_in_characters() -> None:
    assert clean("x" * 2000) == "x" * 2000
    assert clean("x" * 2001) == "x" * 1999 + "…"
    assert clean("é" * 9, limit=4) == "ééé…"
    assert clean("\n" * 9, limit=4) == " …"
    assert clean_block("é\n" * 9, limit=4) == "é\né…"


@given(ANY_TEXT, st.integers(1, 60))
def test_cleaning_twice_changes_nothing(s: str, limit: int) -> None:
    assert clean(clean(s, limit), limit) == clean(s, limit)
    assert clean_block(clean_block(s, limit), limit) == clean_block(s, limit)


@given(ANY_TEXT)
def test_cleaned_text_can_be_written_and_holds_no_control(s: str) -> None:
    assert len(clean(s, 50)) <= 50
    clean(s).encode("utf-8")
    allowed = {"\u200c", "\u200d"}
    forbidden = {"Cc", "Cs", "Zl", "Zp"}
    assert all(c in allowed or unicodedata.category(c) not in forbidden for c in clean(s))
    assert all(c == "\n" or unicodedata.category(c) not in forbidden for c in clean_block(s))


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_of_the_hostile_corpus_reaches_a_terminal(hostile: str) -> None:
    for safe in (clean(hostile), clean_block(hostile)):
        assert not [sign for sign in RAW_SIGNATURES if sign in safe.encode("utf-8")]


def test_every_signature_is_in_the_corpus_so_that_its_absence_proves_something() -> None:
    raw = "\n".join(HOSTILE).encode("utf-8", "surrogatepass")
    assert [sign for sign in RAW_SIGNATURES if sign not in raw] == []


@pytest.mark.parametrize(
    ("s", "cells"),
    [
        ("", 0),
        ("Zoë", 3),
        ("e\u0301", 1),
        ("東京", 4),
        ("ＡＢ", 4),
        ("👩\u200d👩\u200d👧\u200d👦", 2),
        ("👨🏽\u200d💻", 2),
        ("🇫🇷", 2),
        ("❤\ufe0f", 2),
        ("❤", 1),
        ("1\ufe0f\u20e3", 2),
        ("\U0001fae8", 2),  # an emoji that Python 3.11 does not know yet
        ("한", 2),
        ("\u1112\u1161\u11ab", 2),
        ("नमस्ते", 4),
    ],
)
def test_width_is_counted_in_cells(s: str, cells: int) -> None:
    assert cell_width(s) == cells == cell_len(s)


# The screen library has a table of the 213 symbols that VS16 widens; `cell_width` goes by their category.
KNOWN_DIVERGENCES = {
    "VS16 after the one letter it widens": ("ℹ\ufe0f", 1, 2),
    "VS16 after a symbol it does not widen": ("✓\ufe0f", 2, 1),
}


@pytest.mark.parametrize(("s", "ours", "theirs"), KNOWN_DIVERGENCES.values(), ids=KNOWN_DIVERGENCES)
def test_known_divergences_from_the_screen_library(s: str, ours: int, theirs: int) -> None:
    assert (cell_width(s), cell_len(s)) == (ours, theirs)


@pytest.mark.parametrize("s", SHORT_HOSTILE, ids=range(len(SHORT_HOSTILE)))
def test_the_screen_library_measures_the_cleaned_corpus_alike(s: str) -> None:
    assert cell_width(clean(s)) == cell_len(clean(s))


def test_every_other_assigned_character_is_measured_as_the_screen_library_measures_it() -> None:
    known = "☰-☷⚊-⚏䷀-䷿\U0001d300-\U0001d376\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2"
    # Hexagrams, trigrams and counting rods became wide in Unicode 16, later than some interpreters know.
    planes = (
        chr(code)
        for code in (
            *range(0xA0, 0x3300),
            *range(0x4D00, 0x4E10),
            *range(0xA000, 0xAC10),
            *range(0xD7A0, 0x11000),
            *range(0x1D000, 0x1FB00),
        )
    )
    assigned = (c for c in planes if unicodedata.category(c) != "Cn" and clean(c) == c)
    different = [c for c in assigned if cell_width(c) != cell_len(c)]
    assert different
    assert re.sub(f"[{known}]", "", "".join(different)) == ""


@given(ANY_TEXT, st.integers(-1, 30))
@example("a\u200d", 5)
@example("ab\u200d\u200dcdef", 4)
def test_fitted_text_never_passes_its_width_and_padded_text_fills_it(s: str, width: int) -> None:
    safe = clean(s)
    assert cell_width(fit(safe, width)) <= max(width, 0)
    assert cell_width(pad(safe, width)) == max(width, 0)
    assert width < 1 or cell_width(safe) > width or fit(safe, width) == safe.rstrip("\u200d")


@pytest.mark.parametrize(
    ("s", "width", "shown"),
    [
        ("Dupont", 6, "Dupont"),
        ("Dupont", 5, "Dupo…"),
        ("Dupont", 1, "…"),
        ("Dupont", 0, ""),
        ("東京株式会社", 12, "東京株式会社"),
        ("東京株式会社", 6, "東京…"),
        ("ne\u0301e", 2, "n…"),
        ("e\u0301t\u0301e\u0301", 2, "e\u0301…"),
        ("👩\u200d👧 Ada", 4, "👩\u200d👧 …"),
    ],
)
def test_text_is_cut_between_cells_not_between_code_points(s: str, width: int, shown: str) -> None:
    assert fit(s, width) == shown


def test_a_wide_character_that_does_not_fit_leaves_a_space() -> None:
    assert pad("東京株式会社", 6) == "東京… "
    assert pad("é", 3) == "é  "


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("coeur", "Cœur"),
        ("strasse", "STRASSE"),
        ("strasse", "Straße"),
        ("l'oreal", "L’Oréal"),
        ("zoe", "ZOË"),
        ("zoe", "Zoe\u0308"),
        ("aerospace", "Ærospace"),
        ("lodz", "Łódź"),
        ("acme sa", "ＡＣＭＥ\u00a0SA"),
        ("istanbul", "İstanbul"),
        ("東京", "東京"),
    ],
)
def test_a_search_key_has_no_case_accent_or_ligature(typed: str, stored: str) -> None:
    assert fold(stored) == fold(typed) == typed


@given(st.text())
def test_folding_does_not_depend_on_the_typed_case_or_composition(s: str) -> None:
    assert fold(s.swapcase()) == fold(s) or s.swapcase().swapcase() != s
    assert fold(unicodedata.normalize("NFD", s)) == fold(unicodedata.normalize("NFC", s))


@given(st.text())
def test_a_folded_key_folds_to_itself(s: str) -> None:
    assert fold(fold(s)) == fold(s)
