"""What a decision does: its events in the ledger, its ops on the outbox, and the rows that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from leadq.cycles import begin, lend_refs
from leadq.domain import events as ev
from leadq.domain.events import NEXT, Draft
from leadq.ledger import ADAPTER
from leadq.order import IS_OPEN
from leadq.outgoing import compensate, enqueue
from leadq.suppression import oppose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.desk import Desk
    from leadq.domain.events import Event
    from leadq.domain.lead import Lead


@dataclass(slots=True)
class Recorded:
    """What was written for one lead: the events, the leads (uids) that go on, the ops that follow what had left."""

    events: list[Event] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    compensated: list[str] = field(default_factory=list)


def record(desk: Desk, lead: Lead, drafts: Sequence[Draft], *, batch: str = "", actor_kind: str = "human") -> Recorded:
    """Write `drafts`, which a decision about `lead` asked for, each on the lead that it is about."""
    done = Recorded()
    batch = batch or desk.batch
    following = [draft for draft in drafts if draft.on == NEXT]
    own = [draft for draft in drafts if not draft.on]
    done.events += desk.ledger.append(lead.uid, own, batch, actor_kind) if own else []
    done.leads.append(lead.uid)
    if following:
        uid, handoff = begin(desk, lead, following[0])
        done.events += desk.ledger.append(uid, [handoff, *following[1:]], batch, actor_kind)
        done.leads = [uid]
    for draft in drafts:
        if draft.on not in ("", NEXT):
            done.events += desk.ledger.append(draft.on, [draft], batch, actor_kind)
            done.leads.append(draft.on)
    for event in done.events:
        _follow(desk, event, done, lead.state if event.lead_uid == lead.uid else "")
    return done


def turn_away(desk: Desk, lead_uid: str, at_ms: int) -> None:
    """Reject at once the new lead of somebody who opposed: it ends with a coded reason, and nobody's clock runs.

    `at_ms` is its handoff: no time passed before the answer, whenever the row came in.
    """
    verdict = Draft(ev.REJECTED, at_ms, {"reason": "rej.no_consent", "quality": 1})
    record(desk, desk.ledger.lead(lead_uid), [verdict], actor_kind="system")


def _follow(desk: Desk, event: Event, done: Recorded, before: str) -> None:
    """The op of an event, and the rows beside the lead's own that it changes."""
    if event.type == ev.CORRECTED:
        done.compensated += compensate(desk.db, event, event.data["events"], before)
        return
    (connection,) = desk.db.execute("SELECT connection FROM lead WHERE uid = ?", (event.lead_uid,)).fetchone()
    if event.actor_kind != ADAPTER:  # nobody is told what they told us
        enqueue(desk.db, connection, event, before=before)
    if event.type == ev.MERGED:
        lend_refs(desk.db, event.lead_uid, event.data["into"])
    elif event.type == ev.OPPOSED and event.actor_kind == "human":
        _oppose(desk, event)


def _oppose(desk: Desk, event: Event) -> None:
    """Nobody calls this person again: whoever imports them later learns it, and their other open leads say it now."""
    oppose(desk.db, event)
    others = desk.db.execute(_OTHER_LEADS, (event.lead_uid,)).fetchall()
    for (uid,) in others:
        desk.ledger.append(uid, [Draft(ev.OPPOSED, event.occurred_ms)], event.batch, "system")


_OTHER_LEADS: Final = f"""
    SELECT l.uid FROM lead me JOIN lead l ON l.person_id = me.person_id
    WHERE me.uid = ? AND l.uid <> me.uid AND {IS_OPEN}"""
