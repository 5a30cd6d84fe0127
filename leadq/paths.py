"""Where things live: a home is three folders, config, data and state, all inside it or where the system wants them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Home(NamedTuple):
    """The folders of one person's leadq. Nothing is created by naming them."""

    config: Path
    data: Path
    state: Path

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self.data / "leadq.db"

    @property
    def write_lock(self) -> Path:
        """The lock file of who writes to the database."""
        return self.data / "leadq.lock"

    @property
    def contract(self) -> Path:
        """The SLA contract that people edit."""
        return self.config / "contract.toml"

    @property
    def settings(self) -> Path:
        """Who I am, and the connections."""
        return self.config / "leadq.toml"

    @property
    def keys(self) -> Path:
        """The keys that the user has given to actions."""
        return self.config / "keys.toml"

    @property
    def screen(self) -> Path:
        """Where somebody left off at the screen; its search may hold a name, so an erasure takes it away."""
        return self.state / "screen.json"

    def sync_lock(self, connection: str, suffix: str = "") -> Path:
        """A lock file of one connection, whose name may hold anything: who has it may talk to that CRM."""
        from urllib.parse import quote  # not on the way of the shell prompt

        return self.state / f"sync-{quote(connection, safe='')}{suffix}.lock"

    @property
    def exists(self) -> bool:
        """Whether a writing command has ever been here."""
        return self.database.exists()


def find_home(requested: str | None = None, environ: Mapping[str, str] = os.environ) -> Home:
    """The home asked for with `--home` or `LEADQ_HOME`, else the folders that the system gives to programs."""
    root = requested or environ.get("LEADQ_HOME")
    if root:
        base = Path(root).expanduser().absolute()
        return Home(base / "config", base / "data", base / "state")
    import platformdirs  # 25 ms that a home named by the user never pays

    dirs = platformdirs.PlatformDirs("leadq", appauthor=False)
    return Home(Path(dirs.user_config_dir), Path(dirs.user_data_dir), Path(dirs.user_state_dir))
