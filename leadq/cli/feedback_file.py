"""`feedback export` and `feedback import`: the verdicts that wait for marketing, as a table to fill in, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leadq import feedback as said
from leadq import read
from leadq.answers import rows as table
from leadq.answers import writing
from leadq.answers.reading import Filled
from leadq.answers.reading import read as read_filled
from leadq.answers.taking import Taken, take
from leadq.cli.base import Session, argument, command, option
from leadq.cli.files import STDIN, opened
from leadq.cli.output import emit, say, warn_of_contract
from leadq.cli.progress import of_known
from leadq.cli.versions import in_force
from leadq.errors import Exit
from leadq.i18n import N_, _, ngettext
from leadq.leadfile import worded
from leadq.saying import tally
from leadq.tabular import TabularError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CSV: Final = ".csv"


@command(
    "export",
    help=N_(
        "Write the verdicts that wait for marketing’s answer as a table to fill in.\n\n"
        "FILE ends with .xlsx or .csv; without it, CSV goes to standard output. `leadq feedback import` reads it back."
    ),
)
@option("--campaign", default="", metavar="C", help=N_("Only leads of this campaign."))
@option("-o", "--output", "file", metavar="FILE", help=N_("Into this file (else standard output)."))
def export(session: Session, campaign: str, file: str | None) -> None:
    """Write the table, or print it as CSV."""
    agreed = in_force(session)
    with session.store.read() as db:
        zone = read.moment(db, session.clock.now_ms()).zone
        with of_known(_("events"), quiet=session.quiet) as progress:
            entries = said.listing(db, campaign=campaign, progress=progress)
    found = table.rows(entries, agreed, zone)
    shape = {"file": None, "format": "csv", "verdicts": len(found), "disputed": len(entries) - len(found)}
    if not file:
        text = writing.as_csv(found)
        emit(shape | {"csv": text}, text.removeprefix("\ufeff").splitlines(), as_json=session.as_json)
        return
    shape["format"] = "csv" if Path(file).suffix.lower() == _CSV else "xlsx"
    if found:
        writing.write(Path(file), found, str(shape["format"]))
        shape["file"] = file
    emit(shape, _exported(shape, file), as_json=session.as_json)


@command(
    "import",
    help=N_(
        "Read a table of verdicts that marketing filled in: each new answer once, however often it is read.\n\n"
        "FILE may be - for standard input."
    ),
)
@argument("FILE")
@option("--dry-run", is_flag=True, help=N_("Report what would happen, and write nothing."))
def import_(session: Session, file: str, dry_run: bool) -> Exit:
    """Take the answers of one file: every good row, in one transaction; every bad one is listed."""
    name = _("standard input") if file == STDIN else Path(file).name
    with opened(file, _("Give a file that `leadq feedback export` wrote, or - for standard input.")) as source:
        try:
            filled = read_filled(source, name)
        except TabularError as error:
            filled = Filled(rejected=[(int(error.reason.params.get("line", 1)), worded(error.reason))])
    with of_known(_("rows"), quiet=session.quiet) as progress:
        taken = take(
            session.queue(), filled, rehearsal=dry_run, progress=progress,
            warn=lambda problems: warn_of_contract(problems, quiet=session.quiet),
        )  # fmt: skip
    for warning in () if session.quiet else filled.warnings:
        say(f"{name}: {warning}.")
    if dry_run and not session.quiet:
        say(_("Nothing was written."))
    emit(_shape(name, filled, taken), _told(name, filled, taken), as_json=session.as_json)
    return Exit.PARTLY if taken.rejected else Exit.DONE


def _exported(shape: dict[str, Any], file: str) -> Iterator[str]:
    count, disputed = shape["verdicts"], shape["disputed"]
    if not count:
        yield _("Nothing waits for an answer.")
    else:
        yield ngettext("{count} verdict to answer", "{count} verdicts to answer", count).format(count=count)
        yield _("Written to {file}.").format(file=file)
    if disputed:
        yield ngettext(
            "{count} more is disputed, and waits for whoever owns the contract: see `leadq feedback list`.",
            "{count} more are disputed, and wait for whoever owns the contract: see `leadq feedback list`.",
            disputed,
        ).format(count=disputed)


def _shape(name: str, filled: Filled, taken: Taken) -> dict[str, Any]:
    return {
        "file": name,
        "read": filled.read,
        "empty": filled.empty,
        "answered": taken.answered,
        "same": taken.same,
        "overtaken": taken.overtaken,
        "rejected": [{"line": line, "reason": reason} for line, reason in taken.rejected],
        "leads": taken.leads,
        "events": taken.events,
        "encoding": filled.encoding or None,
        "delimiter": filled.delimiter if filled.encoding else None,
    }


def _told(name: str, filled: Filled, taken: Taken) -> Iterator[str]:
    count = ngettext("{file}: {count} row read", "{file}: {count} rows read", filled.read)
    yield count.format(file=name, count=filled.read)
    yield from tally(
        (taken.answered, ngettext("answered", "answered", taken.answered)),
        (taken.same, _("answered so before")),
        (taken.overtaken, _("answered so before, and otherwise since: left as it is")),
        (filled.empty, _("without an answer: they wait on")),
        (len(taken.rejected), ngettext("rejected", "rejected", len(taken.rejected))),
        rejected=({"line": line, "reason": reason} for line, reason in taken.rejected),
    )
