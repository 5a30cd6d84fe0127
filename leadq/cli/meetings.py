"""`leadq action` and `leadq decision`: what a meeting agrees on, carried over until it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from leadq import read, together
from leadq.cli.base import Group, Session, argument, command, option
from leadq.cli.output import emit, warn_of_contract
from leadq.cli.versions import in_force, read_file, valid
from leadq.clock import iso
from leadq.domain.together import Action, Decision, actions, decisions
from leadq.feedback import texts
from leadq.founding import member_of
from leadq.i18n import N_, _
from leadq.reports.period import local, midnight
from leadq.saying import say_day, say_when
from leadq.text import clean
from leadq.when import parse_when
from leadq.words import CLOCKS, in_words

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

_ERASED: Final = N_("(its words are on the laptop that wrote it)")


@command("add", help=N_("Write down what somebody will do, and until when.\n\nWrite no prospect’s name into it."))
@argument("TEXT")
@option("--owner", required=True, metavar="MEMBER", help=N_("Whose it is: id, name or e-mail."))
@option("--due", required=True, metavar="WHEN", help=N_("Until when; of a day, until it ends."))
def add(session: Session, text: str, owner: str, due: str) -> None:
    """Add an action."""
    from leadq.deciding import add_action

    member = member_of(in_force(session), owner)
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
    due_ms = _due(due, at)
    with session.queue().desk() as desk:
        uid = add_action(desk, text, member, due_ms)
        warn_of_contract(desk.rules.problems, quiet=session.quiet)
    _show(session, uid)


def _due(text: str, at: read.Moment) -> int:
    """The instant that was typed; of a bare day its last. Raises BadWhen."""
    found = parse_when(text, now_ms=at.now_ms, zone=at.zone)
    if not found.date_only:
        return found.ms
    return midnight(local(found.ms, at.zone) + timedelta(days=1), at.zone) - 1


@command("list", help=N_("List the actions that are open, the first due first."))
@option("--all", "closed_too", is_flag=True, help=N_("Those that are closed too."))
def list_(session: Session, closed_too: bool) -> None:
    """Print the actions."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        found = [one for one in actions(together.events(db)) if closed_too or one.closed_ms is None]
        said = _words_of(db, found)
    lines = (line for one in found for line in told(one, said, at)) if found else [_("No action is open.")]
    emit([shape(one, said, at.now_ms) for one in found], lines, as_json=session.as_json)


@command("close", help=N_("Close an action: it is done, or no longer wanted.\n\nID is what `leadq action list` shows."))
@argument("ID")
@option("--note", default="", help=N_("A few words."))
def close(session: Session, id: str, note: str) -> None:  # noqa: A002 - what people call it
    """Close an action."""
    from leadq.deciding import close_action, find_action

    with session.store.read() as db:
        find_action(db, id)
    with session.queue().desk() as desk:
        action = close_action(desk, id, note)
        warn_of_contract(desk.rules.problems, quiet=session.quiet)
    _show(session, action.uid)


def _show(session: Session, uid: str) -> None:
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        (action,) = [one for one in actions(together.events(db)) if one.uid == uid]
        said = _words_of(db, [action])
    emit({"ok": True, "action": shape(action, said, at.now_ms)}, told(action, said, at), as_json=session.as_json)


def _words_of(db: sqlite3.Connection, found: Sequence[Action]) -> Mapping[str, Mapping[str, str]]:
    return texts(db, [uid for one in found for uid in (one.uid, one.closing) if uid])


def shape(one: Action, said: Mapping[str, Mapping[str, str]], now_ms: int) -> dict[str, Any]:
    """An action as JSON; its words are null where they did not come along."""
    return {
        "id": one.id,
        "uid": one.uid,
        "text": said.get(one.uid, {}).get("text"),
        "owner": one.owner,
        "due_at": iso(one.due_ms),
        "late": one.closed_ms is None and now_ms > one.due_ms,
        "added_at": iso(one.added_ms),
        "closed_at": iso(one.closed_ms),
        "note": said.get(one.closing, {}).get("note"),
    }


