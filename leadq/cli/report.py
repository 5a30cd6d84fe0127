"""`leadq report`: the figures of a day, a week, a month or a quarter, as a page or as a document for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadq import config, read
from leadq.cli.base import OneOf, Session, argument, command, option
from leadq.cli.output import emit, say
from leadq.cli.progress import of_known
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _
from leadq.reports.names import AUDIENCES, FORMATS, REPORTS
from leadq.when import parse_when

if TYPE_CHECKING:
    import sqlite3

    from leadq.reports.document import Report
    from leadq.reports.sources import Asked

_BY_ENDING: Final = {".md": "md", ".html": "html", ".htm": "html", ".csv": "csv", ".json": "json"}
_MANAGER: Final = "manager"


@command(
    "report",
    help=N_(
        "Show the figures of a day, or of the last whole week, month or quarter, for both teams.\n\n"
        "REPORT is day, weekly, monthly, quarterly or exec (one sheet for the sponsor). docs/reports.md says what is in"
        " each."
    ),
)
@argument("REPORT")
@option("--from", "from_", metavar="WHEN", help=N_("From then on."))
@option("--to", metavar="WHEN", help=N_("To before then."))
@option("--as-of", metavar="WHEN", help=N_("As known then: what happened or was recorded later is left out."))
@option("--format", "format_", type=OneOf(FORMATS), help=N_("How to say it (else by the file’s ending, else md)."))
@option("-o", "--output", metavar="FILE", help=N_("Write it to this file instead."))
@option("--for", "edition", type=OneOf(AUDIENCES), default="team", help=N_("The edition of this reader."))
@option("--people", is_flag=True, help=N_("With figures by person: your own; a manager’s edition has all."))
def report(
    session: Session, report: str, from_: str | None, to: str | None, as_of: str | None, format_: str | None,
    output: str | None, edition: str, people: bool,
) -> None:  # fmt: skip
    """Print a report, or write it to a file."""
    kind = _known(report)
    wanted = format_of(format_, output)
    from leadq.reports import make

    with session.store.read() as db:
        asked = asked_for(session, db, kind, edition, from_, to, as_of, people=people)
        with of_known(_("events"), quiet=session.quiet) as progress:
            made = make.make(db, asked, progress)
    put_out(session, made, wanted, output)


def put_out(session: Session, made: Report, wanted: str, output: str | None) -> None:
    """Print a report in the format that is `wanted`, or write it to a file. Raises OSError."""
    from leadq.reports import written
    from leadq.reports.shape import as_shape
    from leadq.reports.trusted import said_alone

    if output is not None:
        path = Path(output)
        written.write(path, written.said(made, wanted))
        told = {"file": str(path), "format": wanted, "command": made.command}
        emit(told, [_("Written to {file}.").format(file=path)], as_json=session.as_json)
    elif wanted == "json" or session.as_json:
        emit(as_shape(made), (), as_json=True)
    else:
        emit(None, written.said(made, wanted).removeprefix("\ufeff").splitlines(), as_json=False)
    if made.data["coverage"]["alone"] and not session.quiet and output is not None:
        say(said_alone(made.data["coverage"]["scoped"]))


def _known(name: str) -> str:
    """The report of that name. Raises LeadqError `unknown_report` (6)."""
    if name not in REPORTS:
        raise LeadqError(
            "unknown_report",
            _("There is no report “{name}”.").format(name=name),
            hint=_("There is: {known}.").format(known=", ".join(REPORTS)),
            exit_status=Exit.NOT_FOUND,
        )
    return name


def format_of(named: str | None, output: str | None) -> str:
    """The format that was named, else that of a file's ending, else Markdown."""
    ending = Path(output).suffix.lower() if output else ""
    return named or _BY_ENDING.get(ending, "md")


def asked_for(
    session: Session, db: sqlite3.Connection, kind: str, edition: str, from_: str | None, to: str | None,
    as_of: str | None, *, people: bool = False,
) -> Asked:  # fmt: skip
    """The period and the instant that were typed, in the contract's zone. Raises LeadqError `bad_when` or `bad_period`
    (2)."""
    from leadq.reports.period import span
    from leadq.reports.sources import Asked

    now_ms, zone = session.clock.now_ms(), ZoneInfo(read.zone_name(db))
    as_of_ms, from_ms, to_ms = (_typed(text, now_ms, zone) for text in (as_of, from_, to))
    if as_of_ms is not None and as_of_ms > now_ms:
        raise _bad_period(_("Nobody knows yet what will have been by then: --as-of is in the future."))
    of = span(kind, now_ms if as_of_ms is None else as_of_ms, zone, from_ms, to_ms)
    if of.from_ms >= of.to_ms:
        raise _bad_period(_("The period ends before it begins."))
    me = config.load(session.home).me
    return Asked(
        kind, edition, of, now_ms if as_of_ms is None else as_of_ms, zone, live=as_of_ms is None, me=me,
        sees_all=sees_all(db, me), people=people,
    )  # fmt: skip


def sees_all(db: sqlite3.Connection, me: str) -> bool:
    """Whether a member may see figures of every person."""
    return bool(db.execute("SELECT 1 FROM member WHERE id = ? AND role = ?", (me, _MANAGER)).fetchone())


def _typed(text: str | None, now_ms: int, zone: ZoneInfo) -> int | None:
    return None if text is None else parse_when(text, now_ms=now_ms, zone=zone, past=True).ms


def _bad_period(message: str) -> LeadqError:
    return LeadqError("bad_period", message, exit_status=Exit.USAGE)
