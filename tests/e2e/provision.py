"""A Tryton on PostgreSQL in one folder: `python -m tests.e2e.provision FOLDER`, about a minute the first time.

Tryton is GPL: it is installed from its own packages, started as a process of its own and spoken to by HTTP. Nothing of
it is imported here, and nothing that it makes is kept in the repository. This needs the standard library only, and can
run while the unit tests do.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ADAPTER: Final = HERE.parents[1] / "examples" / "leadq-tryton"
PACKAGES: Final = ("trytond[postgresql]", "trytond-sale-opportunity", "psycopg[binary]", "hatchling")
TEMPLATE: Final = "template_crm"
PASSWORD: Final = "Adm1n-leadq-42"
_FAST: Final = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum", "jit")
"""What protects a database from a power cut, and what a database of a minute does not need."""


class NotHereError(Exception):
    """What the tests need cannot be had on this machine."""


def bindir() -> Path:
    """Where PostgreSQL's programs are. Raises NotHereError."""
    found = [Path(path).parent for path in [shutil.which("initdb")] if path]
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        found.append(Path(told.stdout.strip()))
    by_version = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    for path in (*found, *reversed(by_version)):
        if (path / "initdb").exists() and (path / "psql").exists():
            return path
    raise NotHereError("PostgreSQL is not installed (Debian: apt-get install postgresql)")


def free_port() -> int:
    """A port on this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Database:
    """A PostgreSQL of our own in `folder`, on the loopback interface only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._bin = bindir()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make it if it is not there, and wait until it answers."""
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        settings = [f"{name}=off" for name in _FAST]
        settings += ["listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={self.port}"]
        options = [word for setting in settings for word in ("-c", setting)]
        log = (self.folder.parent / "postgres.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self.folder, *options], stdout=log, stderr=log, **_as_postgres()
            )
        ready = [self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1"]
        for _ in range(300):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            if self._process.poll() is not None:
                break
            subprocess.run(["sleep", "0.1"], check=True)
        raise NotHereError(f"PostgreSQL does not start; see {log.name}")

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        account = _as_postgres()
        if account:
            os.chown(self.folder, int(account["user"]), int(account["group"]))
        command = [self._bin / "initdb", "-D", self.folder, "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"]
        _run(command, **account)

    def stop(self) -> None:
        """Without waiting for those who are still connected."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)

    def psql(self, database: str, *, script: str | None = None) -> subprocess.Popen[str]:
        """A session that takes statements on its standard input, or runs `script` and ends."""
        command = [self._bin / "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port)]
        words = ["-U", "postgres", "-d", database, *(["-c", script] if script else [])]
        return subprocess.Popen(
            [*command, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, script: str, database: str = "postgres") -> str:
        """What one statement prints. Raises RuntimeError."""
        session = self.psql(database, script=script)
        said, _ = session.communicate()
        if session.returncode:
            raise RuntimeError(said)
        return said.strip()

    @property
    def settings(self) -> str:
        """A server's settings for this database, as Tryton reads them."""
        return f"[database]\nuri = postgresql://postgres@127.0.0.1:{self.port}/\n"


def provision(root: Path) -> None:
    """Make in `root` what is not there yet: packages, a database with Tryton's modules, the adapter. Raises
    NotHereError. A second call waits for the first."""
    import fcntl  # here, as below `pwd`: Windows has neither, and still collects the tests

    bindir()
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)  # PostgreSQL's own account has to go through it
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "venv" / "bin" / "trytond").exists():
            _install(root)
        if not (root / "ready").exists():
            _fill(root)
            (root / "ready").touch()
        _install_adapter(root)


def _install(root: Path) -> None:
    venv.create(root / "venv", with_pip=True, clear=True)
    words = ["install", "--quiet", "--disable-pip-version-check", "--constraint", str(HERE / "constraints.txt")]
    _run([root / "venv" / "bin" / "python", "-m", "pip", *words, *PACKAGES])


def _install_adapter(root: Path) -> None:
    """As a user would, but beside this leadq and not in its environment."""
    words = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--upgrade"]
    command = [root / "venv" / "bin" / "python", "-m", "pip", *words, "--target", root / "plugins", ADAPTER]
    _run(command)


def _fill(root: Path) -> None:
    with running(root) as database:
        database.run(f"DROP DATABASE IF EXISTS {TEMPLATE}")
        database.run(f"CREATE DATABASE {TEMPLATE}")
        (root / "fill.conf").write_text(database.settings, "utf-8")
        (root / "password").write_text(PASSWORD + "\n", "utf-8")
        command = [root / "venv" / "bin" / "trytond-admin", "-c", root / "fill.conf", "-d", TEMPLATE]
        words = ["--email", "admin@example.com", "-u", "sale_opportunity", "--activate-dependencies"]
        _run([*command, *words], env={**os.environ, "TRYTONPASSFILE": str(root / "password")})
        database.run("CHECKPOINT")


@contextmanager
def running(root: Path) -> Iterator[Database]:
    """The database of `root`, for as long as the block lasts."""
    database = Database(root / "data")
    database.start()
    try:
        yield database
    finally:
        database.stop()


def _as_postgres() -> dict[str, int | list[int]]:
    """PostgreSQL refuses to run as root; anybody else runs it as themselves."""
    if os.getuid() != 0:
        return {}
    import pwd

    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _run(command: Sequence[str | Path], **how: object) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **how)  # type: ignore[call-overload]
    if done.returncode:
        words = f"{done.stdout}\n{done.stderr}".strip().splitlines()[-3:]
        raise NotHereError(f"{Path(command[0]).name} failed: {' | '.join(words)}")


def main(arguments: Sequence[str]) -> int:
    """Provision the folder that is named, or only say whether that could be done (`--check`)."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the database does not outlive it
    try:
        if arguments == ["--check"]:
            bindir()
        else:
            provision(Path(arguments[0]).resolve())
    except NotHereError as missing:
        print(f"leadq: THE END-TO-END TESTS CANNOT RUN: {missing}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
