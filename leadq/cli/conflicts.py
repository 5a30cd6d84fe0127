"""`conflicts`: where the CRM and we say different things of one lead, and whose word stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq import outbox as waiting
from leadq import read
from leadq.cli.base import Group, OneOf, Session, argument, command, option
from leadq.cli.outbox import decide, told_entry
from leadq.cli.output import emit
from leadq.i18n import N_, _

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from leadq.opcare import Side
    from leadq.outbox import Entry

_SIDES: Final = ("mine", "theirs")


@command("list", help=N_("List the changes that the CRM’s own changes stand in the way of."))
def list_(session: Session) -> None:
    """Print each conflict with what was known, what is there, and what we would set."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        entries = list(waiting.listing(db, state="conflict"))
        told = (line for entry in entries for line in _told(db, entry, at))
        lines = told if entries else [_("There is no conflict.")]
        emit((_shape(entry) for entry in entries), lines, as_json=session.as_json)


@command(
    "resolve", help=N_("Decide a conflict: mine goes out over the CRM’s status, theirs stays.\n\nID is the op_id.")
)
@argument("ID")
@option("--take", "side", type=OneOf(_SIDES), required=True, help=N_("Whose status stands."))
def resolve(session: Session, id: str, side: Side) -> None:  # noqa: A002 - the word in the help
    """Take one of the two sides."""
    from leadq import opcare

    with session.store.read() as db:
        waiting.find(db, id)
    decide(session, lambda desk: opcare.take(desk, id, side))


conflicts: Final = Group(
    "conflicts",
    help=N_("Where a CRM says something else than you, and whose word stands."),
    lazy={"list": f"{__name__}:list_", "resolve": f"{__name__}:resolve"},
)


def _shape(entry: Entry) -> dict[str, Any]:
    """`take` is empty when the adapter reported the conflict: nobody knows what is there."""
    return {
        **entry.as_shape(),
        "base": entry.base or None,
        "mine": entry.op.status or None,
        "theirs": entry.theirs or None,
        "take": list(_SIDES) if entry.theirs else [],
    }


def _told(db: sqlite3.Connection, entry: Entry, at: read.Moment) -> Iterator[str]:
    yield from told_entry(db, entry, at)
    op = waiting.short(db, entry.op.op_id)
    if entry.theirs:
        base, theirs, mine = map(waiting.say_status, (entry.base, entry.theirs, entry.op.status))
        said = _("was: {base} · the CRM: {theirs} · mine: {mine}")
        yield "    " + said.format(base=base, theirs=theirs, mine=mine)
        yield f"    > leadq conflicts resolve {op} --take mine|theirs"
    else:
        yield f"    > leadq outbox retry|resolve|discard {op}"
