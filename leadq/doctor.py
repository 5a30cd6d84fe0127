"""`leadq doctor`: whether this home can be trusted, looked at from the outside and without writing a byte.

The heart of it is the refold: every lead and clock row is folded again from its events and compared with what is
stored, so a difference between the truth and what the screen shows cannot stay unseen.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, get_args

from leadq import backups, config, keymap, ledger, themes
from leadq.domain.contract_file import read_contract
from leadq.domain.events import TEAM
from leadq.domain.folding import fold
from leadq.errors import LeadqError
from leadq.i18n import _, ngettext
from leadq.opstates import ENDED_OPS, WAITS
from leadq.rulebook import broken
from leadq.sqlite import SCHEMA_HEAD, Store, on_network
from leadq.stored_rules import StoredRules
from leadq.sync.states import State

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.paths import Home

_SAFE_SQLITE: Final = (3, 51, 3)
_NAMED: Final = 20
"""How many of the leads that differ are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `fix` says what to do, and is empty when there is nothing to do."""

    id: str
    ok: bool
    message: str
    fix: str = ""

    def as_shape(self) -> dict[str, Any]:
        """The check as `doctor --json` prints it."""
        return asdict(self)


class Examination:
    """One look at a home. `share` is how much of the long part, the refold, is done."""

    def __init__(self, home: Home, now_ms: int) -> None:
        self._home = home
        self._now_ms = now_ms
        self.share: float | None = None

    def checks(self, progress: Callable[[int], None] = lambda count: None) -> list[Check]:
        """Every check, in the order in which to mend what they find; `progress` hears how many leads were folded."""
        found = [_version(), *_settings(self._home)]
        if not self._home.exists:
            return [
                *found,
                Check("home", True, _("There is no home here yet: the first command that writes makes it.")),
            ]
        found += [_permissions(self._home), _folder(self._home)]
        try:
            with Store(self._home).read() as db:
                return [*found, *self._inside(db, progress)]
        except (LeadqError, sqlite3.DatabaseError) as error:
            message = error.message if isinstance(error, LeadqError) else str(error)
            fix = _("Restore the newest backup of {file}.").format(file=self._home.database)
            return [*found, Check("integrity", False, message, fix)]

    def _inside(self, db: sqlite3.Connection, progress: Callable[[int], None]) -> Iterator[Check]:
        yield _integrity(db)
        yield _foreign_keys(db)
        yield _schema(db)
        yield self._refold(db, progress)
        yield _outbox(db)
        yield _liveness(self._home, db)
        yield _backups(self._home, db)

    def _refold(self, db: sqlite3.Connection, progress: Callable[[int], None]) -> Check:
        total = max(1, db.execute("SELECT count(*) FROM lead").fetchone()[0])
        wrong: list[int] = []
        count = 0
        for count, (lead_id, same) in enumerate(refold(db), start=1):
            if not same:
                wrong.append(lead_id)
            if count % 1000 == 0:
                self.share = count / total
                progress(count)
        orphans = db.execute(_ORPHANS, (TEAM,)).fetchone()[0]
        return _folded(count, wrong, orphans)


def refold(db: sqlite3.Connection) -> Iterator[tuple[int, bool]]:
    """Each lead's id, and whether its rows are what its events fold to; one lead in memory at a time."""
    rules = StoredRules(db)
    columns = ", ".join((*ledger.GIVEN, *ledger.FOLDED, "version"))
    for lead_id, uid, contract_id, *stored in db.execute(
        f"SELECT id, uid, contract_id, {columns} FROM lead ORDER BY id"
    ):
        yield lead_id, _same(db, rules, lead_id, uid, contract_id, stored)


def _same(
    db: sqlite3.Connection, rules: StoredRules, lead_id: int, uid: str, contract_id: int, stored: Sequence[Any]
) -> bool:
    events = ledger.history(db, uid)
    try:
        lead = fold(events)
        clocks = rules.clocks(lead)
    except (ValueError, LookupError):
        return False
    expected = (*ledger.given(lead), *ledger.folded(lead, clocks), ledger.newest(events))
    rows = sorted(ledger.clock_row(lead_id, rules.contract_id(clock.contract), clock) for clock in clocks)
    kept = contract_id == rules.contract_id(lead.handoff.contract)
    return kept and tuple(stored) == expected and rows == sorted(db.execute(_CLOCKS, (lead_id,)))


_ORPHANS: Final = """SELECT count(*) FROM event
    WHERE lead_uid NOT IN (SELECT uid FROM lead) AND instr(lead_uid, ?) <> 1"""
