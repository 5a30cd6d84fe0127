"""Homes to measure on, and leadq as a command on them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import rows
from leadq import config
from leadq.paths import Home
from leadq.rulebook import template_text

ME = "zoe"


def home_at(folder: Path) -> Home:
    """The home inside `folder`, as `LEADQ_HOME` means it."""
    return Home(folder / "config", folder / "data", folder / "state")


def build(folder: Path, count: int) -> Home:
    """A home with `count` open leads of our own, on a calendar that never closes.

    So the first screenful counts down by the second at whatever hour this runs.
    """
    home = home_at(folder)
    config.write(home, ME)
    always = re.sub(r'(?m)^(mon|tue|wed|thu) = ".*"$', r'\1 = "00:00-24:00"', template_text("pme-fr"))
    always = re.sub(r'(?m)^fri = ".*"$', "\n".join(f'{day} = "00:00-24:00"' for day in ("fri", "sat", "sun")), always)
    home.contract.write_text(always.replace('country = "FR"', 'country = ""'), "utf-8")
    file = folder / "leads.csv"
    rows.write(file, count, datetime.now(UTC))
    run(leadq("import", str(file)), environment(folder))
    file.unlink()
    return home


def leadq(*words: str) -> list[str]:
    """The command line of leadq."""
    return [sys.executable, "-m", "leadq", *words]


def environment(folder: Path | None = None) -> dict[str, str]:
    """An environment without the developer's own settings; `folder` is the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEADQ_", "LC_", "PYTHON"))}
    home = {} if folder is None else {"LEADQ_HOME": str(folder)}
    return kept | {"LC_ALL": "C.UTF-8", "LEADQ_LANG": "en", "TERM": "xterm-256color", "COLORTERM": "truecolor"} | home


def run(words: list[str], env: dict[str, str]) -> None:
    """Run to the end. Raises RuntimeError with what it said when it fails: a figure of a failure means nothing."""
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}")
