"""A home that does not exist, for reports of nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.runner import Leadq


@pytest.fixture
def empty(tmp_path: Path) -> Leadq:
    """A home that does not exist."""
    return Leadq(tmp_path / "home")
