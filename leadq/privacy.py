"""What a person may ask for: to be erased, and not to be brought back.

Logs are gone through by name while the names are known, then one transaction takes the rows, then come the files that
the uids of the leads are enough for: wherever it is interrupted, the same command finishes it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadq import config, drafts, refs, traces
from leadq.backups import drop_drafts
from leadq.desk import Desk
from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.erasing import ERASED_PERSON, blank, erased_leads, forget_ids, listed, marks_of
from leadq.errors import LeadqError
from leadq.lock import held
from leadq.opstates import WAITS
from leadq.order import IS_OPEN
from leadq.queue import Queue
from leadq.sqlite import explained
from leadq.suppression import ERASED, OPPOSITION, Kept, Suppressed, carry_over, kept, suppress
from leadq.values import normal_email

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leadq.clock import Clock
    from leadq.paths import Home
    from leadq.sqlite import Store

Progress = Callable[[int, int], None]
"""Called with how many files are done, and how many there are."""

Memory = tuple[Kept, frozenset[str]]
"""What must outlive a restore: the list of who may not be brought back, and the uids of the leads of who was erased."""

_Work = tuple[Path, Callable[[], bool]]
_Visited = tuple[tuple[Path, ...], tuple[tuple[Path, str], ...]]
"""The files that held something, and those that could not be gone through, each with why."""

_SYNC_WAIT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did: people, their leads (local ids) and those of them that are open, the new events (uids).

    `waiting` counts the changes that still go out, without personal data; `known_by` are the connections outside this
    home that know the person, each with its own id for them ("" when there is none): they are asked to erase too.
    `rewritten` are the files that held something, `left` those that could not be gone through, each with why.
    """

    people: int = 0
    leads: tuple[int, ...] = ()
    open: tuple[int, ...] = ()
    events: tuple[str, ...] = ()
    waiting: int = 0
    known_by: tuple[tuple[str, str], ...] = ()
    rewritten: tuple[Path, ...] = ()
    left: tuple[tuple[Path, str], ...] = ()


def find_people(db: sqlite3.Connection, reference: str) -> list[int]:
    """Who is meant, as ids of `person`: everybody with that e-mail, else whom `refs.find` finds.

    Whoever has the same e-mail elsewhere, or was merged with one of them, is the same person. For an e-mail that was
    erased or opposed before, which only the list knows, nobody is found, and that is no error.
    Raises LeadqError as `refs.find`: `bad_lead` (2), `no_such_lead` (6).
    """
    email = _email(reference)
    found = [row[0] for row in db.execute("SELECT id FROM person WHERE email_key = ?", (email,))] if email else []
    if not found:
        if email and Suppressed(kept(db)).entries([("email", email)]):
            return []
        lead_id = refs.find(db, reference)
        found = [row[0] for row in db.execute("SELECT person_id FROM lead WHERE id = ?", (lead_id,))]
    return _same(db, found)


def _email(reference: str) -> str | None:
    """A reference to a lead as an e-mail, where it is one: `CONN:ID` may hold an @ as well."""
    return None if ":" in reference else normal_email(reference.strip())


def _same(db: sqlite3.Connection, found: list[int]) -> list[int]:
    known: set[int] = set()
    while len(known) < len(found):
        known = set(found)
        who = ", ".join(map(str, found))
        found = [*found, *(row[0] for row in db.execute(_SAME.format(who=who)) if row[0] not in known)]
    return sorted(found)