_CLOCKS: Final = f"SELECT {', '.join(ledger.CLOCK_COLUMNS)} FROM clock WHERE lead_id = ?"


def _folded(count: int, wrong: Sequence[int], orphans: int) -> Check:
    if not wrong and not orphans:
        message = ngettext("{count} lead is what its events say.", "{count} leads are what their events say.", count)
        return Check("refold", True, message.format(count=count))
    said = []
    if wrong:
        ids = ", ".join(map(str, wrong[:_NAMED])) + ("…" if len(wrong) > _NAMED else "")
        said.append(_("{count} of {total} leads are not what their events say: {ids}.").format(
            count=len(wrong), total=count, ids=ids
        ))  # fmt: skip
    if orphans:
        said.append(
            ngettext("{count} event has no lead.", "{count} events have no lead.", orphans).format(count=orphans)
        )
    fix = _("Please report it as a bug. Nothing is lost: the events are the truth.")
    return Check("refold", False, " ".join(said), fix)


def _version() -> Check:
    """A note, never a finding: our own lock keeps away what an older SQLite gets wrong (sqlite.org/wal.html)."""
    version = sqlite3.sqlite_version
    if tuple(map(int, version.split("."))) >= _SAFE_SQLITE:
        return Check("sqlite", True, f"SQLite {version}")
    note = _("SQLite {version}: before 3.51.3 concurrent writers could harm the log; leadq's own lock prevents it.")
    return Check("sqlite", True, note.format(version=version))


def _settings(home: Home) -> Iterator[Check]:
    """The two files that people edit."""
    try:
        me = config.load(home).me
    except LeadqError as error:
        yield Check("config", False, error.message, error.hint)
        me = config.NOBODY
    else:
        yield Check("config", True, _("The settings are valid; this home belongs to {member}.").format(member=me))
        yield from _taste(home)
    if home.contract.exists():
        yield from _contract_file(home, me)
    elif home.exists:
        message = _("{file} is missing: the contract in force stays, but nobody can change it.")
        fix = _("Put it back, or run `leadq init --template NAME`.")
        yield Check("contract", False, message.format(file=home.contract), fix)


def _taste(home: Home) -> Iterator[Check]:
    """The user's keys and theme: what is wrong with them stops nothing, and is said here."""
    wrong = [*keymap.problems(home.keys), *themes.problems(home, config.load(home).theme)]
    if wrong:
        said = " ".join(
            f"{problem.file}:{problem.line}: {' '.join(problem.worded(_)).strip()}" for problem in wrong[:_NAMED]
        )
        yield Check("screen", False, said, _("`leadq config validate` lists them; until then the defaults hold."))


def _contract_file(home: Home, me: str) -> Iterator[Check]:
    reading = read_contract(home.contract.read_bytes(), str(home.contract))
    if reading.contract is None:
        error = broken(reading)
        yield Check("contract", False, error.message, error.hint)
        return
    name = f"{reading.contract.name} {reading.contract.version}"
    yield Check("contract", True, _("The contract {name} is valid.").format(name=name))
    if me != config.NOBODY and me not in reading.contract.members:
        message = _("The contract has no member “{name}”.").format(name=me)
        yield Check("member", False, message, _("Say who you are: `leadq init --me MEMBER`."))


def _permissions(home: Home) -> Check:
    """Leads are personal data: nobody else on this machine may read them (POSIX; elsewhere the profile protects)."""
    if os.name != "posix":
        return Check("permissions", True, _("This system protects the folder of your user."))
    folders = [folder for folder in (home.config, home.data, home.state) if folder.exists()]
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    wide = [path for path in (*folders, *files) if path.stat().st_mode & 0o077]
    if not wide:
        return Check("permissions", True, _("Only you can read this home."))
    names = ", ".join(map(str, wide[:_NAMED]))
    return Check("permissions", False, _("Others can read {names}.").format(names=names), _chmod(wide))


def _chmod(paths: Sequence[Path]) -> str:
    return f"chmod go-rwx {' '.join(map(str, paths[:_NAMED]))}"


def _folder(home: Home) -> Check:
    """WAL needs shared memory, which a network folder does not have."""
    if not on_network(home.database):
        return Check("folder", True, _("The folder is on this machine."))
    with Store(home).read() as db:
        mode = db.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        return Check("folder", True, _("The folder is on the network: leadq writes without WAL there, and slower."))
    message = _("The folder is on the network, and its database uses WAL, which does not work there.")
    return Check("folder", False, message, _("Move the home to this machine (LEADQ_HOME)."))


