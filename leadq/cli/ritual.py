"""`leadq ritual`: the agenda of a weekly, monthly or quarterly meeting, with figures and what is still to be done."""

from __future__ import annotations

from typing import Final

from leadq.cli.base import OneOf, Session, argument, command, option
from leadq.cli.progress import of_known
from leadq.cli.report import asked_for, format_of, put_out
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _

RITUALS: Final = ("weekly", "monthly", "quarterly")
FORMATS: Final = ("md", "html", "json")


@command(
    "ritual",
    help=N_(
        "Make the agenda of a meeting of both teams: what is still to be done, then the figures.\n\n"
        "RITUAL is weekly, monthly or quarterly: about the last whole week, month or quarter. docs/rituals.md says what"
        " is in each."
    ),
)
@argument("RITUAL")
@option("--as-of", metavar="WHEN", help=N_("As known then: what happened or was recorded later is left out."))
@option("--format", "format_", type=OneOf(FORMATS), help=N_("How to say it (else by the file’s ending, else md)."))
@option("-o", "--output", metavar="FILE", help=N_("Write it to this file instead."))
def ritual(session: Session, ritual: str, as_of: str | None, format_: str | None, output: str | None) -> None:
    """Print an agenda, or write it to a file."""
    kind, wanted = _known(ritual), _format(format_, output)
    from leadq.reports import packs

    with session.store.read() as db:
        asked = asked_for(session, db, kind, "team", None, None, as_of)
        with of_known(_("events"), quiet=session.quiet) as progress:
            made = packs.pack(db, asked, progress)
    put_out(session, made, wanted, output)


def _known(name: str) -> str:
    """The ritual of that name. Raises LeadqError `unknown_ritual` (6)."""
    if name in RITUALS:
        return name
    raise LeadqError(
        "unknown_ritual",
        _("There is no ritual “{name}”.").format(name=name),
        hint=_("There is: {known}.").format(known=", ".join(RITUALS)),
        exit_status=Exit.NOT_FOUND,
    )


def _format(named: str | None, output: str | None) -> str:
    """An agenda is no table: a file that ends in `.csv` is refused. Raises LeadqError `usage` (2)."""
    wanted = format_of(named, output)
    if wanted in FORMATS:
        return wanted
    message = _("“{value}” is not one of: {known}.").format(value=wanted, known=", ".join(FORMATS))
    raise LeadqError("usage", message, exit_status=Exit.USAGE)
