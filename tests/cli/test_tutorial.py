"""“Your CRM in 15 minutes” is run block by block as it stands there: real processes, a real socket, no network."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[2]
ENGLISH: Final = ROOT / "docs" / "your-crm.md"
FRENCH: Final = ROOT / "docs" / "fr" / "your-crm.md"
PORT: Final = "8765"
END: Final = "\x1e"

INSTALLER: Final = '''
"""Stands in for pip, which would fetch a build backend: the package and its entry points, where Python finds them."""
import shutil, sys, tomllib
from pathlib import Path

folder, here = Path(sys.argv[-1]), Path(__file__).parents[1]
project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
shutil.copytree(folder / "src", here, dirs_exist_ok=True)
about = here / f"{project['name']}-{project['version']}.dist-info"
about.mkdir()
(about / "METADATA").write_text(f"Metadata-Version: 2.1\\nName: {project['name']}\\nVersion: {project['version']}\\n")
points = "".join(f"{name} = {module}\\n" for name, module in project["entry-points"]["leadq"].items())
(about / "entry_points.txt").write_text(f"[leadq]\\n{points}")
'''


class Block(NamedTuple):
    """A block of the page, and the file that the sentence before it names last."""

    kind: str
    file: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Every block, in order."""
    parts = re.split(r"^```(\w*)\n(.*?)^```\n", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for before, kind, text in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
        named = re.findall(r"`([\w./-]+\.(?:json|py|toml))`", before)
        yield Block(kind, named[-1] if kind != "console" else "", text)


class Shell:
    """A shell in which one line after the other is run, each in the state that the last one left."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--norc", "-m"], cwd=folder, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, line: str) -> str:
        """What the line says; it must end well."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\necho {END}$?\n")
        self._process.stdin.flush()
        said = ""
        while END not in said:
            read = self._process.stdout.readline()
            assert read, said
            said += read
        said, _, status = said.partition(END)
        assert int(status) == 0, f"{line}\n{said}"
        return said

    def close(self) -> None:
        """End it and what it left running."""
        self._process.communicate("kill %1; wait\n", timeout=30)


def matches(shown: str, said: str) -> bool:
    """Whether a line of the page is among those that were said; `...` is anything, and spaces are not counted."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in shown.split("..."))
    return any(re.fullmatch(pattern.replace(r".*\ ", ".*").replace(r"\ .*", ".*"), " ".join(line.split()))
               for line in said.splitlines())  # fmt: skip


def run_console(shell: Shell, text: str, port: str) -> None:
    """Run the lines after a `$`, and look for those that the page shows after each."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        said = shell.run(line)
        if line.endswith("&"):
            wait_for(int(port))
        missing = [each for each in shown.splitlines() if each.strip() and not matches(each, said)]
        assert not missing, f"$ {line}\n{said}\nmissing: {missing}"


def wait_for(port: int) -> None:
    """Until somebody answers there."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody answers on {port}")


def free_port() -> str:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return str(line.getsockname()[1])


def cpu_s() -> float:
    """User and system time of this process and of its children that have ended."""
    return sum(os.times()[:4])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """leadq and Python on the path, and a stand-in for pip that no network is needed for."""
    installer = tmp_path / "installed" / "pip"
    installer.mkdir(parents=True)
    (installer / "__init__.py").touch()
    (installer / "__main__.py").write_text(INSTALLER, "utf-8")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    modules = os.pathsep.join([str(installer.parent), str(ROOT)])
    return {**os.environ, "PATH": path, "PYTHONPATH": modules, "COLUMNS": "100"}


def test_the_french_page_has_the_same_blocks() -> None:
    assert list(blocks(FRENCH)) == list(blocks(ENGLISH))


@pytest.mark.skipif(not shutil.which("bash"), reason="the page is for a POSIX shell")
def test_the_page_leads_from_an_answer_to_a_synced_lead(
    tmp_path: Path, environment: dict[str, str], record_property: Callable[[str, str], None]
) -> None:
    """The issue asks for seconds here: less than 60 of machine time, and an adapter of less than 100 lines."""
    folder, port, before = tmp_path / "work", free_port(), cpu_s()
    folder.mkdir()
    shell = Shell(folder, environment)
    try:
        for block in blocks(ENGLISH):
            text = block.text.replace(PORT, port)
            if block.kind == "console":
                run_console(shell, text, port)
                continue
            with (folder / block.file).open("a" if block.kind == "toml" else "w", encoding="utf-8") as file:
                file.write(f"\n{text}" if block.kind == "toml" else text)
    finally:
        shell.close()
    used_s = cpu_s() - before
    lines = len((folder / "leadq-acme/src/leadq_acme/__init__.py").read_text("utf-8").splitlines())
    record_property("figure", f"the tutorial: {used_s:.1f} s of machine time; its adapter: {lines} lines")
    assert used_s < 60
    assert lines < 100
