"""`privacy export`, `erase` and `due`: what a person may ask for, and who has been kept long enough."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadq import config, read
from leadq.cli.base import Group, Session, argument, command, option
from leadq.cli.output import emit, safe_line, say
from leadq.cli.progress import of_known
from leadq.cli.tables import Column, table
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, ngettext
from leadq.saying import say_day
from leadq.terminal import interactive
from leadq.words import labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.privacy import Erasure
    from leadq.retention import Due


@command(
    "export",
    help=N_("Write down everything held about a person.\n\nEMAIL may also be one of their leads, as LEAD."),
)
@argument("EMAIL")
@option("-o", "--output", "file", metavar="FILE", help=N_("Into this file, JSON if it ends in .json."))
def export(session: Session, email: str, file: str | None) -> None:
    """Print the dossier, or write it to a file that only its owner can read."""
    from leadq.cli.dossier import dossier, told
    from leadq.drafts import load
    from leadq.sqlite import explained

    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        with explained(session.home):
            typed = load(session.home)
        found = dossier(db, at, email, typed)
        if file is None:
            emit(found, told(db, at, found), as_json=session.as_json)
            return
        as_data = session.as_json or file.endswith(".json")
        lines = [json.dumps(found, ensure_ascii=False, indent=2)] if as_data else map(safe_line, told(db, at, found))
        _write(Path(file), "".join(f"{line}\n" for line in lines))
    emit({"ok": True, "file": file}, [_("Written to {file}.").format(file=file)], as_json=session.as_json)


def _write(path: Path, text: str) -> None:
    """A file that nobody else could ever read, also when one of that name was there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        if os.name == "posix":
            path.chmod(0o600)
        file.truncate()
        file.write(text)


@command(
    "erase",
    help=N_(
        "Erase a person from this home; nothing brings them back.\n\n"
        "EMAIL may also be one of their leads, as LEAD. What happened stays, and names nobody."
    ),
)
@argument("EMAIL")
@option("--yes", is_flag=True, help=N_("Do not ask."))
def erase(session: Session, email: str, yes: bool) -> Exit:
    """Erase whoever is meant from rows, log, backups and outcomes."""
    from leadq.privacy import erase as erase_person
    from leadq.privacy import find_people

    with session.store.read() as db:
        people = find_people(db, email)
        shown = db.execute(_SHOWN.format(ids=", ".join(map(str, people)))).fetchall()
    if not yes and not _sure(session, shown):
        say(_("Nothing was erased."))
        return Exit.INTERRUPTED
    with of_known(_("files"), quiet=session.quiet) as progress:
        done = erase_person(session.store, session.clock, email, progress)
    emit(_shape(done), _erased(done), as_json=session.as_json)
    return Exit.NEEDS_PERSON if done.left else Exit.DONE


def _sure(session: Session, shown: list[tuple[str, ...]]) -> bool:
    """Whether the person in front of the terminal wants it. Raises LeadqError `needs_yes` (2) where there is none."""
    if session.as_json or not interactive():
        raise LeadqError(
            "needs_yes",
            _("An erasure cannot be undone, and there is nobody to ask."),
            hint=_("Add --yes to erase without being asked."),
            exit_status=Exit.USAGE,
        )
    for who in shown:
        say(f"  {' · '.join(filter(None, who))}")
    say(_("An erasure cannot be undone."))
    word = _("yes")
    ask = _("Type “{word}” to erase").format(word=word)
    answer = click.prompt(ask, default="", show_default=False, prompt_suffix=" > ", err=True)
    return bool(answer.strip().casefold() == word)


def _shape(done: Erasure) -> dict[str, Any]:
    return {
        "ok": True,
        "people": done.people,
        "leads": list(done.leads),
        "open": list(done.open),
        "events": list(done.events),
        "waiting": done.waiting,
        "known_by": [{"connection": name, "external_id": external_id} for name, external_id in done.known_by],
        "rewritten": [str(path) for path in done.rewritten],
        "left": [{"file": str(path), "why": why} for path, why in done.left],
    }


def _erased(done: Erasure) -> Iterator[str]:
    count = len(done.leads)
    if done.people:
        yield ngettext(
            "Erased; {count} lead stays, and names nobody.", "Erased; {count} leads stay, and name nobody.", count
        ).format(count=count)
    else:
        yield _("Nothing was left of them in the rows; the files were gone through again.")
    if done.open:
        numbers = ", ".join(map(str, done.open))
        yield _("Still open: {leads}. End each with its reason: nobody can be contacted any more.").format(
            leads=numbers
        )
    if done.waiting:
        yield ngettext(
            "{count} change still goes out, without their data.",
            "{count} changes still go out, without their data.",
            done.waiting,
        ).format(count=done.waiting)
    for name, external_id in done.known_by:
        yield _("{connection} knows them too ({external_id}): have them erased there.").format(
            connection=name, external_id=external_id or "-"
        )
    for path in done.rewritten:
        yield labelled(_("rewritten"), str(path))
    for path, why in done.left:
        yield _("{file} could not be gone through ({why}): erase them there yourself.").format(file=path, why=why)


@command("due", help=N_("List the people of whom nothing was heard for longer than they may be kept."))
def due(session: Session) -> None:
    """Print who is to be asked again or erased, the longest silence first."""
    from leadq.clock import iso
    from leadq.retention import due as overdue
    from leadq.retention import months_before

    months = config.load(session.home).retention_months
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        before_ms = months_before(at.now_ms, months, at.zone)
        with of_known(_("people"), quiet=session.quiet) as progress:
            found = overdue(db, before_ms, progress)
    value = {
        "retention_months": months,
        "before": iso(before_ms),
        "people": [one.as_shape() for one in found],
    }
    emit(value, _listed(found, at, months), as_json=session.as_json)


def _listed(found: list[Due], at: read.Moment, months: int) -> Iterator[str]:
    if not found:
        yield ngettext(
            "Nobody was silent for more than {months} month.",
            "Nobody was silent for more than {months} months.",
            months,
        ).format(months=months)
        return
    columns = (
        Column("#", 6, right=True),
        Column(_("Last heard"), 18),
        Column(_("Name"), 12, share=2),
        Column(_("Company"), 10, share=2),
        Column(_("E-mail"), 16, share=2),
    )
    rows = ((one.lead, say_day(one.last_ms, at.zone, at.now_ms), one.name, one.company, one.email) for one in found)
    yield from table(columns, rows)


_SHOWN = "SELECT name, company, email FROM person WHERE id IN ({ids})"

privacy = Group(
    "privacy",
    help=N_("What a person may ask for: their data, or to be erased."),
    lazy={name: f"{__name__}:{name}" for name in ("export", "erase", "due")},
)
