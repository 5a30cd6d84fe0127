"""Installing a plugin beside leadq, with the tool that installed leadq, and without losing the plugins that are there.

`uv tool install` makes the whole set anew each time, so the set is read from its receipt and given again.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Tool = Literal["uv", "pipx", "venv", "system"]


@dataclass(frozen=True, slots=True)
class Way:
    """The command that installs a plugin; `may_run` only where it surely changes nothing else."""

    tool: Tool
    command: tuple[str, ...]
    may_run: bool


def way(spec: str, *, prefix: Path | None = None, windows: bool = sys.platform == "win32") -> Way:
    """How to install `spec` into the environment of this interpreter."""
    prefix = prefix or Path(sys.prefix)
    if (prefix / "uv-receipt.toml").is_file():
        command = _with_uv(spec, (prefix / "uv-receipt.toml").read_text("utf-8"))
        # A program that is running cannot be replaced on Windows.
        return Way("uv", command, may_run=not windows and shutil.which("uv") is not None)
    if (prefix / "pipx_metadata.json").is_file():
        can = not windows and shutil.which("pipx") is not None
        return Way("pipx", ("pipx", "inject", "leadq", spec), may_run=can)
    if (prefix / "pyvenv.cfg").is_file():
        return _into_venv(spec, prefix)
    return Way("system", (sys.executable, "-m", "pip", "install", spec), may_run=False)


def _into_venv(spec: str, prefix: Path) -> Way:
    if importlib.util.find_spec("pip"):
        return Way("venv", (sys.executable, "-m", "pip", "install", spec), may_run=True)
    command = ("uv", "pip", "install", "--python", str(prefix), spec)
    return Way("venv", command, may_run=shutil.which("uv") is not None)


def _with_uv(spec: str, receipt: str) -> tuple[str, ...]:
    """The whole set anew: leadq as it was asked for, what was beside it, and the new one."""
    requirements = tomllib.loads(receipt).get("tool", {}).get("requirements", [])
    ours = next((one for one in requirements if one.get("name") == "leadq"), {"name": "leadq"})
    others = [one for one in requirements if one.get("name") not in ("leadq", _name_of(spec))]
    kept = [word for one in others for word in _said(one)]
    return ("uv", "tool", "install", *_asked(ours), *kept, "--with", spec)


def _asked(leadq: Mapping[str, Any]) -> tuple[str, ...]:
    option, said = _said(leadq)
    return ("--editable", said) if option == "--with-editable" else (said,)


def _name_of(spec: str) -> str:
    """The package that a requirement names; "" for a path."""
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", spec)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found and "/" not in spec else ""


def _said(one: Mapping[str, Any]) -> tuple[str, str]:
    """One requirement of the receipt as an option of the command line."""
    extras = f"[{','.join(one['extras'])}]" if one.get("extras") else ""
    for place in ("editable", "directory", "path", "url"):
        if one.get(place):
            return ("--with-editable" if place == "editable" else "--with", str(one[place]))
    if one.get("git"):
        return ("--with", f"{one['name']}{extras} @ git+{one['git']}")
    return ("--with", f"{one['name']}{extras}{one.get('specifier', '')}")