def erase(store: Store, clock: Clock, reference: str, progress: Progress = lambda done, total: None) -> Erasure:
    """Erase whoever `reference` means (see `find_people`), everywhere in this home; not undoable.

    `progress` hears how many files were gone through, of how many: a large backup takes a second.

    Raises LeadqError: 2 or 6 when nobody is meant; `locked` (75) when a sync is under way, before anything was done, or
    when another process keeps the log from being emptied: the rows are gone then, and the same command does the rest.
    """
    with _no_sync(store.home):
        with Queue(store, clock).desk() as desk:
            people = find_people(desk.db, reference)
            names = [*_names(desk.db, people), *([reference] if _email(reference) else [])]
            logs = _clean_logs(store.home, names)
            done = _say(desk, _erase(desk.db, people, _outcomes(store.home), desk.now_ms))
            memory = remember(desk.db)
        with explained(store.home), store.locked():
            drop_drafts(store.home)
        rewritten, left = _clean_copies(store.home, memory, names, progress)
        store.rewrite()
    return replace(done, rewritten=(store.home.database, *logs[0], *rewritten), left=(*logs[1], *left))


def remember(db: sqlite3.Connection) -> Memory:
    """What a copy that is to replace this database has to know (see `reapply`)."""
    return kept(db), erased_leads(db)


def reapply(db: sqlite3.Connection, store: Store, clock: Clock, before: Memory) -> int:
    """In a copy that is to replace the database of `store`: erase again whoever had been, and keep who opposed from
    calls; how many people were erased. `before` is what `remember` said of the database that is there.

    In the caller's transaction, under the locks of all syncs. The files of the home are gone through as in `erase`, and
    `db` is left to be written anew by the caller, when somebody had come back.
    """
    carry_over(db, before[0])
    found = listed(db, Suppressed(before[0]), before[1])
    people = [person_id for person_id, why in found.items() if why == ERASED]
    names = _names(db, people)
    done = _erase(db, people, _outcomes(store.home), clock.now_ms()) if people else Erasure()
    desk = Desk(db, store, clock)  # only now: whose lead wakes as somebody sits down must not be one who was erased
    _say(desk, done)
    _keep_from_calls(desk, [person_id for person_id, why in found.items() if why == OPPOSITION])
    if people:
        _clean_logs(store.home, names)
        _clean_copies(store.home, remember(db), names)
    return done.people


def _keep_from_calls(desk: Desk, people: Collection[int]) -> None:
    who = ", ".join(map(str, people))
    query = f"SELECT l.uid FROM lead l WHERE l.person_id IN ({who}) AND {IS_OPEN} AND l.opposed_ms IS NULL"
    for (uid,) in desk.db.execute(query).fetchall():
        desk.ledger.append(uid, [Draft(ev.OPPOSED, desk.now_ms)], desk.batch, "system")


def _erase(db: sqlite3.Connection, people: Collection[int], inside: Collection[str], now_ms: int) -> Erasure:
    """The rows: first the list, then what identifies; `inside` are connections of ours."""
    outside = {name for (name,) in db.execute("SELECT DISTINCT connection FROM lead")}.difference(inside)
    people = [person_id for person_id in people if _is_somebody(db, person_id)]
    done = _before(db, people, outside)
    if people:
        suppress(db, marks_of(db, people), ERASED, now_ms)
        blank(db, people)
    forget_ids(db, outside)
    return done


def _say(desk: Desk, done: Erasure) -> Erasure:
    """An event on each lead."""
    uids = [row[0] for row in desk.db.execute(f"SELECT uid FROM lead WHERE id IN ({_listing(done.leads)})")]
    events = [e for uid in uids for e in desk.ledger.append(uid, [Draft(ev.ERASED, desk.now_ms)], desk.batch)]
    return replace(done, events=tuple(event.uid for event in events))


def _before(db: sqlite3.Connection, people: Collection[int], outside: Collection[str]) -> Erasure:
    """What can be said of an erasure only before it is done."""
    leads = db.execute(f"SELECT l.id, {IS_OPEN} FROM lead l WHERE l.person_id IN ({_listing(people)})").fetchall()
    ids = tuple(row[0] for row in leads)
    known_by = sorted(row for row in db.execute(_KNOWN_BY.format(ids=_listing(ids))) if row[0] in outside)
    waiting = db.execute(_WAITING.format(ids=_listing(ids))).fetchone()[0]
    still_open = tuple(lead_id for lead_id, is_open in leads if is_open)
    return Erasure(len(people), ids, still_open, waiting=waiting, known_by=tuple(known_by))


