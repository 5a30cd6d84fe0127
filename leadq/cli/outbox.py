"""`outbox`: what waits to go to the CRMs, one change at a time, and what a person decides about it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from leadq import outbox as waiting
from leadq import read, views
from leadq.cli.base import Group, OneOf, Session, argument, command, option
from leadq.cli.output import emit, say, warn_of_contract
from leadq.errors import Exit, LeadqError
from leadq.i18n import N_, _, ngettext
from leadq.saying import say_when
from leadq.sync.states import State
from leadq.terminal import interactive
from leadq.words import OP_STATES, SETTLED, in_words, labelled, person

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadq.desk import Desk
    from leadq.opcare import Decided
    from leadq.outbox import Entry
    from leadq.plugins.sdk import Change

_STATES: Final = OneOf(get_args(State))
_STATE_HELP: Final = N_("Only this state; else all that the CRM does not have yet.")
_CONNECTION_HELP: Final = N_("Only this connection.")
_COLUMNS: Final = (
    "op_id", "connection", "state", "lead", "name", "company", "external_id", "email", "verb", "reason", "quality",
    "missing", "note", "status", "occurred_at", "actor", "error",
)  # fmt: skip


@command("list", help=N_("List the changes that the CRM does not have yet, oldest first."))
@option("--state", type=_STATES, metavar="S", help=_STATE_HELP)
@option("--connection", default="", metavar="C", help=_CONNECTION_HELP)
def list_(session: Session, state: str | None, connection: str) -> None:
    """Print the changes that match."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        entries = list(waiting.listing(db, state=state or "", connection=connection))
        told = (line for entry in entries for line in told_entry(db, entry, at))
        lines = told if entries else [_("There is no such change.") if state else _("Nothing waits to go out.")]
        emit((entry.as_shape() for entry in entries), lines, as_json=session.as_json)


