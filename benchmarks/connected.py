"""A CRM of made-up leads beside a home, in a process of its own, and the adapter that speaks to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.homes import environment
from leadq.paths import Home

ROOT: Final = Path(__file__).parents[1]

_PLUGIN: Final = """
from leadq.plugins.sdk import hookimpl
from leadq.testing.rest import Rest

@hookimpl
def leadq_adapter():
    return Rest
"""


def announce(folder: Path) -> None:
    """A package, as pip would install it, that announces the testing adapter."""
    about = folder / "leadq_rest-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "leadq_rest.py").write_text(_PLUGIN, "utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: leadq-rest\nVersion: 1.0\n", "utf-8")
    (about / "entry_points.txt").write_text("[leadq]\nrest = leadq_rest\n", "utf-8")


def connect(home: Home, address: str) -> None:
    """Write the settings of zoe's home: connected to what answers there."""
    home.config.mkdir(parents=True, exist_ok=True)
    table = f'[connection.crm]\nadapter = "rest"\nurl = "{address}"\n'
    home.settings.write_text(f'[me]\nmember = "zoe"\n\n{table}', "utf-8")


def syncing(folder: Path, plugins: Path) -> dict[str, str]:
    """The environment of a leadq that finds the adapter in `plugins` and has the CRM's token; `folder` is the home."""
    path = os.pathsep.join((str(plugins), str(ROOT)))
    return environment(folder) | {"PYTHONPATH": path, "LEADQ_CRM_TOKEN": "pat-fake"}


@contextmanager
def served(counts: Sequence[int]) -> Iterator[str]:
    """The address of the CRM until the block ends: below `/COUNT` it has so many leads."""
    words = [sys.executable, "-m", "benchmarks.crm", *map(str, counts)]
    env = environment() | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate("")
