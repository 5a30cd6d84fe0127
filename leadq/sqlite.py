"""The floor that everything stored stands on: where the file is, how it is opened, who may write.

Plain `sqlite3`: importing an ORM costs more than the whole first paint. Several processes on one file are normal, so
every write transaction and every checkpoint holds one OS lock: SQLite before 3.51.3 can corrupt a WAL when a writer
and a checkpoint race (sqlite.org/wal.html, «the WAL-reset bug»).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.lock import busy, held
from leadq.paths import Home

SCHEMA_HEAD: Final = "0002"
"""The migration that this code is written for; `schema.sql` is the schema at that point."""

_SCHEMA: Final = Path(__file__).parent / "schema.sql"
_LOCK_WAIT_S: Final = 15.0
_CHECKPOINT_BYTES: Final = 16 << 20
"""Of the log: a large pull folds it back every few transactions, and its pages stay in memory from one to the next."""

_READER_CACHE_KB: Final = 8 << 10
"""A look goes through a large home once: keeping all of it would cost an open screen 22 MB, and gain nothing."""

_WRITER_CACHE_KB: Final = 64 << 10
"""At most, and taken only as needed: an import touches every index in random places."""

_KEPT_CACHE_KB: Final = 8 << 10
"""Of a writer that stays open: what a few hundred rows touch, however many there are."""

_NETWORK: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ncpfs", "drvfs"})


class Store:
    """One home's database. Reading a home that does not exist finds it empty and creates nothing.

    `keep`: the writer stays open from one transaction to the next, until `close`. For who does one gesture after the
    other: a new one reads the schema and the pages again, and that is a third of a gesture.
    """

    def __init__(self, home: Home, *, keep: bool = False) -> None:
        self.home = home
        self._keep = keep
        self._kept: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def close(self) -> None:
        """Close the writer that was kept. One that is at work goes on, and ends with the process."""
        kept, self._kept = self._kept, None
        if kept:
            kept.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for one consistent look: what it reads belongs to one instant."""
        with closing(self.open_reader()) as connection, explained(self.home, (sqlite3.DatabaseError,)):
            connection.execute("BEGIN")
            yield connection

    def open_reader(self) -> sqlite3.Connection:
        """A read-only connection that the caller keeps and closes (the screen holds one for `PRAGMA data_version`)."""
        if not self.home.exists:
            return _empty()
        with explained(self.home):
            connection = _open(f"{_uri(self.home.database)}?mode=ro", _READER_CACHE_KB)
            if is_behind(connection):
                connection.close()
                self.upgrade()
                connection = _open(f"{_uri(self.home.database)}?mode=ro", _READER_CACHE_KB)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One locked write transaction: all of it is on disk when the block ends, or nothing of it.

        Creates the home on first use. Raises LeadqError `locked` (75), `io` (74) or `newer_database` (78).
        """
        self.create()
        with explained(self.home), self.locked(), self._writer() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
            self._checkpoint(connection)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The write lock of this home, between processes."""
        with held(self.home.write_lock, _LOCK_WAIT_S):
            yield

    def create(self) -> None:
        """Make the home if it is not there; a half-made one cannot be seen, because the file is renamed into place."""
        if self.home.exists:
            return
        with explained(self.home):
            for folder in (self.home.config, self.home.data, self.home.state):
                folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.mkdir(mode=0o700, exist_ok=True)
            with self.locked():
                if not self.home.exists:
                    _create(self.home.database)

    def upgrade(self) -> None:
        """Bring an older database to this code's schema, after a backup beside it; another process may be first."""
        with explained(self.home), self.locked(), closing(self._open_writer()):
            return

    def replace(self, copy: sqlite3.Connection, *, anew: bool = False) -> None:
        """Put all that `copy` holds in place of what is here, in one transaction; the caller holds the lock.

        The file stays the same one: other processes have it open, and `PRAGMA data_version` tells them to look. Only
        `anew`, when what is here cannot be written to any more, is it another. Raises LeadqError `locked` (75) when one
        of them goes on reading where readers and writers exclude each other.
        """
        if anew:
            _create(self.home.database, copy.backup)
            return
        with closing(_open(f"{_uri(self.home.database)}?mode=rw", _WRITER_CACHE_KB)) as connection:
            _same_pages(copy, connection)
            copy.backup(connection, progress=_patience(self.home.database, _LOCK_WAIT_S), sleep=0.05)
            self._checkpoint(connection)

    def rewrite(self) -> None:
        """Write the whole file anew, so that no free page and no frame of the log keeps what was deleted.

        Raises LeadqError `locked` (75) while another process looks at an older state: the log cannot be emptied then.
        """
        with explained(self.home), self.locked(), closing(self._open_writer()) as connection:
            rewrite(connection)

    @contextmanager
    def _writer(self) -> Iterator[sqlite3.Connection]:
        """A writer for who holds the lock. After an error it is not kept: nothing of a bad disk or file stays open."""
        connection = self._open_writer()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if self._keep:
            self._kept = connection
        else:
            connection.close()

    def _open_writer(self) -> sqlite3.Connection:
        cache_kb = _KEPT_CACHE_KB if self._keep else _WRITER_CACHE_KB
        connection = self._taken() or _open(f"{_uri(self.home.database)}?mode=rw", cache_kb)
        if is_behind(connection):
            connection.close()
            from leadq.upgrading import migrate  # alembic and sqlalchemy: only when the schema is behind

            migrate(self.home)
            connection = _open(f"{_uri(self.home.database)}?mode=rw", cache_kb)
        return connection

    def _taken(self) -> sqlite3.Connection | None:
        """The writer that was kept, unless another file has taken the place of its own: that would get nothing."""
        kept, known = self._kept, self._file
        found = self.home.database.stat()
        self._kept, self._file = None, (found.st_dev, found.st_ino)
        if kept and known != self._file:
            kept.close()
            return None
        return kept

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        """Fold a grown WAL back into the file, while we hold the lock; a busy reader only postpones it."""
        wal = self.home.database.with_name(self.home.database.name + "-wal")
        if wal.exists() and wal.stat().st_size > _CHECKPOINT_BYTES:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA shrink_memory")  # a kept writer would hold what a large transaction took


