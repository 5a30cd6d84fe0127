"""Homes for command lines: an empty one, and one with a few leads that is made once and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.runner import Leadq, csv_of

LEADS = (
    {"name": "Jeanne Martin", "company": "Forges d’Ardèche", "email": "jeanne@forges.example", "trigger": "demo",
     "handed_off_at": "2026-05-13T12:55:00Z"},
    {"name": "Karl Meyer", "company": "Meyer GmbH", "email": "karl@meyer.example", "trigger": "webinar",
     "handed_off_at": "2026-05-13T09:00:00Z"},
    {"name": "Zoé Durand", "company": "Œuvres du Bois", "email": "zd@bois.example", "trigger": "event",
     "handed_off_at": "2026-05-12T08:00:00Z"},
    {"name": "[/] ACME", "company": "[@click=app.quit]x", "email": "evil@acme.example", "trigger": "event",
     "handed_off_at": "2026-05-13T08:00:00Z"},
)  # fmt: skip
"""Lead 1 is hot and in time, 3 is late; what the others lack is missing from all of them."""


@pytest.fixture
def empty(tmp_path: Path) -> Leadq:
    """A home that does not exist."""
    return Leadq(tmp_path / "home")


@pytest.fixture(scope="session")
def _seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    seed = Leadq(tmp_path_factory.mktemp("seed") / "home")
    result = seed("import", seed.file("leads.csv", csv_of(*LEADS)))
    assert (result.status, result.err) == (0, "")
    return seed.folder


@pytest.fixture
def leadq(_seeded: Path, tmp_path: Path) -> Leadq:
    """A home with `LEADS`, numbered from 1 in their order; nobody owns them."""
    return Leadq(Path(shutil.copytree(_seeded, tmp_path / "home")))
