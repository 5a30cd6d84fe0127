"""Every sentence can be said in another language: a catalogue that marks what it is asked for shows which are."""

from __future__ import annotations

import gettext
from collections.abc import Iterator

import click
import pytest

from leadq import i18n
from leadq.cli.base import Group, Option
from leadq.cli.main import ROOT
from leadq.refusals import SENTENCES
from tests.cli.runner import Leadq


class _Marked(gettext.NullTranslations):
    """Says everything between marks, with its places to fill in untouched."""

    def gettext(self, message: str) -> str:
        return f"‹{message}›"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"‹{msgid1 if n < 2 else msgid2}›"


@pytest.fixture(autouse=True)
def _marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_load", lambda language: _Marked())


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from _commands(found, (*path, name))


@pytest.mark.parametrize(("path", "command"), _commands(ROOT), ids=lambda value: " ".join(value or ("leadq",)) if isinstance(value, tuple) else "")  # fmt: skip  # noqa: E501
def test_the_whole_help_is_translated(empty: Leadq, path: tuple[str, ...], command: click.Command) -> None:
    shown = " ".join(empty("--lang", "fr", *path, "--help", COLUMNS="80").out.split())
    assert shown.startswith("‹Usage: ›")
    assert " ".join(f"‹{command.help}".split()) in shown
    for param in command.params:
        if isinstance(param, Option):
            assert " ".join(f"‹{param.help}›".split()) in shown


@pytest.mark.parametrize("words", [["list", "--bogus"], ["list", "--limit", "x"], ["bogus"], ["accept"], ["show", "0"],
                                   ["contract"], ["show", "1", "2"], ["list", "--limit"], ["undo"]])  # fmt: skip
def test_every_error_is_translated(leadq: Leadq, words: list[str]) -> None:
    for line in (["--lang=fr", *words], ["--lang", "fr", *words]):
        said = leadq(*line).err
        assert said.startswith(("leadq: ‹", "leadq: --limit: ‹")), said
        assert said.rstrip().endswith("›"), said


def test_every_refusal_is_translated(leadq: Leadq) -> None:
    sentence, hint = SENTENCES["needs_quality"]
    assert leadq("reject", "1", "--reason", "rej.spam", "--lang", "fr").err == f"leadq: ‹{sentence}› ‹{hint}›\n"


def test_the_language_is_asked_for_then_set_then_that_of_the_place(leadq: Leadq) -> None:
    assert "‹" in leadq("list", LEADQ_LANG="fr").out
    assert "‹" not in leadq("list", "--lang", "en", LEADQ_LANG="fr").out
    assert "‹" in leadq("list", LC_ALL="fr_FR.UTF-8").out
    assert leadq("list", "--lang", "de").status == 2


@pytest.mark.parametrize("words", [["list"], ["show", "1"], ["explain", "1"], ["doctor"], ["contract", "show"],
                                   ["keys"], ["status"], ["accept", "1"]])  # fmt: skip
def test_labels_and_words_follow_the_language(leadq: Leadq, words: list[str]) -> None:
    assert "‹" in leadq(*words, LEADQ_LANG="fr").out


def test_the_data_in_json_keeps_its_words(leadq: Leadq) -> None:
    english, other = (leadq("list", "--json", LEADQ_LANG=language).json for language in ("en", "fr"))
    assert [lead | {"label": ""} for lead in english] == [lead | {"label": ""} for lead in other]
