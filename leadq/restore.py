"""A backup becomes the home again: verified first, what was there kept, and then all of it at one instant.

Everything that the copy needs (a newer schema, an identity of its own, doubt about what it had not sent yet) is done
to a draft beside the database. The database itself is written once, in one transaction, under the lock: who reads it
meanwhile sees all of the old or all of the new.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leadq import backups
from leadq.backups import Facts, Progress
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.lock import held
from leadq.outgoing import doubt
from leadq.paths import Home
from leadq.rulebook import write_contract
from leadq.sqlite import Store, explained, is_behind

_SYNC_WAIT_S: Final = 15.0
_DRAFT: Final = ".restore-"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `kept` is the copy of what was there, None where there was nothing.

    `doubtful` counts the ops that may have left since the backup was made; `newer` the events that were here and are
    not in the backup, None when what was here could not be read.
    """

    file: Path
    facts: Facts
    device: str
    kept: Path | None
    doubtful: int
    newer: int | None


def restore(store: Store, file: Path, now_ms: int, progress: Progress = lambda share: None) -> Restored:
    """Put the backup `file` in place of the database of `store`, which may not exist yet.

    Raises LeadqError, with nothing changed: `no_file`, `not_a_backup` or `own_database` (2), `damaged` or `io` (74),
    `locked` (75), `newer_database` or `other_team` (78).
    """
    home = store.home
    backups.check_file(file)
    if home.exists and file.samefile(home.database):
        raise _itself(file)
    with backups.opened(file) as source:
        facts = backups.examine(source, file)
        with explained(home), _alone(store) as was_there, _draft(home, source, progress) as copy:
            kept = _kept(home, facts, now_ms) if was_there else None
            device = backups.descendant(facts.device, time.time_ns() // 1_000_000) if facts.device else ""
            doubtful = _made_its_own(copy, device)
            newer: int | None = _kept_in_mind(copy, kept) if kept else 0
            if was_there and kept is None:
                kept = _set_aside(home, now_ms)
                newer = None
            store.replace(copy)
            _give_contract(home, copy)
    return Restored(file, facts, device, kept, doubtful, newer)


@contextmanager
def _alone(store: Store) -> Iterator[bool]:
    """With nobody else writing and no sync on its way; whether there was a home before."""
    was_there = store.home.exists
    store.create()
    with ExitStack() as stack:
        for lock in sorted(store.home.state.glob("sync-*.lock")):
            if not lock.name.endswith(".child.lock"):
                stack.enter_context(held(lock, _SYNC_WAIT_S))
        stack.enter_context(store.locked())
        yield was_there


@contextmanager
def _draft(home: Home, source: sqlite3.Connection, progress: Progress) -> Iterator[sqlite3.Connection]:
    """The backup's content at this code's schema, in a folder that goes away again."""
    for left in home.data.glob(f"{_DRAFT}*"):  # of a restore that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=home.data) as folder:
        place = Home(home.config, Path(folder), home.state)
        backups.copy_into(source, place.database, progress)
        if is_behind(source):
            from leadq.upgrading import migrate  # alembic and sqlalchemy: only when the schema is behind

            migrate(place)
        with closing(sqlite3.connect(place.database, isolation_level=None, uri=True)) as copy:
            yield copy


def _kept(home: Home, facts: Facts, now_ms: int) -> Path | None:
    """A copy of what is here; None when it is broken. Raises LeadqError `other_team` (78)."""
    with suppress(sqlite3.DatabaseError), backups.opened(home.database) as present:
        here = backups.teams(present)
        if here and facts.teams and not here & facts.teams:
            raise backups.other_team(here, facts.teams)
    try:
        return backups.keep(home, backups.folder_of(home), now_ms).file
    except LeadqError as error:
        if error.code not in ("damaged", "not_a_backup"):
            raise
        return None


def _made_its_own(copy: sqlite3.Connection, device: str) -> int:
    """From here on two histories go on from the same past: they must not share an identity, and what this one had not
    sent yet may have left from the other. How many ops that is."""
    copy.execute("BEGIN")
    if device:
        copy.execute("UPDATE meta SET value = ? WHERE key = 'device'", (device,))
    doubtful = doubt(copy)
    copy.execute("COMMIT")
    return doubtful


def _kept_in_mind(copy: sqlite3.Connection, kept: Path) -> int:
    """Who asked since then not to be contacted stays on that list; how many events the backup does not have."""
    copy.execute("ATTACH ? AS kept", (f"{kept.absolute().as_uri()}?mode=ro",))
    (count,) = copy.execute("SELECT count(*) FROM kept.event WHERE uid NOT IN (SELECT uid FROM main.event)").fetchone()
    if copy.execute("SELECT 1 FROM kept.sqlite_master WHERE name = 'suppression'").fetchone():
        copy.execute("INSERT OR IGNORE INTO main.meta SELECT * FROM kept.meta WHERE key = 'suppression_key'")
        copy.execute(_SAME_KEY_SUPPRESSIONS)
    copy.execute("DETACH kept")
    return int(count)


_SAME_KEY_SUPPRESSIONS: Final = """
    INSERT OR IGNORE INTO main.suppression (kind, hash, why, since_ms, event_uid)
    SELECT s.kind, s.hash, s.why, s.since_ms, s.event_uid FROM kept.suppression s
    WHERE (SELECT value FROM main.meta WHERE key = 'suppression_key')
        = (SELECT value FROM kept.meta WHERE key = 'suppression_key')"""
"""Hashes under another key would mean nobody: a backup of another home has its own list."""


def _set_aside(home: Home, now_ms: int) -> Path:
    """Move a broken database and the files beside it away, together: somebody may yet read something out of them."""
    aside = backups.free_name(backups.folder_of(home), now_ms, "damaged")
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            home.database.with_name(f"{home.database.name}{ending}").replace(f"{aside}{ending}")
    return aside


def _give_contract(home: Home, copy: sqlite3.Connection) -> None:
    """A home without a contract file gets the text that is in force in the copy."""
    row = copy.execute(
        "SELECT text FROM contract WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'contract')"
    ).fetchone()
    if row and not home.contract.exists():
        write_contract(home.contract, row[0].encode("utf-8"))


def _itself(file: Path) -> LeadqError:
    return LeadqError(
        "own_database",
        _("{file} is the database of this home itself.").format(file=file),
        hint=_("Give a backup; `leadq backup` makes one."),
        exit_status=Exit.USAGE,
    )
