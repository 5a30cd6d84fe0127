"""The unit files of docs/sync.md are what systemd reads."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "sync.md").read_text("utf-8")
NAMES = ("leadq.service", "leadq-once.service", "leadq-once.timer")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_has_nothing_to_say_about_the_documented_units(tmp_path: Path) -> None:
    blocks = re.findall(r"```ini\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == len(NAMES)
    for name, text in zip(NAMES, blocks, strict=True):
        (tmp_path / name).write_text(text.replace("%h/.local/bin/leadq", sys.executable), "utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in NAMES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert str(tmp_path) not in verified.stderr
    assert "leadq" not in verified.stderr
    assert verified.returncode == 0
