"""Whole copies of a home's database: made, verified, found again, and not too many of them.

SQLite's own backup, never a copy of the file: what other processes have written since the last checkpoint lies beside
it. A copy is one plain file, which any SQLite opens; a home that writes at the same moment is not in its way.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

from leadq import sqlite
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.paths import Home
from leadq.sqlite import explained

KEPT: Final = 7
"""Backups of one home that stay in a folder; older ones are removed by the next."""

DRAFT: Final = ".restore-"
"""How the folder begins in which a backup is made ready to be the home again."""

_NAME: Final = re.compile(r"leadq-\d{8}T\d{6}Z(?:_\d+)?\.db")
_MAGIC: Final = b"SQLite format 3\0"
_TABLES: Final = frozenset({"alembic_version", "contract", "event", "lead", "meta", "outbox"})
_PAGES: Final = 4096
"""Pages copied between two words of progress: 16 MB."""

Progress = Callable[[float], None]
"""Hears how much of the copy is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a copy says of itself. `teams` are the names of the contracts that its leads are under."""

    schema: str
    device: str
    teams: frozenset[str]
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made and verified, and the older ones that it replaced."""

    file: Path
    facts: Facts
    removed: tuple[Path, ...] = ()


def folder_of(home: Home) -> Path:
    """Where backups go when nothing else is said."""
    return home.data / "backups"


def back_up(home: Home, folder: Path, now_ms: int, progress: Progress = lambda share: None) -> Backup:
    """Copy the database of `home` into `folder`, verify the copy, and remove those beyond the newest `KEPT`.

    Raises LeadqError `damaged` (74) when the copy is not sound, and OSError; then nothing is kept.
    """
    with sqlite.Store(home).locked():  # an erasure under way would miss a copy begun before it
        made = keep(home, folder, now_ms, progress)
    others = [path for path in found(folder, made.facts.device) if path != made.file]
    removed = tuple(others[KEPT - 1 :])
    for path in removed:
        path.unlink()
    return Backup(made.file, made.facts, removed)


def keep(home: Home, folder: Path, now_ms: int, progress: Progress = lambda share: None) -> Backup:
    """Copy and verify, and remove nothing."""
    file = free_name(folder, now_ms)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with _sound(home), opened(home.database) as source:
            before = _rows(source)
            copy_into(source, draft, progress)
        with opened(draft) as copy:
            facts = examine(copy, home.database)
            if facts.rows != before:
                raise damaged(home.database, _("the copy has other rows than the database"))
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return Backup(file, facts)


