"""The outbox goes out: looked at by id where that is needed, sent, and written down as the answers come.

An op is `inflight` on the disk before its bytes leave, and no write transaction lasts across a call to the
adapter. The ops of one lead leave one after the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadq.clock import Clock
from leadq.desk import Desk
from leadq.i18n import N_, _
from leadq.plugins.sdk import Found, Ref, Result
from leadq.sync import ops, putaway, snapshot
from leadq.sync.changes import assemble
from leadq.sync.inbox import tell
from leadq.sync.judge import judge, status_of
from leadq.sync.line import ABOUT_ONE, CLASH, server_ms
from leadq.sync.ops import Answer, Op
from leadq.sync.protocol import Failed
from leadq.sync.run import Stopped, worded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from leadq.plugins.sdk import Scope
    from leadq.sync.judge import Judgement
    from leadq.sync.line import Line
    from leadq.sync.protocol import Kind
    from leadq.sync.states import Evidence

BATCH: Final = 500
"""Changes given to an adapter at a time: as many as one crash can make unknown."""

FRESH_S: Final = 60.0
"""So long a read by id counts before a status is written over what it showed."""

NOT_SENT: Final[frozenset[Kind]] = frozenset({"auth", "rate_limited", "transient", "stopped"})
"""Failures that say of every change without an answer that it was not applied."""

_NO_SENSE: Final = N_("The service’s record of the lead makes no sense, so nothing was written over it.")

Sending = tuple[Op, "Scope"]


class Push:
    """One drain of the outbox; each op is tried once. `departed` hears of leads that are not there any more."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._tried: set[str] = set()
        self._seen: dict[str, float] = {}
        self.departed: list[Found] = []
        self._total = 0

    def drain(self) -> None:
        """Send the next op of every lead, until no lead has one that may leave. Raises Stopped.

        After a wave only the leads that were in it are looked at, or a week of work would be gone through for each wave
        of it; what was done meanwhile on other leads is found at the end.
        """
        wave: list[Op] = []
        while wave := (wave and self._ready(wave)) or self._ready(None):
            self._total = max(self._total, self._line.tally.pushed + len(wave))
            for start in range(0, len(wave), BATCH):
                chunk = wave[start : start + BATCH]
                self._tried |= {op.op_id for op in chunk}
                self._send(self._judged(chunk))

    def _ready(self, after: Sequence[Op] | None) -> list[Op]:
        """The heads of the leads of `after`, or of all leads, that may leave now and were not tried yet."""
        line = self._line
        with line.run.store.read() as db:
            found = ops.heads(db, line.connection) if after is None else ops.following(db, line.connection, after)
            if not self._total:
                counts = ops.counts(db, line.connection)
                self._total = sum(counts.get(state, 0) for state in ("pending", "unknown"))
        wall_ms, now = line.run.ticks.wall_ms(), line.run.wishes.one_shot
        return [op for op in found if op.op_id not in self._tried and (now or (op.next_attempt_ms or 0) <= wall_ms)]

    def _judged(self, chunk: Sequence[Op]) -> list[Sending]:
        """Those of `chunk` that may be sent, and which part of them; what is settled without sending is written down.

        Where nothing can be looked up, an unknown op goes out again only to a service that writes one op_id once.
        """
        line = self._line
        if "lookup" not in line.can:
            again = "idempotent_push" in line.can
            return [(op, op.scope) for op in chunk if again or op.state != "unknown"]
        now = line.run.ticks.monotonic()
        looks = [op for op in chunk if op.state == "unknown" or self._is_to_be_seen(op, now)]
        entries = {op.external_id for op in looks if op.state == "unknown" and op.adds}
        ids = dict.fromkeys(op.external_id for op in looks if op.external_id)
        found = {each.external_id: each for each in line.looked_up([Ref(i, markers=i in entries) for i in ids])}
        looked = {op.op_id for op in looks}
        judged = self._settled(looks, found) if looks else {}
        for op in looks:
            if op.status and judged.get(op.op_id, "timeline") != "timeline":
                self._seen[op.external_id] = now  # its status was judged, and the next one is ours
        return [
            (op, judged[op.op_id] if op.op_id in looked else op.scope)
            for op in chunk
            if op.op_id not in looked or op.op_id in judged
        ]

    def _is_to_be_seen(self, op: Op, now: float) -> bool:
        """Whether it is to write over a status that was not read for a while; what has no name cannot be read."""
        old = now - self._seen.get(op.external_id, -FRESH_S) >= FRESH_S
        return bool(op.status and op.external_id) and old

    def _settled(self, looks: Sequence[Op], found: dict[str, Found]) -> dict[str, Scope]:
        """The scope of each op that is to be sent; the others are adopted, put off, or in conflict."""
        line, sending = self._line, {}
        answers: list[Answer] = []
        shown: list[tuple[Op, Found, Judgement]] = []
        with line.writing() as db:
            known = snapshot.find(db, line.connection, found)
            for op in looks:
                here = found.get(op.external_id)
                if here is None:
                    ops.puzzle(db, op.op_id, _(_NO_SENSE), line.run.ticks.wall_ms())
                    continue
                here = putaway.seen(line, db, op.lead_uid, here)
                base = known.get(here.external_id)
                before = (base.status if base else "") or status_of(here)
                said = self._judgement(db, op, here, before)
                if said.there:
                    shown.append((op, here, said))
                if said.step == "send":
                    sending[op.op_id] = said.scope
                elif answer := self._heeded(db, op, here, said, before):
                    answers.append(answer)
            line.record(db, answers)
            for op, here, said in shown:
                self._shown(db, op, here, said.there)
        adopted = sum(answer.evidence == "applied" for answer in answers)
        line.tally.adopted += adopted
        line.tally.pushed += adopted
        return sending

    def _judgement(self, db: sqlite3.Connection, op: Op, here: Found, before: str) -> Judgement:
        last, ours = (
            ops.last_on(db, op.lead_uid, here.last_op),
            ops.setter(db, op.lead_uid, here.stamp, status_of(here)),
        )
        settled = self._line.run.ticks.wall_ms() >= self._settles_ms(db, op)
        return judge(op, here, before, ours.status, last=last, settled=settled)

    def _shown(self, db: sqlite3.Connection, op: Op, here: Found, status: str) -> None:
        """The record was seen to have the op: what is left of it is its entry, and its status is known from now on.

        That is somebody else's when they set it after our write, before we heard that ours had landed; unless a later
        op is about the status too: that one meets it as a conflict.
        """
        line, updated_ms = self._line, server_ms(here.lead.updated_at) if here.lead else None
        if any(later.status for later in ops.waiting_on(db, line.connection, op.lead_uid) if later.seq > op.seq):
            status = op.status
        db.execute("UPDATE outbox SET scope = 'timeline' WHERE op_id = ? AND state = 'unknown'", (op.op_id,))
        snapshot.written(db, line.connection, here.external_id, status, updated_ms)
        if status != op.status:
            tell(Desk(db, line.run.store, Clock(line.run.now_ms)), line, op.lead_uid, op.status, status)

    def _settles_ms(self, db: sqlite3.Connection, op: Op) -> int:
        """From when on nothing of the op can be on its way any more, by our clock as the look at it has shown it."""
        sent_ms = ops.last_sent_ms(db, op.op_id) if op.last_sent_ms else None
        return 0 if sent_ms is None else sent_ms + self._line.settle_ms

    def _heeded(self, db: sqlite3.Connection, op: Op, here: Found, said: Judgement, before: str) -> Answer | None:
        """What is to be written down of an op that is not sent now."""
        if said.step == "adopt":
            return Answer(op.op_id, "applied", updated_ms=server_ms(here.lead.updated_at) if here.lead else None)
        if said.step == "clash":
            why = _(CLASH).format(theirs=said.theirs, known=before)
            return Answer(op.op_id, "conflict", why, theirs=said.theirs, base=before)
        if said.step == "wait":
            ops.postpone(db, [op.op_id], self._settles_ms(db, op))
        else:
            self.departed.append(here)
        return None

    def _send(self, wanted: Sequence[Sending]) -> None:
        if not wanted:
            return
        line = self._line
        with line.sending() as db:
            sent = {op.op_id: op for op in ops.claim(db, wanted, line.run.ticks.wall_ms())}
            changes = assemble(db, list(sent.values()))
        line.tally.resent += sum(op.doubted for op in sent.values())
        waiting, failure, rest = set(sent), None, Answer("", "no_answer")
        try:
            for burst in line.talk.push(changes) if changes else ():
                answers = {a.op_id: a for a in map(_answer, burst) if a.op_id in waiting}
                self._record(list(answers.values()))
                waiting -= answers.keys()
                failure = next((said for said in burst if isinstance(said, Failed) and not said.op_id), None)
            rest = _rest(failure)
        finally:  # also when the user stops us: what has left is unknown from now on, not from the next run
            self._record([replace(rest, op_id=op_id) for op_id in waiting])
        if failure:
            raise Stopped(failure)

    def _record(self, answers: Sequence[Answer]) -> None:
        if not answers:
            return
        line = self._line
        with line.writing() as db:
            line.record(db, answers)
        line.tally.pushed += sum(answer.evidence == "applied" for answer in answers)
        line.run.on_progress(line.connection, line.tally.pushed, self._total)


def _answer(said: Result | Failed) -> Answer:
    if isinstance(said, Failed):
        return Answer(said.op_id or "", ABOUT_ONE.get(said.kind, "no_answer"), worded(said))
    evidence: Evidence = said.status
    return Answer(said.op_id, evidence, said.detail, server_ms(said.updated_at))


def _rest(failure: Failed | None) -> Answer:
    """What a push that is over says of the changes that got no answer."""
    if failure is None:
        return Answer("", "no_answer")
    return Answer("", "not_sent" if failure.kind in NOT_SENT else "no_answer", worded(failure))
