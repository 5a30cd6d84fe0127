"""Time and chance come in by the front door only, or a failing seed would not fail again."""

from __future__ import annotations

import ast
from pathlib import Path

import leadq

ROOT = Path(leadq.__file__).parent
SEEDED = {("random", "Random")}
CLOCKS = {"time", "random", "secrets", "datetime.now", "datetime.utcnow"}
PORTS = {"ports.py", "machine.py"}


def _taken(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {str(node.module) for alias in node.names if (node.module, alias.name) not in SEEDED}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
    return found


def test_nothing_in_sync_or_the_fake_takes_time_or_chance_from_anywhere_else() -> None:
    sync = sorted(file for file in (ROOT / "sync").glob("*.py") if file.name not in PORTS)
    for file in sync + sorted((ROOT / "testing").glob("*.py")):
        taken = _taken(ast.parse(file.read_text("utf-8"))) & CLOCKS
        assert not taken, f"{file.name}: {taken}"
