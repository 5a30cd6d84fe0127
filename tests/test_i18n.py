"""English and French say the same things."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from datetime import UTC
from typing import Final

import click
import pytest

from leadq import i18n
from leadq.cli.base import Group, Option
from leadq.cli.main import ROOT
from leadq.domain.contract_file import read_contract
from leadq.domain.decide import Refused
from leadq.domain.match_messages import Advice, Slip
from leadq.glance import SIGNS
from leadq.refusals import SENTENCES, refusal
from leadq.text import cell_width
from leadq.tui.widgets.footer import keys_text
from leadq.words import CLOCKS
from tests import catalogue
from tests.cli.runner import run

SAME: Final = frozenset({
    "+ ok", "Action", "Code", "Conditions", "Marketing", "SDR", "marketing",
    "E-mail", "e-mail", "LinkedIn", "Leads", "Note", "Options", "Radar", "SMS", "Score", "Source", "Verdict",
    "Version", "[OPTIONS]",
    "Cause", "Lead", "Segment",
    "cycle", "incompatible",
    "action", "budget", "horizon", "lead {id}", "leadq", "leads", "n", "note", "objection", "ok", "original",
    "question", "radar {n}", "score", "score {n}", "source", "sync {when}", "verdict", "{advice}",
    "{count} {what} · {rate}/s", "{n} lead", "{n} leads", "{when} ({left})",
})  # fmt: skip
"""What is written alike in both languages."""


def _texts(value: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def test_every_sentence_has_its_french() -> None:
    french = catalogue.stored()
    missing = [
        message.id
        for message in catalogue.wanted()
        if message.id and not ((known := french.get(_texts(message.id)[0])) and all(_texts(known.string)))
    ]
    assert not missing, (
        f"{len(missing)} without French; complete leadq/locale/fr.po and run `make locale`: {missing[:5]}"
    )


def test_a_translation_that_is_the_english_again_is_one_that_both_languages_share() -> None:
    alike = {
        english
        for message in catalogue.stored()
        if message.id
        for english, french in zip(_texts(message.id), _texts(message.string), strict=True)
        if english == french
    }
    assert alike == SAME


def test_sentences_are_found_wherever_they_are_marked() -> None:
    source = (
        """print(f"{_('in braces')}", i18n._('elsewhere'), ngettext("one" " part", "parts", 2), N_('a'), _(unknown))"""
    )
    assert set(catalogue.marked(source)) == {"in braces", "elsewhere", ("one part", "parts"), "a"}


def test_the_french_catalogue_holds_nothing_that_nobody_says() -> None:
    said = {_texts(message.id)[0] for message in catalogue.wanted() if message.id}
    assert [message.id for message in catalogue.stored() if message.id and _texts(message.id)[0] not in said] == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    assert catalogue.MO.read_bytes() == catalogue.compiled(catalogue.stored()), "run `make locale`"


def _fields(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_a_translation_keeps_the_names_in_braces() -> None:
    for message in catalogue.stored():
        if message.id:
            wanted = set().union(*(_fields(text) for text in _texts(message.id)))
            for text in _texts(message.string):
                assert _fields(text) <= wanted, message.id
                if isinstance(message.id, str):
                    assert _fields(text) == wanted, message.id


def test_french_is_set_as_french_is() -> None:
    """A narrow or plain no-break space before ; ! ? and inside « », as printers and reps expect."""
    for message in catalogue.stored():
        for text in _texts(message.string) if message.id else ():
            assert not re.search(r"[\w»)}`] [:;!?%](\s|$)", text), text
            assert not re.search(r"[\w»)}]:(\s|$)", text), text
            assert not re.search(r"« | »|[“”]|\w'\w|\.\.\.", text), text


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from _commands(found, (*path, name))


def _one_line(text: str) -> str:
    """Without line ends and indents; no-break spaces stay."""
    return re.sub(r"[ \n]+", " ", text)


def _sentences() -> set[str]:
    """Every English sentence of the catalogue: what ends with a full stop cannot be a name or a code."""
    found = {text for message in catalogue.stored() if message.id for text in _texts(message.id)}
    return {_one_line(text) for text in found if text.endswith(".") and " " in text}


@pytest.mark.parametrize(("path", "command"), _commands(ROOT))
def test_the_help_of_every_command_is_french(path: tuple[str, ...], command: click.Command) -> None:
    shown = _one_line(run(*path, "--lang", "fr", "--help", COLUMNS="80").out)
    assert shown.startswith("Usage\u00a0: leadq")
    assert [sentence for sentence in _sentences() if sentence in shown] == []
    i18n.use("fr")
    helps = [command.help, *(param.help for param in command.params if isinstance(param, Option))]
    for text in filter(None, helps):
        assert _one_line(i18n._(text)) in shown


_PARAMS: Final = {
    "id": 7, "verb": "accept", "state": "accepted", "owner": "zoe", "reason": "rej.zzz", "known": "a, b",
    "wanted": "rejected", "criterion": "size", "info": "phone", "channel": "fax", "outcome": "zzz", "track": "zzz",
    "name": "need", "at_ms": 0, "handed_off_ms": 0, "attempts": 1, "min_attempts": 6, "channels": 1,
    "min_channels": 2, "span": "5bd", "member": "bob", "cap": "20bd", "last_ms": 0, "zone": UTC, "now_ms": 0,
    "other": 8, "into": 9, "answer": "zzz", "line": "a", "event": "zzz", "type": "accepted",
    "count": 1204, "most": 1000,
}  # fmt: skip


@pytest.mark.parametrize("code", SENTENCES)
def test_every_refusal_is_french(code: str) -> None:
    english = refusal(Refused(code, _PARAMS), 7)
    i18n.use("fr")
    french = refusal(Refused(code, _PARAMS), 7)
    assert french.message != english.message
    assert french.hint != english.hint or not english.hint
    assert not {"the", "is", "lead's", "handed", "accepted"} & set(re.findall(r"[\w']+", french.message + french.hint))


@pytest.mark.parametrize("state", ["handed_off", "accepted", "working", "connected", "qualified", "disqualified",
                                   "recycled", "rejected", "archived", "merged"])  # fmt: skip
def test_what_a_state_allows_is_french(state: str) -> None:
    found = Refused("wrong_state", {"state": state, "verb": "undo", "into": 9})
    english = refusal(found, 7)
    i18n.use("fr")
    assert refusal(found, 7).hint != english.hint


@pytest.mark.parametrize(
    ("condition", "message", "hint"),
    [
        ("score >", "attendue après '>'\u00a0: une valeur\u202f; trouvé\u00a0: la fin", ""),
        ("triger", "il n’y a pas de champ 'triger'", "Vouliez-vous dire trigger\u202f?"),
        ("score = 1", "'=' ne compare rien", "Écrivez == pour comparer."),
        ("(score > 5", "attendu\u00a0: 'and', 'or' ou ')'\u202f; trouvé\u00a0: la fin", ""),
        ("true" + " " * 2000, "elle dépasse 2000 caractères", "Répartissez-la en plusieurs règles."),
    ],
)
def test_a_condition_that_is_wrong_is_said_in_french_inside_the_contract(
    condition: str, message: str, hint: str
) -> None:
    text = f'schema = 1\n[[policy]]\nid = "hot"\nmatch = "{condition}"\n'
    i18n.use("fr")
    worded = [problem.worded(i18n._) for problem in read_contract(text.encode(), "contract.toml").errors]
    assert (f"Cette condition est inutilisable\u00a0: {message}.", hint) in worded


def test_every_sentence_about_conditions_has_a_use() -> None:
    """The messages are an enumeration: one that nothing raises would be translated for nobody."""
    source = (catalogue.ROOT / "domain" / "match.py").read_text("utf-8")
    names = [f"{type(text).__name__}.{text.name}" for text in (*Slip, *Advice)]
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", source)] == []


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_words_of_columns_and_of_the_footer_have_room(language: i18n.Language) -> None:
    i18n.use(language)
    assert max(cell_width(i18n._(word)) for _glyph, word, _tone in SIGNS.values()) <= 9
    assert max(cell_width(i18n._(CLOCKS[kind])) for kind in ("accept", "first_touch", "disposition")) <= 12
    titles = {"Band": 5, "Clock": 11, "Left": 7, "Trigger": 10, "Owner": 8, "trigger": 11, "state": 12, "owner": 8}
    assert [title for title, cells in titles.items() if cell_width(i18n._(title)) > cells] == []
    assert keys_text(80).cell_length <= 80


@pytest.mark.parametrize(
    ("requested", "environ", "language"),
    [
        ("fr", {"LEADQ_LANG": "en"}, "fr"),
        (None, {"LEADQ_LANG": "fr", "LANG": "en_US.UTF-8"}, "fr"),
        (None, {"LANG": "fr_BE.UTF-8"}, "fr"),
        (None, {"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_locale(
    requested: str | None, environ: dict[str, str], language: str
) -> None:
    assert i18n.choose(requested, environ) == language


def test_numbers_follow_the_language() -> None:
    assert i18n.number(12345.6, 1) == "12,345.6"
    i18n.use("fr")
    assert i18n.number(12345.6, 1) == "12\u202f345,6"
