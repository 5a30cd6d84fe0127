"""How a verb is asked for and what is said of it: what all commands that do something to leads share.

What a verb must carry is judged by the rules (exit 5), not by the parser: only a word that cannot be read at all is a
usage error. Several leads are one gesture: all of them, or none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadq import read, refs, views
from leadq.cli.output import emit, warn_of_contract
from leadq.domain.reasons import MISSING
from leadq.i18n import _, current, ngettext
from leadq.queue import Done
from leadq.saying import say_remaining, say_when
from leadq.when import parse_when
from leadq.words import CLOCKS, EVENTS, instants, labelled, person

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadq.cli.base import Session
    from leadq.domain.calendar import Calendar
    from leadq.domain.verbs import Verb


@dataclass(frozen=True, slots=True)
class When:
    """Reads instants as people type them, where the first lead named lives: its zone and its calendar."""

    at: read.Moment
    calendar: Calendar | None

    def __call__(self, text: str | None, *, opening: bool = False, past: bool = False) -> int | None:
        """Milliseconds UTC; None for an option that was not given. Raises BadWhen."""
        if text is None:
            return None
        at = self.at
        return parse_when(text, now_ms=at.now_ms, zone=at.zone, calendar=self.calendar, opening=opening, past=past).ms


def perform(session: Session, references: Sequence[str], ask: Callable[[When], Verb]) -> Done:
    """Do what was asked to every lead named, and say how they stand now; what was done.

    The leads are looked up once before anything is written: a home that does not exist is not created for a lead that
    cannot be there.
    """
    with session.store.read() as db:
        first = refs.find_all(db, references)[0]
        verb = ask(When(read.moment(db, session.clock.now_ms()), calendar_of(db, first)))
    done = session.queue().perform(references, verb)
    show_done(session, done)
    return done


def show_done(session: Session, done: Done) -> None:
    """Say how the leads of a gesture stand now."""
    warn_of_contract(done.problems, quiet=session.quiet)
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        shapes = views.leads(db, at, done.lead_ids)
        emit(_answer(done, shapes), _all_told(db, done, shapes, at), as_json=session.as_json)


def show_taken_back(session: Session, done: Done, sentence: str) -> None:
    """Say what an undo or a redo did: `sentence` takes {id}, {who} and {state}."""
    with session.store.read() as db:
        shapes = views.leads(db, read.moment(db, session.clock.now_ms()), done.lead_ids)
    value = _answer(done, shapes) | {"undone": list(done.undone), "compensated": list(done.compensated)}
    emit(value, _told_back(done, shapes, sentence), as_json=session.as_json)


def calendar_of(db: sqlite3.Connection, lead_id: int) -> Calendar | None:
    """The working hours that a lead's clocks count in, as far as they were ever compiled."""
    row = db.execute("SELECT contract_id, calendar FROM clock WHERE lead_id = ? LIMIT 1", (lead_id,)).fetchone()
    return views.Calendars(db).named(*row) if row else None


def _answer(done: Done, shapes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"ok": True, "leads": list(shapes), "events": list(done.events)}


def _all_told(
    db: sqlite3.Connection, done: Done, shapes: Sequence[Mapping[str, Any]], at: read.Moment
) -> Iterator[str]:
    lines, understood = read.lines(db, at, done.lead_ids), _understood(db, done, at)
    for shape in shapes:
        yield from _told(shape, lines[shape["id"]], understood.get(shape["uid"], ()), at)


def _understood(db: sqlite3.Connection, done: Done, at: read.Moment) -> dict[str, list[str]]:
    """The times to come that were typed, as they were understood, by the uid of the lead."""
    found: dict[str, list[str]] = {}
    query = "SELECT lead_uid, type, data FROM event WHERE uid IN (SELECT value FROM json_each(?)) ORDER BY seq"
    for uid, kind, text in db.execute(query, (json.dumps(done.events),)):
        data = json.loads(text)
        what = f"{_(EVENTS[kind])} " if "until_ms" in data else ""
        found.setdefault(uid, []).extend(f"{what}{when}" for when in instants(data, at.zone, at.now_ms))
    return found


def _told(shape: Mapping[str, Any], line: read.Line, understood: Sequence[str], at: read.Moment) -> Iterator[str]:
    """One lead after a gesture: what it is now, what was promised, what is due next, and which way to it is closed."""
    said = " · ".join((labelled(f"{shape['id']}  {person(shape)}", shape["label"]), *understood))
    yield said if line.due_ms is None else f"{said} · {_told_due(shape, line.due_ms, at)}"
    if shape["invalid"]:
        yield _told_invalid(shape)


def _told_invalid(shape: Mapping[str, Any]) -> str:
    """A wrong number is no dead end: what else there is to try, or the verdict that says so."""
    wrong = ", ".join(MISSING[way].say(current()) for way in shape["invalid"])
    left = [MISSING[way].say(current()) for way in ("phone", "email") if shape[way] and way not in shape["invalid"]]
    tried = _("   {what}: wrong.").format(what=wrong)
    if left:
        return tried + " " + _("Still to try: {ways}, LinkedIn.").format(ways=", ".join(left))
    verdict = _("Try LinkedIn, or disqualify with dq.bad_contact --missing {missing}.")
    return tried + " " + verdict.format(missing=",".join(shape["invalid"]))


def _told_due(shape: Mapping[str, Any], due_ms: int, at: read.Moment) -> str:
    kind = next(clock["kind"] for clock in shape["clocks"] if clock["due_at"] == shape["next_due_at"])
    return _("{what} due {when} ({left})").format(
        what=_(CLOCKS[kind]), when=say_when(due_ms, at.zone, at.now_ms), left=say_remaining(due_ms - at.now_ms)
    )


def _told_back(done: Done, shapes: Sequence[Mapping[str, Any]], sentence: str) -> Iterator[str]:
    for shape in shapes:
        yield _(sentence).format(id=shape["id"], who=person(shape), state=shape["label"])
    if not shapes:  # a leave for which nothing was handed over
        yield _("Done; no lead was concerned.")
    if done.compensated:
        yield ngettext(
            "{count} change had already left: a compensation follows it at the next sync.",
            "{count} changes had already left: compensations follow them at the next sync.",
            len(done.compensated),
        ).format(count=len(done.compensated))
