"""What waits for a CRM, and what waits for a person, as two screens show it; decisions go through `opcare`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq import feedback, outbox
from leadq.drafts import Glance
from leadq.tui.messages import Decided

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    from textual.message_pump import MessagePump

    from leadq.desk import Desk
    from leadq.drafts import Draft
    from leadq.feedback import Answered
    from leadq.opundo import Decision
    from leadq.outbox import Entry
    from leadq.paths import Home
    from leadq.queue import Queue
    from leadq.read import Moment
    from leadq.tui.data import Data

_STUCK: Final = frozenset({"conflict", "dead"})
_DAY_MS: Final = 86_400_000
_NEWS_MS: Final = 7 * _DAY_MS
"""How long an answer is news; one that the two teams disagree about stays for `_MEMORY_MS`."""
_MEMORY_MS: Final = 90 * _DAY_MS
_NUMBERS: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """All changes that the CRMs do not have yet, oldest first, and marketing's answers that this member should see."""

    at: Moment
    entries: tuple[Entry, ...]
    answers: tuple[Answered, ...]
    drafts: tuple[Draft, ...]

    @property
    def needs_you(self) -> tuple[Entry | Answered, ...]:
        """What only a person can settle: conflicts, then what was refused, then disputes and answers."""
        stuck = sorted((one for one in self.entries if one.op.state in _STUCK), key=lambda one: one.op.state)
        return (*stuck, *sorted(self.answers, key=lambda one: not one.disputed))


def look(db: sqlite3.Connection, at: Moment, me: str, home: Home) -> Outgoing:
    """Both lists at one moment, and what was typed about changes before."""
    answers = feedback.answers_since(db, me, at.now_ms - _MEMORY_MS)
    seen = tuple(one for one in answers if one.disputed or one.at_ms > at.now_ms - _NEWS_MS)
    return Outgoing(at, tuple(outbox.listing(db)), seen, Glance(home).recent(at.now_ms))


def similar(entries: Sequence[Entry], entry: Entry) -> list[Entry]:
    """`entry` and those that are stuck for the same: a conflict between the same words, a refusal in the same words.

    Numbers in a refusal are not looked at: they name records.
    """
    return [other for other in entries if _kind(other) == _kind(entry)]


def _kind(entry: Entry) -> tuple[str, ...]:
    state, connection = entry.op.state, entry.connection
    if state == "conflict":
        return state, connection, entry.base, entry.theirs, entry.op.status
    return state, connection, _NUMBERS.sub("#", entry.error)


def decide(data: Data, to: MessagePump, how: str, ops: Sequence[str], note: str = "") -> None:
    """Do to all of `ops` what a person decided, or to none: `Decided`, or `Trouble` with the refusal."""

    def do(queue: Queue) -> Decided:
        from leadq import opundo

        with queue.desk() as desk, opundo.remembered(desk, how, ops) as decision:
            _WAYS[how](desk, ops, note)
        return Decided(decision)

    data.write(to, "decide", do)


def take_back(data: Data, to: MessagePump, decision: Decision) -> None:
    """Undo a decision: `Decided`, or `Trouble` when somebody has gone on from it."""

    def do(queue: Queue) -> Decided:
        from leadq import opundo

        with queue.desk() as desk:
            opundo.take_back(desk, decision)
        return Decided(decision, back=True)

    data.write(to, "take back", do)


def _take(desk: Desk, ops: Sequence[str], side: str) -> None:
    from leadq import opcare

    for op in ops:
        opcare.take(desk, op, "mine" if side == "mine" else "theirs")


def _retry(desk: Desk, ops: Sequence[str], note: str) -> None:
    from leadq import opcare

    opcare.retry(desk, ops)


def _resolve(desk: Desk, ops: Sequence[str], note: str) -> None:
    from leadq import opcare

    opcare.resolve(desk, ops, note)


def _discard(desk: Desk, ops: Sequence[str], note: str) -> None:
    from leadq import opcare

    opcare.discard(desk, ops, note)


_WAYS: Final[Mapping[str, Callable[[Desk, Sequence[str], str], None]]] = {
    "mine": lambda desk, ops, note: _take(desk, ops, "mine"),
    "theirs": lambda desk, ops, note: _take(desk, ops, "theirs"),
    "retried": _retry,
    "handled": _resolve,
    "discarded": _discard,
}
