"""docs/cli.md is what scripts rely on: its lists are closed, and nothing on it is missing from the program."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from leadq.cli.base import GLOBALS, Group
from leadq.cli.main import COMMANDS
from leadq.cli.main import ROOT as LEADQ
from leadq.errors import Exit
from leadq.refusals import SENTENCES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")
PAGES = (
    *("connections", "contract", "hub", "hubspot", "keys-and-themes", "marketing", "reports", "rituals", "rollout"),
    *("sync", "team", "your-crm"),
)
_RAISERS = ("LeadqError", "__init__")


def _codes(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each code with its exit status, wherever an error is made with a literal code."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        status = next((keyword.value for keyword in node.keywords if keyword.arg == "exit_status"), None)
        if name in _RAISERS and isinstance(status, ast.Attribute):
            yield str(node.args[0].value), str(int(Exit[status.attr]))


def _raised() -> set[tuple[str, str]]:
    files = (ROOT / "leadq").rglob("*.py")
    return {found for file in files for found in _codes(ast.parse(file.read_text("utf-8")))}


def test_the_list_of_error_codes_is_closed() -> None:
    listed = set(re.findall(r"(?m)^\| `([a-z_]+)` \| (\d+) \|", PAGE))
    refusals = {(code, str(int(Exit.REFUSED))) for code in SENTENCES}
    assert listed == _raised() | refusals


def test_every_exit_status_is_listed() -> None:
    listed = set(re.findall(r"(?m)^\| (\d+) \|", PAGE))
    assert listed == {str(int(status)) for status in Exit}


def test_every_command_is_listed_and_no_other() -> None:
    table = PAGE[PAGE.index("## Commands") : PAGE.index("### Importing")]
    listed = {found for found in re.findall(r"(?m)^\| `([a-z-]+)", table) if found != "leadq"}
    assert listed == set(COMMANDS)


def _commands(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, Group):
        for word in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), word)
            assert found is not None
            yield from _commands(found, f"{name} {word}".strip())
    else:
        yield name, command


def test_every_option_of_a_command_is_listed() -> None:
    table = PAGE[PAGE.index("## Commands") : PAGE.index("### Importing")]
    rows = re.findall(r"(?m)^\| `(.+?)` \|", table)
    for name, command in _commands(LEADQ):
        row = next((row for row in rows if f"{row} ".startswith(f"{name} ")), "")
        assert row, name
        for param in command.params:
            if isinstance(param, click.Option):
                assert param.opts[0] in row, (name, param.opts)


def _said(page: Path) -> Iterator[list[str]]:
    """Each `leadq WORDS` of a page, from its blocks and from within its lines."""
    fence = re.compile(r"(?ms)^```.*?^```$")
    text = page.read_text("utf-8")
    lines = re.findall(r"(?m)^(?:\$ |.*\| )?leadq (.+)$", "\n".join(fence.findall(text)))
    for said in (*lines, *re.findall(r"`leadq\s([^`]+)`", fence.sub("", text))):
        yield shlex.split(said.partition(" && ")[0], comments=True)


@pytest.mark.parametrize("page", [f"{lang}{name}.md" for lang in ("", "fr/") for name in PAGES])
def test_every_command_that_a_page_names_is_there_with_its_options(page: str) -> None:
    commands = dict(_commands(LEADQ))
    for words in _said(ROOT / "docs" / page):
        name = next((name for name in (" ".join(words[:3]), " ".join(words[:2]), words[0]) if name in commands), "")
        assert name or words[0].startswith("-") or words in ([group] for group in COMMANDS), words
        params = (*GLOBALS, *LEADQ.params, *(commands[name].params if name else ()))
        known = {opt for param in params for opt in param.opts}
        assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known, words