def _integrity(db: sqlite3.Connection) -> Check:
    found = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
    if found == ["ok"]:
        return Check("integrity", True, _("The database file is sound."))
    return Check("integrity", False, "; ".join(found), _("Restore the newest backup."))


def _foreign_keys(db: sqlite3.Connection) -> Check:
    tables = sorted({row[0] for row in db.execute("PRAGMA foreign_key_check")})
    if not tables:
        return Check("foreign_keys", True, _("Every row belongs to another that exists."))
    message = _("Rows without the row they belong to, in: {tables}.").format(tables=", ".join(tables))
    return Check("foreign_keys", False, message, _("Please report it as a bug."))


def _schema(db: sqlite3.Connection) -> Check:
    found = db.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    message = _("The schema is {found}, this leadq knows {known}.").format(found=found, known=SCHEMA_HEAD)
    return Check("schema", found == SCHEMA_HEAD, message)


def _outbox(db: sqlite3.Connection) -> Check:
    """Ops that only a person can settle, by connection."""
    rows = db.execute(
        "SELECT connection, count(*) FROM outbox WHERE state IN ('dead', 'conflict') GROUP BY connection ORDER BY 1"
    ).fetchall()
    if not rows:
        return Check("outbox", True, _("No change waits for your decision."))
    stuck = ", ".join(f"{name}: {count}" for name, count in rows)
    message = _("Changes that need you: {stuck}.").format(stuck=stuck)
    return Check("outbox", False, message, _("`leadq conflicts list` and `leadq outbox list --state dead` show them."))


def _liveness(home: Home, db: sqlite3.Connection) -> Check:
    """Whatever waits is looked at again one day: by a sync, at an instant, or by a person who is told."""
    said = [*_asleep(db), *_unconnected(home, db)]
    if not said:
        return Check("liveness", True, _("Whatever waits is tried again by itself, or waits for you."))
    return Check(
        "liveness", False, " ".join(message for message, _fix in said), " ".join(fix for _message, fix in said)
    )


def _asleep(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Ops that no sync would ever touch. A `pending` or `unknown` one without an instant is tried at once."""
    rows = db.execute(_NEVER_WOKEN).fetchall()
    if rows:
        message = ngettext(
            "{count} change is never looked at again: {ops}.", "{count} changes are never looked at again: {ops}.",
            len(rows),
        )  # fmt: skip
        ops = ", ".join(op_id for (op_id,) in rows[:_NAMED]) + ("…" if len(rows) > _NAMED else "")
        yield message.format(count=len(rows), ops=ops), _("`leadq outbox retry OP` has the next sync look.")


def _unconnected(home: Home, db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Ops of a connection that the settings do not name any more: no sync goes there."""
    try:
        known = config.load(home).connections
    except LeadqError:
        return  # said by the check of the settings
    rows = db.execute(f"SELECT connection, count(*) FROM outbox WHERE {WAITS} GROUP BY connection ORDER BY 1")
    gone = [f"{name}: {count}" for name, count in rows if name not in known]
    if gone:
        message = _("Changes wait for connections that the settings do not name: {gone}.")
        fix = _("Put the connection back into {file}, or see to them: `leadq outbox list --connection NAME`.")
        yield message.format(gone=", ".join(gone)), fix.format(file=home.settings)


_NEVER_WOKEN: Final = f"""
    SELECT op_id FROM outbox WHERE state NOT IN {ENDED_OPS} AND (state = 'acked' AND audit_ms IS NULL
        OR state NOT IN ({", ".join(map(repr, get_args(State)))})) ORDER BY rowid"""


def _backups(home: Home, db: sqlite3.Connection) -> Check:
    """The newest backup is whole, and nobody else can read any."""
    known = backups.found(backups.folder_of(home), backups.device_of(db))
    if not known:
        return Check("backups", True, _("There is no backup in this home yet: `leadq backup` makes one."))
    wide = [path for path in known if os.name == "posix" and path.stat().st_mode & 0o077]
    if wide:
        names = ", ".join(map(str, wide))
        return Check("backups", False, _("Others can read {names}.").format(names=names), _chmod(wide))
    try:
        with backups.opened(known[0]) as copy:
            backups.examine(copy, known[0])
    except LeadqError as error:
        return Check("backups", False, error.message, _("Make another: `leadq backup`."))
    return Check("backups", True, _("The newest backup is sound: {file}.").format(file=known[0].name))
