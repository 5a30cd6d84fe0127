"""Installing beside leadq: by the tool that installed it, with everything that was there, or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from leadq.plugins.install import way
from tests.cli.runner import Leadq

RECEIPT = """
[tool]
requirements = [
    { name = "leadq", extras = ["x"], specifier = ">=0.1" },
    { name = "leadq-acme" },
    { name = "leadq-mine", editable = "/src/leadq-mine" },
    { name = "leadq-theirs", git = "https://git.example/leadq-theirs?rev=v1" },
    { name = "leadq-new", specifier = "==1" },
]
entrypoints = [{ name = "leadq", install-path = "/home/zoe/.local/bin/leadq" }]
"""


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own, as `sys.prefix`."""
    folder = tmp_path / "prefix"
    folder.mkdir()
    monkeypatch.setattr(sys, "prefix", str(folder))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return folder


def executable(tmp_path: Path, name: str, status: int = 0) -> Path:
    """A program of that name that writes down how it was called."""
    said = tmp_path / f"{name}.txt"
    program = tmp_path / "bin" / name
    program.write_text(f'#!/bin/sh\nfor word in "$@"; do echo "$word"; done > {said}\nexit {status}\n', "utf-8")
    program.chmod(0o755)
    return said


def test_uv_is_given_the_whole_set_again(empty: Leadq, prefix: Path, tmp_path: Path) -> None:
    (prefix / "uv-receipt.toml").write_text(RECEIPT, "utf-8")
    said = executable(tmp_path, "uv")
    result = empty("plugin", "install", "leadq-new", "--json")
    assert (result.status, result.json["tool"], result.json["installed"]) == (0, "uv", True)
    assert said.read_text("utf-8").split("\n")[:-1] == [
        "tool", "install", "leadq[x]>=0.1", "--with", "leadq-acme", "--with-editable", "/src/leadq-mine",
        "--with", "leadq-theirs @ git+https://git.example/leadq-theirs?rev=v1", "--with", "leadq-new",
    ]  # fmt: skip


def test_pipx_injects(empty: Leadq, prefix: Path, tmp_path: Path) -> None:
    (prefix / "pipx_metadata.json").write_text("{}", "utf-8")
    said = executable(tmp_path, "pipx")
    assert empty("plugin", "install", "leadq-acme").out == "Installed. `leadq plugin list` shows it.\n"
    assert said.read_text("utf-8").split() == ["inject", "leadq", "leadq-acme"]


def test_a_venv_uses_its_own_pip_and_a_folder_is_named_whole(prefix: Path, tmp_path: Path) -> None:
    (prefix / "pyvenv.cfg").write_text("", "utf-8")
    found = way("leadq-acme")
    assert (found.tool, found.may_run) == ("venv", True)
    assert found.command == (sys.executable, "-m", "pip", "install", "leadq-acme")


def test_a_venv_without_pip_uses_uv(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (prefix / "pyvenv.cfg").write_text("", "utf-8")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not way("leadq-acme").may_run
    executable(tmp_path, "uv")
    assert way("leadq-acme").command == ("uv", "pip", "install", "--python", str(prefix), "leadq-acme")
    assert way("leadq-acme").may_run


@pytest.mark.parametrize("kind", ["system", "windows", "no uv"])
def test_what_it_may_not_change_it_only_names(
    empty: Leadq, prefix: Path, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind != "system":
        (prefix / "uv-receipt.toml").write_text(RECEIPT, "utf-8")
    if kind == "windows":
        executable(tmp_path, "uv")
        assert not way("leadq-acme", windows=True).may_run
        return
    result = empty("plugin", "install", "leadq-acme")
    assert result.status == 3
    assert result.out.startswith("leadq does not change this installation by itself. Run:\n  ")
    assert "leadq-acme" in result.out
    assert ("--with-editable /src/leadq-mine" in result.out) is (kind == "no uv")


def test_a_tool_that_fails_is_one_sentence(empty: Leadq, prefix: Path, tmp_path: Path) -> None:
    (prefix / "pipx_metadata.json").write_text("{}", "utf-8")
    executable(tmp_path, "pipx", status=1)
    result = empty("plugin", "install", "leadq-acme", "--json")
    assert (result.status, result.code) == (75, "install_failed")
    assert "pipx inject leadq leadq-acme" in result.json["error"]["hint"]


def test_a_folder_is_given_by_its_whole_path(
    empty: Leadq, prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (prefix / "pipx_metadata.json").write_text("{}", "utf-8")
    said = executable(tmp_path, "pipx")
    (tmp_path / "leadq-acme").mkdir()
    monkeypatch.chdir(tmp_path)
    assert empty("plugin", "install", "leadq-acme").status == 0
    assert said.read_text("utf-8").split()[-1] == str(tmp_path / "leadq-acme")


def test_no_option_is_slipped_in(empty: Leadq, prefix: Path) -> None:
    assert empty("plugin", "install", "--json", "--", "--target=/elsewhere").code == "usage"
