"""How every command answers: one JSON document, global options on either side, errors in one sentence."""

from __future__ import annotations

import json

import pytest

from leadq import __version__
from leadq.cli.main import COMMANDS
from tests.cli.runner import Leadq
from tests.hostile import HOSTILE


@pytest.mark.parametrize("words", [["--json", "list"], ["list", "--json"], ["--json", "list", "--json"]])
def test_global_options_stand_on_either_side(leadq: Leadq, words: list[str]) -> None:
    assert len(leadq(*words).json) == 4


def test_global_options_stand_between_a_group_and_its_command_too(leadq: Leadq) -> None:
    for words in (["--json", "contract", "show"], ["contract", "--json", "show"], ["contract", "show", "--json"]):
        assert leadq(*words).json["name"] == "PME"


def test_the_home_can_be_named_after_the_command_and_wins_over_the_environment(leadq: Leadq, tmp_path: object) -> None:
    assert leadq("list", "--json", "--home", f"{tmp_path}/nowhere").json == []


def test_the_instant_can_be_named_on_the_command_line(leadq: Leadq) -> None:
    before = leadq("show", "1", "--json", "--now", "2026-05-13T12:56:00Z").json["clocks"][0]
    assert before["remaining_s"] - leadq("show", "1", "--json").json["clocks"][0]["remaining_s"] == 240


def test_an_unknown_command_names_the_nearest_and_is_json_when_asked(leadq: Leadq) -> None:
    assert leadq("touhc", "1").err == "leadq: There is no command “touhc”. Did you mean touch?\n"
    error = leadq("touhc", "1", "--json").json["error"]
    assert (error["code"], error["candidates"]) == ("unknown_command", [{"command": "touch"}])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list", "--limt", "3"], "There is no option --limt."),
        (["list", "--json", "--limit"], "--limit is not used that way"),
        (["list", "--limit", "-3"], "--limit: “-3” is not a whole number"),
        (["list", "--view", "yours"], "There is no view “yours”."),
        (["accept"], "LEAD is missing."),
        (["show", "1", "2"], "“2” is one word too many."),
        (["contract"], "Say which: check, show, "),
        (["sync", "--pull", "--push"], "--pull and --push together"),
        (["list", "--now", "tomorrow"], "“tomorrow” is not an instant."),
        (["--json"], "The screen cannot be a JSON document."),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_exit_2(leadq: Leadq, words: list[str], sentence: str) -> None:
    asked = leadq("--json", *words)
    assert (asked.status, asked.err) == (2, "")
    assert sentence in asked.json["error"]["message"]


def test_a_wrong_command_line_says_so_in_one_line_on_standard_error(leadq: Leadq) -> None:
    told = leadq("list", "--limt", "3")
    assert (told.status, told.out) == (2, "")
    assert told.err == "leadq: There is no option --limt. Did you mean --limit?\n"


def test_without_a_command_or_a_terminal_it_names_what_works_there(leadq: Leadq) -> None:
    told = leadq()
    assert (told.status, told.out) == (2, "")
    assert "`leadq list`" in told.err
    assert "`leadq work`" in told.err


def test_version_and_help_are_data(leadq: Leadq) -> None:
    assert leadq("--version").out == f"leadq {__version__}\n"
    assert leadq("list", "--version", "--json").json == {"version": __version__}
    for name in COMMANDS:
        shown = leadq(name, "--help")
        assert (shown.status, shown.err) == (0, ""), name
        assert shown.out.startswith(f"Usage: leadq {name} ")
        assert "--json" in shown.out


def test_the_help_lists_every_command_with_a_sentence(leadq: Leadq) -> None:
    shown = leadq("--help").out
    for name in COMMANDS:
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("demo", "init")])
def test_a_command_without_anything_to_do_makes_no_home(empty: Leadq, name: str) -> None:
    json.loads(empty(name, "--json").out)
    assert not empty.folder.exists()


def test_reading_a_home_that_does_not_exist_answers_empty(empty: Leadq) -> None:
    assert empty("list", "--json").json == []
    assert empty("next", "--json").out == "null\n"
    assert empty("status", "--json").json["connections"] == []
    assert empty("prompt").out == ""
    assert (empty("accept", "1").status, empty("show", "1").status) == (6, 6)
    assert not empty.folder.exists()


def test_quiet_leaves_only_the_answer(leadq: Leadq) -> None:
    assert leadq("list", "--search", "nobody").err != ""
    assert leadq("list", "--search", "nobody", "-q").err == ""


ALLOWED = "\n\u00a0\u202f\u200c\u200d\ufe0f"
"""Spaces of French typography and the joiners of emoji and Persian: what `clean` keeps."""


def test_hostile_text_reaches_no_terminal_as_it_came(empty: Leadq) -> None:
    reached = [empty("import", empty.file("hostile.csv", "name\nZoé\n"))]
    for number, name in enumerate(HOSTILE):
        who = ("--email", f"x{number}@hostile.example", "--trigger", name, "--note", name)
        reached += [empty("add", "--name", name, "--company", name, *who), empty("show", str(number + 2))]
    reached += [empty(*words, *manner) for words in READS for manner in ((), ("--json",))]
    reached += [empty("show", HOSTILE[-1]), empty("list", "--search", HOSTILE[-1]), empty(HOSTILE[-1])]
    for result in reached:
        said = result.out + result.err
        assert all(char.isprintable() or char in ALLOWED for char in said), said


READS = (
    ["list"],
    ["next"],
    ["day"],
    ["radar"],
    ["work"],
    ["explain", "2"],
    ["accept", "2"],
    ["note", "2", "--text", HOSTILE[-1]],
    ["undo"],
)


def test_json_loses_nothing_of_what_it_escapes(empty: Leadq) -> None:
    empty("add", "--name", "Zoé 🧸 \u2067txt", "--email", "x@y.example")
    assert empty("show", "1", "--json").json["name"] == empty("next", "--json").json["name"]
    assert "\u2067" not in empty("show", "1", "--json").out
