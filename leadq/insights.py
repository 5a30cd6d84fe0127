"""What the market said, as the people who called it wrote down: insights of touches and verdicts, debriefs, recordings.

Each question is one pass over the events: people ask it a few times a week, so no index is kept for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from leadq.domain import events as ev
from leadq.domain import insights
from leadq.feedback import Who, standing, texts, who
from leadq.ledger import EVENT_COLUMNS, SELECT_EVENT, history, read_event
from leadq.progress import heard

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from leadq.domain.events import Event
    from leadq.progress import Progress

OBJECTION: Final = "objection"
"""What a verdict counts as whose reason asks marketing or the product team to learn something."""

_TAKE_BACK: Final = ", ".join(map(repr, sorted(ev.TAKE_BACK)))
_EVER: Final = 1 << 62
_LOOK_AT: Final = 500
"""How many of the newest recordings a listening list chooses from."""


@dataclass(frozen=True, slots=True)
class Insight:
    """One thing learnt: its kind, its words, from whom, who wrote it down, when (milliseconds UTC).

    `reason` is the code of the verdict that said it, "" for a touch. The words are "" once they were erased.
    """

    kind: str
    text: str
    reason: str
    lead: Who
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Debrief:
    """What two people learnt from a deal; texts are "" once erased."""

    uid: str
    at_ms: int
    by: str
    partner: str
    outcome: str
    lesson: str
    action: str
    audience: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A touch that can be listened to or looked at, at its `url`."""

    lead: Who
    channel: str
    outcome: str
    by: str
    at_ms: int
    url: str
    note: str


def listing(
    db: sqlite3.Connection,
    reasons: Collection[str],
    *,
    kind: str = "",
    campaign: str = "",
    since_ms: int | None = None,
    limit: int | None = None,
    as_of_ms: int = _EVER,
    progress: Progress = lambda done, total: None,
) -> list[Insight]:
    """Insights, the newest first; `reasons` are the codes of verdicts that teach something.

    As known at `as_of_ms`. `progress` hears how many events of how many were read.
    """
    telling = _telling(db, reasons, as_of_ms, progress)
    events = [event for event in telling if since_ms is None or event.occurred_ms >= since_ms]
    leads, words = who(db, {event.lead_uid for event in events}), texts(db, [event.uid for event in events])
    found = [
        Insight(name, text, event.data.get("reason", ""), leads[event.lead_uid], event.actor, event.occurred_ms)
        for event in sorted(events, key=lambda event: (-event.occurred_ms, -event.seq))
        for name, text in _told(event, words.get(event.uid, {}))
        if kind in ("", name) and campaign in ("", leads[event.lead_uid].campaign)
    ]
    return found[:limit]


def _telling(db: sqlite3.Connection, reasons: Collection[str], as_of_ms: int, progress: Progress) -> Iterator[Event]:
    rows = db.execute(
        f"""{SELECT_EVENT} WHERE recorded_ms <= :t AND occurred_ms <= :t AND (type IN ({_TAKE_BACK})
            OR (type = 'touched' AND data LIKE '%"insight%')
            OR (type IN ('rejected', 'disqualified', 'recycled') AND data LIKE '%"reason"%')) ORDER BY seq""",
        {"t": as_of_ms},
    ).fetchall()
    told = map(read_event, heard(rows, progress))
    events = [event for event in told if event.data.get("reason", "") in ("", *reasons)]
    return (event for event in standing(events) if event.type not in ev.TAKE_BACK)


def _told(event: Event, words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if event.type == ev.TOUCHED:
        return insights.told(event.data, words)
    return ((OBJECTION, words.get("note", "")),)


def debriefs(db: sqlite3.Connection, lead_id: int) -> list[Debrief]:
    """The debriefs of one lead, oldest first."""
    (uid,) = db.execute("SELECT uid FROM lead WHERE id = ?", (lead_id,)).fetchone()
    held = [event for event in standing(history(db, uid)) if event.type == ev.DEBRIEFED]
    words = texts(db, [event.uid for event in held])
    return [_debrief(event, words.get(event.uid, {})) for event in held]


def _debrief(event: Event, words: Mapping[str, str]) -> Debrief:
    lesson, action, audience = (words.get(kind, "") for kind in ("lesson", "action", "audience"))
    data = event.data
    return Debrief(
        event.uid, event.occurred_ms, event.actor, data.get("with", ""), data.get("deal", ""), lesson, action, audience
    )


def recordings(
    db: sqlite3.Connection, count: int, from_ms: int = -_EVER, to_ms: int = _EVER, *, as_of_ms: int = _EVER
) -> list[Recording]:
    """`count` touches to listen to, newest first, spread over reps and outcomes: all of one would teach little.

    Those made in [`from_ms`, `to_ms`), as known at `as_of_ms`.
    """
    known = "recorded_ms <= :t AND occurred_ms <= :t"
    at = {"t": as_of_ms, "from": from_ms, "to": to_ms}
    rows = db.execute(
        f"""SELECT {", ".join("e." + name for name in EVENT_COLUMNS)}, e.seq FROM event_text t
            JOIN event e ON e.uid = t.event_uid WHERE t.kind = 'evidence' AND e.type = 'touched'
            AND e.occurred_ms >= :from AND e.occurred_ms < :to AND {known}
            ORDER BY e.occurred_ms DESC, e.seq DESC""",
        at,
    )
    voids = db.execute(f"{SELECT_EVENT} WHERE {known} AND type IN ({_TAKE_BACK}) ORDER BY seq", {"t": as_of_ms})
    undone = [read_event(row) for row in voids]
    taken_back = ev.voided(undone)
    standing_ones = (event for event in map(read_event, rows) if event.uid not in taken_back)
    touches = list(islice(standing_ones, _LOOK_AT))
    words = texts(db, [event.uid for event in touches])
    heard = [event for event in touches if link(words[event.uid]["evidence"])]
    chosen = _spread(heard, count)
    leads = who(db, {event.lead_uid for event in chosen})
    return [_recording(event, leads[event.lead_uid], words[event.uid]) for event in chosen]


def _spread(newest_first: Sequence[Event], count: int) -> list[Event]:
    """Each time the newest one of the rep and the outcome that are least there yet."""
    left: list[Event] = list(newest_first)
    chosen: list[Event] = []
    reps: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    while left and len(chosen) < count:
        pick = min(left, key=lambda event: reps[event.actor] + outcomes[event.data["outcome"]])
        left.remove(pick)
        chosen.append(pick)
        reps[pick.actor] += 1
        outcomes[pick.data["outcome"]] += 1
    return sorted(chosen, key=lambda event: (-event.occurred_ms, -event.seq))


def _recording(event: Event, lead: Who, words: Mapping[str, str]) -> Recording:
    data = event.data
    url, note = link(words["evidence"]), words.get("note", "")
    return Recording(lead, data["channel"], data["outcome"], event.actor, event.occurred_ms, url, note)


def link(text: str) -> str:
    """`text` when it is a web address (http or https, with a host, in one word), else "": nothing else is offered to
    be opened."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    whole = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, text.strip()))
    return text.strip() if whole and text.strip().isprintable() else ""
