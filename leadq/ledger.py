"""Where facts are written down: events in, and the lead and its clocks as they now fold, in the same transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from leadq.domain.alerting import rescinded
from leadq.domain.clocks import Clock, clocks_of_cycle
from leadq.domain.events import TEAM, Draft, Event, in_order
from leadq.domain.folding import fold
from leadq.domain.lead import Lead
from leadq.domain.ranking import standing
from leadq.rulebook import Rulebook
from leadq.uids import uuid7

FOLDED: Final = (
    "state",
    "owner",
    "handed_off_ms",
    "accepted_ms",
    "first_touch_ms",
    "last_touch_ms",
    "closed_ms",
    "quality",
    "reason",
    "wake_ms",
    "reply_ms",
    "promise_ms",
    "hot_due_ms",
    "risk_ms",
    "due_ms",
    "mid_due_ms",
    "last_due_ms",
    "last_risk_ms",
    "stale_ms",
    "next_ms",
    "paused_ms",
    "paused_until_ms",
    "invalid",
    "opposed_ms",
    "snoozed_until_ms",
    "disputed_ms",
    "answer",
    "ae_ms",
    "merged_into",
    "pause_limit_ms",
)
"""The columns of `lead` that only a fold may write."""

GIVEN: Final = (
    "cycle", "product_line", "source", "campaign", "trigger", "score", "fit", "engagement", "tier", "missing",
    "date_only", "flags",
)  # fmt: skip
"""The columns of `lead` that repeat the handoff."""

CLOCK_COLUMNS: Final = (
    "lead_id",
    "kind",
    "policy",
    "contract_id",
    "calendar",
    "unit",
    "started_ms",
    "due_ms",
    "stale_ms",
    "risk_ms",
    "at_risk",
    "stretch_ms",
    "stopped_ms",
    "cancelled",
    "pauses",
)
EVENT_COLUMNS: Final = (
    "uid",
    "device",
    "lead_uid",
    "batch",
    "type",
    "v",
    "occurred_ms",
    "recorded_ms",
    "actor",
    "actor_kind",
    "data",
)
SYSTEM: Final = "system"
"""The kind of actor that is leadq itself, and its name."""

ADAPTER: Final = "adapter"
"""The kind of actor that is somebody at the other end of a connection, or a file."""

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
"""Nothing of ours holds itself, and looking for that is a tenth of the work."""

INSERT_EVENT: Final = f"INSERT INTO event ({', '.join(EVENT_COLUMNS)}) VALUES ({', '.join('?' * len(EVENT_COLUMNS))})"
INSERT_CLOCK: Final = f"INSERT INTO clock ({', '.join(CLOCK_COLUMNS)}) VALUES ({', '.join('?' * len(CLOCK_COLUMNS))})"
SELECT_EVENT: Final = f"SELECT {', '.join(EVENT_COLUMNS)}, seq FROM event"
"""What `read_event` reads."""

UPDATE_LEAD: Final = (
    f"UPDATE lead SET {', '.join(f'{name} = ?' for name in (*FOLDED, 'version', 'contract_id'))} WHERE uid = ?"
)


class Ledger:
    """The events of one home, within one write transaction."""

    def __init__(
        self, connection: sqlite3.Connection, rulebook: Rulebook, *, device: str, actor: str, now_ms: int
    ) -> None:
        self._db = connection
        self._rules = rulebook
        self._device = device
        self._actor = actor
        self._now_ms = now_ms

    def event(self, lead_uid: str, draft: Draft, batch: str, actor_kind: str = "human") -> Event:
        """A draft with an identity, not yet written."""
        return Event(
            uid=draft.uid or uuid7(self._now_ms),
            lead_uid=lead_uid,
            type=draft.type,
            occurred_ms=draft.occurred_ms,
            recorded_ms=self._now_ms,
            actor=SYSTEM if actor_kind == SYSTEM else self._actor,  # nobody did it, whoever was at the keyboard
            actor_kind=actor_kind,
            data=draft.data,
            device=self._device,
            batch=batch,
        )

    def append(self, lead_uid: str, drafts: Iterable[Draft], batch: str, actor_kind: str = "human") -> list[Event]:
        """Write what happened to one lead, and fold it again."""
        added = [(self.event(lead_uid, draft, batch, actor_kind), draft.texts) for draft in drafts]
        self._db.executemany(INSERT_EVENT, [event_row(event) for event, _texts in added])
        self._db.executemany(
            "INSERT INTO event_text VALUES (?, ?, ?)",
            [(event.uid, kind, text) for event, texts in added for kind, text in texts.items()],
        )
        to_say = self.refold(lead_uid)
        return [event for event, _texts in added] + self.say(lead_uid, to_say, batch)

    def say(self, lead_uid: str, drafts: Sequence[Draft], batch: str) -> list[Event]:
        """Remember what was said of a lead, which folds no differently for it."""
        said = [self.event(lead_uid, draft, batch, "system") for draft in drafts]
        for event in said:
            seq = self._db.execute(INSERT_EVENT, event_row(event)).lastrowid
            self._db.execute("UPDATE lead SET version = ? WHERE uid = ?", (seq, lead_uid))
        return said

    def lead(self, lead_uid: str) -> Lead:
        """The lead as its events fold now."""
        return fold(history(self._db, lead_uid))

    def clocks(self, lead: Lead) -> tuple[Clock, ...]:
        """Its clocks under the rules that its cycle has kept."""
        rules, at_ms = self._rules, lead.handoff.at_ms
        return clocks_of_cycle(lead, lambda digest, policy: rules.rules(rules.contract_id(digest), policy, at_ms))

    def refold(self, lead_uid: str) -> tuple[Draft, ...]:
        """Write the lead and clock rows anew from the events: the only door to them.

        Returns what is to be said of it: that a breach which was alerted was none.
        """
        if lead_uid.startswith(TEAM):
            return ()  # what is told of the team has no row
        events = history(self._db, lead_uid)
        lead = fold(events)
        clocks = self.clocks(lead)
        contract_id = self._rules.contract_id(lead.handoff.contract)
        self._db.execute(UPDATE_LEAD, (*folded(lead, clocks), newest(events), contract_id, lead_uid))
        (lead_id,) = self._db.execute("SELECT id FROM lead WHERE uid = ?", (lead_uid,)).fetchone()
        rows = [clock_row(lead_id, self._rules.contract_id(clock.contract), clock) for clock in clocks]
        self._rewrite(lead_id, {row[1]: row for row in rows})
        return rescinded(events, lead, clocks, self._now_ms)

    def _rewrite(self, lead_id: int, rows: Mapping[str, tuple[Any, ...]]) -> None:
        """The clock rows that are others than before: a gesture stops one of three, and each is in two indexes."""
        query = f"SELECT {', '.join(CLOCK_COLUMNS)} FROM clock WHERE lead_id = ?"
        known = {row[1]: row for row in self._db.execute(query, (lead_id,))}
        others = [kind for kind, row in known.items() if rows.get(kind) != row]
        self._db.executemany("DELETE FROM clock WHERE lead_id = ? AND kind = ?", [(lead_id, kind) for kind in others])
        self._db.executemany(INSERT_CLOCK, [row for kind, row in rows.items() if known.get(kind) != row])


def history(connection: sqlite3.Connection, lead_uid: str) -> list[Event]:
    """Everything that happened in one cycle, in the order in which it is folded."""
    rows = connection.execute(f"{SELECT_EVENT} WHERE lead_uid = ? ORDER BY seq", (lead_uid,))
    return in_order([read_event(row) for row in rows])


def newest(events: Sequence[Event]) -> int:
    """The seq of the event that this home learnt of last: it need not be the last to happen."""
    return max(event.seq for event in events)


def read_event(row: Sequence[Any]) -> Event:
    """An event from its columns and its seq."""
    uid, device, lead_uid, batch, kind, v, occurred_ms, recorded_ms, actor, actor_kind, data, seq = row
    return Event(
        uid, lead_uid, kind, occurred_ms, recorded_ms, actor, actor_kind, json.loads(data), device, batch, v, seq
    )


def event_row(event: Event) -> tuple[Any, ...]:
    """An event as its columns."""
    return (
        event.uid,
        event.device,
        event.lead_uid,
        event.batch,
        event.type,
        event.v,
        event.occurred_ms,
        event.recorded_ms,
        event.actor,
        event.actor_kind,
        compact(event.data),
    )


def compact(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON for a column: no spaces, accents as they are."""
    return _COMPACT.encode(value)


