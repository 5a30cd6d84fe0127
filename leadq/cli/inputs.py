"""`leadq inputs`: what leadq cannot know and figures need: spend, customer values, deals won and lost, from files."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadq import read
from leadq.cli.base import Group, OneOf, Session, Whole, argument, command, option
from leadq.cli.files import STDIN, forced_columns, opened, share_of
from leadq.cli.output import emit, say
from leadq.cli.progress import Progress
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, ngettext
from leadq.inputs import kept
from leadq.inputs.cells import BadCell, currency
from leadq.metric_words import say_number
from leadq.saying import say_when, tally
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.inputs.kept import Input
    from leadq.inputs.tables import InputFile
    from leadq.inputs.taking import Taken

_SHOWN: Final = 20
_NAMES: Final = {"spend": N_("spend"), "value": N_("customer values"), "deals": N_("deals")}
_STRANGE: Final = {"sources": N_("No lead has the source"), "campaigns": N_("No lead has the campaign")}


@command(
    "add",
    help=N_(
        "Take a CSV, TSV or XLSX file of what figures need: KIND is spend, value or deals.\n\n"
        "FILE may be - for standard input. A file is taken whole or not at all; what is known already is left alone."
    ),
)
@argument("KIND", kind=OneOf(kept.KINDS))
@argument("FILE")
@option("--currency", "code", default="", metavar="EUR", help=N_("The currency of rows that name none."))
@option("--map", "maps", multiple=True, metavar="COLUMN=FIELD", help=N_("Which field a column is; may be repeated."))
@option("--sheet", metavar="NAME", help=N_("The sheet of a workbook (else the first)."))
@option("--dry-run", is_flag=True, help=N_("Report what would happen, and write nothing."))
def add(
    session: Session, kind: str, file: str, code: str, maps: Sequence[str], sheet: str | None, dry_run: bool
) -> Exit:  # fmt: skip
    """Take a file, or say what would come of it."""
    from leadq.inputs.tables import open_input
    from leadq.inputs.taking import rehearse, take

    name = _("standard input") if file == STDIN else Path(file).name
    hint = _("Give a CSV, TSV or XLSX file, or - for standard input.")
    with opened(file, hint) as source, Progress(_("rows"), share_of(source), quiet=session.quiet) as progress:
        forced = forced_columns(maps)
        table = open_input(source, name, kind, sheet=sheet, forced=forced, currency_=_currency(code), progress=progress)
        if dry_run:
            with session.store.read() as db:
                taken = rehearse(db, table, read.zone_name(db), session.clock.now_ms())
        else:
            with session.queue().desk() as desk:
                taken = take(desk, table)
    _warn(session, table, dry_run=dry_run)
    emit({"ok": True, "dry_run": dry_run, **taken.as_shape()}, _told(taken), as_json=session.as_json)
    return Exit.PARTLY if taken.left_out else Exit.DONE


@command("list", help=N_("List the files that were given, oldest first."))
@option("--all", "every", is_flag=True, help=N_("Also those that were taken back."))
def list_(session: Session, every: bool) -> None:
    """Print the inputs."""
    from leadq.inputs.taking import as_shape

    with session.store.read() as db:
        found = [one for one in kept.all_inputs(db) if every or one.removed_ms is None]
        at = read.moment(db, session.clock.now_ms())
    lines = [_line(one, at) for one in found] or [_("No input was given yet: `leadq inputs add --help` says which.")]
    emit([as_shape(one) for one in found], lines, as_json=session.as_json)


@command("rm", help=N_("Take a file back, by its number in the list: figures are made without it from now on."))
@argument("INPUT", kind=Whole(1))
def rm(session: Session, input: int) -> None:  # noqa: A002 - the word that people see
    """Take an input back."""
    from leadq.inputs.taking import as_shape, take_back

    with session.queue().desk() as desk:
        given = take_back(desk, input)
    told = _("{file} ({kind}) is taken back.").format(file=given.file, kind=_(_NAMES[given.kind]))
    emit({"ok": True, **as_shape(given)}, [told], as_json=session.as_json)


inputs: Final = Group(
    "inputs",
    help=N_("What leadq cannot know and figures need: spend, customer values, deals won and lost."),
    lazy={"add": "leadq.cli.inputs:add", "list": "leadq.cli.inputs:list_", "rm": "leadq.cli.inputs:rm"},
)


def _currency(text: str) -> str:
    try:
        return currency("currency", text)
    except BadCell as bad:
        raise LeadqError("usage", f"--currency: {bad.reason}.", exit_status=Exit.USAGE) from bad


def _warn(session: Session, file: InputFile, *, dry_run: bool) -> None:
    from leadq.leadfile import worded

    if session.quiet:
        return
    for warning in file.table.warnings:
        say(f"{file.name}: {worded(warning)}.")
    if dry_run:
        say(_("Nothing was written."))


def _told(taken: Taken) -> Iterator[str]:
    shape = taken.as_shape()
    yield ngettext("{count} row read", "{count} rows read", taken.read).format(count=taken.read)
    yield from tally(
        (shape["added"], _("new")),
        (shape["unchanged"], _("known already")),
        (len(taken.left_out), _("left out")),
        rejected=[{"line": one.line, "reason": f"{one.who}: {one.reason}"} for one in taken.left_out],
    )
    yield from _summed(shape)
    for name, texts in taken.strange.items():
        if texts:
            yield labelled(_(_STRANGE[name]), _listed(texts))
    if taken.number is not None:
        yield _("It is input {id}; `leadq inputs rm {id}` takes it back.").format(id=taken.number)


def _listed(texts: Sequence[str]) -> str:
    more = _(" and {n} more").format(n=len(texts) - _SHOWN) if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more


def _summed(shape: Mapping[str, object]) -> Iterator[str]:
    """What the rows come to, and which days they speak of."""
    totals = shape["totals"]
    if isinstance(totals, dict) and totals:
        yield labelled(_("in all"), ", ".join(say_number(Decimal(amount), code) for code, amount in totals.items()))
    if shape["from"]:
        yield _("from {first} to {last}").format(first=shape["from"], last=shape["to"])


def _line(one: Input, at: read.Moment) -> str:
    from leadq.inputs.taking import as_shape

    rows = ngettext("{count} row", "{count} rows", len(one.rows)).format(count=len(one.rows))
    added = _("added {when}").format(when=say_when(one.added_ms, at.zone, at.now_ms))
    gone = one.removed_ms and _("taken back {when}").format(when=say_when(one.removed_ms, at.zone, at.now_ms))
    parts = (f"{one.id}  {_(_NAMES[one.kind])}", one.file, rows, *_summed(as_shape(one)), added, gone)
    return " · ".join(part for part in parts if part)
