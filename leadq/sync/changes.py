"""The changes that leave: put together from events as they go, because ops hold no personal data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Session, col, select

from leadq.clock import iso
from leadq.db import EventRow, EventText, LeadRow, PersonRow
from leadq.plugins.sdk import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.db import Op


_REASON: Final = {"touch": "outcome", "assign": "to"}
"""Where the coded part of a change is, for those that have no reason."""


def assemble(rows: Session, ops: Sequence[Op]) -> list[Change]:
    """One change for each op, in their order."""
    if not ops:
        return []
    uids = [op.event_uid for op in ops]
    leads = {op.lead_uid for op in ops}
    events = {event.uid: event for event in rows.exec(select(EventRow).where(col(EventRow.uid).in_(uids)))}
    notes = _notes(rows, uids)
    emails = _emails(rows, leads)
    names = _external_ids(rows, ops[0].connection, leads)
    return [
        _change(
            op,
            events[op.event_uid],
            notes.get(op.event_uid, ""),
            emails[op.lead_uid],
            names.get(op.lead_uid, ""),
        )
        for op in ops
    ]


def _notes(rows: Session, uids: Sequence[str]) -> dict[str, str]:
    wanted = select(EventText).where(col(EventText.event_uid).in_(uids), EventText.kind == "note")
    return {row.event_uid: row.text for row in rows.exec(wanted)}


def _emails(rows: Session, leads: set[str]) -> dict[str, str]:
    wanted = select(LeadRow.uid, PersonRow.email).where(col(LeadRow.uid).in_(leads), LeadRow.person_id == PersonRow.id)
    return dict(rows.exec(wanted).all())


def _external_ids(rows: Session, connection: str, leads: set[str]) -> dict[str, str]:
    wanted = select(LeadRow.uid, LeadRow.external_id).where(
        col(LeadRow.uid).in_(leads), LeadRow.connection == connection
    )
    return dict(rows.exec(wanted).all())


def _change(op: Op, event: EventRow, note: str, email: str, external_id: str) -> Change:
    data: dict[str, Any] = json.loads(event.data)
    return Change(
        op_id=op.op_id,
        lead_uid=op.lead_uid,
        external_id=external_id,
        email=email,
        verb=op.verb,
        reason=data.get(_REASON.get(op.verb, "reason"), ""),
        quality=data.get("quality"),
        missing=tuple(data.get("missing", ())),
        note=note,
        occurred_at=iso(event.occurred_ms) or "",
        actor=event.actor,
        seq=op.seq,
        stamp=f"{event.device}:{op.seq}",
        compensates=op.compensates,
    )