def given(lead: Lead) -> tuple[Any, ...]:
    """The values of `GIVEN`, in that order."""
    handoff = lead.handoff
    return (
        lead.cycle, lead.product_line, handoff.source, handoff.campaign, handoff.trigger, handoff.score, handoff.fit,
        handoff.engagement, handoff.tier, compact(handoff.missing), int(handoff.date_only),
        compact(handoff.flags),
    )  # fmt: skip


def folded(lead: Lead, clocks: Sequence[Clock]) -> tuple[Any, ...]:
    """The values of `FOLDED`, in that order."""
    at = standing(lead, clocks)
    verdict, left = lead.verdict, lead.departure
    return (
        lead.state,
        lead.owner,
        lead.handoff.at_ms,
        lead.accepted_ms,
        lead.first_touch_ms,
        lead.last_touch_ms,
        verdict.at_ms if verdict else left.at_ms if left else None,
        verdict.quality if verdict else None,
        verdict.reason if verdict else f"gone.{left.why}" if left else "",
        lead.wake_ms,
        at.reply_ms,
        at.promise_ms,
        at.hot_due_ms,
        at.risk_ms,
        at.due_ms,
        at.mid_due_ms,
        at.last_due_ms,
        at.last_risk_ms,
        at.stale_ms,
        at.next_ms,
        at.paused_ms,
        at.paused_until_ms,
        compact(lead.invalid) if lead.invalid else "[]",
        lead.opposed_ms,
        at.snoozed_until_ms,
        lead.disputed_ms,
        lead.answer,
        lead.ae_ms,
        lead.merged_into,
        at.pause_limit_ms,
    )


def clock_row(lead_id: int, contract_id: int, clock: Clock) -> tuple[Any, ...]:
    """A clock as its columns."""
    return (
        lead_id,
        clock.kind,
        clock.policy,
        contract_id,
        clock.calendar,
        clock.unit,
        clock.started_ms,
        clock.due_ms,
        clock.stale_ms,
        clock.at_risk_ms[0] if clock.at_risk_ms else None,
        f"[{','.join(map(str, clock.at_risk_ms))}]",
        clock.stretch_ms,
        clock.stopped_ms,
        int(clock.cancelled),
        compact(clock.pauses) if clock.pauses else "[]",
    )
