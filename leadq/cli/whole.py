"""`export --all DIR`: the whole home as plain files."""

from __future__ import annotations

from pathlib import Path

from leadq.cli.backup import holds
from leadq.cli.base import Session, command, option
from leadq.cli.output import emit
from leadq.cli.progress import of_known
from leadq.i18n import N_, _


@command("export", help=N_("Write everything of this home as plain files that can be read without leadq."))
@option("--all", "folder", metavar="DIR", required=True, help=N_("Everything, into this new or empty folder."))
def export(session: Session, folder: str) -> None:
    """Write the folder, whole or not at all."""
    from leadq.everything import export_all

    with session.store.read() as db, of_known(_("leads"), quiet=session.quiet) as progress:
        (of,) = db.execute("SELECT count(*) FROM lead").fetchone()
        written = export_all(
            session.home, db, Path(folder).expanduser(), session.clock.now_ms(), lambda done: progress(done, of)
        )
    value = {
        "ok": True,
        "folder": str(written.folder),
        "files": list(written.files),
        "leads": written.leads,
        "events": written.events,
    }
    said = _("Written to {folder} ({holds}). It names people: keep it private.").format(
        folder=written.folder, holds=holds(written.leads, written.events)
    )
    emit(value, [said, *(f"  {name}" for name in written.files)], as_json=session.as_json)
