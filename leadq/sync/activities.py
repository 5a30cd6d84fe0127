"""What colleagues and prospects did at the other end becomes touches here: it stops the clock, or starts one."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadq.domain import events as ev
from leadq.domain.decide import Refused, decide
from leadq.domain.events import Draft
from leadq.domain.reasons import OUTCOMES
from leadq.domain.verbs import CHANNELS, Touch
from leadq.ledger import ADAPTER
from leadq.members import named, there
from leadq.queue import situation
from leadq.recording import record
from leadq.sync.aliases import lead_called
from leadq.sync.line import server_ms
from leadq.text import clean_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leadq.desk import Desk
    from leadq.domain.lead import Lead
    from leadq.plugins.sdk import Activity
    from leadq.sync.line import Line

_SPACE: Final = uuid.UUID("0d5e6a54-5b0c-5f5b-8a3e-3f0d0a6b7c11")


def take_in(desk: Desk, line: Line, activities: Iterable[Activity]) -> None:
    """Write down each activity of a lead that we have, once; what cannot be understood is left there."""
    member = named(desk.db, there(desk.db, line.connection))
    for activity in activities:
        at_ms = server_ms(activity.occurred_at)
        lead_uid = lead_called(desk.db, line.connection, activity.lead)
        known = activity.channel in CHANNELS and activity.outcome in OUTCOMES
        if lead_uid is None or at_ms is None or not known:
            continue
        uid = str(uuid.uuid5(_SPACE, f"{line.connection}\x1f{activity.id}"))
        if desk.db.execute("SELECT 1 FROM event WHERE uid = ?", (uid,)).fetchone():
            continue
        lead = desk.ledger.lead(lead_uid)
        about = {"human": activity.human, "by": _member(desk, member(activity.actor))}
        drafts = (_told(draft, uid, about) for draft in _drafts(desk, lead, activity, at_ms))
        record(desk, lead, tuple(drafts), actor_kind=ADAPTER)
        line.tally.pulled += 1


def _drafts(desk: Desk, lead: Lead, activity: Activity, at_ms: int) -> Sequence[Draft]:
    """As if it had been done here; a fact that no rule would let somebody enter stays a fact."""
    note = clean_block(activity.note).strip()
    verb = Touch(activity.channel, activity.outcome, inbound=activity.inbound, at_ms=at_ms, note=note)
    if activity.inbound:
        outcome = decide(lead, verb, situation(desk, lead, verb))
        if not isinstance(outcome, Refused):
            return outcome
    data = {"channel": activity.channel, "outcome": activity.outcome} | ({"inbound": True} if activity.inbound else {})
    return (Draft(ev.TOUCHED, at_ms, data, {"note": note} if note else {}),)


def _told(draft: Draft, uid: str, about: dict[str, object]) -> Draft:
    return replace(draft, uid=uid, data={**draft.data, **about}) if draft.type == ev.TOUCHED else draft


def _member(desk: Desk, who: str) -> str:
    """A member's id; "" for somebody whom the contract does not name: an event holds no person."""
    return who if desk.db.execute("SELECT 1 FROM member WHERE id = ?", (who,)).fetchone() else ""
