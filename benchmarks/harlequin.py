"""harlequin, the terminal's SQL editor, as a neighbour to be held against: the same library, over the same SQLite file.

It pins another click than ours and brings 300 MB, so it has an environment of its own in the user's cache, made by the
first run that needs it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from benchmarks.homes import environment
from benchmarks.terminal import Screen

VERSION: Final = "2.17.0"
"""Of August 2026, when the bar was set against it."""

_LIMIT_S: Final = 900.0
_PANES: Final = ("Data Catalog", "Query Editor", "Query Results")


class UnavailableError(Exception):
    """It cannot be had here; says why."""


def installed() -> Path:
    """The program. Raises UnavailableError when it is not there and cannot be installed."""
    folder = user_cache_path("leadq-bench") / f"harlequin-{VERSION}-{sys.version_info[0]}.{sys.version_info[1]}"
    program, python = folder / "bin" / "harlequin", folder / "bin" / "python"
    if not program.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"harlequin=={VERSION}"])
    return program


def command(program: Path, database: Path) -> list[str]:
    """Its command line over a database that it may not change."""
    return [str(program), "--adapter", "sqlite", "--read-only", "--no-write-history", str(database)]


def own_environment(folder: Path) -> dict[str, str]:
    """An environment in which it keeps what it keeps below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    places = {name: str(folder) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    return environment() | places


def painted(screen: Screen) -> bool:
    """Whether its panes, the database in its catalogue and its line of keys are there."""
    text = "\n".join(screen)
    return all(pane in text for pane in _PANES) and "main" in text and "Quit" in screen[-1]


def _run(words: list[str]) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"harlequin {VERSION}: {error}") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise UnavailableError(f"harlequin {VERSION} could not be installed: {last}")
