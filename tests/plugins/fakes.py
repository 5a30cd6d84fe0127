"""Plugins of other people, for tests: a module and the metadata of the package that announces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ADAPTER = """
import ctypes, os, sys, time
from leadq.plugins.sdk import *

class Fake:
    name = "{name}"
    api_version = 1
    capabilities = frozenset({{"push", "idempotent_push"}})
    options = (Option("outcomes", "a file"),)

    def __init__(self, context):
        self.context = context

    def check(self):
        return Account("account")

    def push(self, changes):
        {push}

@hookimpl
def leadq_adapter():
    return Fake
"""


def announce(folder: Path, name: str, code: str, package: str = "") -> Path:
    """Install a package in `folder` whose module holds `code` and announces the adapter `name`."""
    package = package or f"leadq-{name}"
    module = package.replace("-", "_")
    (folder / f"{module}.py").write_text(code, "utf-8")
    metadata = folder / f"{module}-1.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[leadq]\n{name} = {module}\n", "utf-8")
    return folder


def adapter(name: str, push: str = "yield from (Result(change.op_id, 'applied') for change in changes)") -> str:
    """The code of an adapter that keeps the contract, with this body of `push`."""
    return ADAPTER.format(name=name, push=push)
