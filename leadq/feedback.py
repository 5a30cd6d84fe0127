"""What marketing is told by the people who work its leads: the verdicts that wait for an answer, and the answers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from leadq.domain.events import TAKE_BACK, voided
from leadq.domain.feedback import EVENTS, Feedback, feedbacks
from leadq.ledger import SELECT_EVENT, history, read_event
from leadq.progress import heard

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leadq.domain.events import Event
    from leadq.progress import Progress

_WHO: Final = """SELECT l.uid, l.id, p.name, p.company, p.email, p.phone, l.source, l.campaign, l.score, l.state
    FROM lead l JOIN person p ON p.id = l.person_id WHERE l.uid IN"""
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Who:
    """The lead that something was said about."""

    id: int
    name: str
    company: str
    email: str
    phone: str
    source: str
    campaign: str
    score: float | None
    state: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One feedback with its lead and its words: `note` the rep's, `answer_texts` marketing's by kind, `objection_note`
    why the two disagree."""

    lead: Who
    feedback: Feedback[Event]
    note: str
    answer_texts: Mapping[str, str]
    objection_note: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Marketing's answer to somebody's verdict. `disputed`: the two disagree, and nobody has settled it."""

    lead: Who
    verb: str
    reason: str
    answer: str
    note: str
    by: str
    at_ms: int
    disputed: bool = False


def listing(
    db: sqlite3.Connection,
    *,
    waiting: bool = True,
    campaign: str = "",
    reason: str = "",
    progress: Progress = lambda done, total: None,
) -> list[Entry]:
    """The feedback of this home, oldest first; `waiting`: only what waits for somebody. One pass over the events.

    `progress` hears how many events of how many were read.
    """
    by_lead = sorted(_facts(db, progress), key=lambda fact: fact.lead_uid)
    said = [
        one
        for _uid, own in groupby(by_lead, key=lambda fact: fact.lead_uid)
        for one in feedbacks(own)
        if (one.waits_for or not waiting) and reason in ("", one.said.data.get("reason", ""))
    ]
    leads = who(db, {one.said.lead_uid for one in said})
    said = [one for one in said if _wanted(leads[one.said.lead_uid], campaign, waiting=waiting)]
    words = texts(db, [event.uid for one in said for event in (one.said, one.answer, one.objection) if event])
    entries = [_entry(one, leads[one.said.lead_uid], words) for one in said]
    return sorted(entries, key=lambda entry: (entry.feedback.said.occurred_ms, entry.lead.id))


def answers_since(db: sqlite3.Connection, me: str, since_ms: int) -> list[Answered]:
    """What marketing has answered, since an instant (excluded), to verdicts of the member `me`: oldest first.

    Looks an index up, so that it may be asked at each start of the day.
    """
    new_answers = db.execute("SELECT lead_uid FROM event WHERE type = 'answered' AND recorded_ms > ?", (since_ms,))
    uids = dict.fromkeys(uid for (uid,) in new_answers)  # SELECT DISTINCT would walk another index, whole
    found = [one for uid in uids for one in feedbacks(standing(history(db, uid)))]
    new = [one for one in found if one.said.actor == me and one.answer and one.answer.recorded_ms > since_ms]
    leads = who(db, {one.said.lead_uid for one in new})
    words = texts(db, [one.answer.uid for one in new if one.answer])
    answered = [_answered(one, one.answer, leads[one.said.lead_uid], words) for one in new if one.answer]
    return sorted(answered, key=lambda one: (one.at_ms, one.lead.id))


def _wanted(lead: Who, campaign: str, *, waiting: bool) -> bool:
    """Nobody can answer on a lead that was merged away: what goes on is the other one."""
    return campaign in ("", lead.campaign) and not (waiting and lead.state == "merged")


def standing(events: Sequence[Event]) -> Iterator[Event]:
    """The events that nobody has taken back; `events` are in recording order, and hold the undos too."""
    taken_back = voided(list(events))
    return (event for event in events if event.uid not in taken_back)


def who(db: sqlite3.Connection, uids: Iterable[str]) -> dict[str, Who]:
    """The leads of these uids."""
    return {row[0]: Who(*row[1:]) for row in _chunked(db, _WHO, list(uids))}


def texts(db: sqlite3.Connection, uids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The texts of these events, by kind."""
    found: dict[str, dict[str, str]] = {}
    for uid, kind, text in _chunked(db, "SELECT event_uid, kind, text FROM event_text WHERE event_uid IN", uids):
        found.setdefault(uid, {})[kind] = text
    return found


def _chunked(db: sqlite3.Connection, query: str, uids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(uids), _CHUNK):
        page = uids[start : start + _CHUNK]
        yield from db.execute(f"{query} ({', '.join('?' * len(page))})", page)


def _facts(db: sqlite3.Connection, progress: Progress) -> list[Event]:
    kinds = ", ".join(repr(kind) for kind in sorted(EVENTS | TAKE_BACK))
    rows = db.execute(f"{SELECT_EVENT} WHERE type IN ({kinds}) ORDER BY seq").fetchall()
    return list(standing([read_event(row) for row in heard(rows, progress)]))


def _entry(one: Feedback[Event], lead: Who, words: Mapping[str, Mapping[str, str]]) -> Entry:
    def note(event: Event | None) -> str:
        return words.get(event.uid, {}).get("note", "") if event else ""

    answered = words.get(one.answer.uid, {}) if one.answer else {}
    return Entry(lead, one, note(one.said), answered, note(one.objection))


def _answered(one: Feedback[Event], answer: Event, lead: Who, words: Mapping[str, Mapping[str, str]]) -> Answered:
    own = words.get(answer.uid, {})
    said = one.said.data
    by = own.get("by") or answer.actor
    return Answered(
        lead, one.verb, said.get("reason", ""), answer.data["answer"], own.get("note", ""), by, answer.occurred_ms,
        one.waits_for == "governance",
    )  # fmt: skip
