"""`import` and `add`: handed-off leads come in from a file, or one by hand."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

from leadq import config, read, views
from leadq.cli.base import Session, argument, command, option
from leadq.cli.files import STDIN, forced_columns, opened, share_of
from leadq.cli.output import emit, say, warn_of_contract
from leadq.cli.progress import Progress
from leadq.errors import Exit, LeadqError
from leadq.handoff import BadRow, Defaults, read_row
from leadq.i18n import N_, _
from leadq.importing import Given, stage, take, told
from leadq.intake import Intake, Report
from leadq.leadfile import open_lead_file, worded
from leadq.tabular import TabularError
from leadq.when import parse_when
from leadq.words import person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.leadfile import LeadFile
    from leadq.paths import Home
    from leadq.sqlite import Store


@command("import", help=N_("Take handed-off leads from a CSV, TSV or XLSX file.\n\nFILE may be - for standard input."))
@argument("FILE")
@option("--connection", metavar="NAME", help=N_("The connection that their outcomes go to."))
@option("--map", "maps", multiple=True, metavar="COLUMN=FIELD", help=N_("Which field a column is; may be repeated."))
@option("--sheet", metavar="NAME", help=N_("The sheet of a workbook (else the first)."))
@option("--owner", default="", metavar="MEMBER", help=N_("The owner of leads that name none."))
@option("--handed-off-at", metavar="WHEN", help=N_("The handoff of leads that give none (else now)."))
@option("--campaign", default="", help=N_("The campaign of leads that name none."))
@option("--trigger", default="", help=N_("The trigger of leads that name none."))
@option("--dry-run", is_flag=True, help=N_("Report what would happen, and write nothing."))
def import_(
    session: Session, file: str, connection: str | None, maps: Sequence[str], sheet: str | None, owner: str,
    handed_off_at: str | None, campaign: str, trigger: str, dry_run: bool,
) -> Exit:  # fmt: skip
    """Take the leads of one file: every good row, in one transaction; every bad one is listed."""
    given = Given(owner, campaign, trigger, _instant(session, handed_off_at))
    to = _connection(session.home, connection)
    name = _("standard input") if file == STDIN else Path(file).name
    with opened(file, _("Give a CSV, TSV or XLSX file, or - for standard input.")) as source:
        try:
            leads = open_lead_file(source, name, sheet, forced_columns(maps))
        except TabularError as error:
            line = int(error.reason.params.get("line", 1))
            return _answer(session, Report(rejected=[{"line": line, "reason": worded(error.reason)}]), None)
        with stage(session.home) if dry_run else nullcontext(session.store) as store:
            report = _take(session, store, leads, source, to, given, dry_run=dry_run)
    for warning in leads.table.warnings:
        _tell(session, f"{name}: {worded(warning)}.")
    if dry_run:
        _tell(session, _("Nothing was written."))
    return _answer(session, report, leads)


@command("add", help=N_("Add one lead by hand."))
@option("--name", default="", help=N_("Who it is."))
@option("--company", default="", help=N_("Where they work."))
@option("--email", default="", help=N_("E-mail address."))
@option("--phone", default="", help=N_("Phone number."))
@option("--title", default="", help=N_("Job title."))
@option("--role", default="", help=N_("Role in the purchase: decision, prescriber..."))
@option("--country", default="", metavar="CC", help=N_("Country, as FR."))
@option("--language", default="", metavar="CC", help=N_("Language, as fr."))
@option("--sector", default="", help=N_("Sector, as the contract names it."))
@option("--company-size", default="", metavar="N", help=N_("Number of employees."))
@option("--source", default="", help=N_("Where the lead comes from."))
@option("--campaign", default="", help=N_("Campaign."))
@option("--trigger", default="", help=N_("What made it a lead: demo, pricing, event..."))
@option("--score", default="", metavar="N", help=N_("Score (else the contract's points)."))
@option("--consent-basis", default="", help=N_("Why it may be contacted: legitimate_interest, consent..."))
@option("--owner", default="", metavar="MEMBER", help=N_("Whose it is."))
@option("--handed-off-at", metavar="WHEN", help=N_("When it was handed off (else now)."))
@option("--note", default="", help=N_("A few words."))
@option("--connection", metavar="NAME", help=N_("The connection that its outcomes go to."))
def add(session: Session, owner: str, handed_off_at: str | None, connection: str | None, **cells: str) -> None:
    """Take one lead as if it were the only row of a file."""
    at_ms = _instant(session, handed_off_at)
    to = _connection(session.home, connection)
    try:
        read_row(cells, Defaults(session.clock.now_ms(), _zone(session)))
    except BadRow as bad:
        message = _(bad.template).format(**bad.params)
        raise LeadqError("bad_value", message, exit_status=Exit.USAGE) from bad
    with session.queue().desk() as desk:
        defaults = Given(owner, "", "", at_ms).defaults(desk)
        intake = Intake(desk, to, defaults)
        intake.take([(1, cells, {})])
        if intake.report.rejected:
            message = _("This lead cannot be taken: {reason}").format(reason=intake.report.rejected[0]["reason"])
            raise LeadqError("erased_person", message, exit_status=Exit.REFUSED)
        lead_id = intake.find(read_row(cells, defaults))
        events = [
            row[0] for row in desk.db.execute("SELECT uid FROM event WHERE batch = ? ORDER BY seq", (desk.batch,))
        ]
    with session.store.read() as db:
        shapes = views.leads(db, read.moment(db, session.clock.now_ms()), [lead_id])
    told = (_added(shape, intake.report) for shape in shapes)
    emit({"ok": True, "leads": shapes, "events": events}, told, as_json=session.as_json)


def _added(shape: dict[str, Any], report: Report) -> str:
    said = _("{id}  {who}: added") if report.created else _("{id}  {who}: was already here, and is brought up to date")
    if report.opposed:
        said = _("{id}  {who}: does not want to be contacted, and is rejected at once")
    return said.format(id=shape["id"], who=person(shape))


def _take(
    session: Session, store: Store, leads: LeadFile, source: BinaryIO, to: str, given: Given, *, dry_run: bool
) -> Report:
    warn = partial(warn_of_contract, quiet=session.quiet)
    with Progress(_("rows"), share_of(source), quiet=session.quiet) as progress:
        return take(session.queue(store), leads, to, given, rehearsal=dry_run, progress=progress, warn=warn)


def _connection(home: Home, name: str | None) -> str:
    """The connection named, or the first one."""
    known = config.load(home)
    if name is None or name in known.connections:
        return known.primary if name is None else name
    raise LeadqError(
        "unknown_connection",
        _("There is no connection called “{name}”.").format(name=name),
        hint=_("Connections: {names}.").format(names=", ".join(known.connections) or "-"),
        exit_status=Exit.CONFIG,
    )


def _zone(session: Session) -> ZoneInfo:
    with session.store.read() as db:
        return read.moment(db, session.clock.now_ms()).zone


def _instant(session: Session, text: str | None) -> int | None:
    if text is None:
        return None
    return parse_when(text, now_ms=session.clock.now_ms(), zone=_zone(session), past=True).ms


def _tell(session: Session, message: str) -> None:
    if not session.quiet:
        say(message)


def _answer(session: Session, report: Report, leads: LeadFile | None) -> Exit:
    counts = {
        name: getattr(report, name) for name in ("read", "created", "updated", "unchanged", "duplicates", "opposed")
    }
    value = {
        **counts,
        "flagged": report.flagged,
        "rejected": report.rejected,
        "encoding": leads.table.encoding if leads else None,
        "delimiter": leads.table.delimiter if leads else None,
    }
    emit(value, told(report), as_json=session.as_json)
    return Exit.PARTLY if report.rejected else Exit.DONE
