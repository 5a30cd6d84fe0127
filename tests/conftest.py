"""Real homes in temporary folders, at a frozen instant: nothing in the suite looks at the wall clock."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from leadq import i18n
from leadq.actions import use_keys
from leadq.clock import Clock
from leadq.drawing import use_ascii
from leadq.paths import Home
from leadq.queue import Queue
from leadq.sqlite import Store
from tests.leads import NOW_MS, hand_over

__all__ = ["NOW_MS", "hand_over"]

_SHARED = Path("/dev/shm")
_ROOM = 2 << 30


def _in_memory(where: Path) -> bool:
    """Whether thousands of homes have room there: a container often has 64 MB."""
    return os.access(where, os.W_OK) and shutil.disk_usage(where).free > _ROOM


if _in_memory(_SHARED):  # a home is a few hundred writes that wait for the disk, and no test is about the disk
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_SHARED))

# A busy machine is no bug.
settings.register_profile("leadq", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leadq")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes never name a test: a gzip header holds its second, and two workers would collect two suites."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: looking through them for garbage again and again is a tenth of the suite."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests measured (`record_property("figure", ...)`), also those of other processes."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "figure":
                terminalreporter.write_line(f"leadq: {value}")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No test sees the developer's own home, language or clock; and no process compiles what another one did."""
    for name in ("LEADQ_HOME", "LEADQ_NOW", "LEADQ_LANG", "LEADQ_ASCII", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nobody" / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nobody" / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "nobody" / "state"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    i18n.use("en")
    yield
    use_keys({})
    use_ascii(False)
    i18n.use("en")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where the system has one: for thousands of transactions, none about the disk."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="leadq-", dir=shared) as folder:
        yield Path(folder)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that does not exist yet."""
    base = tmp_path / "home"
    return Home(base / "config", base / "data", base / "state")


@pytest.fixture
def store(home: Home) -> Store:
    """Its database, not made yet."""
    return Store(home)


@pytest.fixture
def queue(store: Store) -> Queue:
    """The verbs of that home, at the frozen instant."""
    return Queue(store, Clock(NOW_MS))


def at(text: str) -> int:
    """An instant in milliseconds UTC, from ISO text without an offset."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
