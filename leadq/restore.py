"""A backup becomes the home again: verified first, what was there kept, and then all of it at one instant.

Everything that the copy needs (a newer schema, an identity of its own, doubt about what it had not sent yet, nobody in
it who was erased since) is done to a draft beside the database. The database itself is written once, in one step, under
the lock: who reads it meanwhile sees all of the old or all of the new, and a kill leaves one of the two.
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

from leadq import backups, privacy
from leadq.backups import Facts, Progress
from leadq.clock import Clock
from leadq.errors import Exit, LeadqError
from leadq.i18n import _
from leadq.lock import held
from leadq.outgoing import doubt
from leadq.paths import Home
from leadq.rulebook import write_contract
from leadq.sqlite import Store, explained

_SYNC_WAIT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `kept` is the copy of what was there, None where there was nothing.

    `doubtful` counts the ops that may have left since the backup was made; `newer` the events that were here and are
    not in the backup, None when what was here could not be read. `erased` people were in the backup, and had been
    erased here since.
    """

    file: Path
    facts: Facts
    device: str
    kept: Path | None
    doubtful: int
    newer: int | None
    erased: int


def restore(store: Store, file: Path, now_ms: int, progress: Progress = lambda share: None) -> Restored:
    """Put the backup `file` in place of the database of `store`, which may not exist yet.

    Raises LeadqError, with nothing changed: `no_file`, `not_a_backup` or `own_database` (2), `damaged` or `io` (74),
    `locked` (75), `newer_database` or `other_team` (78).
    """
    home = store.home
    backups.check_file(file)
    if home.exists and file.samefile(home.database):
        raise _itself(file)
    with ExitStack() as stack:
        with backups.opened(file) as source:
            facts = backups.examine(source, file)
            stack.enter_context(explained(home))
            was_there = stack.enter_context(_alone(store))
            draft = stack.enter_context(_draft(home, source, progress))
        kept = _kept(home, facts, now_ms) if was_there else None
        broken = was_there and kept is None
        newer = _newer(draft, kept) if kept else 0
        device = backups.descendant(facts.device, time.time_ns() // 1_000_000) if facts.device else ""
        doubtful, erased = _made_ready(store, draft, device, _memory(home, facts, sound=bool(kept)), now_ms)
        with closing(sqlite3.connect(draft.home.database, isolation_level=None)) as copy:
            backups.examine(copy, file)
            kept = _set_aside(home, now_ms) if broken else kept
            store.replace(copy, anew=broken)
            _give_contract(home, copy)
    return Restored(file, facts, device, kept, doubtful, None if broken else newer, erased)


@contextmanager
def _alone(store: Store) -> Iterator[bool]:
    """With nobody else writing and no sync on its way; whether there was a home before."""
    was_there = store.home.exists
    store.create()
    # Those of children last, as a sync takes them; a child whose sync was killed may still be writing outcomes.
    locks = sorted(store.home.state.glob("sync-*.lock"), key=lambda lock: (lock.name.endswith(".child.lock"), lock))
    with ExitStack() as stack:
        for lock in locks:
            stack.enter_context(held(lock, _SYNC_WAIT_S))
        stack.enter_context(store.locked())
        yield was_there


@contextmanager
def _draft(home: Home, source: sqlite3.Connection, progress: Progress) -> Iterator[Store]:
    """The backup's content in a folder that goes away again; its first writer brings it to this code's schema."""
    backups.drop_drafts(home)
    with tempfile.TemporaryDirectory(prefix=backups.DRAFT, dir=home.data) as folder:
        draft = Store(Home(home.config, Path(folder), home.state))
        backups.copy_into(source, draft.home.database, progress)
        yield draft


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


def _made_ready(store: Store, draft: Store, device: str, memory: privacy.Memory | None, now_ms: int) -> tuple[int, int]:
    """All that the copy needs before it may be the home; how many ops are in doubt, and how many people were erased."""
    with draft.transaction() as copy:
        doubtful = _made_its_own(copy, device)
        erased = privacy.reapply(copy, store, Clock(now_ms), memory) if memory else 0
    if erased:
        draft.rewrite()
    return doubtful, erased


def _made_its_own(copy: sqlite3.Connection, device: str) -> int:
    """From here on two histories go on from the same past: they must not share an identity, and what this one had not
    sent yet may have left from the other. How many ops that is."""
    if device:
        copy.execute("UPDATE meta SET value = ? WHERE key = 'device'", (device,))
    return doubt(copy)


def _newer(draft: Store, kept: Path) -> int:
    """How many events are in `kept` and not in the backup."""
    with closing(sqlite3.connect(draft.home.database, isolation_level=None, uri=True)) as copy:
        copy.execute("ATTACH ? AS kept", (f"{kept.absolute().as_uri()}?mode=ro",))
        query = "SELECT count(*) FROM kept.event WHERE uid NOT IN (SELECT uid FROM main.event)"
        return int(copy.execute(query).fetchone()[0])


def _memory(home: Home, facts: Facts, *, sound: bool) -> privacy.Memory | None:
    """Who was erased here or opposed, None where there is nobody. A database that is broken or gone is asked all the
    same, then its newest copies."""
    for path in (home.database, *(() if sound else backups.found(backups.folder_of(home), facts.device))):
        with suppress(sqlite3.DatabaseError), backups.opened(path) as known:
            if known.execute("SELECT 1 FROM sqlite_master WHERE name = 'suppression'").fetchone():
                listed, leads = privacy.remember(known)
                if listed.rows or leads:
                    return listed, leads
    return None


def _set_aside(home: Home, now_ms: int) -> Path:
    """Keep a broken database and the files beside it, together: somebody may yet read something out of them.

    The database stays until another takes its place, so that no kill leaves none; a WAL would be taken for that one's.
    """
    aside = backups.free_name(backups.folder_of(home), now_ms, "damaged")
    shutil.copy2(home.database, aside)
    for ending in ("-wal", "-shm"):
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