@command("show", help=N_("Show one change: what goes out, how often it was tried, and what was decided about it."))
@argument("OP")
def show(session: Session, op: str) -> None:
    """Print one change whole."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        entry = waiting.find(db, op)
        value = _whole(db, entry)
        emit(value, _told_whole(db, entry, value, at), as_json=session.as_json)


@command("retry", help=N_("Let changes go out after all; what was refused or in conflict waits again."))
@argument("OP", many=True)
def retry(session: Session, op: Sequence[str]) -> None:
    """Have them tried by the next sync."""
    from leadq import opcare

    _find(session, op)
    decide(session, lambda desk: opcare.retry(desk, op))


@command("resolve", help=N_("Say that a person has seen to changes: they are not sent, and a note says why."))
@argument("OP", many=True)
@option("--note", default="", help=N_("What was done instead; it stays with the lead."))
def resolve(session: Session, op: Sequence[str], note: str) -> None:
    """End them as done."""
    from leadq import opcare

    _find(session, op)
    decide(session, lambda desk: opcare.resolve(desk, op, note))


@command("discard", help=N_("Keep changes from ever being sent; here they stay as they were decided."))
@argument("OP", many=True)
@option("--note", default="", help=N_("Why; it stays with the lead."))
@option("--yes", is_flag=True, help=N_("Do not ask."))
def discard(session: Session, op: Sequence[str], note: str, yes: bool) -> Exit:
    """End them as cancelled, once somebody has said so."""
    from leadq import opcare

    entries = _find(session, op)
    for entry in entries:
        opcare.refuse_what_may_be_there(entry)
    if not yes and not _sure(session, entries):
        say(_("Nothing was discarded."))
        return Exit.INTERRUPTED
    decide(session, lambda desk: opcare.discard(desk, op, note))
    return Exit.DONE


@command("export", help=N_("Write changes as a CSV file, for example to enter them in the CRM by hand."))
@argument("FILE", required=False)
@option("--state", type=_STATES, metavar="S", help=_STATE_HELP)
@option("--connection", default="", metavar="C", help=_CONNECTION_HELP)
def export(session: Session, file: str | None, state: str | None, connection: str) -> None:
    """Write the table to FILE, which only its owner can read, or to standard output."""
    from leadq.sync.changes import assemble
    from leadq.tabular import write_csv

    with session.store.read() as db:
        entries = list(waiting.listing(db, state=state or "", connection=connection))
        changes = assemble(db, [entry.op for entry in entries])
    rows = [_content(entry, change) for entry, change in zip(entries, changes, strict=True)]
    table = [["" if row[name] is None else row[name] for name in _COLUMNS] for row in rows]
    if file not in (None, "-"):
        write_csv(Path(file), _COLUMNS, table)
        told = _("Written to {file}.").format(file=file)
        emit({"ok": True, "file": file, "ops": len(rows)}, [told], as_json=session.as_json)
    elif session.as_json:
        emit(rows, (), as_json=True)
    else:
        write_csv(sys.stdout, _COLUMNS, table)


outbox: Final = Group(
    "outbox",
    help=N_("What waits to go to the CRMs, and what you decide about it."),
    lazy={
        "list": f"{__name__}:list_",
        **{name: f"{__name__}:{name}" for name in ("show", "retry", "resolve", "discard", "export")},
    },
)


def decide(session: Session, do: Callable[[Desk], Decided]) -> None:
    """Do what a person decided in one transaction, and say how the changes and their leads stand now."""
    with session.queue().desk() as desk:
        done = do(desk)
        problems = desk.rules.problems
    warn_of_contract(problems, quiet=session.quiet)
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        entries = waiting.find_all(db, done.ops)
        value = {
            "ok": True,
            "ops": [entry.as_shape() for entry in entries],
            "leads": views.leads(db, at, done.lead_ids),
            "events": done.events,
        }
        emit(value, (line for entry in entries for line in told_entry(db, entry, at)), as_json=session.as_json)


def told_entry(db: sqlite3.Connection, entry: Entry, at: read.Moment) -> Iterator[str]:
    """One change in two lines: who it is about, what it is and how it stands; how to name it, and what is wrong."""
    op = entry.op
    when = say_when(entry.created_ms, at.zone, at.now_ms)
    change = labelled(f"{op.verb} ({entry.connection})", in_words(OP_STATES, op.state))
    yield " · ".join((f"{entry.lead_id}  {_who(entry)}", change, when))
    yield f"    {waiting.short(db, op.op_id)}  {entry.error}"


def _who(entry: Entry) -> str:
    return person({"name": entry.name, "company": entry.company, "email": "", "phone": ""})


def _find(session: Session, references: Sequence[str]) -> list[Entry]:
    """Look before anything is written: a home that does not exist is not created for a change that cannot be there."""
    with session.store.read() as db:
        return waiting.find_all(db, references)


def _sure(session: Session, entries: Sequence[Entry]) -> bool:
    """Whether the person in front of the terminal wants it. Raises LeadqError `needs_yes` (2) where there is none."""
    if session.as_json or not interactive():
        raise LeadqError(
            "needs_yes",
            _("What is discarded never reaches the CRM, and there is nobody to ask."),
            hint=_("Add --yes to discard without being asked."),
            exit_status=Exit.USAGE,
        )
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        for entry in entries:
            for line in told_entry(db, entry, at):
                say(line)
    word = _("discard")
    ask = _("Type “{word}” to keep this from the CRM for good").format(word=word)
    answer = click.prompt(ask, default="", show_default=False, prompt_suffix=" > ", err=True)
    return bool(answer.strip().casefold() == word)


def _content(entry: Entry, change: Change) -> dict[str, Any]:
    """What the change says, with names: for a person who enters it by hand."""
    return {
        "op_id": change.op_id, "connection": entry.connection, "state": entry.op.state, "lead": entry.lead_id,
        "name": entry.name, "company": entry.company, "external_id": change.external_id, "email": change.email,
        "verb": change.verb, "reason": change.reason, "quality": change.quality, "missing": ",".join(change.missing),
        "note": change.note, "status": change.status, "occurred_at": change.occurred_at, "actor": change.actor,
        "error": entry.error,
    }  # fmt: skip


def _whole(db: sqlite3.Connection, entry: Entry) -> dict[str, Any]:
    from leadq.sync.changes import assemble

    (change,) = assemble(db, [entry.op])
    return {
        **entry.as_shape(),
        "base": entry.base or None,
        "theirs": entry.theirs or None,
        "external_id": change.external_id,
        "event": entry.op.event_uid,
        "reason": change.reason,
        "quality": change.quality,
        "missing": list(change.missing),
        "note": change.note,
        "occurred_at": change.occurred_at,
        "actor": change.actor,
        "compensates": entry.op.compensates,
        "waits_for": waiting.behind(db, entry),
        "decisions": [one.as_shape() for one in waiting.decisions(db, entry)],
    }


def _told_whole(db: sqlite3.Connection, entry: Entry, value: Mapping[str, Any], at: read.Moment) -> Iterator[str]:
    yield from told_entry(db, entry, at)
    said = (value["reason"], value["note"])
    if any(said):
        yield "    " + " · ".join(filter(None, said))
    if entry.op.last_sent_ms is not None:
        tried = ngettext("tried {count} time, last {when}", "tried {count} times, last {when}", entry.op.attempts)
        when = say_when(entry.op.last_sent_ms, at.zone, at.now_ms)
        yield "    " + tried.format(count=entry.op.attempts, when=when)
    for op_id in value["waits_for"]:
        yield "    " + _("waits for {op}").format(op=waiting.short(db, op_id))
    for one in waiting.decisions(db, entry):
        how = labelled(one.by, in_words(SETTLED, one.how))
        yield "    " + " · ".join(filter(None, (say_when(one.at_ms, at.zone, at.now_ms), how, one.note)))
