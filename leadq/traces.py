"""What is left of erased people in the files beside the database: backups, outcomes that wait to be read, logs."""

from __future__ import annotations

import csv
import io
import os
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from leadq.drafts import file_of
from leadq.erasing import ERASED_PERSON, blank, forget_ids, listed
from leadq.sqlite import rewrite
from leadq.suppression import ERASED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from leadq.paths import Home
    from leadq.suppression import Suppressed

_SQLITE: Final = b"SQLite format 3\0"
_BESIDE: Final = ("-wal", "-shm", "-journal", ".new")
_BLANKED: Final = ("external_id", "email")
_DELIMITERS: Final = (",", ";", "\t")
_BOM: Final = "\ufeff"


def backups(home: Home) -> Iterator[Path]:
    """Every copy of the database that leadq made: in `backups`, and beside it before a migration or a restore."""
    for path in (*home.data.glob("backups/**/*"), *home.data.glob(f"{home.database.name}.*")):
        if path.is_file() and not path.name.endswith(_BESIDE) and _is_database(path):
            yield path


def clean_backup(path: Path, suppressed: Suppressed, leads: Collection[str]) -> bool:
    """Erase from a copy whoever was erased; whether there was anybody. Raises sqlite3.DatabaseError, LeadqError.

    A copy that holds somebody erased already is written anew again: an interruption may have come between the two.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for pragma in ("secure_delete=ON", "temp_store=MEMORY", "busy_timeout=5000"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("BEGIN IMMEDIATE")
        people = [person_id for person_id, why in listed(db, suppressed, leads).items() if why == ERASED]
        if people:
            blank(db, people)
            forget_ids(db)
        touched = bool(db.execute(f"SELECT EXISTS (SELECT 1 FROM person WHERE {ERASED_PERSON})").fetchone()[0])
        db.execute("COMMIT")
        if touched:
            rewrite(db)
    return touched


def clean_outcomes(path: Path, leads: Collection[str], names: Collection[str]) -> bool:
    """Blank e-mail, id and note in the rows of these leads; every other row stays as it is, to the byte.

    In a file that is not ours any more, the names themselves are taken out. The caller holds the connection's lock.
    """
    if not path.is_file():
        return False
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    records = list(_records(text.removeprefix(_BOM)))
    delimiter = next((mark for mark in _DELIMITERS if records and records[0].startswith(f"op_id{mark}lead_uid")), "")
    if not delimiter:
        return clean_text(path, names)
    header = next(csv.reader([records[0]], delimiter=delimiter))
    cleaned = records[0] + "".join(_without(record, header, delimiter, leads) for record in records[1:])
    return _replace(path, text, f"{_BOM if text.startswith(_BOM) else ''}{cleaned}")


def _records(text: str) -> Iterator[str]:
    """The rows with their line ends: a line end inside quotation marks does not end one."""
    record, quotes = "", 0
    for line in io.StringIO(text, newline=""):
        record, quotes = record + line, quotes + line.count('"')
        if quotes % 2 == 0:
            yield record
            record = ""
    if record:
        yield record


def _without(record: str, header: list[str], delimiter: str, leads: Collection[str]) -> str:
    cells = next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [])
    row = dict(zip(header, cells, strict=False))
    if row.get("lead_uid") not in leads:
        return record
    if len(cells) < len(header):
        return ""  # torn by a crash: nobody has answered for it, so it is sent again
    undo = re.match(r"undo:\S+", row.get("note", ""))  # not a word of anybody: which change this one takes back
    row |= dict.fromkeys(_BLANKED, "") | {"note": undo[0] if undo else ""}
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator="").writerow([*row.values(), *cells[len(header) :]])
    return written.getvalue() + record[len(record.rstrip("\r\n")) :]


def logs(home: Home) -> Iterator[Path]:
    """Every file that leadq keeps about its own doings; of drafts those that name somebody go whole (drafts.py)."""
    kept = (path for path in home.state.rglob("*") if path.is_file() and path.suffix != ".lock")
    return (path for path in kept if path != file_of(home))


def clean_text(path: Path, names: Collection[str]) -> bool:
    """Take these names out of a text file, in whatever case; whether one was there."""
    wanted = sorted(filter(None, (name.strip() for name in names)), key=len, reverse=True)
    if not wanted:
        return False
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    cleaned = re.sub("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in wanted), "[…]", text, flags=re.IGNORECASE)
    return _replace(path, text, cleaned)


def _replace(path: Path, before: str, after: str) -> bool:
    """Put the new text in place, whole or not at all, and readable by its owner only."""
    if after == before:
        return False
    place = path.resolve()  # it may be a link into a shared folder
    draft = place.with_name(f"{place.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(after.encode("utf-8", "surrogateescape"))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)
    return True


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE
