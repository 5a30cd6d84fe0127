"""What was filled in is written down: every good row in one transaction, as one gesture; each other one is listed.

What the home knows decides about a row, and not which file it stood in: an answer that was given before, by whatever
door, is not given again, also when it was answered otherwise since. So a file may be read any number of times.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from leadq.answering import is_settled, plain, says
from leadq.domain.decide import Refused, decide
from leadq.domain.feedback import VERBS, feedbacks
from leadq.feedback import standing, texts
from leadq.i18n import _
from leadq.ledger import history
from leadq.members import named
from leadq.progress import heard
from leadq.queue import situation
from leadq.recording import record
from leadq.refusals import refusal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from leadq.answers.reading import Filled, Given
    from leadq.desk import Desk
    from leadq.domain.contract_file import Problem
    from leadq.domain.events import Event
    from leadq.domain.feedback import Feedback
    from leadq.progress import Progress
    from leadq.queue import Queue

_VERDICT: Final = "SELECT l.uid, l.id, l.state, e.type FROM event e JOIN lead l ON l.uid = e.lead_uid WHERE e.uid = ?"


@dataclass(slots=True)
class Taken:
    """What becomes of a file's rows: `answered` (new), `same` (given before), `overtaken` (given before, and answered
    otherwise since), `rejected` (line and why). `leads` are local ids, `events` uids of what was written."""

    answered: int = 0
    same: int = 0
    overtaken: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    leads: list[int] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The lead that a row is about, and what was said of it, as it stands now."""

    lead_uid: str
    lead_id: int
    one: Feedback[Event]


class _Stale(Exception):
    """A verdict that cannot be answered any more, or that nobody here knows; its text says why and what to do."""


def take(
    queue: Queue,
    filled: Filled,
    *,
    rehearsal: bool = False,
    progress: Progress = lambda done, total: None,
    warn: Callable[[Sequence[Problem]], None] = lambda problems: None,
) -> Taken:
    """Write down what is new in `filled`, all of it or nothing; as a `rehearsal` only say what would be.

    A home where nothing is new is not written to. `warn` hears what is wrong with a contract file that was edited.
    Raises LeadqError 74, 75 or 78.
    """
    with queue.store.read() as db:
        taken, new = _judged(db, filled)
        taken.leads = [verdict.lead_id for _given, verdict in new]
        taken.answered = len(new)
    if rehearsal or not new:
        return taken
    with queue.desk() as desk:
        warn(desk.rules.problems)
        taken, new = _judged(desk.db, filled)  # somebody may have answered in between
        member = named(desk.db)
        for given, verdict in heard(new, progress):
            _write(desk, given, verdict, taken, member)
    taken.rejected.sort()
    return taken


def _judged(db: sqlite3.Connection, filled: Filled) -> tuple[Taken, list[tuple[Given, _Verdict]]]:
    """What becomes of each row, and those that are new."""
    taken = Taken(rejected=list(filled.rejected))
    new = []
    for given in _alone(filled.given, taken):
        try:
            verdict = _verdict(db, given.event_uid)
            if _is_new(db, given, verdict, taken):
                new.append((given, verdict))
        except _Stale as stale:
            taken.rejected.append((given.line, str(stale)))
    taken.rejected.sort()
    return taken, sorted(new, key=lambda pair: pair[0].line)


def _alone(given: Sequence[Given], taken: Taken) -> Iterator[Given]:
    """One row for each verdict: a second one that says the same is counted, two that differ are both left alone."""
    for _uid, rows in groupby(sorted(given, key=lambda one: (one.event_uid, one.line)), lambda one: one.event_uid):
        first, *others = rows
        said = {(one.answer.answer, plain(one.answer.note)) for one in (first, *others)}
        if len(said) == 1:
            taken.same += len(others)
            yield first
            continue
        lines = [one.line for one in (first, *others)]
        for line in lines:
            elsewhere = ", ".join(str(other) for other in lines if other != line)
            why = _("the same verdict is answered otherwise on line {lines}: keep one of the rows")
            taken.rejected.append((line, why.format(lines=elsewhere)))


def _verdict(db: sqlite3.Connection, event_uid: str) -> _Verdict:
    """The verdict as it stands. Raises _Stale."""
    row = db.execute(_VERDICT, (event_uid,)).fetchone()
    if row is None or row[3] not in VERBS:
        raise _Stale(_("no verdict here has this key: read the file where it was exported, or run `leadq sync` first"))
    lead_uid, lead_id, state, _kind = row
    found = feedbacks(standing(history(db, lead_uid)))
    one = next((one for one in found if one.said.uid == event_uid), None)
    if one is None:
        raise _Stale(_("the verdict on lead {lead} was taken back: there is nothing to answer").format(lead=lead_id))
    if state == "merged":
        raise _Stale(_("lead {lead} was merged into another one: answer on that one").format(lead=lead_id))
    if one.over:
        why = _("lead {lead} went on since: see `leadq show {lead}`, and take the answer from a new export")
        raise _Stale(why.format(lead=lead_id))
    return _Verdict(lead_uid, lead_id, one)


def _is_new(db: sqlite3.Connection, given: Given, verdict: _Verdict, taken: Taken) -> bool:
    """Whether nobody ever gave this answer to this verdict."""
    answers = verdict.one.answers
    words = texts(db, [event.uid for event in answers])
    before = [event for event in answers if says(event, words, given.answer)]
    if not before:
        return True
    if before[-1] is answers[-1] and is_settled(verdict.one):
        taken.same += 1
    else:
        taken.overtaken += 1
    return False


def _write(desk: Desk, given: Given, verdict: _Verdict, taken: Taken, member: Callable[[str], str]) -> None:
    here = desk.ledger.lead(verdict.lead_uid)
    answer = replace(given.answer, by=member(given.answer.by))
    drafts = decide(here, answer, situation(desk, here, answer))
    if isinstance(drafts, Refused):
        taken.rejected.append((given.line, refusal(drafts, verdict.lead_id).message))
        return
    taken.events += [event.uid for event in record(desk, here, drafts).events]
    taken.leads.append(verdict.lead_id)
    taken.answered += 1
