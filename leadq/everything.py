"""A whole home as plain files, to be read without leadq: nobody's data is locked in.

All of it belongs to one instant. It is put together beside its place and renamed into it, so that a folder is either
there whole or not at all; only its owner may read it, because it names people.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from leadq import config, drafts, eventfile, read, settings, views
from leadq.clock import iso
from leadq.errors import Exit, LeadqError
from leadq.i18n import _, current
from leadq.paths import Home
from leadq.suppression import KEY
from leadq.tabular import write_csv

_PAGE: Final = 500
_ELSEWHERE: Final = frozenset({"alembic_version", "calendar_year", "contract", "event", "event_text"})
"""Tables that are not written as tables: they are in events.jsonl and contracts/."""

_OPEN_ROWS: Final = {"meta": f" WHERE key NOT GLOB '{KEY}*'"}
"""The keys with which identities are hashed stay here: with them the list of who may not be called could be read."""

_SHAPE: Final = (
    "id", "uid", "cycle", "name", "company", "title", "email", "phone", "country", "language", "timezone", "source",
    "campaign", "trigger", "score", "fit", "engagement", "tier", "state", "label", "owner", "band", "handed_off_at",
    "date_only", "missing", "next_due_at", "promise_at", "connection", "external_id",
)  # fmt: skip
_HEADER: Final = (*_SHAPE, "closed_at", "quality", "reason", "raw")

Progress = Callable[[int], None]
"""Hears how many leads are written."""


@dataclass(frozen=True, slots=True)
class Written:
    """What an export holds: its files, relative to the folder, and counts."""

    folder: Path
    files: tuple[str, ...]
    leads: int
    events: int


def export_all(
    home: Home, db: sqlite3.Connection, folder: Path, now_ms: int, progress: Progress = lambda count: None
) -> Written:
    """Write everything that `db`, one consistent look at `home`, knows into the new or empty `folder`.

    Raises LeadqError `not_empty` (2), and OSError; then nothing is there.
    """
    _check_empty(folder)
    target = folder.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))  # 0700
    try:
        leads, events = _fill(home, db, draft, now_ms, progress)
        for path in draft.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        if target.exists():
            target.rmdir()
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    files = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    return Written(folder, tuple(files), leads, events)


def _check_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        raise LeadqError(
            "not_empty",
            _("{folder} is there already, and is not an empty folder.").format(folder=folder),
            hint=_("Name a folder that does not exist yet."),
            exit_status=Exit.USAGE,
        )


def _fill(home: Home, db: sqlite3.Connection, draft: Path, now_ms: int, progress: Progress) -> tuple[int, int]:
    french = current() == "fr"
    leads = _write_leads(db, draft / "leads.csv", now_ms, french, progress)
    events = _write_events(db, draft / "events.jsonl", now_ms)
    _write_tables(db, draft / "tables", french)
    _write_contracts(home, db, draft / "contracts")
    _copy_outcomes(home, draft)
    if drafts.file_of(home).is_file():
        shutil.copyfile(drafts.file_of(home), draft / "drafts.json")
    known = {"settings": [setting.as_shape() for setting in settings.effective(home)]}
    (draft / "settings.json").write_text(f"{json.dumps(known, ensure_ascii=False, indent=2)}\n", "utf-8")
    (draft / "README.txt").write_text(_readme(now_ms, leads, events), "utf-8")
    return leads, events


def _write_leads(db: sqlite3.Connection, file: Path, now_ms: int, french: bool, progress: Progress) -> int:
    ids = [row[0] for row in db.execute("SELECT id FROM lead ORDER BY id")]
    write_csv(file, _HEADER, _lead_rows(db, ids, read.moment(db, now_ms), progress), french=french)
    return len(ids)


def _lead_rows(db: sqlite3.Connection, ids: list[int], at: read.Moment, progress: Progress) -> Iterator[list[Any]]:
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        more = {
            lead_id: (iso(closed_ms), *rest)
            for lead_id, closed_ms, *rest in db.execute(
                "SELECT l.id, l.closed_ms, l.quality, l.reason, p.raw FROM lead l JOIN person p ON p.id = l.person_id"
                " WHERE l.id BETWEEN ? AND ?",
                (page[0], page[-1]),
            )
        }
        for shape in views.leads(db, at, page):
            yield [*(_cell(shape[name]) for name in _SHAPE), *more[shape["id"]]]
        progress(start + len(page))


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(map(str, value))
    return int(value) if isinstance(value, bool) else value


def _write_events(db: sqlite3.Connection, file: Path, now_ms: int) -> int:
    count = 0
    with file.open("w", encoding="ascii", newline="\n") as stream:
        for line in eventfile.lines(db, now_ms, texts=True):
            stream.write(f"{json.dumps(line)}\n")
            count += "uid" in line
    return count


def _write_tables(db: sqlite3.Connection, folder: Path, french: bool) -> None:
    """Every other table as it is, whatever tables there are by now."""
    folder.mkdir()
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for name in names:
        if name not in _ELSEWHERE and not name.startswith("sqlite_"):
            rows = db.execute(f'SELECT * FROM "{name}"{_OPEN_ROWS.get(name, "")}')
            header = [column[0] for column in rows.description]
            write_csv(folder / f"{name}.csv", header, (list(map(_plain, row)) for row in rows), french=french)


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def _write_contracts(home: Home, db: sqlite3.Connection, folder: Path) -> None:
    """Each version that was in force, and the file as it stands, which may be on its way to another."""
    folder.mkdir()
    for version, digest, text in db.execute("SELECT version, hash, text FROM contract ORDER BY id"):
        safe = re.sub(r"[^\w-]", "_", version, flags=re.ASCII)[:40]
        (folder / f"{safe}-{digest[:8]}.toml").write_text(text, "utf-8")
    if home.contract.exists():
        shutil.copyfile(home.contract, folder / "contract.toml")


def _copy_outcomes(home: Home, draft: Path) -> None:
    for connection in config.load(home).connections.values():
        outcomes = Path(str(connection.options.get("outcomes", ""))).expanduser()
        if connection.adapter == "csv" and outcomes.is_file():
            shutil.copyfile(outcomes, draft / f"outcomes-{quote(connection.name, safe='')}.csv")


def _readme(now_ms: int, leads: int, events: int) -> str:
    lines = (
        _("Everything that this home of leadq knew at {instant} (UTC).").format(instant=iso(now_ms)),
        "",
        _("leads.csv: every lead with its person and how it stands ({count}). It opens in a spreadsheet.").format(
            count=leads
        ),
        _("events.jsonl: all that happened, oldest first, with notes ({count}). One JSON object a line.").format(
            count=events
        ),
        _("contracts/: every version of the contract that was in force, and the file as it stands (contract.toml)."),
        _("outcomes-NAME.csv: what was written for the connection NAME."),
        _("tables/: the other tables of the database as they are. Instants are milliseconds since 1970 in UTC."),
        _("settings.json: the settings, with secrets hidden."),
        _("drafts.json, if there is one: what was typed into a dialog and not saved."),
        "",
        _("These files name people: keep them where only you can read them."),
    )
    return "".join(f"{line}\n" for line in lines)
