"""A home with a quarter of work in it: leads that were taken, called, paused, decided on and answered.

Made of events written straight into the ledger and folded as any other; through the verbs it would take half an hour.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks import homes
from leadq.domain import events as ev
from leadq.ledger import INSERT_EVENT, Ledger
from leadq.paths import Home
from leadq.rulebook import Rulebook
from leadq.sqlite import Store
from leadq.uids import uuid7

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
REPS: Final = tuple(f"rep{number:02}" for number in range(12))
_OUTCOMES: Final = ("no_answer", "no_answer", "voicemail", "gatekeeper", "connected", "replied", "callback_set")
_CHUNK: Final = 2_000
_MADE_BY_IMPORT: Final = 1
_Written = tuple[str, int, str, str, dict[str, Any]]


def build(folder: Path, count: int, events: int) -> Home:
    """`count` cycles handed off within 90 days, with about `events` events in all."""
    home = homes.build(folder, count)
    store, chance = Store(home), random.Random(8)
    each = events // count - _MADE_BY_IMPORT
    with store.read() as db:
        now_ms = db.execute("SELECT max(recorded_ms) FROM event").fetchone()[0]
    _spread(store, now_ms)
    with store.read() as db:
        leads = db.execute("SELECT uid, handed_off_ms, tier FROM lead ORDER BY id").fetchall()
    for first in range(0, len(leads), _CHUNK):
        _write(home, store, leads[first : first + _CHUNK], chance, each, now_ms)
    with store.transaction() as db:
        db.execute("ANALYZE")
    return home


def _spread(store: Store, now_ms: int) -> None:
    """The file's 20 days become 90: only here may an event change, because nobody has seen it yet."""
    with store.transaction() as db:
        db.execute(
            "UPDATE event SET occurred_ms = :now - (:now - occurred_ms) * 9 / 2,"
            " recorded_ms = :now - (:now - occurred_ms) * 9 / 2", {"now": now_ms},
        )  # fmt: skip


def _write(
    home: Home, store: Store, leads: list[tuple[str, int, str]], chance: random.Random, each: int, now_ms: int
) -> None:
    with store.transaction() as db:
        (device,) = db.execute("SELECT value FROM meta WHERE key = 'device'").fetchone()
        ledger = Ledger(db, Rulebook(db, home, now_ms), device=device, actor="zoe", now_ms=now_ms)
        rows, texts, ops = [], [], []
        for uid, _was_ms, _tier in leads:
            handed_off_ms = db.execute("SELECT occurred_ms FROM event WHERE lead_uid = ?", (uid,)).fetchone()[0]
            seq = 0
            for kind, at_ms, actor, actor_kind, data in _life(handed_off_ms, chance, each, now_ms):
                event = uuid7(at_ms)
                rows.append((event, device, uid, event, kind, 1, at_ms, at_ms, actor, actor_kind, json.dumps(data)))
                if kind == ev.TOUCHED and actor_kind == "human":
                    seq += 1
                    ops.append((uuid7(at_ms), uid, seq, event, at_ms + HOUR))
                    if chance.random() < 0.6:
                        texts.append((event, "evidence", "https://example.test/recording"))
        db.executemany(INSERT_EVENT, rows)
        db.executemany("INSERT INTO event_text VALUES (?, ?, ?)", texts)
        db.executemany(
            "INSERT INTO outbox (op_id, connection, lead_uid, seq, event_uid, verb, state, attempts, not_before_ms,"
            " created_ms, done_ms) VALUES (?, 'csv', ?, ?, ?, 'touch', 'done', 1, 0, 0, ?)", ops,
        )  # fmt: skip
        for uid, _was_ms, _tier in leads:
            ledger.refold(uid)


def _life(handed_off_ms: int, chance: random.Random, each: int, now_ms: int) -> Iterator[_Written]:
    """About `each` events of one cycle, none after `now_ms`."""
    rep, at_ms = chance.choice(REPS), handed_off_ms + int(chance.expovariate(1 / (2 * HOUR)))
    written: list[_Written] = []
    if chance.random() < 0.1:
        reason, criterion = chance.choice((("rej.off_icp", "size"), ("rej.customer", ""), ("rej.spam", "")))
        said = {"reason": reason, "quality": 2} | ({"criterion": criterion} if criterion else {})
        written.append((ev.REJECTED, at_ms, rep, "human", said))
    elif chance.random() < 0.95:
        written.append((ev.ACCEPTED, at_ms, rep, "human", {"owner": rep}))
        written += _worked(rep, at_ms, chance, each)
    while len(written) < each:
        written.append((ev.NOTED, at_ms + len(written) * HOUR, rep, "human", {}))
    return (one for one in sorted(written, key=lambda one: one[1]) if one[1] < now_ms)


def _worked(rep: str, at_ms: int, chance: random.Random, each: int) -> Iterator[_Written]:
    for number in range(each - 3):
        at_ms += int(chance.expovariate(1 / (9 * HOUR)))
        said: dict[str, Any] = {
            "channel": chance.choice(("call", "call", "email")),
            "outcome": chance.choice(_OUTCOMES),
        }
        if number and chance.random() < 0.1:
            said["inbound"] = True
        elif chance.random() < 0.3:
            said["next_ms"] = at_ms + DAY
        yield ev.TOUCHED, at_ms, rep, "human", said
    if chance.random() < 0.1:
        yield ev.PAUSED, at_ms + 1, rep, "human", {"reason": "prospect_on_leave", "until_ms": at_ms + 5 * DAY}
    if chance.random() < 0.8:
        at_ms += int(chance.expovariate(1 / (4 * DAY)))
        kind, reason = chance.choice(
            (
                (ev.QUALIFIED, ""),
                (ev.DISQUALIFIED, "dq.no_need"),
                (ev.DISQUALIFIED, "dq.unreachable"),
                (ev.RECYCLED, "rec.timing"),
            )
        )
        yield kind, at_ms, rep, "human", {"quality": chance.randint(1, 5)} | ({"reason": reason} if reason else {})
        if kind != ev.QUALIFIED:
            yield ev.ANSWERED, at_ms + DAY, "marie", "human", {"answer": "ack"}
