"""Time and chance come in by the front door only, or a failing seed would not fail again."""

from __future__ import annotations

import ast
from pathlib import Path

import leadq

ROOT = Path(leadq.__file__).parent
SEEDED = {("random", "Random")}
CLOCKS = {"time", "random", "secrets", "datetime.now", "datetime.utcnow"}
TRANSPORT = (
    "sync/wire.py", "sync/origin.py", "sync/body.py", "sync/redact.py", "sync/paging.py", "sync/evidence.py",
    "sync/limits.py", "sync/recorder.py", "sync/transport.py", "sync/http.py",
)  # fmt: skip


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


def test_nothing_in_the_transport_or_the_fake_takes_time_or_chance_from_anywhere_else() -> None:
    files = [ROOT / name for name in TRANSPORT] + sorted((ROOT / "testing").glob("*.py"))
    for file in files:
        taken = _taken(ast.parse(file.read_text("utf-8"))) & CLOCKS
        assert not taken, f"{file.name}: {taken}"
