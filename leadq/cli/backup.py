"""`backup` and `restore`: whole copies of this home's database."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadq import backups
from leadq.cli.base import Session, argument, command, option
from leadq.cli.output import emit
from leadq.cli.progress import of_known
from leadq.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.backups import Backup
    from leadq.restore import Restored


@command("backup", help=N_("Copy the database of this home, verify the copy, and keep the newest seven."))
@option("--to", "folder", metavar="DIR", help=N_("The folder for it (else data/backups in the home)."))
def backup(session: Session, folder: str | None) -> None:
    """Make a backup; a home that does not exist has nothing to back up, and that is no error."""
    if not session.home.exists:
        value: dict[str, Any] = {
            "ok": True,
            "file": None,
            "schema": None,
            "leads": 0,
            "events": 0,
            "bytes": 0,
            "removed": [],
        }
        emit(value, [_("There is no home here yet, so there is nothing to back up.")], as_json=session.as_json)
        return
    to = backups.folder_of(session.home) if folder is None else Path(folder).expanduser()
    with _telling(session, session.home.database) as progress:
        made = backups.back_up(session.home, to, session.clock.now_ms(), progress)
    emit(_made(made), _told(made), as_json=session.as_json)


@command("restore", help=N_("Put a backup in the place of this home's database; what was there is backed up first."))
@argument("FILE")
def restore(session: Session, file: str) -> None:
    """Restore FILE, or refuse it and change nothing."""
    from leadq.restore import restore as put_back

    path = Path(file).expanduser()
    with _telling(session, path) as progress:
        done = put_back(session.store, path, session.clock.now_ms(), progress)
    value = {
        "ok": True,
        "file": str(done.file),
        "schema": done.facts.schema,
        "leads": done.facts.rows["lead"],
        "events": done.facts.rows["event"],
        "device": done.device or None,
        "kept": str(done.kept) if done.kept else None,
        "newer_events": done.newer,
        "unknown": done.doubtful,
        "erased_again": done.erased,
    }
    emit(value, list(_restored(done)), as_json=session.as_json)


@contextmanager
def _telling(session: Session, file: Path) -> Iterator[backups.Progress]:
    size_mb = file.stat().st_size / 1e6 if file.is_file() else 0.0
    with of_known(_("MB"), quiet=session.quiet) as progress:
        yield lambda share: progress(share * size_mb, size_mb)


def _made(made: Backup) -> dict[str, Any]:
    return {
        "ok": True,
        "file": str(made.file),
        "schema": made.facts.schema,
        "leads": made.facts.rows["lead"],
        "events": made.facts.rows["event"],
        "bytes": made.file.stat().st_size,
        "removed": [str(path) for path in made.removed],
    }


def _told(made: Backup) -> Iterator[str]:
    yield _("Backed up and verified: {file} ({holds}).").format(file=made.file, holds=_holds(made.facts))
    for path in made.removed:
        yield _("Removed the older {file}.").format(file=path)


def _restored(done: Restored) -> Iterator[str]:
    yield _("Restored from {file} ({holds}).").format(file=done.file, holds=_holds(done.facts))
    if done.newer is None:
        yield _("What was there is broken; its files are kept as {file}.").format(file=done.kept)
    elif done.kept:
        yield _("What was there is kept as {file}.").format(file=done.kept)
    if done.newer:
        said = ngettext(
            "{count} event that was recorded since is not in the backup: it is in that copy.",
            "{count} events that were recorded since are not in the backup: they are in that copy.",
            done.newer,
        )
        yield said.format(count=done.newer)
    if done.doubtful:
        said = ngettext(
            "{count} change that waited in the backup may have left since: the next sync treats it as unknown, and"
            " sends it again only where that writes nothing twice.",
            "{count} changes that waited in the backup may have left since: the next sync treats them as unknown, and"
            " sends them again only where that writes nothing twice.",
            done.doubtful,
        )
        yield said.format(count=done.doubtful)
    if done.erased:
        said = ngettext(
            "{count} person who was erased since was erased again.",
            "{count} people who were erased since were erased again.",
            done.erased,
        )
        yield said.format(count=done.erased)
    if done.device:
        yield _("This home goes on as the device {device}; gestures from before cannot be undone here.").format(
            device=done.device
        )


def _holds(facts: backups.Facts) -> str:
    return holds(facts.rows["lead"], facts.rows["event"])


def holds(leads: int, events: int) -> str:
    """`25 leads, 1 event`."""
    return ", ".join(
        (
            ngettext("{n} lead", "{n} leads", leads).format(n=leads),
            ngettext("{count} event", "{count} events", events).format(count=events),
        )
    )