def rewrite(connection: sqlite3.Connection) -> None:
    """As `Store.rewrite`, for a connection that the caller opened and has to itself as a writer."""
    try:
        connection.execute("VACUUM")  # in WAL mode it goes through the log, which is emptied only after it
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        busy = True
    if busy:
        raise LeadqError(
            "locked",
            _("Another leadq still looks at what was there before."),
            hint=_("Close it, and run the same command again: it finishes the work."),
            exit_status=Exit.TEMPORARY,
        )


@contextmanager
def indexes_apart(connection: sqlite3.Connection) -> Iterator[None]:
    """Fill empty tables without their indexes and build those once at the end, sorted: a tenth of a large import.

    In the transaction of the caller: if it fails, the indexes were never gone.
    """
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _sql in found:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _name, sql in found:
        connection.execute(sql)


@contextmanager
def explained(home: Home, kinds: tuple[type[Exception], ...] = (OSError, sqlite3.DatabaseError)) -> Iterator[None]:
    """Say a disk's refusal in one sentence (exit 74) instead of SQLite's or the system's own words.

    Only errors of these `kinds`: what a block does beside the database, such as printing, is not about the home.
    """
    try:
        yield
    except kinds as error:
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError) or _is_bug(error):
            raise
        raise LeadqError(
            "io",
            _("leadq cannot use {path}: {why}.").format(path=home.data, why=str(error).rstrip(".")),
            hint=_("Check that the disk is not full or read-only; what was saved before is safe."),
            exit_status=Exit.IO,
        ) from error


def _is_bug(error: Exception) -> bool:
    """SQLite reports a wrong statement of ours with the class that it uses for a broken disk."""
    return getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR"


def _same_pages(copy: sqlite3.Connection, connection: sqlite3.Connection) -> None:
    """SQLite copies pages, and into a WAL only those of its own size: a copy that another tool packed is repacked."""
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    if copy.execute("PRAGMA page_size").fetchone() != (size,):
        copy.execute(f"PRAGMA page_size={size}")
        copy.execute("VACUUM")


def _patience(path: Path, wait_s: float) -> Callable[[int, int, int], None]:
    """For `backup(progress=...)`, which by itself would wait for a reader for ever."""
    until_s = time.monotonic() + wait_s

    def waited(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() >= until_s:
            raise busy(path)

    return waited


def _uri(path: Path) -> str:
    return path.absolute().as_uri()


def _open(uri: str, cache_kb: int) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    for pragma in (
        "busy_timeout=5000",
        "foreign_keys=ON",
        "synchronous=FULL",
        "wal_autocheckpoint=0",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "secure_delete=ON",
        "mmap_size=0",
        f"cache_size=-{cache_kb}",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript(_SCHEMA.read_text("utf-8"))
    return connection


def _blank(connection: sqlite3.Connection) -> None:
    connection.executescript(f"BEGIN;{_SCHEMA.read_text('utf-8')}COMMIT;")
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute("INSERT INTO alembic_version VALUES (?)", (SCHEMA_HEAD,))
    connection.commit()


def _create(database: Path, fill: Callable[[sqlite3.Connection], None] = _blank) -> None:
    draft = database.with_name(database.name + ".new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(draft)) as connection:
        fill(connection)
        connection.execute(f"PRAGMA journal_mode={'DELETE' if on_network(database) else 'WAL'}")
    draft.replace(database)


def is_behind(connection: sqlite3.Connection) -> bool:
    """Whether the schema is older than this code. Raises LeadqError `newer_database` (78) when it is newer."""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    found = row[0] if row else ""
    if found > SCHEMA_HEAD:
        raise LeadqError(
            "newer_database",
            _("This home was made by a newer leadq (schema {found}, this one knows {known}).").format(
                found=found, known=SCHEMA_HEAD
            ),
            hint=_("Upgrade leadq, or use another --home."),
            exit_status=Exit.CONFIG,
        )
    return bool(found < SCHEMA_HEAD)


def on_network(path: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether `path` lies on a network folder, where WAL's shared memory does not work. Unknown systems: no."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    here = path.absolute()
    fields = (line.split(" ") for line in lines)
    candidates = [(f[1].replace("\\040", " "), f[2]) for f in fields if len(f) > 2]
    under = [(len(point), kind) for point, kind in candidates if here.is_relative_to(point)]
    return bool(under) and max(under)[1] in _NETWORK
