"""Marketing's answer comes by a command, a key, the CRM or a spreadsheet: the same one is one event, whichever door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.domain.feedback import feedbacks
from leadq.feedback import standing, texts
from leadq.ledger import history

if TYPE_CHECKING:
    import sqlite3

    from leadq.domain.events import Event
    from leadq.domain.feedback import Feedback
    from leadq.domain.verbs import Answer


def stands(db: sqlite3.Connection, lead_uid: str, answer: Answer) -> bool:
    """Whether this very answer stands already on the lead's verdict, so that there is nothing to write down."""
    found = feedbacks(standing(history(db, lead_uid)))
    newest = found[-1].answer if found and not found[-1].over else None
    return newest is not None and is_settled(found[-1]) and says(newest, texts(db, [newest.uid]), answer)


def is_settled(one: Feedback[Event]) -> bool:
    """Whether nothing came after its newest answer: one given before a dispute is another when it is given again."""
    return one.objection is None or one.objection is one.answer


def says(event: Event, words: dict[str, dict[str, str]], answer: Answer) -> bool:
    """Whether an answer that was written down says all of this one: the same word, and the same note or none."""
    known = words.get(event.uid, {}).get("note", "")
    return event.data["answer"] == answer.answer and plain(answer.note) in ("", plain(known))


def plain(note: str) -> str:
    """A note without its layout: a CRM or a spreadsheet may have broken its lines elsewhere."""
    return " ".join(note.split())