def told(one: Action, said: Mapping[str, Mapping[str, str]], at: read.Moment) -> Iterator[str]:
    """An action in a line or two."""
    words = said.get(one.uid, {}).get("text") or _(_ERASED)
    state = _("due {when}").format(when=say_when(one.due_ms, at.zone, at.now_ms))
    if one.closed_ms is not None:
        state = _("closed {day}").format(day=say_day(one.closed_ms, at.zone, at.now_ms))
    elif at.now_ms > one.due_ms:
        state = f"! {_('late')} · {state}"
    yield f"{one.id}  {words} · {one.owner} · {state}"
    if note := said.get(one.closing, {}).get("note"):
        yield f"    {note}"


@command(
    "add",
    help=N_(
        "Write down what the two teams decided.\n\n"
        "With the contract that it leads to, what differs is kept beside it, and how last month’s leads would have gone"
        " under it."
    ),
)
@argument("TEXT")
@option("--contract", metavar="NEW.toml", help=N_("The contract that it leads to; this does not bring it into force."))
def decide(session: Session, text: str, contract: str | None) -> None:
    """Add a decision."""
    from leadq.deciding import take_decision

    change = None if contract is None else (in_force(session), valid(read_file(contract)))
    with session.queue().desk() as desk:
        uid = take_decision(desk, text, change)
        warn_of_contract(desk.rules.problems, quiet=session.quiet)
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        (taken,) = [one for one in decisions(together.events(db)) if one.uid == uid]
        said = texts(db, [uid])
    value = {"ok": True, "decision": decision_shape(taken, said)}
    emit(value, decision_told(taken, said, at), as_json=session.as_json)


@command("list", help=N_("List what the two teams decided, the newest first."))
def decided(session: Session) -> None:
    """Print the decisions."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        found = decisions(together.events(db))
        said = texts(db, [one.uid for one in found])
    lines = (line for one in found for line in decision_told(one, said, at)) if found else [_("Nothing was decided.")]
    emit([decision_shape(one, said) for one in found], lines, as_json=session.as_json)


def decision_shape(one: Decision, said: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A decision as JSON; `contract` is null for one that changes none."""
    words = said.get(one.uid, {})
    names = ("met", "late", "open")
    change = {
        "old": one.old,
        "new": one.new,
        "diff": words["diff"].splitlines() if "diff" in words else None,
        "replay": {
            "from": iso(one.from_ms),
            "to": iso(one.to_ms),
            "clocks": [
                {"kind": row[0], "tier": row[1], "now": dict(zip(names, row[2:5], strict=True)),
                 "then": dict(zip(names, row[5:], strict=True))}
                for row in one.replay
            ],
        },
    }  # fmt: skip
    return {"uid": one.uid, "at": iso(one.at_ms), "text": words.get("text"), "contract": change if one.new else None}


def decision_told(one: Decision, said: Mapping[str, Mapping[str, str]], at: read.Moment) -> Iterator[str]:
    """A decision, and below it what it changes."""
    words = said.get(one.uid, {})
    yield f"{say_day(one.at_ms, at.zone, at.now_ms)}  {words.get('text') or _(_ERASED)}"
    if not one.new:
        return
    yield f"    {one.old} -> {one.new}"
    for line in words.get("diff", "").splitlines() or [_("Nothing differs.")] * ("diff" in words):
        yield f"      {line}"
    if not one.replay:
        yield f"    {_('No lead was handed off last month: there is nothing to hold against it.')}"
    for kind, tier, *counts in one.replay:
        now, then = (", ".join(_counted(three)) for three in (counts[:3], counts[3:]))
        yield f"    {in_words(CLOCKS, kind)} {clean(tier, 40)}: {now} -> {then}"


def _counted(three: Sequence[object]) -> Iterator[str]:
    for count, word in zip(three, (_("met"), _("late"), _("open")), strict=True):
        yield f"{count} {word}"


action: Final = Group(
    "action",
    help=N_("What was agreed on between the two teams, until it is done."),
    lazy={
        "add": "leadq.cli.meetings:add",
        "list": "leadq.cli.meetings:list_",
        "close": "leadq.cli.meetings:close",
    },
)

decision: Final = Group(
    "decision",
    help=N_("What the two teams decided, with what it changes in the contract."),
    lazy={"add": "leadq.cli.meetings:decide", "list": "leadq.cli.meetings:decided"},
)
