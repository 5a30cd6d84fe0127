"""`--ascii`: leadq's own words and signs in ASCII, cell for cell, and nobody's name touched."""

from __future__ import annotations

import pytest

from leadq import i18n
from leadq.drawing import asked_for, drawn, in_ascii, use_ascii, words
from leadq.i18n import _, ngettext, number
from leadq.text import cell_width
from tests import catalogue


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("Press q.", "Press q."),
        ("the store’s “own” words…", 'the store\'s "own" words...'),
        ("Échap : « à l’œuvre »", 'Echap : "a l\'oeuvre"'),
        ("12\u202f345 leads · 5 %", "12 345 leads - 5 %"),
        ("a → b", "a -> b"),
    ],
    ids=["plain", "English", "French", "number", "arrow"],
)
def test_a_sentence_keeps_its_words(said: str, plain: str) -> None:
    assert words(said) == plain


def test_every_sentence_in_both_languages_is_ascii() -> None:
    use_ascii(True)
    known = [message for message in catalogue.stored() if message.id]
    for language in i18n.LANGUAGES:
        i18n.use(language)
        for message in known:
            if isinstance(message.id, str):
                assert _(message.id).isascii(), message.id
            else:
                assert ngettext(message.id[0], message.id[1], 2).isascii(), message.id
        assert number(1_234_567.8, 1).isascii()


def test_what_is_drawn_becomes_ascii_cell_for_cell() -> None:
    use_ascii(True)
    shown = "╭─┬─╮│ ▌· ok │ ▁▂▃▄▅▆▇█ ░▒▓ → … ╰━╯┃ ▀▄"
    assert drawn(shown).isascii()
    assert cell_width(drawn(shown)) == cell_width(shown)
    assert drawn("▌· ok") == "|- ok"


@pytest.mark.parametrize("name", ["Gal·la Coŀlell", "L’Oréal “Paris”", "山田太郎", "Zoé Œuvrard – Lyon", "Łódź", "№ 5"])
def test_a_name_stays_as_it_is(name: str) -> None:
    use_ascii(True)
    assert drawn(name) == name


def test_nothing_changes_where_nobody_asked() -> None:
    assert drawn("▌· ok …") == "▌· ok …"
    i18n.use("fr")
    assert _("Help") == "Aide"
    assert not in_ascii()


@pytest.mark.parametrize(("value", "on"), [("1", True), ("yes", True), ("0", False), ("", False)], ids=repr)
def test_the_environment_may_ask_for_it(value: str, on: bool) -> None:
    assert asked_for({"LEADQ_ASCII": value}) is on
    assert not asked_for({})