def _listing(ids: Collection[int]) -> str:
    return ", ".join(map(str, ids))


def _is_somebody(db: sqlite3.Connection, person_id: int) -> bool:
    return bool(db.execute(f"SELECT 1 FROM person WHERE id = ? AND NOT {ERASED_PERSON}", (person_id,)).fetchone())


def _names(db: sqlite3.Connection, people: Collection[int]) -> list[str]:
    rows = db.execute(f"SELECT name, email, phone, email_key, phone_key FROM person WHERE id IN ({_listing(people)})")
    return [text for row in rows for text in row if text]


def _clean_logs(home: Home, names: Collection[str]) -> _Visited:
    """While it is known what to look for: an interruption after this leaves the person whole, to be tried again."""
    home.screen.unlink(missing_ok=True)  # what was searched last may be a part of the name
    return _visit([(path, partial(traces.clean_text, path, names)) for path in traces.logs(home)])


def _clean_copies(
    home: Home, memory: Memory, names: Collection[str], progress: Progress = lambda done, total: None
) -> _Visited:
    suppressed, leads = Suppressed(memory[0]), memory[1]
    work = [(drafts.file_of(home), partial(drafts.forget, home, leads, names))]
    work += [(path, partial(traces.clean_outcomes, path, leads, names)) for path in _outcomes(home).values()]
    work += [(path, partial(traces.clean_backup, path, suppressed, leads)) for path in traces.backups(home)]
    return _visit(work, progress)


def _visit(work: Sequence[_Work], progress: Progress = lambda done, total: None) -> _Visited:
    """Go through files; one that cannot be read or replaced is named, and stops nothing."""
    rewritten: list[Path] = []
    left: list[tuple[Path, str]] = []
    for count, (path, clean) in enumerate(work, start=1):
        try:
            if clean():
                rewritten.append(path)
        except (OSError, sqlite3.DatabaseError, LeadqError) as error:
            left.append((path, str(error).rstrip(".")))
        progress(count, len(work) + 1)
    return tuple(rewritten), tuple(left)


@contextmanager
def _no_sync(home: Home) -> Iterator[None]:
    """No change with a name in it is under way, and nobody else writes the outcomes."""
    with ExitStack() as stack:
        if home.exists:
            with explained(home):
                home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in config.load(home).connections if home.exists else ():
            for suffix in ("", ".child"):
                stack.enter_context(held(home.sync_lock(name, suffix), _SYNC_WAIT_S))
        yield


def _outcomes(home: Home) -> dict[str, Path]:
    """The connections whose other end is a file in this home, and that file: it is ours to clean."""
    files = {
        connection.name: Path(str(connection.options["outcomes"])).expanduser()
        for connection in config.load(home).connections.values()
        if connection.adapter == "csv"
    }
    return {name: path for name, path in files.items() if _within(path, home)}


def _within(path: Path, home: Home) -> bool:
    return any(path.absolute().is_relative_to(folder.absolute()) for folder in (home.data, home.config, home.state))


_SAME: Final = """
    SELECT other.id FROM person me JOIN person other ON other.email_key = me.email_key WHERE me.id IN ({who})
    UNION SELECT other.person_id FROM lead me JOIN lead other ON other.uid = me.merged_into
        WHERE me.person_id IN ({who}) AND me.merged_into <> ''
    UNION SELECT other.person_id FROM lead other JOIN lead me ON me.uid = other.merged_into
        WHERE me.person_id IN ({who}) AND other.merged_into <> ''"""
_KNOWN_BY: Final = """
    SELECT connection, external_id FROM remote_ref WHERE lead_id IN ({ids})
    UNION SELECT connection, external_id FROM lead WHERE id IN ({ids}) AND connection <> ''"""
_WAITING: Final = (
    """
    SELECT count(*) FROM outbox WHERE lead_uid IN (SELECT uid FROM lead WHERE id IN ({ids}))
    AND """
    + WAITS
)
