"""`events export` and `events import`: what happened, as a file that can be put together with others'."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadq import eventfile
from leadq.cli.base import Group, Session, argument, command, option
from leadq.cli.event_files import begun, counts_of, own_file, take, take_folder, told
from leadq.cli.files import STDIN, opened
from leadq.cli.output import emit, emit_lines
from leadq.domain.events import TEAM
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable


@command(
    "export",
    help=N_(
        "Write what happened, one event a line: no names, no addresses.\n\nWithout FILE, or with -: to standard output."
    ),
)
@argument("FILE", required=False)
@option("--to", "folder", metavar="DIR", help=N_("A shared folder: the file is named after you and this device."))
@option("--texts", is_flag=True, help=N_("With the notes and quotes, which may name people."))
def export(session: Session, file: str | None, folder: str | None, texts: bool) -> None:
    """Write every event of this home, and the contracts that they refer to."""
    if folder is not None:
        if file is not None:
            raise click.UsageError(_("Give a file or --to DIR, not both."))
        file = str(own_file(session, folder))
    with session.store.read() as db:
        lines = eventfile.lines(db, session.clock.now_ms(), texts=texts)
        if file in (None, STDIN):
            if session.as_json:
                emit(lines, (), as_json=True)
            else:
                emit_lines(lines)
            return
        path = Path(str(file)).expanduser()
        written = write(path, lines, private=texts)
    value = {"ok": True, "file": str(path), **written, "texts": texts}
    said = ngettext("Written to {file}: {count} event.", "Written to {file}: {count} events.", written["events"])
    emit(value, [said.format(file=path, count=written["events"])], as_json=session.as_json)


@command(
    "import",
    help=N_(
        "Take in events that other homes exported; the same file twice changes nothing.\n\nFILE may be a folder: all"
        " files of events in it but your own."
    ),
)
@argument("FILE")
def import_(session: Session, file: str) -> Exit:
    """Put the events of one file, or of a folder, together with those that are here."""
    if file != STDIN and Path(file).expanduser().is_dir():
        found = take_folder(session, Path(file).expanduser())
        emit(found.as_shape(), found.told(), as_json=session.as_json)
        return found.status
    with opened(file, _("Give a file that `leadq events export` made, or - for standard input.")) as stream:
        report = take(session, *begun(stream))
    emit(counts_of(report), told(report), as_json=session.as_json)
    return Exit.PARTLY if report.rejected else Exit.DONE


events = Group(
    "events",
    help=N_("What happened, as a file to share."),
    lazy={"export": f"{__name__}:export", "import": f"{__name__}:import_"},
)


def write(path: Path, lines: Iterable[dict[str, Any]], *, private: bool) -> dict[str, int]:
    """Put the file in place, whole or not at all; how many events, leads and contracts are in it.

    Raises LeadqError `file_exists` (2) rather than write over a file of another kind, and OSError.
    """
    if path.exists() and not _is_ours(path):
        raise LeadqError(
            "file_exists",
            _("{file} is there already, and is no file of events.").format(file=path),
            hint=_("Choose another name."),
            exit_status=Exit.USAGE,
        )
    counts = {"events": 0, "leads": 0, "contracts": 0}
    leads: set[str] = set()
    handle, draft = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as stream:
            for line in lines:
                stream.write(f"{json.dumps(line)}\n")
                counts["contracts"] += "contract" in line and "leadq" not in line
                if "uid" in line:
                    counts["events"] += 1
                    leads |= set() if line["lead_uid"].startswith(TEAM) else {line["lead_uid"]}
            stream.flush()
            os.fsync(handle)
        if not private:
            Path(draft).chmod(0o666 & ~_umask())  # it is made to be shared
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return {**counts, "leads": len(leads)}


def _is_ours(path: Path) -> bool:
    """Whether it may be written over: a file of events, or an empty one, which a sync client may have put there."""
    try:
        with path.open("rb") as stream:
            if not path.stat().st_size:
                return True
            eventfile.read_header(stream.readline(10_000))
    except LeadqError:
        return False
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