def drop_drafts(home: Home) -> None:
    """Remove what backups and restores that were killed left half done; the caller holds the lock."""
    for left in home.data.glob(f"{DRAFT}*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in (*folder_of(home).glob(".leadq-*"), *home.data.glob(f"{home.database.name}.new*")):
        left.unlink()


def found(folder: Path, device: str) -> list[Path]:
    """The backups in `folder` of the home that `device` is the id of, newest first; other files are left alone."""
    if not folder.is_dir() or not device:
        return []
    named = (path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file())
    return sorted((path for path in named if _ancestor(device_in(path)) == _ancestor(device)), reverse=True)


def device_in(path: Path) -> str:
    """The device id in a copy; "" when it cannot be read."""
    try:
        with opened(path) as copy:
            return device_of(copy)
    except (OSError, sqlite3.DatabaseError):
        return ""


def descendant(device: str, born_ms: int) -> str:
    """The id of a home that goes on from a copy of `device`: its own, later in order, and known as of the same home."""
    return f"{_ancestor(device)}.{born_ms // 1000:x}{os.urandom(2).hex()}"


def _ancestor(device: str) -> str:
    return device.partition(".")[0]


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """`path` to look at, at one instant, whatever state it is in: nothing is upgraded and nothing written."""
    with path.open("rb") as stream:
        in_wal = stream.read(19)[18:] == b"\x02"
    # A WAL is read with files beside it; where none can be made, nobody can be writing either.
    alone = in_wal and not os.access(path.parent, os.W_OK)
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("BEGIN")
        yield connection


def examine(copy: sqlite3.Connection, file: Path) -> Facts:
    """Whether `copy`, opened from `file`, is a whole leadq database that this leadq can use.

    Raises LeadqError `not_a_backup` (2), `damaged` (74) or `newer_database` (78).
    """
    try:
        _recognise(copy, file)
        return _examined(copy, file)
    except sqlite3.DatabaseError as error:
        raise damaged(file, str(error)) from error


def check_file(file: Path) -> None:
    """Whether `file` can be a backup at all. Raises LeadqError `no_file` or `not_a_backup` (2), and OSError."""
    if not file.is_file():
        raise LeadqError(
            "no_file",
            _("There is no file {file}.").format(file=file),
            hint=_("Backups are in the folder data/backups of a home, or where --to put them."),
            exit_status=Exit.USAGE,
        )
    with file.open("rb") as stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise _not_ours(file)


def _recognise(copy: sqlite3.Connection, file: Path) -> None:
    tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _TABLES:
        raise _not_ours(file)
    schema = _schema(copy)
    if schema > sqlite.SCHEMA_HEAD:
        raise LeadqError(
            "newer_database",
            _("{file} was made by a newer leadq (schema {found}, this one knows {known}).").format(
                file=file, found=schema, known=sqlite.SCHEMA_HEAD
            ),
            hint=_("Upgrade leadq, then restore it."),
            exit_status=Exit.CONFIG,
        )


def _examined(copy: sqlite3.Connection, file: Path) -> Facts:
    said = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
    strays = copy.execute("PRAGMA foreign_key_check").fetchone()
    if said != ["ok"] or strays:
        raise damaged(file, "; ".join(said) if said != ["ok"] else _("rows without the row they belong to"))
    return Facts(_schema(copy), device_of(copy), teams(copy), _rows(copy))


def teams(copy: sqlite3.Connection) -> frozenset[str]:
    """The names of the contracts that the leads are under; none when there are no leads."""
    names = copy.execute("SELECT name FROM contract WHERE id IN (SELECT contract_id FROM lead)")
    return frozenset(row[0] for row in names)


def other_team(here: frozenset[str], there: frozenset[str]) -> LeadqError:
    """What is said of leads that are under nobody's contract here."""
    return LeadqError(
        "other_team",
        _("That belongs to another team: it is about “{theirs}”, this home about “{ours}”.").format(
            theirs=", ".join(sorted(there)), ours=", ".join(sorted(here))
        ),
        hint=_("Use a home of its own: `leadq --home DIR`."),
        exit_status=Exit.CONFIG,
    )


def _schema(copy: sqlite3.Connection) -> str:
    row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def device_of(copy: sqlite3.Connection) -> str:
    """The id of the home that a database is of; "" before its first write."""
    row = copy.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
    return str(row[0]) if row else ""


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    return {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in tables}


@contextmanager
def _sound(home: Home) -> Iterator[None]:
    """Tell a database that is broken (LeadqError `damaged`) from a disk that refuses (`io`)."""
    with explained(home, (sqlite3.DatabaseError,)):
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
                raise damaged(home.database, str(error)) from error
            raise


def copy_into(source: sqlite3.Connection, file: Path, progress: Progress) -> None:
    """All of `source` as a new database file: one plain file, whatever the home uses, that only its owner may read."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(file, isolation_level=None)) as copy:
        source.backup(
            copy, pages=_PAGES, progress=lambda _status, left, total: progress(1 - left / total if total else 0.0)
        )
        copy.execute("PRAGMA journal_mode=DELETE")


def free_name(folder: Path, now_ms: int, ending: str = "db") -> Path:
    """Named after the instant, so that names sort as time does; the second of one second comes after the first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (folder / f"leadq-{stamp}{f'_{number:03d}' if number else ''}.{ending}" for number in count())
    return next(path for path in names if not path.exists())


def _not_ours(file: Path) -> LeadqError:
    return LeadqError(
        "not_a_backup",
        _("{file} is no backup of leadq.").format(file=file),
        hint=_("Give a file that `leadq backup` made."),
        exit_status=Exit.USAGE,
    )


def damaged(file: Path, why: str) -> LeadqError:
    """What is said of a database that is not whole."""
    return LeadqError(
        "damaged",
        _("{file} is damaged: {why}.").format(file=file, why=why.rstrip(".")),
        hint=_("Nothing was changed; an older backup may be sound."),
        exit_status=Exit.IO,
    )
